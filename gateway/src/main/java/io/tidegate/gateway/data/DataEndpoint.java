package io.tidegate.gateway.data;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.common.hash.Hashing;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.access.PlainArguments;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.http.Deprecations;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Gatekeeper;
import io.tidegate.gateway.query.ViewRefusals;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.PathMasks;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewClosed;
import io.tidegate.gateway.view.ViewFailure;
import io.vertx.core.Context;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /data/{domain}/{product}/v{major}}: the pull query for tools that speak no GraphQL. */
public final class DataEndpoint {
    /** Where products are queried. */
    public static final Pattern PATH = Pattern
            .compile("/data/([a-z0-9-]+)/([a-z0-9-]+)/v([0-9]{1,6})");
    private static final Logger LOG = LoggerFactory.getLogger(DataEndpoint.class);
    private static final Duration NEWER_WITHIN = Duration.ofSeconds(10);
    /** As long as somebody reads a state, the view keeps all that has been replaced in it. */
    private static final Duration TAKEN_WITHIN = Duration.ofHours(1);
    private static final int TRIES = 3;
    /** What queries cost is in proportion as in GraphQL. */
    private static final long SCAN = 10;
    private static final long FIGURE = 2;
    private static final long VALUES_OF_ONE = 100;
    private static final long PAGE_COST_MAX = 100;
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter
            .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private final Doorway doorway;
    private final Supplier<Catalog> catalog;
    private final Masker masker;
    private final Exports exports;
    private final SmallAnswers answers;
    private final Context context;
    private final Executor blocking;

    /**
     * @param context
     *            of the event loop
     * @param blocking
     *            threads that may block
     */
    public DataEndpoint(Doorway doorway, Supplier<Catalog> catalog, Masker masker, Exports exports,
            SmallAnswers answers, Context context, Executor blocking) {
        this.doorway = doorway;
        this.catalog = catalog;
        this.masker = masker;
        this.exports = exports;
        this.answers = answers;
        this.context = context;
        this.blocking = blocking;
    }

    /** What a request says, for a thread that must not touch it. */
    private record Asked(ProductId id, Caller caller, boolean isHead, String path,
            Map<String, String> parameters, @Nullable String accept,
            Optional<String> ifNoneMatch) {
    }

    /** Answers a request below {@code /data/}. */
    public void handle(HttpServerRequest request) {
        var gatekeeper = doorway.gatekeeper();
        gatekeeper.caller(request).compose(caller -> {
            var asked = asked(request, caller);
            // Who may not read it is told so before anything of the request is judged.
            var granted = catalog.get().granted(asked.id(), caller, gatekeeper.clock().instant());
            var plan = gatekeeper.plan(granted.permit().plan());
            return gatekeeper.counted(caller, plan, request.response()).map(ignored -> {
                var lease = gatekeeper.connection(caller, plan);
                var body = new Body(context, request, doorway.pulse().heartbeat().silence(),
                        TAKEN_WITHIN);
                try {
                    blocking.execute(() -> {
                        try {
                            answer(request, asked, body);
                        } finally {
                            context.runOnContext(done -> lease.close());
                        }
                    });
                } catch (RejectedExecutionException e) {
                    lease.close();
                    throw new Refusal.Thrown(Doorway.draining());
                }
                return ignored;
            });
        }).onFailure(failure -> gatekeeper.refuse(request, failure));
    }

    private static Asked asked(HttpServerRequest request, Caller caller) {
        boolean isHead = request.method().equals(HttpMethod.HEAD);
        if (!isHead && !request.method().equals(HttpMethod.GET)) {
            request.response().putHeader("Allow", "GET, HEAD");
            throw new Refusal.Thrown(Refusal.of(RefusalCode.METHOD_NOT_ALLOWED,
                    "A product's data is read with GET."));
        }
        var path = String.valueOf(request.path());
        var match = PATH.matcher(path);
        if (!match.matches()) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.NOT_FOUND,
                    "The path is /data/{domain}/{product}/v{major}."));
        }
        var parameters = new HashMap<String, String>();
        for (var entry : Gatekeeper.parameters(request)) {
            if (parameters.put(entry.getKey(), entry.getValue()) != null) {
                throw new Refusal.Thrown(
                        Refusal.of(RefusalCode.PARAMETER_INVALID, "A parameter is given twice."));
            }
        }
        return new Asked(
                new ProductId(match.group(1), match.group(2), Integer.parseInt(match.group(3))),
                caller, isHead, path, parameters, list(request, "Accept").orElse(null),
                list(request, "If-None-Match"));
    }

    /** A header that is a list, and may have several lines. */
    private static Optional<String> list(HttpServerRequest request, String name) {
        var lines = request.headers().getAll(name);
        return lines.isEmpty() ? Optional.empty() : Optional.of(String.join(",", lines));
    }

    // ---- beside the event loop ----

    private void answer(HttpServerRequest request, Asked asked, Body body) {
        try {
            for (int tries = 1;; tries++) {
                var products = catalog.get();
                try {
                    answer(request, asked, products, body);
                    return;
                } catch (ViewClosed e) {
                    // The product was replaced just now; the one in its place is asked, unless a part has been told.
                    if (tries == TRIES || body.isBegun() || catalog.get().equals(products)) {
                        throw e;
                    }
                }
            }
        } catch (Body.Gone e) {
            LOG.atDebug().addKeyValue("product", asked.id()).log("an answer was not taken: {}",
                    e.getMessage());
            body.cut();
        } catch (Exception | LinkageError e) {
            fail(request, body, e);
        }
    }

    private void fail(HttpServerRequest request, Body body, Throwable failure) {
        var told = failure instanceof ViewFailure view
                ? new Refusal.Thrown(ViewRefusals.of(view))
                : failure;
        if (failure instanceof ViewClosed) {
            LOG.atInfo().addKeyValue("path", request.path())
                    .log("a product was replaced while it answered");
        } else if (failure instanceof ViewFailure) {
            LOG.atError().setCause(failure).addKeyValue("path", request.path())
                    .log("a view did not answer");
        }
        context.runOnContext(ignored -> {
            if (request.response().headWritten()) {
                doorway.gatekeeper().refusal(told, String.valueOf(request.path()));
                body.cut();
            } else if (!request.response().closed()) {
                OF_ANSWERS.forEach(request.response().headers()::remove);
                doorway.gatekeeper().refuse(request, told);
            }
        });
    }

    /** Headers that a problem document has of its own, or not at all. */
    private static final List<String> OF_ANSWERS = List.of("ETag", "Link", "Last-Modified",
            "Content-Disposition", "Content-Length", "Transfer-Encoding", "Tidegate-Position",
            "Tidegate-As-Of", "Tidegate-Total-Count");

    private void answer(HttpServerRequest request, Asked asked, Catalog products, Body body)
            throws Exception {
        var gatekeeper = doorway.gatekeeper();
        var granted = products.granted(asked.id(), asked.caller(), gatekeeper.clock().instant());
        var product = granted.product();
        var view = product.view().orElseThrow(() -> new Refusal.Thrown(
                Refusal.of(RefusalCode.PRODUCT_NOT_QUERYABLE, "This product is a stream only.")));
        var format = Format.of(DataRequest.format(asked.parameters()), asked.accept());
        var wanted = DataRequest.of(asked.parameters(), format, granted,
                gatekeeper.clock().instant());
        charge(asked, granted, wanted, request);
        awaitNewer(view, wanted);
        var masks = PathMasks.of(product.schema(), granted.permit().masks(), masker);
        Supplier<Answer> ask = () -> Answer.of(view, wanted, granted, masks, exports.rowsMax());
        var small = answers.answer(view, granted, wanted, ask, (facts, out) -> sink(
                new Head(asked, wanted, granted, facts, gatekeeper), out, null));
        if (small.isPresent()) {
            var head = new Head(asked, wanted, granted, small.get().facts(), gatekeeper);
            if (!isTold(request, head, body)) {
                int length = small.get().body().length;
                body.head(() -> {
                    head.write(request);
                    request.response().putHeader("Content-Type", format.contentType())
                            .putHeader("Content-Length", Integer.toString(length));
                });
                body.write(small.get().body());
                body.finish();
            }
            return;
        }
        try (var answer = ask.get()) {
            var head = new Head(asked, wanted, granted, answer.facts(), gatekeeper);
            if (isTold(request, head, body)) {
                return;
            }
            if (format == Format.PARQUET) {
                parquet(request, head, answer, body);
            } else {
                stream(request, head, answer, body);
            }
        }
    }

    /** Whether the head says all. */
    private static boolean isTold(HttpServerRequest request, Head head, Body body) {
        if (head.asked().ifNoneMatch().filter(head::matches).isPresent()) {
            body.head(() -> {
                head.write(request);
                request.response().setStatusCode(304).end();
            });
            return true;
        }
        if (head.asked().isHead()) {
            body.head(() -> {
                head.write(request);
                request.response().putHeader("Content-Type", head.wanted().format().contentType())
                        .end();
            });
            return true;
        }
        return false;
    }

    private static void begin(HttpServerRequest request, Head head, Body body) {
        body.head(() -> {
            head.write(request);
            var response = request.response();
            response.putHeader("Content-Type", head.wanted().format().contentType())
                    .setChunked(true);
            if (request.version() == HttpVersion.HTTP_1_0) {
                // It knows no chunks: the end of the connection is that of the answer, whatever was asked for it.
                response.headersEndHandler(sent -> response.putHeader("Connection", "close"));
                response.bodyEndHandler(ended -> request.connection().close());
            }
        });
    }

    /** Before anything is asked: by how many values may come, and more where all rows are looked at. */
    private void charge(Asked asked, Catalog.Granted granted, DataRequest wanted,
            HttpServerRequest request) {
        long cost = switch (wanted.ask()) {
            case Ask.Items items -> (wanted.isPage()
                    ? ofPage(items.query().limit(), granted)
                    : SCAN + PAGE_COST_MAX) + (wanted.hasTotal() ? SCAN : 0);
            case Ask.Groups groups -> SCAN + FIGURE * groups.names().size()
                    + groups.query().limit() / VALUES_OF_ONE;
            case Ask.Events events -> SCAN + ofPage(events.query().limit(), granted);
        };
        var account = doorway.gatekeeper().account(asked.caller());
        var refusal = account.charge(granted.permit().plan(), 1 + cost);
        context.runOnContext(ignored -> {
            if (!request.response().closed() && !request.response().headWritten()) {
                account.tell(request.response());
            }
        });
        refusal.ifPresent(denied -> {
            throw new Refusal.Thrown(denied);
        });
    }

    private static long ofPage(int rows, Catalog.Granted granted) {
        long values = (long) rows * granted.product().schema().rowType().fields().size();
        return Math.clamp(values / VALUES_OF_ONE, 1, PAGE_COST_MAX);
    }

    private static void awaitNewer(View view, DataRequest wanted) throws InterruptedException {
        if (wanted.atLeast().isPresent()
                && !view.await(wanted.atLeast().get(), NEWER_WITHIN)) {
            throw new Refusal.Thrown(new Refusal(RefusalCode.VIEW_STALE,
                    "The product's current state is not yet as new as 'atLeast' within "
                            + NEWER_WITHIN.toSeconds() + " s; try again.",
                    Optional.of(Duration.ofSeconds(1))));
        }
    }

    private void stream(HttpServerRequest request, Head head, Answer answer, Body body)
            throws IOException {
        var piece = answer.next();
        begin(request, head, body);
        var memory = head.wanted().format() == Format.ARROW ? exports.memory() : null;
        try (memory; var sink = sink(head, body, memory)) {
            sink.begin();
            while (!piece.isEmpty()) {
                sink.rows(piece);
                if (body.isGone()) {
                    throw new Body.Gone("the client is gone");
                }
                piece = answer.next();
            }
            sink.end();
        }
        // The rest is in memory: the view is free for others while the client takes it.
        answer.close();
        body.finish();
    }

    private static RowSink sink(Head head, OutputStream out,
            org.apache.arrow.memory.@Nullable BufferAllocator memory) throws IOException {
        return switch (head.wanted().format()) {
            case JSON -> JsonRows.document(head.facts().type(), out, head::write);
            case NDJSON -> JsonRows.lines(head.facts().type(), out);
            case CSV -> new CsvRows(head.facts().type(), out, head.wanted().csv());
            case ARROW -> new ArrowRows(head.facts().type(), out, java.util.Objects
                    .requireNonNull(memory, "Arrow has its own memory"));
            case PARQUET -> throw new IllegalArgumentException("Parquet is a file first");
        };
    }

    private void parquet(HttpServerRequest request, Head head, Answer answer, Body body)
            throws Exception {
        if (answer.type().fields().isEmpty()) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.NOT_ACCEPTABLE,
                    "This token sees no field of the product, and Parquet cannot be empty."));
        }
        ParquetFile.twins(answer.type()).ifPresent(twins -> {
            throw PlainArguments.invalid("A file of Parquet cannot have both " + twins
                    + ", which differ by the case of letters alone; choose with 'fields', or take"
                    + " another format.");
        });
        Path file = exports.file();
        try {
            exports.inNativeCode(() -> {
                try (var memory = exports.memory()) {
                    ParquetFile.write(answer.type(), () -> {
                        if (body.isGone()) {
                            throw new Abandoned();
                        }
                        return answer.next();
                    }, file, exports.bytesMax(), memory);
                }
                return file;
            });
            answer.close();
            long length = Files.size(file);
            body.head(() -> {
                head.write(request);
                request.response().putHeader("Content-Type", Format.PARQUET.contentType())
                        .putHeader("Content-Length", Long.toString(length));
            });
            try (var in = Files.newInputStream(file)) {
                in.transferTo(body);
            }
            body.finish();
        } catch (ParquetFile.TooLarge e) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.PAYLOAD_TOO_LARGE,
                    "The file would have more than " + exports.bytesMax()
                            + " bytes; narrow it with 'filter' or 'fields', or take pages."));
        } catch (Abandoned e) {
            throw new Body.Gone("the client is gone");
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** The client left while its file was made. */
    private static final class Abandoned extends RuntimeException {
        Abandoned() {
            super("the client is gone");
        }
    }

    private static String cursor(LiveProduct product, Facts facts) {
        return product.feed().cursors().write(product.id(), facts.position());
    }

    /** Everything that the bytes depend on, as an {@code ETag}. */
    static String tag(String path, Map<String, String> parameters, DataRequest wanted,
            Catalog.Granted granted, Facts facts) {
        var text = String.join("\n", cursor(granted.product(), facts), path,
                new TreeMap<>(parameters).toString(), wanted.format().word(),
                wanted.ask().toString(), new TreeMap<>(granted.permit().masks()).toString(),
                granted.product().contract().version(),
                granted.product().contract().status().name(), String.valueOf(facts.type()),
                facts.left());
        return "\"" + Hashing.sha256().hashString(text, StandardCharsets.UTF_8).toString()
                .substring(0, 32) + "\"";
    }

    /** What stands before and beside an answer. */
    private record Head(Asked asked, DataRequest wanted, Catalog.Granted granted, Facts facts,
            String cursor, String tag, Instant now, String publicUrl) {

        Head(Asked asked, DataRequest wanted, Catalog.Granted granted, Facts facts,
                Gatekeeper gatekeeper) {
            this(asked, wanted, granted, facts,
                    DataEndpoint.cursor(granted.product(), facts),
                    DataEndpoint.tag(asked.path(), asked.parameters(), wanted, granted, facts),
                    gatekeeper.clock().instant(),
                    gatekeeper.publicUrl());
        }

        /** RFC 9110 section 13.1.2. */
        boolean matches(String ifNoneMatch) {
            for (var part : ifNoneMatch.split(",", -1)) {
                var given = part.trim();
                if (given.equals("*") || given.equals(tag) || given.equals("W/" + tag)) {
                    return true;
                }
            }
            return false;
        }

        void write(HttpServerRequest request) {
            var response = request.response();
            var headers = response.headers();
            headers.set("ETag", tag).set("Cache-Control", "private, no-cache")
                    .set("Tidegate-Position", cursor).add("Vary", "Accept, Authorization");
            facts.newest().ifPresent(time -> {
                headers.set("Tidegate-As-Of", time.toString());
                // Events may be dated in the future, and a response may not.
                headers.set("Last-Modified", HTTP_DATE.format(time.isAfter(now) ? now : time));
            });
            facts.total()
                    .ifPresent(count -> headers.set("Tidegate-Total-Count", Long.toString(count)));
            Deprecations.headers(granted.product().contract(), "data", response);
            if (facts.hasMore() && facts.last().isPresent()) {
                headers.add("Link", "<" + next(facts.last().get()) + ">; rel=\"next\"");
            }
            var id = granted.product().id();
            headers.set("Content-Disposition", (wanted.isDownload() ? "attachment" : "inline")
                    + "; filename=\"" + id.domain() + "-" + id.product() + "-v" + id.major() + "."
                    + wanted.format().word() + "\"");
        }

        /** The same question behind this page. */
        private String next(String after) {
            var query = new StringBuilder();
            var parameters = new TreeMap<>(asked.parameters());
            parameters.put("after", after);
            // What a header chose has to be said again by a link.
            parameters.put("format", wanted.format().word());
            parameters.forEach((name, value) -> query.append(query.isEmpty() ? '?' : '&')
                    .append(encoded(name)).append('=').append(encoded(value)));
            return publicUrl + asked.path() + query;
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8);
        }

        /** What a JSON document says behind its rows. */
        void write(JsonGenerator out) throws IOException {
            out.writeObjectFieldStart("pageInfo");
            out.writeBooleanField("hasNextPage", facts.hasMore());
            if (facts.last().isPresent()) {
                out.writeStringField("endCursor", facts.last().get());
            } else {
                out.writeNullField("endCursor");
            }
            out.writeEndObject();
            if (facts.total().isPresent()) {
                out.writeNumberField("totalCount", facts.total().getAsLong());
            }
            out.writeStringField("position", cursor);
            if (facts.newest().isPresent()) {
                out.writeStringField("asOf", facts.newest().get().toString());
            } else {
                out.writeNullField("asOf");
            }
            var contract = granted.product().contract();
            out.writeObjectFieldStart("contract");
            out.writeStringField("product", contract.id().path());
            out.writeStringField("version", contract.version());
            out.writeStringField("status", contract.status().name().toLowerCase(Locale.ROOT));
            out.writeEndObject();
        }
    }
}

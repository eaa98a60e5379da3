package io.tidegate.gateway.stream;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.delivery.Delivery;
import io.tidegate.gateway.delivery.Subscriber;
import io.tidegate.gateway.http.Deprecations;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Edge;
import io.tidegate.gateway.http.Gatekeeper;
import io.tidegate.gateway.http.ResponseOutlet;
import io.tidegate.gateway.limit.Lease;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.PlainShape.Form;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.telemetry.Transport;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code GET /streams/{domain}/{product}/v{major}} as server-sent events or NDJSON. */
public final class StreamEndpoint {
    /** Where products are streamed. */
    public static final Pattern PATH = Pattern
            .compile("/streams/([a-z0-9-]+)/([a-z0-9-]+)/v([0-9]{1,6})");
    private static final int RETRY_MILLIS = 2_000;
    /** Shorter than what proxies, and our own server, take for an end. */
    private static final Duration NDJSON_SILENCE = Duration.ofSeconds(45);
    private static final String IDLE = "{\"notice\":{\"code\":\"idle\",\"message\":\"Nothing new; the stream goes on.\"}}\n";

    private final Doorway doorway;
    private final Supplier<Catalog> catalog;
    private final PlainShapes shapes;
    private final NamedStreams names;
    private final PositionEndpoint positions;

    public StreamEndpoint(Doorway doorway, Supplier<Catalog> catalog, PlainShapes shapes,
            NamedStreams names) {
        this.names = names;
        this.positions = new PositionEndpoint(doorway, catalog, names);
        this.doorway = doorway;
        this.catalog = catalog;
        this.shapes = shapes;
    }

    /** The product that a path names; empty if it names none. */
    static Optional<ProductId> product(@Nullable String path) {
        var match = PATH.matcher(path == null ? "" : path);
        return match.matches()
                ? Optional.of(new ProductId(match.group(1), match.group(2),
                        Integer.parseInt(match.group(3))))
                : Optional.empty();
    }

    static Map<String, String> parameters(MultiMap query) {
        var parameters = new HashMap<String, String>();
        for (var entry : query) {
            if (parameters.put(entry.getKey(), entry.getValue()) != null) {
                throw new Refusal.Thrown(
                        Refusal.of(RefusalCode.PARAMETER_INVALID, "A parameter is given twice."));
            }
        }
        return parameters;
    }

    /** Serves WebSockets on {@link #PATH}; empty for other paths. */
    public Optional<Edge.SocketRoom> socket(String path) {
        return product(path).map(
                id -> (socket, caller, parameters) -> StreamSocket.serve(doorway, socket, catalog,
                        shapes, names, id, parameters, caller));
    }

    /** Answers a request on {@link #PATH}. */
    public void handle(HttpServerRequest request) {
        if (positions.serves(request)) {
            return;
        }
        doorway.gatekeeper().caller(request).compose(caller -> open(request, caller))
                .onFailure(failure -> doorway.gatekeeper().refuse(request, failure));
    }

    private Future<Optional<Delivery>> open(HttpServerRequest request, Caller caller) {
        var gatekeeper = doorway.gatekeeper();
        if (!request.method().equals(HttpMethod.GET)) {
            request.response().putHeader("Allow", "GET");
            throw new Refusal.Thrown(
                    Refusal.of(RefusalCode.METHOD_NOT_ALLOWED, "A stream is read with GET."));
        }
        var id = product(request.path()).orElseThrow(() -> new Refusal.Thrown(
                Refusal.of(RefusalCode.NOT_FOUND,
                        "A stream's path is /streams/{domain}/{product}/v{major}.")));
        var granted = catalog.get().granted(id, caller, gatekeeper.clock().instant());
        var plan = gatekeeper.plan(granted.permit().plan());
        return gatekeeper.counted(caller, plan, request.response()).compose(ignored -> {
            boolean isSse = isSse(request);
            var resume = Optional.ofNullable(request.getHeader("Last-Event-ID"))
                    .filter(text -> !text.isEmpty());
            var parameters = parameters(Gatekeeper.parameters(request));
            var wanted = StreamRequest.of(parameters, resume, granted,
                    gatekeeper.clock().instant());
            var name = NamedStreams.name(parameters);
            var lease = gatekeeper.connection(caller, plan);
            return (name.isEmpty()
                    ? stream(request, caller, granted, wanted, isSse, lease, Optional.empty())
                    : named(request, caller, granted, wanted, isSse, lease, name.get()))
                    .onFailure(failure -> lease.close());
        });
    }

    private Future<Optional<Delivery>> named(HttpServerRequest request, Caller caller,
            Catalog.Granted granted, StreamRequest asked, boolean isSse, Lease lease,
            String name) {
        boolean isExplicit = !request.getParam("from", "").isEmpty();
        var last = request.getHeader("Last-Event-ID");
        boolean isResume = last != null && !last.isEmpty();
        var opened = new AtomicReference<@Nullable Delivery>();
        var isReplaced = new AtomicBoolean();
        var key = NamedStreams.key(caller, granted.product().id(), name);
        return names.hold(key, () -> {
            isReplaced.set(true);
            var live = opened.get();
            if (live != null) {
                live.end(EndReason.REPLACED);
            }
        }).compose(held -> {
            var beginning = NamedStreams.Beginning.of(asked, held, isExplicit, isResume);
            return stream(request, caller, granted, beginning.wanted(), isSse, lease,
                    Optional.of(beginning)).onSuccess(found -> {
                        found.ifPresent(live -> {
                            opened.set(live);
                            if (isReplaced.get()) {
                                live.end(EndReason.REPLACED);
                            }
                        });
                        if (found.isEmpty()) {
                            held.close();
                        }
                    }).recover(failure -> {
                        held.close();
                        return Future.failedFuture(
                                NamedStreams.explained(failure, beginning));
                    });
        });
    }

    private Future<Optional<Delivery>> stream(HttpServerRequest request, Caller caller,
            Catalog.Granted granted,
            StreamRequest wanted, boolean isSse, Lease lease,
            Optional<NamedStreams.Beginning> beginning) {
        var framing = isSse ? PlainFraming.SSE : PlainFraming.NDJSON;
        var transport = isSse ? Transport.SSE : Transport.NDJSON;
        var form = wanted.isCloudEvents() ? Form.CLOUD_EVENT : isSse ? Form.VALUE : Form.EVENT;
        var response = request.response();
        var outlet = new ResponseOutlet(doorway.pulse(), request, (reason, cursor) -> new String(
                framing.frame("end", PlainFraming.end(reason, cursor), cursor),
                java.nio.charset.StandardCharsets.UTF_8));
        var wish = new Subscriber.Wish(granted.product(), granted.permit(),
                shapes.shape(granted, form, wanted.fields()), wanted.wanted(), framing,
                wanted.from(), wanted.tempo(),
                wanted.hasSnapshot(),
                doorway.gatekeeper().pace(caller,
                        doorway.gatekeeper().plan(granted.permit().plan())));
        var opened = new AtomicReference<@Nullable Delivery>();
        // The head goes out before the first event may come, and only when nothing can refuse any more.
        var lateHead = new LateHead(outlet, () -> head(response, isSse, granted));
        response.closeHandler(ignored -> {
            var delivery = opened.get();
            if (delivery != null) {
                delivery.close();
            }
        });
        return doorway.open(caller, wish, transport, lateHead, () -> !response.closed(), reason -> {
            outlet.close();
            lease.close();
            beginning.ifPresent(named -> named.held().close());
            doorway.telemetry().connectionClosed(transport);
        }).onSuccess(delivery -> delivery.ifPresent(opened::set)).compose(delivery -> {
            if (delivery.isEmpty() || beginning.isEmpty()) {
                return Future.succeededFuture(delivery);
            }
            // Nothing is sent before the start that a client may come back to is kept.
            return names.begin(beginning.get(), delivery.get()).map(delivery)
                    .onFailure(failure -> delivery.get().close());
        }).onSuccess(delivery -> delivery.ifPresent(live -> {
            lateHead.open();
            if (!live.isEnded()) {
                // NDJSON has no comments, so a notice has to do, but only where nothing else has come for long.
                outlet.open(isSse ? ": \n\n" : IDLE,
                        isSse ? Duration.ZERO : NDJSON_SILENCE,
                        () -> live.end(EndReason.DRAINING));
            }
            response.drainHandler(ignored -> live.writable());
            live.writable();
        })).onComplete(ignored -> doorway.telemetry().connectionOpened(transport));
    }

    private static void head(io.vertx.core.http.HttpServerResponse response, boolean isSse,
            Catalog.Granted granted) {
        response.setChunked(true)
                .putHeader("Content-Type", isSse ? "text/event-stream" : "application/x-ndjson")
                .putHeader("Cache-Control", "no-store").putHeader("X-Accel-Buffering", "no");
        Deprecations.headers(granted.product().contract(), "streams", response);
        if (isSse) {
            response.write("retry: " + RETRY_MILLIS + "\n\n");
        } else {
            response.writeHead();
        }
    }

    /** SSE for whoever names it, NDJSON for whoever names that or nothing in particular. */
    private static boolean isSse(HttpServerRequest request) {
        var accept = request.headers().getAll("Accept");
        var text = String.join(",", accept).toLowerCase(java.util.Locale.ROOT);
        if (text.contains("text/event-stream")) {
            return true;
        }
        if (text.isBlank() || text.contains("ndjson") || text.contains("*/*")
                || text.contains("application/*")) {
            return false;
        }
        throw new Refusal.Thrown(Refusal.of(RefusalCode.NOT_ACCEPTABLE,
                "A stream is text/event-stream or application/x-ndjson, or a WebSocket."));
    }
}

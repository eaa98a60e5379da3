package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Utf8;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.delivery.Delivery;
import io.tidegate.gateway.delivery.OffLoop;
import io.tidegate.gateway.delivery.Subscriber;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Gatekeeper;
import io.tidegate.gateway.http.RequestBody;
import io.tidegate.gateway.http.ResponseOutlet;
import io.tidegate.gateway.refusal.GraphQlErrors;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.telemetry.Transport;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * {@code /graphql} over HTTP: queries by POST and GET (GraphQL over HTTP), subscriptions as server-sent events (graphql-sse,
 * distinct connections mode).
 */
public final class GraphQlEndpoint {
    static final String RESPONSE_JSON = "application/graphql-response+json";
    private static final CharSequence OF_RESPONSES = HttpHeaders
            .createOptimized(RESPONSE_JSON + "; charset=utf-8");
    private static final CharSequence OF_JSON = HttpHeaders
            .createOptimized("application/json; charset=utf-8");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    /** A longer request is nothing for the event loop. */
    private static final int AT_ONCE_BYTES = 8 * 1024;
    private static final int BODY_MAX = 1024 * 1024;

    private final Doorway doorway;
    private final GraphQlEngine engine;
    private final OffLoop offLoop;

    /** How the answer is written. */
    private enum Form {
        /** {@code application/graphql-response+json}: status codes tell. */
        RESPONSE,
        /** {@code application/json}: 200 whatever GraphQL says. */
        LEGACY,
        /** {@code text/event-stream}. */
        SSE
    }

    public GraphQlEndpoint(Doorway doorway, GraphQlEngine engine, Context context,
            Executor blocking) {
        this.doorway = doorway;
        this.engine = engine;
        this.offLoop = new OffLoop(blocking, context);
    }

    /** Answers a request on {@code /graphql}. */
    public void handle(HttpServerRequest request) {
        var body = RequestBody.collect(request, BODY_MAX);
        var gatekeeper = doorway.gatekeeper();
        gatekeeper.caller(request)
                .compose(caller -> gatekeeper.counted(caller, gatekeeper.plan(caller),
                        request.response()))
                .compose(caller -> body.compose(bytes -> answer(request, caller, bytes)))
                .onFailure(failure -> gatekeeper.refuse(request, failure));
    }

    private Future<Void> answer(HttpServerRequest request, Caller caller, Buffer body) {
        var form = form(request);
        GraphQlRequest parsed;
        try {
            parsed = parse(request, body);
        } catch (Refusal.Thrown e) {
            if (e.refusal().code() != RefusalCode.BAD_REQUEST) {
                throw e;
            }
            return invalid(request, form, e.refusal().code(),
                    List.of(GraphQlErrors.of(e.refusal())), true);
        }
        var account = doorway.gatekeeper().account(caller);
        var atOnce = body.length() <= AT_ONCE_BYTES
                ? engine.atOnce(caller, parsed, account)
                : Optional.<Answer>empty();
        return atOnce.map(Future::succeededFuture).orElseGet(
                () -> offLoop.call(() -> engine.answer(caller, parsed, account)))
                .compose(answer -> {
                    account.tell(request.response());
                    return told(request, caller, form, answer);
                });
    }

    private Future<Void> told(HttpServerRequest request, Caller caller, Form form, Answer answer) {
        return switch (answer) {
            case Answer.Executed(var response) -> executed(request, form, response);
            case Answer.Invalid(var code, var errors) ->
                invalid(request, form, code, errors, false);
            case Answer.Subscribe wish -> form == Form.SSE
                    ? stream(request, caller, wish)
                    : Future.failedFuture(new Refusal.Thrown(Refusal.of(RefusalCode.NOT_ACCEPTABLE,
                            "A subscription needs 'Accept: text/event-stream', or a WebSocket.")));
        };
    }

    private static Form form(HttpServerRequest request) {
        var accepted = request.headers().getAll(HttpHeaders.ACCEPT);
        var accept = (accepted.size() == 1 ? accepted.getFirst() : String.join(",", accepted))
                .toLowerCase(Locale.ROOT);
        if (accept.contains("text/event-stream")) {
            return Form.SSE;
        }
        if (accept.contains("graphql-response+json")) {
            // Whoever names both and prefers the old one says so by q-value.
            return quality(accept, "application/json") > quality(accept, RESPONSE_JSON)
                    ? Form.LEGACY
                    : Form.RESPONSE;
        }
        if (accept.isBlank() || accept.contains("application/json") || accept.contains("*/*")
                || accept.contains("application/*")) {
            return Form.LEGACY;
        }
        throw new Refusal.Thrown(Refusal.of(RefusalCode.NOT_ACCEPTABLE,
                "An answer is " + RESPONSE_JSON + ", application/json or text/event-stream."));
    }

    private static double quality(String accept, String type) {
        for (var part : accept.split(",", -1)) {
            var pieces = part.trim().split(";", -1);
            if (pieces[0].trim().equals(type)) {
                for (var piece : pieces) {
                    if (piece.trim().startsWith("q=")) {
                        try {
                            return Double.parseDouble(piece.trim().substring(2));
                        } catch (NumberFormatException e) {
                            return 0;
                        }
                    }
                }
                return 1;
            }
        }
        return 0;
    }

    private static GraphQlRequest parse(HttpServerRequest request, Buffer body) {
        if (request.method().equals(HttpMethod.GET)) {
            ObjectNode node = GraphQlRequest.READER.createObjectNode();
            var parameters = Gatekeeper.parameters(request);
            for (var name : List.of("query", "operationName", "documentId")) {
                var value = parameters.get(name);
                if (value != null && !value.isEmpty()) {
                    node.put(name, value);
                }
            }
            for (var name : List.of("variables", "extensions")) {
                var value = parameters.get(name);
                if (value != null && !value.isEmpty()) {
                    node.set(name, json(Buffer.buffer(value), "The parameter '" + name + "'"));
                }
            }
            return GraphQlRequest.of(node);
        }
        if (!request.method().equals(HttpMethod.POST)) {
            request.response().putHeader("Allow", "GET, POST");
            throw new Refusal.Thrown(
                    Refusal.of(RefusalCode.METHOD_NOT_ALLOWED,
                            "GraphQL is asked with POST or GET."));
        }
        var type = Optional.ofNullable(request.getHeader(HttpHeaders.CONTENT_TYPE)).orElse("")
                .toLowerCase(Locale.ROOT);
        var media = type.split(";", 2);
        boolean isUtf8 = media.length == 1 || !media[1].contains("charset")
                || media[1].replace("\"", "").contains("utf-8");
        if (!media[0].trim().equals("application/json") || !isUtf8) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.UNSUPPORTED_MEDIA_TYPE,
                    "Send the request as application/json in UTF-8."));
        }
        return GraphQlRequest.of(json(body, "The body"));
    }

    private static JsonNode json(Buffer text, String what) {
        byte[] bytes = text.getBytes();
        try {
            // The parser would take other encodings too.
            var node = Utf8.isWellFormed(bytes) ? GraphQlRequest.READER.readTree(bytes) : null;
            if (node != null && !node.isMissingNode()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            // Said below; where exactly would echo the text.
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException("memory does not fail", e);
        }
        throw GraphQlRequest.malformed(what + " is no JSON.");
    }

    private static Future<Void> executed(HttpServerRequest request, Form form, byte[] response) {
        return switch (form) {
            case RESPONSE -> json(request, OF_RESPONSES, 200, response);
            case LEGACY -> json(request, OF_JSON, 200, response);
            case SSE -> sse(request, response);
        };
    }

    private static Future<Void> invalid(HttpServerRequest request, Form form, RefusalCode code,
            List<Map<String, Object>> errors, boolean isMalformed) {
        byte[] response = GraphQlJson.bytes(Map.of("errors", errors));
        if (errors.getFirst().get("extensions") instanceof Map<?, ?> extensions
                && extensions.get("retryAfter") instanceof Long after) {
            request.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(after));
        }
        return switch (form) {
            case RESPONSE -> json(request, OF_RESPONSES, status(code), response);
            // Old clients read only what comes with 200; what is no GraphQL request at all is told by the status too.
            case LEGACY -> json(request, isMalformed ? OF_RESPONSES : OF_JSON,
                    isMalformed ? 400 : 200,
                    response);
            case SSE -> sse(request, response);
        };
    }

    private static int status(RefusalCode code) {
        return code.httpStatus() == 422 ? 400 : code.httpStatus();
    }

    private static Future<Void> json(HttpServerRequest request, CharSequence type, int status,
            byte[] response) {
        return request.response().setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, type)
                .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE).end(Buffer.buffer(response));
    }

    private static Future<Void> sse(HttpServerRequest request, byte[] response) {
        head(request.response());
        return request.response().end(Buffer.buffer(NEXT).appendBytes(response)
                .appendString("\n\n" + COMPLETE));
    }

    private static final String NEXT = "event: next\ndata: ";
    private static final String COMPLETE = "event: complete\ndata:\n\n";

    private static String next(Map<String, Object> response) {
        return NEXT + GraphQlJson.text(response) + "\n\n";
    }

    private static void head(HttpServerResponse response) {
        response.setChunked(true).putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no");
    }

    private Future<Void> stream(HttpServerRequest request, Caller caller, Answer.Subscribe wish) {
        var response = request.response();
        var gatekeeper = doorway.gatekeeper();
        var plan = gatekeeper.plan(wish.granted().permit().plan());
        var connection = gatekeeper.connection(caller, plan);
        var outlet = new ResponseOutlet(doorway.pulse(), request,
                (reason, cursor) -> farewell(reason));
        var opened = new AtomicReference<@Nullable Delivery>();
        var resume = Optional.ofNullable(request.getHeader("Last-Event-ID"))
                .filter(text -> !text.isEmpty());
        response.closeHandler(ignored -> {
            var live = opened.get();
            if (live != null) {
                live.close();
            }
        });
        head(response);
        response.write(":\n\n");
        doorway.telemetry().connectionOpened(Transport.GRAPHQL_SSE);
        var asked = new Subscriber.Wish(wish.granted().product(), wish.granted().permit(),
                wish.shape(), wish.where(),
                new SseFraming(),
                resume.<io.tidegate.gateway.feed.From>map(io.tidegate.gateway.feed.From.After::new)
                        .orElse(wish.from()),
                wish.tempo(), wish.hasSnapshot(), gatekeeper.pace(caller, plan),
                wish.related());
        doorway.open(caller, asked, Transport.GRAPHQL_SSE, outlet, () -> !response.closed(),
                reason -> {
                    outlet.close();
                    connection.close();
                    doorway.telemetry().connectionClosed(Transport.GRAPHQL_SSE);
                }).onSuccess(delivery -> delivery.ifPresent(live -> {
                    opened.set(live);
                    if (!live.isEnded()) {
                        outlet.open(":\n\n", Duration.ZERO, () -> live.end(EndReason.DRAINING));
                    }
                    response.drainHandler(ignored -> live.writable());
                    live.writable();
                })).onFailure(failure -> {
                    connection.close();
                    var refusal = gatekeeper.refusal(failure, "graphql subscription");
                    doorway.telemetry().refused(refusal.code());
                    response.end(
                            next(Map.of("errors", List.of(GraphQlErrors.of(refusal)))) + COMPLETE);
                });
        return Future.succeededFuture();
    }

    /** A stream that should be resumed just breaks off, since `complete` would tell the client that all is done. */
    private static String farewell(EndReason reason) {
        return reason.isResumable()
                ? ""
                : next(Map.of("errors", GraphQlJson.errors(reason.name(), reason.sentence())))
                        + COMPLETE;
    }
}

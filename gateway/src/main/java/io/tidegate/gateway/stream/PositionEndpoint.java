package io.tidegate.gateway.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.RequestBody;
import io.tidegate.gateway.position.PositionKey;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * {@code /streams/{domain}/{product}/v{major}/positions/{name}}: what is kept under a client's name, for clients whose
 * transport has no way back. {@code GET} reads it, {@code POST} acknowledges, {@code DELETE} forgets it.
 */
final class PositionEndpoint {
    private static final Pattern PATH = Pattern
            .compile("/streams/([a-z0-9-]+)/([a-z0-9-]+)/v([0-9]{1,6})/positions/([^/]+)");
    private static final int BODY_MAX = 16 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Doorway doorway;
    private final Supplier<Catalog> catalog;
    private final NamedStreams names;

    PositionEndpoint(Doorway doorway, Supplier<Catalog> catalog, NamedStreams names) {
        this.doorway = doorway;
        this.catalog = catalog;
        this.names = names;
    }

    /** Answers a request on this path; false for another one. */
    boolean serves(HttpServerRequest request) {
        var match = PATH.matcher(String.valueOf(request.path()));
        if (!match.matches()) {
            return false;
        }
        var id = new ProductId(match.group(1), match.group(2), Integer.parseInt(match.group(3)));
        var name = match.group(4);
        var body = RequestBody.collect(request, BODY_MAX);
        var gatekeeper = doorway.gatekeeper();
        gatekeeper.caller(request).compose(caller -> {
            NamedStreams.requireName(name);
            var granted = catalog.get().granted(id, caller, gatekeeper.clock().instant());
            return gatekeeper
                    .counted(caller, gatekeeper.plan(granted.permit().plan()), request.response())
                    .compose(ignored -> body)
                    .compose(bytes -> answer(request, caller, granted, name, bytes));
        }).onFailure(failure -> gatekeeper.refuse(request, failure));
        return true;
    }

    private Future<Void> answer(HttpServerRequest request, Caller caller, Catalog.Granted granted,
            String name, Buffer body) {
        var key = NamedStreams.key(caller, granted.product().id(), name);
        return switch (request.method().name()) {
            case "GET" -> read(request, key);
            case "POST" -> acknowledge(request, key, granted, cursor(body));
            case "DELETE" -> forget(request, key);
            default -> {
                request.response().putHeader("Allow", "GET, POST, DELETE");
                yield Future.failedFuture(new Refusal.Thrown(Refusal.of(
                        RefusalCode.METHOD_NOT_ALLOWED,
                        "A position is read with GET, acknowledged with POST, forgotten with"
                                + " DELETE.")));
            }
        };
    }

    private Future<Void> read(HttpServerRequest request, PositionKey key) {
        return names.here(names.positions().find(key)).compose(found -> {
            var entry = found.orElseThrow(() -> unknown(key));
            var node = new JsonObject().put("name", key.name());
            entry.cursor().ifPresent(cursor -> node.put("cursor", cursor));
            return send(request, node.put("time", entry.at().toString()));
        });
    }

    private Future<Void> acknowledge(HttpServerRequest request, PositionKey key,
            Catalog.Granted granted, String cursor) {
        return names.here(names.positions().acknowledge(key, cursor, granted.product().feed()))
                .compose(ack -> switch (ack.outcome()) {
                    case KEPT -> send(request, new JsonObject().put("name", key.name())
                            .put("cursor", ack.cursor()));
                    case BEHIND -> refused(RefusalCode.POSITION_BEHIND,
                            "'" + key.name() + "' stands at " + ack.cursor() + " already.");
                    case UNREADABLE -> refused(RefusalCode.CURSOR_MALFORMED,
                            "The cursor is not one that this gateway wrote; send it exactly as it"
                                    + " was received.");
                    case OTHER_PRODUCT -> refused(RefusalCode.CURSOR_MALFORMED,
                            "The cursor belongs to another product or major version.");
                });
    }

    private Future<Void> forget(HttpServerRequest request, PositionKey key) {
        return names.here(names.positions().forget(key)).compose(isForgotten -> isForgotten
                ? request.response().setStatusCode(204).end()
                : Future.failedFuture(unknown(key)));
    }

    private static Refusal.Thrown unknown(PositionKey key) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.POSITION_UNKNOWN,
                "Nothing is kept under the name '" + key.name() + "'."));
    }

    private static Future<Void> refused(RefusalCode code, String detail) {
        return Future.failedFuture(new Refusal.Thrown(Refusal.of(code, detail)));
    }

    private static String cursor(Buffer body) {
        try {
            var node = JSON.readTree(body.getBytes());
            if (node != null && node.isObject() && node.size() == 1
                    && node.path("cursor").isTextual()) {
                return node.path("cursor").textValue();
            }
        } catch (JsonProcessingException e) {
            // The same answer as for another object.
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException("bytes in memory can be read", e);
        }
        throw new Refusal.Thrown(Refusal.of(RefusalCode.BAD_REQUEST,
                "The body must be {\"cursor\": \"…\"}."));
    }

    private static Future<Void> send(HttpServerRequest request, JsonObject answer) {
        return request.response().putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store").end(answer.encode());
    }
}

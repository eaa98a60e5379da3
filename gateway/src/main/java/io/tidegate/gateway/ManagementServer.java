package io.tidegate.gateway;

import io.tidegate.gateway.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The operators' port: metrics and probes. Never reachable on the partners' port. */
final class ManagementServer {
    private final Telemetry telemetry;
    private final Supplier<Map<String, String>> unready;
    private final HttpServer server;

    /**
     * @param unready
     *            what keeps the gateway from being ready, by part; empty = ready
     */
    ManagementServer(Vertx vertx, Telemetry telemetry, Supplier<Map<String, String>> unready) {
        this.telemetry = telemetry;
        this.unready = unready;
        this.server = vertx.createHttpServer().requestHandler(this::answer);
    }

    Future<HttpServer> listen(String host, int port) {
        return server.listen(port, host);
    }

    int port() {
        return server.actualPort();
    }

    private void answer(HttpServerRequest request) {
        HttpServerResponse response = request.response().putHeader("Cache-Control", "no-store");
        switch (String.valueOf(request.path())) {
            case "/metrics" ->
                response.putHeader("Content-Type", Telemetry.MEDIA_TYPE).end(telemetry.scrape());
            case "/health/live" -> json(response, 200, new JsonObject().put("status", "up"));
            case "/health/ready" -> {
                var missing = unready.get();
                json(response, missing.isEmpty() ? 200 : 503,
                        new JsonObject().put("status", missing.isEmpty() ? "ready" : "not ready")
                                .put("waitingFor",
                                        new JsonObject(new TreeMap<>(missing))));
            }
            default -> json(response, 404, new JsonObject().put("detail",
                    "Here are /metrics, /health/live and /health/ready."));
        }
    }

    private static void json(HttpServerResponse response, int status, JsonObject body) {
        response.setStatusCode(status).putHeader("Content-Type", "application/json")
                .end(body.encode());
    }
}

package io.tidegate.gateway;

import io.tidegate.gateway.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The operators' port: metrics, probes and what is live. Never reachable on the partners' port. */
final class ManagementServer {
    private final Vertx vertx;
    private final Telemetry telemetry;
    private final Supplier<Map<String, String>> unready;
    private final ContractsReport contracts;
    private final HttpServer server;

    /**
     * @param unready
     *            what keeps the gateway from being ready, by part; empty = ready
     */
    ManagementServer(Vertx vertx, Telemetry telemetry, Supplier<Map<String, String>> unready,
            ContractsReport contracts) {
        this.vertx = vertx;
        this.telemetry = telemetry;
        this.unready = unready;
        this.contracts = contracts;
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
            case "/admin/contracts" -> json(response, 200, contracts.contracts());
            case "/admin/reload" -> reload(request, response);
            default -> json(response, 404, new JsonObject().put("detail",
                    "Here are /metrics, /health/live, /health/ready, /admin/contracts and /admin/reload."));
        }
    }

    /** With POST only, so that nobody who looks around changes anything. */
    private void reload(HttpServerRequest request, HttpServerResponse response) {
        if (!request.method().equals(HttpMethod.POST)) {
            json(response.putHeader("Allow", "POST"), 405,
                    new JsonObject().put("detail", "Contracts are reloaded with POST."));
            return;
        }
        Future.fromCompletionStage(contracts.reload(), vertx.getOrCreateContext())
                .onSuccess(reloaded -> json(response, 200, reloaded))
                .onFailure(failure -> json(response, 500, new JsonObject().put("detail",
                        "The contracts could not be reloaded; the log says why.")));
    }

    private static void json(HttpServerResponse response, int status, JsonObject body) {
        response.setStatusCode(status).putHeader("Content-Type", "application/json")
                .end(body.encode());
    }
}

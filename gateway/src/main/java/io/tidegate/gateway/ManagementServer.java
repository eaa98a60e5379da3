package io.tidegate.gateway;

import io.tidegate.gateway.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.function.Supplier;

/** The operators' port: metrics, probes and what is live. Never reachable on the partners' port. */
final class ManagementServer {
    private static final String SESSION = "/admin/sessions/";

    private final Vertx vertx;
    private final Telemetry telemetry;
    private final Supplier<Readiness> readiness;
    private final ContractsReport contracts;
    private final SessionsReport sessions;
    private final HttpServer server;

    ManagementServer(Vertx vertx, Telemetry telemetry, Supplier<Readiness> readiness,
            ContractsReport contracts, SessionsReport sessions) {
        this.sessions = sessions;
        this.vertx = vertx;
        this.telemetry = telemetry;
        this.readiness = readiness;
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
                var now = readiness.get();
                json(response, now.isReady() ? 200 : 503, now.json());
            }
            case "/admin/contracts" -> json(response, 200, contracts.contracts());
            case "/admin/reload" -> reload(request, response);
            case "/admin/sessions" -> sessions(request, response);
            case "/admin/drain" -> drain(request, response);
            case String path when path.startsWith(SESSION) ->
                session(request, response, number(path.substring(SESSION.length())));
            default -> json(response, 404, new JsonObject().put("detail",
                    "Here are /metrics, /health/live, /health/ready, /admin/contracts, /admin/reload,"
                            + " /admin/sessions, /admin/sessions/{id} and /admin/drain."));
        }
    }

    private void sessions(HttpServerRequest request, HttpServerResponse response) {
        var after = number(request.getParam("after", "0"));
        var limit = number(request.getParam("limit", "100"));
        if (after.isEmpty() || limit.filter(n -> n >= 1 && n <= SessionsReport.PAGE_MAX)
                .isEmpty()) {
            json(response, 400, new JsonObject().put("detail", "'limit' is a number from 1 to "
                    + SessionsReport.PAGE_MAX + ", 'after' the 'next' of the page before."));
            return;
        }
        sessions.sessions(after.get(), limit.get().intValue())
                .onSuccess(page -> json(response, 200, page))
                .onFailure(failure -> json(response, 500, new JsonObject().put("detail",
                        "The sessions could not be listed; the log says why.")));
    }

    private void session(HttpServerRequest request, HttpServerResponse response,
            Optional<Long> id) {
        if (!request.method().equals(HttpMethod.DELETE)) {
            json(response.putHeader("Allow", "DELETE"), 405,
                    new JsonObject().put("detail", "A session is ended with DELETE."));
            return;
        }
        id.map(sessions::end).orElseGet(() -> Future.succeededFuture(false))
                .onSuccess(isEnded -> {
                    if (isEnded) {
                        response.setStatusCode(204).end();
                    } else {
                        json(response, 404, new JsonObject().put("detail",
                                "There is no session of this id; /admin/sessions lists them."));
                    }
                });
    }

    private void drain(HttpServerRequest request, HttpServerResponse response) {
        if (!request.method().equals(HttpMethod.POST)) {
            json(response.putHeader("Allow", "POST"), 405,
                    new JsonObject().put("detail", "A drain is begun with POST."));
            return;
        }
        sessions.drain();
        json(response, 202, new JsonObject().put("status", "draining"));
    }

    private static Optional<Long> number(String text) {
        try {
            return Optional.of(Long.parseLong(text)).filter(n -> n >= 0);
        } catch (NumberFormatException e) {
            return Optional.empty();
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

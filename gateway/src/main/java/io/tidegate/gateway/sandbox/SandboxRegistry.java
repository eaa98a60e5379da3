package io.tidegate.gateway.sandbox;

import io.tidegate.gateway.sandbox.Subjects.Candidate;
import io.tidegate.gateway.sandbox.Subjects.Level;
import io.tidegate.gateway.sandbox.Subjects.Refused;
import io.tidegate.gateway.sandbox.Subjects.Version;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;
import java.util.Objects;

/**
 * A schema registry in memory that speaks the HTTP interface of Confluent's, so that stock serializers and clients work
 * against the sandbox. Listens on the loopback address only.
 */
public final class SandboxRegistry {
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int BODY_BYTES_MAX = 2 * 1024 * 1024;

    private final HttpServer server;

    private SandboxRegistry(HttpServer server) {
        this.server = server;
    }

    /**
     * Listens on 127.0.0.1.
     *
     * @param port
     *            0 = any free one
     */
    public static Future<SandboxRegistry> start(Vertx vertx, int port) {
        return vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(port))
                .requestHandler(routes(vertx, new Subjects()))
                .listen()
                .map(SandboxRegistry::new);
    }

    /** The registry's address, without a slash at the end. */
    public String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /** Stops listening; the schemas are gone with it. */
    public Future<Void> close() {
        return server.close();
    }

    private static Router routes(Vertx vertx, Subjects subjects) {
        var router = Router.router(vertx);
        router.route().handler(BodyHandler.create(false).setBodyLimit(BODY_BYTES_MAX));

        on(router.get("/"), call -> new JsonObject());
        on(router.get("/schemas/types"),
                call -> new JsonArray().add("JSON").add("PROTOBUF").add("AVRO"));
        on(router.get("/schemas/ids/:id"), call -> subjects.byId(id(call)).json());
        on(router.get("/schemas/ids/:id/schema"),
                call -> new Text(subjects.byId(id(call)).schema().text()));
        on(router.get("/schemas/ids/:id/versions"), call -> array(subjects.usesOf(id(call)).stream()
                .map(use -> new JsonObject().put("subject", use.subject()).put("version",
                        use.number()))
                .toList()));
        on(router.get("/schemas/ids/:id/subjects"), call -> array(subjects.usesOf(id(call)).stream()
                .map(Version::subject).distinct().toList()));

        on(router.get("/subjects"), call -> array(subjects.names(flag(call, "deleted"))));
        on(router.post("/subjects/:subject"),
                call -> subjects.lookUp(subject(call), candidate(call)).json());
        on(router.post("/subjects/:subject/versions"), call -> new JsonObject()
                .put("id", subjects.register(subject(call), candidate(call)).registered().id()));
        on(router.get("/subjects/:subject/versions"),
                call -> array(subjects.numbers(subject(call))));
        on(router.get("/subjects/:subject/versions/:version"),
                call -> subjects.version(subject(call), version(call)).json());
        on(router.get("/subjects/:subject/versions/:version/schema"), call -> new Text(
                subjects.version(subject(call), version(call)).registered().schema().text()));
        on(router.delete("/subjects/:subject"),
                call -> array(subjects.delete(subject(call), flag(call, "permanent"))));
        on(router.delete("/subjects/:subject/versions/:version"),
                call -> subjects.deleteVersion(subject(call), version(call)));

        on(router.get("/config"),
                call -> new JsonObject().put("compatibilityLevel", subjects.level().name()));
        on(router.put("/config"), call -> {
            subjects.setLevel(level(call));
            return new JsonObject().put("compatibility", subjects.level().name());
        });
        on(router.get("/config/:subject"), call -> {
            var own = subjects.ownLevel(subject(call));
            if (own.isEmpty() && !flag(call, "defaultToGlobal")) {
                throw new Refused(404, 40408, "Subject '" + subject(call)
                        + "' does not have subject-level compatibility configured");
            }
            return new JsonObject().put("compatibilityLevel", own.orElse(subjects.level()).name());
        });
        on(router.put("/config/:subject"), call -> {
            subjects.setLevel(subject(call), level(call));
            return new JsonObject().put("compatibility", level(call).name());
        });
        on(router.delete("/config/:subject"), call -> new JsonObject().put("compatibilityLevel",
                subjects.resetLevel(subject(call)).name()));
        on(router.get("/mode"), call -> new JsonObject().put("mode", "READWRITE"));
        on(router.get("/mode/:subject"), call -> {
            if (!flag(call, "defaultToGlobal")) {
                throw new Refused(404, 40409, "Subject '" + subject(call)
                        + "' does not have subject-level mode configured");
            }
            return new JsonObject().put("mode", "READWRITE");
        });

        on(router.post("/compatibility/subjects/:subject/versions/:version"),
                call -> compatibility(call,
                        subjects.incompatibilities(subject(call), candidate(call),
                                subjects.versionIfAny(subject(call), version(call)))));
        on(router.post("/compatibility/subjects/:subject/versions"), call -> compatibility(call,
                subjects.incompatibilities(subject(call), candidate(call),
                        subjects.all(subject(call)))));

        router.errorHandler(404, call -> refuse(call, new Refused(404, 404, "HTTP 404 Not Found")));
        router.errorHandler(405,
                call -> refuse(call, new Refused(405, 405, "HTTP 405 Method Not Allowed")));
        router.errorHandler(413,
                call -> refuse(call, new Refused(413, 413, "HTTP 413 Request Entity Too Large")));
        router.errorHandler(500,
                call -> refuse(call, new Refused(500, 50001, "Error in the registry")));
        return router;
    }

    private static void on(Route route, Answer answer) {
        route.handler(call -> {
            try {
                Object body = answer.to(call);
                call.response().putHeader("content-type", CONTENT_TYPE)
                        .end(body instanceof Text text ? text.content() : Json.encode(body));
            } catch (Refused refused) {
                refuse(call, refused);
            }
        });
    }

    private static void refuse(RoutingContext call, Refused refused) {
        call.response().setStatusCode(refused.status()).putHeader("content-type", CONTENT_TYPE)
                .end(new JsonObject().put("error_code", refused.code())
                        .put("message", refused.getMessage()).encode());
    }

    private static JsonObject compatibility(RoutingContext call, List<String> reasons) {
        var body = new JsonObject().put("is_compatible", reasons.isEmpty());
        return flag(call, "verbose") ? body.put("messages", array(reasons)) : body;
    }

    private static Candidate candidate(RoutingContext call) throws Refused {
        return Candidate.from(body(call));
    }

    private static Level level(RoutingContext call) throws Refused {
        return Level.named(body(call).getValue("compatibility") instanceof String name
                ? name
                : "");
    }

    private static JsonObject body(RoutingContext call) throws Refused {
        try {
            var body = call.body().asJsonObject();
            return body == null ? new JsonObject() : body;
        } catch (DecodeException | ClassCastException e) {
            throw new Refused(400, 400, "Unable to process JSON");
        }
    }

    private static int id(RoutingContext call) throws Refused {
        try {
            return Integer.parseInt(Objects.requireNonNullElse(call.pathParam("id"), ""));
        } catch (NumberFormatException e) {
            throw new Refused(404, 404, "HTTP 404 Not Found");
        }
    }

    private static String version(RoutingContext call) {
        return Objects.requireNonNullElse(call.pathParam("version"), "");
    }

    private static String subject(RoutingContext call) {
        return Objects.requireNonNullElse(call.pathParam("subject"), "");
    }

    private static boolean flag(RoutingContext call, String name) {
        return "true".equals(call.request().getParam(name));
    }

    private static JsonArray array(List<?> values) {
        return new JsonArray(values);
    }

    /** A body that is a schema's text and not the registry's own JSON. */
    private record Text(String content) {
    }

    @FunctionalInterface
    private interface Answer {
        Object to(RoutingContext call) throws Refused;
    }
}

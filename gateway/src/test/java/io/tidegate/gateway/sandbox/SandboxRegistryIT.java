package io.tidegate.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SandboxRegistryIT {
    private static final String ONE_FIELD = """
            {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}""";
    private static final String WITH_DEFAULT = """
            {"type":"record","name":"Order","fields":[{"name":"id","type":"string"},
             {"name":"note","type":["null","string"],"default":null}]}""";
    private static final String WITHOUT_DEFAULT = """
            {"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"note","type":"string"}]}""";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private SandboxRegistry registry;

    private record Answer(int status, Object body) {
        JsonObject object() {
            return (JsonObject) body;
        }
    }

    @BeforeEach
    void start() throws Exception {
        registry = SandboxRegistry.start(vertx, 0).toCompletionStage().toCompletableFuture().get(10,
                TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void gives_the_same_schema_the_same_id_whatever_its_layout_and_subject() throws Exception {
        var first = post("/subjects/a-value/versions", schema(ONE_FIELD));
        var second = post("/subjects/b%2Fc-value/versions", schema(ONE_FIELD.replace(" ", "")));

        assertThat(second.object()).isEqualTo(first.object())
                .isEqualTo(new JsonObject().put("id", 1));
        assertThat(get("/subjects").body())
                .isEqualTo(new JsonArray().add("a-value").add("b/c-value"));
        assertThat(get("/schemas/ids/1/versions").body()).isEqualTo(new JsonArray()
                .add(new JsonObject().put("subject", "a-value").put("version", 1))
                .add(new JsonObject().put("subject", "b/c-value").put("version", 1)));
    }

    @Test
    void leaves_the_type_out_for_avro_and_names_it_for_the_others() throws Exception {
        post("/subjects/a/versions", schema(ONE_FIELD));
        post("/subjects/j/versions", schema("{\"type\":\"object\"}").put("schemaType", "JSON"));
        post("/subjects/p/versions", schema("syntax = \"proto3\"; message M { string id = 1; }")
                .put("schemaType", "PROTOBUF"));

        assertThat(get("/schemas/ids/1").object().fieldNames()).containsExactly("schema");
        assertThat(get("/schemas/ids/2").object().getString("schemaType")).isEqualTo("JSON");
        assertThat(get("/subjects/p/versions/latest").object().getString("schemaType"))
                .isEqualTo("PROTOBUF");
    }

    @Test
    void refuses_a_version_that_cannot_read_the_one_before() throws Exception {
        post("/subjects/a/versions", schema(ONE_FIELD));

        var refused = post("/subjects/a/versions", schema(WITHOUT_DEFAULT));
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.object().getInteger("error_code")).isEqualTo(409);
        assertThat(
                post("/compatibility/subjects/a/versions/latest", schema(WITHOUT_DEFAULT)).object())
                .isEqualTo(new JsonObject().put("is_compatible", false));
        assertThat(post("/compatibility/subjects/a/versions/latest", schema(WITH_DEFAULT)).object())
                .isEqualTo(new JsonObject().put("is_compatible", true));
        assertThat(post("/subjects/a/versions", schema(WITH_DEFAULT)).object().getInteger("id"))
                .isEqualTo(2);
        assertThat(get("/subjects/a/versions").body()).isEqualTo(new JsonArray().add(1).add(2));
    }

    @Test
    void lets_anything_pass_where_compatibility_is_none() throws Exception {
        post("/subjects/a/versions", schema(ONE_FIELD));

        assertThat(send("PUT", "/config/a", new JsonObject().put("compatibility", "NONE")).object())
                .isEqualTo(new JsonObject().put("compatibility", "NONE"));
        assertThat(post("/subjects/a/versions", schema(WITHOUT_DEFAULT)).status()).isEqualTo(200);
        assertThat(get("/config").object())
                .isEqualTo(new JsonObject().put("compatibilityLevel", "BACKWARD"));
        assertThat(get("/config/a").object())
                .isEqualTo(new JsonObject().put("compatibilityLevel", "NONE"));
    }

    @Test
    void resolves_references_to_other_subjects() throws Exception {
        post("/subjects/address/versions", schema(
                "{\"type\":\"record\",\"name\":\"Address\",\"fields\":[{\"name\":\"city\",\"type\":\"string\"}]}"));
        var customer = schema(
                "{\"type\":\"record\",\"name\":\"Customer\",\"fields\":[{\"name\":\"home\",\"type\":\"Address\"}]}");

        assertThat(post("/subjects/customer/versions", customer).object().getInteger("error_code"))
                .isEqualTo(42201);
        customer.put("references", new JsonArray().add(new JsonObject().put("name", "Address")
                .put("subject", "address").put("version", 1)));
        assertThat(post("/subjects/customer/versions", customer).status()).isEqualTo(200);
        assertThat(get("/subjects/customer/versions/1").object().getJsonArray("references"))
                .hasSize(1);
    }

    @Test
    void answers_with_the_codes_that_clients_know() throws Exception {
        post("/subjects/a/versions", schema(ONE_FIELD));

        assertThat(error(get("/subjects/none/versions"))).isEqualTo("404 40401");
        assertThat(error(get("/subjects/a/versions/7"))).isEqualTo("404 40402");
        assertThat(error(get("/schemas/ids/99"))).isEqualTo("404 40403");
        assertThat(error(get("/subjects/a/versions/zero"))).isEqualTo("422 42202");
        assertThat(error(post("/subjects/a/versions", schema("{\"type\":\"recor\"}"))))
                .isEqualTo("422 42201");
        assertThat(error(post("/subjects/a", schema(WITH_DEFAULT)))).isEqualTo("404 40403");
    }

    @Test
    void forgets_a_deleted_subject_and_keeps_its_schema() throws Exception {
        post("/subjects/a/versions", schema(ONE_FIELD));

        assertThat(send("DELETE", "/subjects/a", new JsonObject()).body())
                .isEqualTo(new JsonArray().add(1));
        assertThat(get("/subjects").body()).isEqualTo(new JsonArray());
        assertThat(error(get("/subjects/a/versions/latest"))).isEqualTo("404 40401");
        assertThat(get("/schemas/ids/1").status()).isEqualTo(200);
        assertThat(send("DELETE", "/subjects/a?permanent=true", new JsonObject()).status())
                .isEqualTo(200);
    }

    private static JsonObject schema(String text) {
        return new JsonObject().put("schema", text);
    }

    private static String error(Answer answer) {
        return answer.status() + " " + answer.object().getInteger("error_code");
    }

    private Answer get(String path) throws Exception {
        return send("GET", path, new JsonObject());
    }

    private Answer post(String path, JsonObject body) throws Exception {
        return send("POST", path, body);
    }

    private Answer send(String method, String path, JsonObject body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(registry.url() + path))
                .header("content-type", "application/vnd.schemaregistry.v1+json")
                .method(method,
                        method.equals("GET")
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofString(body.encode()))
                .build();
        var answer = http.send(request, BodyHandlers.ofString());
        assertThat(answer.headers().firstValue("content-type"))
                .hasValue("application/vnd.schemaregistry.v1+json");
        return new Answer(answer.statusCode(), Json.decodeValue(answer.body()));
    }
}

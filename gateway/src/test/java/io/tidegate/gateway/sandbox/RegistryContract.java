package io.tidegate.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What serializers rely on when they talk to a registry with Confluent's interface. Where the registries that this runs
 * against differ from each other, the comment at the spot says how. The registry may be shared: every test has subjects of
 * its own.
 */
abstract class RegistryContract {
    static final String ONE_FIELD = """
            {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}""";
    static final String WITH_DEFAULT = """
            {"type":"record","name":"Order","fields":[{"name":"id","type":"string"},
             {"name":"note","type":["null","string"],"default":null}]}""";
    static final String WITHOUT_DEFAULT = """
            {"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"note","type":"string"}]}""";

    private final HttpClient http = HttpClient.newHttpClient();
    private final String unique = UUID.randomUUID().toString();

    record Answer(int status, Object body) {
        JsonObject object() {
            return (JsonObject) body;
        }

        /** Status and error code. */
        String error() {
            return status + " " + object().getInteger("error_code");
        }

        int id() {
            assertThat(status).as("%s", body).isEqualTo(200);
            return object().getInteger("id");
        }
    }

    /** The root of the interface, without a slash at the end. */
    abstract String url();

    @AfterEach
    void closeClient() {
        http.close();
    }

    @Test
    void knows_the_three_languages() throws Exception {
        assertThat((JsonArray) get("/schemas/types").body()).containsExactlyInAnyOrder("AVRO",
                "JSON", "PROTOBUF");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "AVRO     | {\"type\":\"record\",\"name\":\"A\",\"fields\":[]}",
            "JSON     | {\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"}}}",
            "PROTOBUF | syntax = \"proto3\"; message M { string id = 1; }"})
    void gives_a_schema_of_every_language_back_by_id_by_version_and_by_text(String language,
            String text) throws Exception {
        var subject = subject("every");
        var body = schema(text);
        if (!language.equals("AVRO")) {
            body.put("schemaType", language);
        }
        int id = post(versions(subject), body).id();

        var byId = get("/schemas/ids/" + id).object();
        assertThat(sameText(byId.getString("schema"))).isEqualTo(sameText(text));
        // Avro is what a schema is unless something else is said.
        assertThat(byId.getString("schemaType", "AVRO")).isEqualTo(language);
        for (String version : new String[]{"1", "latest", "-1"}) {
            var byVersion = get(versions(subject) + "/" + version).object();
            assertThat(byVersion.getString("subject")).isEqualTo(subject);
            assertThat(byVersion.getInteger("version")).isOne();
            assertThat(byVersion.getInteger("id")).isEqualTo(id);
            assertThat(sameText(byVersion.getString("schema"))).isEqualTo(sameText(text));
            assertThat(byVersion.getString("schemaType", "AVRO")).isEqualTo(language);
        }
        var byText = post(path(subject), body).object();
        assertThat(byText.getString("subject")).isEqualTo(subject);
        assertThat(byText.getInteger("version")).isOne();
        assertThat(byText.getInteger("id")).isEqualTo(id);
        assertThat(sameText(byText.getString("schema"))).isEqualTo(sameText(text));
    }

    @Test
    void gives_the_same_schema_the_same_id_whatever_its_layout_and_subject() throws Exception {
        var first = subject("first");
        var second = subject("with/slash and space");
        int id = post(versions(first), schema(ONE_FIELD)).id();

        assertThat(post(versions(first), schema(ONE_FIELD)).id()).isEqualTo(id);
        assertThat(post(versions(first), schema(ONE_FIELD.replace(" ", ""))).id()).isEqualTo(id);
        assertThat(post(versions(second), schema(ONE_FIELD)).id()).isEqualTo(id);
        assertThat(get(versions(first)).body()).isEqualTo(new JsonArray().add(1));
        assertThat((JsonArray) get("/subjects").body()).contains(first, second);
        assertThat((JsonArray) get("/schemas/ids/" + id + "/versions").body()).contains(
                new JsonObject().put("subject", first).put("version", 1),
                new JsonObject().put("subject", second).put("version", 1));
        assertThat((JsonArray) get("/schemas/ids/" + id + "/subjects").body()).contains(first,
                second);
    }

    @Test
    void keeps_every_version_of_a_subject() throws Exception {
        var subject = subject("grows");
        int first = post(versions(subject), schema(ONE_FIELD)).id();
        int second = post(versions(subject), schema(WITH_DEFAULT)).id();

        assertThat(second).isNotEqualTo(first);
        assertThat(get(versions(subject)).body()).isEqualTo(new JsonArray().add(1).add(2));
        assertThat(get(versions(subject) + "/1").id()).isEqualTo(first);
        assertThat(get(versions(subject) + "/2").id()).isEqualTo(second);
        assertThat(get(versions(subject) + "/latest").id()).isEqualTo(second);
        assertThat(post(path(subject), schema(ONE_FIELD)).object().getInteger("version")).isOne();
    }

    @Test
    void gives_the_text_of_a_schema_alone() throws Exception {
        var subject = subject("alone");
        int id = post(versions(subject), schema(ONE_FIELD)).id();

        assertThat(get("/schemas/ids/" + id + "/schema").body())
                .isEqualTo(new JsonObject(ONE_FIELD));
        assertThat(get(versions(subject) + "/1/schema").body())
                .isEqualTo(new JsonObject(ONE_FIELD));
    }

    @Test
    void refuses_a_version_that_cannot_read_the_one_before() throws Exception {
        var subject = subject("strict");
        post(versions(subject), schema(ONE_FIELD)).id();
        assertThat(put("/config/" + encoded(subject), "BACKWARD").getString("compatibility"))
                .isEqualTo("BACKWARD");
        assertThat(get("/config/" + encoded(subject)).object())
                .isEqualTo(new JsonObject().put("compatibilityLevel", "BACKWARD"));

        assertThat(isCompatible(subject, "/latest", WITHOUT_DEFAULT)).isFalse();
        assertThat(isCompatible(subject, "/1", WITHOUT_DEFAULT)).isFalse();
        assertThat(isCompatible(subject, "", WITHOUT_DEFAULT)).isFalse();
        assertThat(post(versions(subject), schema(WITHOUT_DEFAULT)).error()).isEqualTo("409 409");
        assertThat(isCompatible(subject, "/latest", WITH_DEFAULT)).isTrue();
        assertThat(isCompatible(subject, "", WITH_DEFAULT)).isTrue();
        post(versions(subject), schema(WITH_DEFAULT)).id();
        assertThat(get(versions(subject)).body()).isEqualTo(new JsonArray().add(1).add(2));
    }

    @Test
    void refuses_a_version_that_the_one_before_cannot_read_where_that_is_asked_for()
            throws Exception {
        var subject = subject("forward");
        post(versions(subject), schema(WITHOUT_DEFAULT)).id();
        put("/config/" + encoded(subject), "FORWARD");

        assertThat(post(versions(subject), schema(ONE_FIELD)).error()).isEqualTo("409 409");
        put("/config/" + encoded(subject), "BACKWARD");
        post(versions(subject), schema(ONE_FIELD)).id();
    }

    @Test
    void lets_anything_pass_where_compatibility_is_none() throws Exception {
        var subject = subject("loose");
        post(versions(subject), schema(ONE_FIELD)).id();
        put("/config/" + encoded(subject), "NONE");

        assertThat(isCompatible(subject, "/latest", WITHOUT_DEFAULT)).isTrue();
        post(versions(subject), schema(WITHOUT_DEFAULT)).id();
    }

    @Test
    void goes_back_to_the_level_of_all_when_a_subject_gives_up_its_own() throws Exception {
        var subject = subject("config");
        post(versions(subject), schema(ONE_FIELD)).id();
        var all = get("/config").object().getString("compatibilityLevel");
        put("/config/" + encoded(subject), "FULL_TRANSITIVE");

        assertThat(send("DELETE", "/config/" + encoded(subject), new JsonObject()).object()
                .getString("compatibilityLevel")).isEqualTo("FULL_TRANSITIVE");
        assertThat(get("/config/" + encoded(subject) + "?defaultToGlobal=true").object()
                .getString("compatibilityLevel")).isEqualTo(all);
    }

    @Test
    void refuses_a_level_of_compatibility_that_there_is_not() throws Exception {
        assertThat(send("PUT", "/config/" + encoded(subject("level")),
                new JsonObject().put("compatibility", "SOMEHOW")).error()).isEqualTo("422 42203");
    }

    @Test
    void lets_the_first_schema_of_a_subject_pass_as_compatible() throws Exception {
        assertThat(isCompatible(subject("new"), "/latest", ONE_FIELD)).isTrue();
    }

    @Test
    void answers_for_what_it_does_not_have_with_the_codes_that_clients_know() throws Exception {
        var subject = subject("here");
        var other = subject("not-here");
        post(versions(subject), schema(ONE_FIELD)).id();

        for (String none : new String[]{versions(other), versions(other) + "/1",
                versions(other) + "/latest"}) {
            assertThat(get(none).error()).as(none).isEqualTo("404 40401");
        }
        assertThat(post(path(other), schema(ONE_FIELD)).error()).isEqualTo("404 40401");
        assertThat(send("DELETE", path(other), new JsonObject()).error()).isEqualTo("404 40401");
        assertThat(get(versions(subject) + "/7").error()).isEqualTo("404 40402");
        assertThat(post("/compatibility" + versions(subject) + "/7", schema(ONE_FIELD)).error())
                .isEqualTo("404 40402");
        assertThat(get("/schemas/ids/999999").error()).isEqualTo("404 40403");
        assertThat(get("/schemas/ids/999999/versions").error()).isEqualTo("404 40403");
        assertThat(post(path(subject), schema(WITH_DEFAULT)).error()).isEqualTo("404 40403");
    }

    @Test
    void refuses_a_version_that_is_no_number() throws Exception {
        var subject = subject("zero");
        post(versions(subject), schema(ONE_FIELD)).id();

        for (String version : new String[]{"zero", "0"}) {
            // Confluent's answers that there cannot be such a version, Apicurio's that there is none.
            assertThat(get(versions(subject) + "/" + version).error()).as(version)
                    .isIn("422 42202", "404 40402");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "AVRO     | {\"type\":\"recor\"}",
            "AVRO     | nonsense",
            "AVRO     | {\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"b\",\"type\":\"B\"}]}",
            "JSON     | nonsense",
            "JSON     | {\"type\":",
            "PROTOBUF | nonsense",
            "PROTOBUF | message {",
            "THRIFT   | struct A {}"})
    void refuses_what_is_no_schema(String language, String text) throws Exception {
        var subject = subject("bad");
        var refused = post(versions(subject), schema(text).put("schemaType", language));

        assertThat(refused.error()).isEqualTo("422 42201");
        assertThat(refused.object().getString("message")).isNotBlank();
        assertThat(get(versions(subject)).error()).isEqualTo("404 40401");
    }

    @Test
    void refuses_a_body_that_is_no_object() throws Exception {
        // Apicurio's body is then its framework's own, without an error code.
        assertThat(exchange("POST", versions(subject("body")), "nonsense").status())
                .isEqualTo(400);
        assertThat(exchange("POST", versions(subject("body")), "[]").status()).isEqualTo(400);
    }

    @Test
    void takes_null_for_what_a_client_leaves_out() throws Exception {
        var body = schema(ONE_FIELD).putNull("schemaType").putNull("references")
                .putNull("metadata").putNull("ruleSet").putNull("id").putNull("version");
        int id = post(versions(subject("null")), body).id();

        assertThat(post(versions(subject("plain")), schema(ONE_FIELD)).id()).isEqualTo(id);
    }

    @Test
    void keeps_a_reference_as_one_and_the_text_as_its_author_wrote_it() throws Exception {
        var address = subject("address");
        var customer = subject("customer");
        post(versions(address), schema("""
                {"type":"record","name":"Address","fields":[{"name":"city","type":"string"}]}"""))
                .id();
        var text = """
                {"type":"record","name":"Customer","fields":[{"name":"home","type":"Address"}]}""";
        var reference = new JsonObject().put("name", "Address").put("subject", address)
                .put("version", 1);
        var body = schema(text).put("references", new JsonArray().add(reference));
        int id = post(versions(customer), body).id();

        var byVersion = get(versions(customer) + "/1").object();
        assertThat(byVersion.getJsonArray("references")).containsExactly(reference);
        assertThat(new JsonObject(byVersion.getString("schema"))).isEqualTo(new JsonObject(text));
        var byId = get("/schemas/ids/" + id).object();
        assertThat(byId.getJsonArray("references")).containsExactly(reference);
        assertThat(new JsonObject(byId.getString("schema"))).isEqualTo(new JsonObject(text));
        assertThat(post(path(customer), body).id()).isEqualTo(id);
        assertThat(send("DELETE", versions(address) + "/1", new JsonObject()).error())
                .isEqualTo("422 42206");
        reference.put("subject", subject("nobody"));
        assertThat(post(versions(subject("broken")), body).error()).isEqualTo("422 42201");
    }

    @Test
    void forgets_a_deleted_subject_and_keeps_its_schema() throws Exception {
        var subject = subject("gone");
        int id = post(versions(subject), schema(ONE_FIELD)).id();

        assertThat(send("DELETE", path(subject), new JsonObject()).body())
                .isEqualTo(new JsonArray().add(1));
        assertThat((JsonArray) get("/subjects").body()).doesNotContain(subject);
        assertThat((JsonArray) get("/subjects?deleted=true").body()).contains(subject);
        assertThat(get(versions(subject) + "/latest").error()).isEqualTo("404 40401");
        assertThat(get("/schemas/ids/" + id).status()).isEqualTo(200);
        assertThat(send("DELETE", path(subject), new JsonObject()).error()).isEqualTo("404 40404");
        assertThat(send("DELETE", path(subject) + "?permanent=true", new JsonObject()).status())
                .isEqualTo(200);
        assertThat((JsonArray) get("/subjects?deleted=true").body()).doesNotContain(subject);
    }

    @Test
    void forgets_a_deleted_version_and_keeps_the_others() throws Exception {
        var subject = subject("fewer");
        post(versions(subject), schema(ONE_FIELD)).id();
        post(versions(subject), schema(WITH_DEFAULT)).id();

        assertThat(send("DELETE", versions(subject) + "/1", new JsonObject()).body()).isEqualTo(1);
        assertThat(get(versions(subject)).body()).isEqualTo(new JsonArray().add(2));
        assertThat(get(versions(subject) + "/1").error()).isEqualTo("404 40402");
    }

    // ---- helpers ----

    String subject(String name) {
        return name + "-" + unique + "-value";
    }

    static String encoded(String subject) {
        return URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
    }

    static String path(String subject) {
        return "/subjects/" + encoded(subject);
    }

    static String versions(String subject) {
        return path(subject) + "/versions";
    }

    static JsonObject schema(String text) {
        return new JsonObject().put("schema", text);
    }

    /** Registries may give JSON back in another layout. */
    private static Object sameText(String text) {
        return text.startsWith("{") ? new JsonObject(text) : text;
    }

    private boolean isCompatible(String subject, String version, String text) throws Exception {
        var answer = post("/compatibility" + versions(subject) + version, schema(text));
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        return answer.object().getBoolean("is_compatible");
    }

    Answer get(String path) throws Exception {
        return exchange("GET", path, null);
    }

    Answer post(String path, JsonObject body) throws Exception {
        return send("POST", path, body);
    }

    private JsonObject put(String path, String level) throws Exception {
        var answer = send("PUT", path, new JsonObject().put("compatibility", level));
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        return answer.object();
    }

    Answer send(String method, String path, JsonObject body) throws Exception {
        return exchange(method, path, body.encode());
    }

    /** Sends a request; a body that is no JSON is given as text. */
    private Answer exchange(String method, String path, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url() + path))
                .header("content-type", "application/vnd.schemaregistry.v1+json")
                .method(method,
                        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        var answer = http.send(request, BodyHandlers.ofString());
        assertThat(answer.headers().firstValue("content-type").orElse("")).endsWith("json");
        try {
            return new Answer(answer.statusCode(), Json.decodeValue(answer.body()));
        } catch (io.vertx.core.json.DecodeException e) {
            return new Answer(answer.statusCode(), answer.body());
        }
    }
}

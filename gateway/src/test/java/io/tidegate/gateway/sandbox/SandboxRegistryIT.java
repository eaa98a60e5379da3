package io.tidegate.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SandboxRegistryIT extends RegistryContract {
    private final Vertx vertx = Vertx.vertx();
    private SandboxRegistry registry;

    @BeforeEach
    void start() throws Exception {
        registry = SandboxRegistry.start(vertx, 0).toCompletionStage().toCompletableFuture().get(10,
                TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Override
    String url() {
        return registry.url();
    }

    @Test
    void starts_empty_strict_and_with_id_1() throws Exception {
        assertThat(get("/subjects").body()).isEqualTo(new JsonArray());
        assertThat(get("/config").object())
                .isEqualTo(new JsonObject().put("compatibilityLevel", "BACKWARD"));
        assertThat(get("/config/a").error()).isEqualTo("404 40408");
        assertThat(post("/subjects/a/versions", schema(ONE_FIELD)).id()).isOne();
        assertThat(post("/subjects/a/versions", schema(WITHOUT_DEFAULT)).error())
                .isEqualTo("409 409");
        assertThat(post("/subjects/a/versions", schema(WITH_DEFAULT)).id()).isEqualTo(2);
    }

    @Test
    void leaves_the_type_out_for_avro() throws Exception {
        post("/subjects/a/versions", schema(ONE_FIELD).put("schemaType", "AVRO")).id();

        assertThat(get("/schemas/ids/1").object().fieldNames()).containsExactly("schema");
    }

    @Test
    void says_why_a_schema_is_incompatible_when_asked() throws Exception {
        post("/subjects/a/versions", schema(ONE_FIELD)).id();

        var answer = post("/compatibility/subjects/a/versions/latest?verbose=true",
                schema(WITHOUT_DEFAULT)).object();
        assertThat(answer.getBoolean("is_compatible")).isFalse();
        assertThat(answer.getJsonArray("messages").getString(0)).contains("note");
    }

    @Test
    void refuses_another_language_in_the_same_subject() throws Exception {
        post("/subjects/a/versions", schema(ONE_FIELD)).id();

        assertThat(post("/subjects/a/versions",
                schema("{\"type\":\"object\"}").put("schemaType", "JSON")).error())
                .isEqualTo("409 409");
    }

    @Test
    void refuses_members_of_the_wrong_kind() throws Exception {
        for (var body : new JsonObject[]{new JsonObject().put("schema", 5),
                schema(ONE_FIELD).put("references", "x"), schema(ONE_FIELD).put("schemaType", 1),
                schema(ONE_FIELD).put("references", new JsonArray().add("x"))}) {
            assertThat(post("/subjects/a/versions", body).error()).as("%s", body)
                    .isEqualTo("400 400");
        }
        assertThat(send("PUT", "/config", new JsonObject().put("compatibility", 5)).error())
                .isEqualTo("422 42203");
        assertThat(post("/subjects/a/versions", new JsonObject()).error()).isEqualTo("422 42201");
    }

    @Test
    void tells_protobuf_texts_apart_that_differ_only_within_quotes() throws Exception {
        var text = "syntax = \"proto3\"; // a note\noption java_package = \"a//b\";\nmessage M {}";
        post("/subjects/a/versions", proto(text)).id();

        assertThat(post("/subjects/b/versions", proto(text.replace("// a note", "/* { */ ")))
                .id()).isOne();
        assertThat(post("/subjects/b/versions", proto(text.replace("a//b", "a//c"))).id())
                .isEqualTo(2);
        assertThat(post("/subjects/b/versions", proto(text.replace("a//b", "a // b"))).id())
                .isEqualTo(3);
    }

    private static JsonObject proto(String text) {
        return schema(text).put("schemaType", "PROTOBUF");
    }
}

package io.tidegate.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.tidegate.diff.Compatibility;
import io.tidegate.gateway.sandbox.SandboxRegistry;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SchemaProblem;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.Type;
import io.tidegate.schema.UnreadablePayload;
import io.tidegate.schema.UnresolvedSchema;
import io.tidegate.schema.WriterSchemas;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Our client of registries, against a server that answers what each test says. */
class SchemaRegistryIT {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration BRIEF = Duration.ofMillis(50);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final String AVRO = """
            {"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}""";

    private final Vertx vertx = Vertx.vertx();
    /** By path, what is answered; the number is how often it was asked for. */
    private final Map<String, BiConsumer<HttpServerResponse, Integer>> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        server = listen(0);
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void asks_once_for_an_id_and_keeps_the_answer_for_good() throws Exception {
        answer("/schemas/ids/7", schema(AVRO));
        var registry = registry(LONG);

        var first = registry.byId(7);
        assertThat(first).isEqualTo(
                new SourceSchema(SchemaLanguage.AVRO, AVRO, "registry id 7"));
        await(server.close());
        assertThat(registry.byId(7)).isSameAs(first);
        assertThat(asked).containsExactly("/schemas/ids/7");
    }

    @Test
    void reads_schemas_of_every_language() throws Exception {
        answer("/schemas/ids/1", schema("{}").put("schemaType", "JSON"));
        answer("/schemas/ids/2", schema("syntax = \"proto3\";").put("schemaType", "PROTOBUF"));
        answer("/schemas/ids/3", schema(AVRO).put("schemaType", "AVRO"));
        answer("/schemas/ids/4", schema(AVRO).putNull("schemaType"));
        var registry = registry(LONG);

        assertThat(registry.byId(1).language()).isEqualTo(SchemaLanguage.JSON);
        assertThat(registry.byId(2).language()).isEqualTo(SchemaLanguage.PROTOBUF);
        assertThat(registry.byId(3).language()).isEqualTo(SchemaLanguage.AVRO);
        assertThat(registry.byId(4).language()).isEqualTo(SchemaLanguage.AVRO);
    }

    @Test
    void gives_up_at_once_on_an_id_that_the_registry_does_not_have_and_remembers() {
        var registry = registry(LONG);

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> registry.byId(9)).isExactlyInstanceOf(UnreadablePayload.class)
                    .hasMessage("the registry has no schema with id 9");
        }
        assertThat(asked).containsExactly("/schemas/ids/9");
    }

    @Test
    void waits_for_a_registry_that_is_not_ready_and_then_has_the_schema() throws Exception {
        answers.put("/schemas/ids/7", (response, count) -> {
            if (count <= 2) {
                response.setStatusCode(503).end("starting");
            } else {
                response.end(schema(AVRO).encode());
            }
        });

        assertThat(registry(LONG).byId(7).text()).isEqualTo(AVRO);
        assertThat(asked).hasSize(3);
    }

    @Test
    void waits_for_a_registry_that_is_down_and_has_the_schema_when_it_comes_up() throws Exception {
        answer("/schemas/ids/7", schema(AVRO));
        int port = server.actualPort();
        await(server.close());
        var registry = registry(LONG);
        var failed = new CountDownLatch(1);
        var log = (Logger) LoggerFactory.getLogger(SchemaRegistry.class);
        var appender = new AppenderBase<ILoggingEvent>() {
            @Override
            protected void append(ILoggingEvent event) {
                failed.countDown();
            }
        };
        appender.start();
        log.addAppender(appender);
        try {
            var asking = new FutureTask<>(() -> registry.byId(7));
            Thread.ofVirtual().start(asking);
            assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(asking.isDone()).isFalse();
            server = listen(port);

            assertThat(asking.get(10, TimeUnit.SECONDS).text()).isEqualTo(AVRO);
            assertThat(asked).hasSize(1);
        } finally {
            log.detachAppender(appender);
        }
    }

    @Test
    void says_that_the_schema_is_unresolved_when_the_registry_stays_down() throws Exception {
        int port = server.actualPort();
        await(server.close());
        var registry = new SchemaRegistry(Optional.of("http://127.0.0.1:" + port), SHORT, LONG,
                BRIEF);

        long begun = System.nanoTime();
        assertThatThrownBy(() -> registry.byId(7)).isInstanceOf(UnresolvedSchema.class)
                .hasMessage("schema id 7 cannot be had: the registry does not answer");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(SHORT, LONG);
    }

    @Test
    void forgets_that_a_registry_was_down() throws Exception {
        answers.put("/schemas/ids/7", (response, count) -> {
            if (count == 1) {
                response.setStatusCode(500).end();
            } else {
                response.end(schema(AVRO).encode());
            }
        });
        var registry = registry(Duration.ZERO);

        assertThatThrownBy(() -> registry.byId(7)).isInstanceOf(UnresolvedSchema.class)
                .hasMessageContaining("the registry answers 500");
        assertThat(registry.byId(7).text()).isEqualTo(AVRO);
    }

    @Test
    void ends_its_waiting_when_its_thread_is_interrupted() throws Exception {
        var arrived = new CountDownLatch(1);
        answers.put("/schemas/ids/7", (response, count) -> arrived.countDown());
        var registry = registry(LONG);
        var asking = new FutureTask<>(() -> {
            var failure = catchThrowableOfType(UnresolvedSchema.class, () -> registry.byId(7));
            return failure != null && Thread.currentThread().isInterrupted();
        });
        var thread = Thread.ofVirtual().start(asking);
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        thread.interrupt();

        assertThat(asking.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void needs_no_waiting_to_say_that_no_registry_is_configured() {
        var registry = new SchemaRegistry(Optional.empty());

        assertThatThrownBy(() -> registry.byId(7)).isInstanceOf(UnresolvedSchema.class)
                .hasMessageContaining("no registry is configured (registry.url)");
        assertThatThrownBy(() -> registry.find(SchemaLanguage.AVRO, "orders-value"))
                .isInstanceOf(IOException.class)
                .hasMessage("no registry is configured (registry.url)");
    }

    @Test
    void finds_the_newest_version_of_a_subject() throws Exception {
        answer("/subjects/orders-value/versions/latest", schema(AVRO));
        answer("/subjects/a%2Fb%20c%2Bd/versions/latest",
                schema("{}").put("schemaType", "JSON"));
        var registry = registry(LONG);

        assertThat(registry.find(SchemaLanguage.AVRO, "orders-value"))
                .isEqualTo(new SourceSchema(SchemaLanguage.AVRO, AVRO, "orders-value"));
        // What the registry says of the language counts more than what was expected.
        assertThat(registry.find(SchemaLanguage.AVRO, "a/b c+d"))
                .isEqualTo(new SourceSchema(SchemaLanguage.JSON, "{}", "a/b c+d"));
        assertThatThrownBy(() -> registry.find(SchemaLanguage.AVRO, "none"))
                .isInstanceOf(IOException.class).hasMessage("the registry has no such schema");
    }

    @Test
    void finds_a_version_by_its_address_and_needs_no_registry_of_its_own() throws Exception {
        answer("/subjects/orders-value/versions/1", schema(AVRO));
        var address = url() + "/subjects/orders-value/versions/1";

        assertThat(new SchemaRegistry(Optional.empty()).find(SchemaLanguage.AVRO, address))
                .isEqualTo(new SourceSchema(SchemaLanguage.AVRO, AVRO, address));
    }

    @Test
    void finds_a_schema_that_is_plain_text_at_its_address() throws Exception {
        var proto = "syntax = \"proto3\";\n// größer\nmessage M { string id = 1; }\n";
        answers.put("/m.proto", (response, count) -> response.end(proto));
        answers.put("/order.avsc", (response, count) -> response.end(AVRO));
        var registry = registry(LONG);

        assertThat(registry.find(SchemaLanguage.PROTOBUF, url() + "/m.proto"))
                .isEqualTo(
                        new SourceSchema(SchemaLanguage.PROTOBUF, proto, url() + "/m.proto"));
        assertThat(registry.find(SchemaLanguage.AVRO, url() + "/order.avsc").text())
                .isEqualTo(AVRO);
        assertThatThrownBy(() -> registry.find(SchemaLanguage.AVRO, url() + "/none.avsc"))
                .isInstanceOf(IOException.class).hasMessage("the registry has no such schema");
        assertThatThrownBy(() -> registry.find(SchemaLanguage.AVRO, "http://a b/c"))
                .isInstanceOf(IOException.class).hasMessage("'http://a b/c' is no address");
    }

    @Test
    void stops_reading_an_answer_that_is_too_large_and_does_not_ask_again() throws Exception {
        var sent = new CountDownLatch(1);
        var closed = new CountDownLatch(1);
        answers.put("/schemas/ids/7", (response, count) -> {
            response.closeHandler(gone -> closed.countDown());
            // More than the client takes, and no end of the answer: only a client that counts stops.
            response.setChunked(true).write("{\"schema\":\"" + "x".repeat(3 << 20));
            sent.countDown();
        });
        var registry = registry(LONG);

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> registry.byId(7)).isInstanceOf(UnresolvedSchema.class)
                    .hasMessage("schema id 7 cannot be used: the registry's answer is longer than"
                            + " 2097152 bytes");
        }
        assertThat(sent.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(closed.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(asked).hasSize(1);
        assertThatThrownBy(() -> registry.find(SchemaLanguage.AVRO, url() + "/schemas/ids/7"))
                .isInstanceOf(IOException.class).hasMessageContaining("longer than");
    }

    @Test
    void does_not_wait_for_the_rest_of_an_answer_for_ever() {
        answers.put("/schemas/ids/7",
                (response, count) -> response.setChunked(true).write("{\"schema\":"));
        var registry = new SchemaRegistry(Optional.of(url()), Duration.ZERO, SHORT, BRIEF);

        assertThatThrownBy(() -> registry.byId(7)).isInstanceOf(UnresolvedSchema.class)
                .hasMessage(
                        "schema id 7 cannot be had: the registry does not answer within 300 ms");
    }

    @Test
    void waits_where_what_answers_is_no_registry_yet() throws Exception {
        answers.put("/schemas/ids/7", (response, count) -> response.end(switch (count) {
            case 1 -> "<html>Welcome</html>";
            case 2 -> "";
            default -> schema(AVRO).encode();
        }));

        assertThat(registry(LONG).byId(7).text()).isEqualTo(AVRO);
        assertThat(asked).hasSize(3);
    }

    @Test
    void says_what_is_wrong_with_an_answer() {
        answers.put("/schemas/ids/1", (response, count) -> response.end("<html>Welcome</html>"));
        answers.put("/schemas/ids/2", (response, count) -> response.end("[1]"));
        answers.put("/schemas/ids/3", (response, count) -> response.end("{\"schema\":5}"));
        answers.put("/schemas/ids/4", (response, count) -> response.end());
        answers.put("/subjects/a/versions/latest", (response, count) -> response.end("<html>"));
        var registry = registry(Duration.ZERO);

        assertThatThrownBy(() -> registry.byId(1)).isInstanceOf(UnresolvedSchema.class)
                .hasMessage("schema id 1 cannot be had: the registry's answer is no JSON");
        for (int id : new int[]{2, 3, 4}) {
            assertThatThrownBy(() -> registry.byId(id)).isInstanceOf(UnresolvedSchema.class)
                    .hasMessage("schema id " + id
                            + " cannot be had: the registry's answer has no schema");
        }
        assertThatThrownBy(() -> registry.find(SchemaLanguage.AVRO, "a"))
                .isInstanceOf(IOException.class)
                .hasMessage("the registry's answer has no schema");
    }

    @Test
    void does_not_wait_for_a_language_that_it_does_not_know() {
        answer("/schemas/ids/7", schema("struct A {}").put("schemaType", "THRIFT"));
        var registry = registry(LONG);

        assertThatThrownBy(() -> registry.byId(7)).isInstanceOf(UnresolvedSchema.class)
                .hasMessage("schema id 7 cannot be used: its language is 'THRIFT',"
                        + " expected AVRO, JSON or PROTOBUF");
    }

    @Test
    void puts_what_an_avro_schema_refers_to_in_its_place() throws Exception {
        answer("/subjects/city/versions/2",
                schema("{\"type\":\"enum\",\"name\":\"City\",\"symbols\":[\"SUNDBY\"]}"));
        answer("/subjects/address/versions/1", schema(record("Address", "city", "City"))
                .put("references", references("city", 2)));
        var customer = schema("""
                {"type":"record","name":"Customer","fields":[
                 {"name":"home","type":"Address"},{"name":"born","type":"City"}]}""")
                .put("references", references("address", 1).add(references("city", 2).getValue(0)));
        answer("/schemas/ids/7", customer);
        answer("/subjects/customer/versions/1", customer);

        var address = url() + "/subjects/customer/versions/1";
        for (var schema : List.of(registry(LONG).byId(7),
                new SchemaRegistry(Optional.empty()).find(SchemaLanguage.AVRO, address))) {
            var type = Schemas.open(schema, Optional.empty(), List.of(), path -> {
                throw new IOException(path);
            }, WriterSchemas.none()).type();
            assertThat(type.fields()).extracting(field -> field.name()).containsExactly("home",
                    "born");
        }
        assertThat(asked).filteredOn("/subjects/city/versions/2"::equals).hasSize(2);
    }

    @Test
    void does_not_wait_for_references_that_lead_nowhere_or_in_circles() {
        answer("/schemas/ids/1", schema(record("A", "b", "B")).put("references",
                references("none", 1)));
        answer("/schemas/ids/2", schema(record("A", "b", "B")).put("references",
                references("circle", 1)));
        answer("/subjects/circle/versions/1", schema(record("B", "c", "C")).put("references",
                references("circle", 1)));
        var registry = registry(LONG);

        assertThatThrownBy(() -> registry.byId(1)).isInstanceOf(UnresolvedSchema.class).hasMessage(
                "schema id 1 cannot be used: it refers to version 1 of subject 'none', which the"
                        + " registry does not have");
        assertThatThrownBy(() -> registry.byId(2)).isInstanceOf(UnresolvedSchema.class)
                .hasMessageStartingWith(
                        "schema id 2 cannot be used: it and what it refers to are no Avro schema");
    }

    @Test
    void gives_protobuf_texts_with_what_they_import() throws Exception {
        answer("/subjects/city/versions/2", protobuf("message City { string name = 1; }"));
        answer("/subjects/a%2Fb/versions/1",
                protobuf("import \"city.proto\"; message Address { City city = 1; }")
                        .put("references", references("city.proto", "city", 2)));
        answer("/schemas/ids/7",
                protobuf("import \"geo/address.proto\"; import \"city.proto\";"
                        + " message Customer { Address home = 1; City born = 2; }")
                        .put("references", references("geo/address.proto", "a/b", 1)
                                .addAll(references("city.proto", "city", 2))));

        var schema = registry(LONG).byId(7);

        assertThat(schema.references()).containsOnlyKeys("geo/address.proto", "city.proto");
        assertThat(Schemas.open(schema, Optional.of("Customer"), List.of(), path -> {
            throw new IOException(path);
        }, WriterSchemas.none()).type().fields()).extracting(field -> field.name())
                .containsExactly("home", "born");
        assertThat(asked).filteredOn("/subjects/city/versions/2"::equals).hasSize(1);
    }

    @Test
    void puts_what_a_json_schema_refers_to_among_its_definitions() throws Exception {
        answer("/subjects/city/versions/1", json("""
                {"type":"object","title":"City","properties":{"name":{"type":"string"}}}"""));
        answer("/subjects/address/versions/1", json("""
                {"type":"object","properties":{"city":{"$ref":"city.json"}}}""")
                .put("references", references("city.json", "city", 1)));
        answer("/schemas/ids/7", json("""
                {"$id":"https://example.com/customer.json","type":"object","properties":{
                 "home":{"$ref":"https://example.com/address.json"},
                 "born":{"$ref":"https://example.com/city.json#/properties/name"}}}""")
                .put("references", references("https://example.com/address.json", "address", 1)));

        var type = Schemas.open(registry(LONG).byId(7), Optional.empty(), List.of(), path -> {
            throw new IOException(path);
        }, WriterSchemas.none()).type();

        assertThat(type.fields()).extracting(field -> field.name()).containsExactly("home", "born");
        assertThat(type.fields().get(1).type())
                .isEqualTo(Type.Scalar.of(ScalarKind.STRING));
        assertThat(type.fields().getFirst().type()).isInstanceOfSatisfying(RecordType.class,
                address -> assertThat(address.fields().getFirst().type())
                        .isInstanceOf(RecordType.class));
    }

    @Test
    void bounds_what_a_schema_may_refer_to_and_believes_no_other_schema() {
        for (int i = 0; i < 40; i++) {
            answer("/subjects/deep-" + i + "/versions/1", protobuf("")
                    .put("references", references("deep-" + (i + 1), "deep-" + (i + 1), 1)));
        }
        var many = new JsonArray();
        for (int i = 0; i < 101; i++) {
            answer("/subjects/many-" + i + "/versions/1", protobuf(""));
            many.addAll(references("many-" + i, "many-" + i, 1));
        }
        var large = new JsonArray();
        for (int i = 0; i < 9; i++) {
            answer("/subjects/large-" + i + "/versions/1", protobuf("/" + "*".repeat(1 << 20)));
            large.addAll(references("large-" + i, "large-" + i, 1));
        }
        answer("/subjects/round/versions/1",
                protobuf("").put("references", references("round", "round", 1)));
        answer("/subjects/other/versions/1",
                protobuf("").put("subject", "other").put("version", 2));
        answer("/schemas/ids/1",
                protobuf("").put("references", references("deep-0", "deep-0", 1)));
        answer("/schemas/ids/2", protobuf("").put("references", many));
        answer("/schemas/ids/3", protobuf("").put("references", large));
        answer("/schemas/ids/4", protobuf("").put("references", references("x", "other", 1)));
        answer("/schemas/ids/5", protobuf("").put("references",
                references("x", "round", 1).addAll(references("x", "other", 1))));
        answer("/schemas/ids/6", protobuf("").put("id", 8));
        var registry = registry(LONG);

        var reasons = Map.of(1, "its references are deeper than 32", 2,
                "it refers to more than 100 schemas", 3,
                "what it refers to is longer than 8388608 characters", 4,
                "the registry answers version 1 of subject 'other' with another schema", 5,
                "it refers to two schemas by the name 'x'", 6,
                "the registry answers with the id 8");
        reasons.forEach((id, reason) -> assertThatThrownBy(() -> registry.byId(id))
                .isInstanceOf(UnresolvedSchema.class)
                .hasMessage("schema id " + id + " cannot be used: " + reason));
        assertThat(asked).hasSizeLessThan(200);
    }

    @Test
    void ends_where_references_go_in_a_circle() throws Exception {
        answer("/subjects/round/versions/1", protobuf("import \"round\"; message M {}")
                .put("references", references("round", "round", 1)));
        answer("/schemas/ids/7", protobuf("import \"round\"; message N { M m = 1; }")
                .put("references", references("round", "round", 1)));

        var schema = registry(LONG).byId(7);

        assertThat(asked).hasSize(2);
        assertThatThrownBy(() -> Schemas.open(schema, Optional.empty(), List.of(), path -> {
            throw new IOException(path);
        }, WriterSchemas.none())).isInstanceOf(SchemaProblem.class)
                .hasMessageContaining("the imports go in a circle");
    }

    @Test
    void asks_once_for_all_who_want_the_same_id_at_once() throws Exception {
        var arrived = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        answers.put("/schemas/ids/7", (response, count) -> {
            arrived.countDown();
            vertx.executeBlocking(() -> go.await(10, TimeUnit.SECONDS))
                    .onComplete(done -> response.end(schema(AVRO).encode()));
        });
        var registry = registry(LONG);
        var first = new FutureTask<>(() -> registry.byId(7));
        Thread.ofVirtual().start(first);
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        var others = new ArrayList<FutureTask<SourceSchema>>();
        for (int i = 0; i < 8; i++) {
            var other = new FutureTask<>(() -> registry.byId(7));
            others.add(other);
            Thread.ofVirtual().start(other);
        }
        go.countDown();

        assertThat(first.get(10, TimeUnit.SECONDS).text()).isEqualTo(AVRO);
        for (var other : others) {
            assertThat(other.get(10, TimeUnit.SECONDS).text()).isEqualTo(AVRO);
        }
        assertThat(asked).hasSize(1);
    }

    @Test
    void says_what_compatibility_a_subject_has() throws Exception {
        answer("/config/orders-value", new JsonObject().put("compatibilityLevel", "FULL"));
        answer("/config/odd", new JsonObject().put("compatibilityLevel", "SIDEWAYS"));
        var registry = registry(LONG);

        assertThat(registry.compatibility("orders-value")).contains(Compatibility.FULL);
        assertThat(registry.compatibility("odd")).isEmpty();
        assertThat(registry.compatibility("none")).isEmpty();
        answer("/config", new JsonObject().put("compatibilityLevel", "BACKWARD_TRANSITIVE"));
        assertThat(registry.compatibility("none")).contains(Compatibility.BACKWARD_TRANSITIVE);
        assertThatThrownBy(() -> new SchemaRegistry(Optional.empty()).compatibility("none"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void reads_what_a_real_registry_says() throws Exception {
        var real = await(SandboxRegistry.start(vertx, 0));
        post(real.url() + "/subjects/city/versions", protobuf("message City { string name = 1; }"));
        int id = post(real.url() + "/subjects/customer/versions",
                protobuf("import \"city.proto\"; message Customer { City home = 1; }")
                        .put("references", references("city.proto", "city", 1)))
                .getInteger("id");
        var registry = new SchemaRegistry(Optional.of(real.url()), LONG, LONG, BRIEF);

        assertThat(registry.byId(id).references()).containsOnlyKeys("city.proto");
        assertThat(registry.find(SchemaLanguage.PROTOBUF, "customer").references())
                .containsOnlyKeys("city.proto");
        assertThat(registry.find(SchemaLanguage.PROTOBUF,
                real.url() + "/subjects/customer/versions/1").references())
                .containsOnlyKeys("city.proto");
        assertThat(registry.compatibility("customer")).contains(Compatibility.BACKWARD);
        assertThatThrownBy(() -> registry.byId(id + 100))
                .isExactlyInstanceOf(UnreadablePayload.class);
    }

    // ---- helpers ----

    private static JsonObject post(String address, JsonObject body) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var answer = client.send(HttpRequest.newBuilder(URI.create(address))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body.encode())).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return new JsonObject(answer.body());
        }
    }

    private static JsonObject protobuf(String text) {
        return schema("syntax = \"proto3\"; " + text).put("schemaType", "PROTOBUF");
    }

    private static JsonObject json(String text) {
        return schema(text).put("schemaType", "JSON");
    }

    private static JsonArray references(String name, String subject, int version) {
        return new JsonArray().add(new JsonObject().put("name", name).put("subject", subject)
                .put("version", version));
    }

    private SchemaRegistry registry(Duration hold) {
        return new SchemaRegistry(Optional.of(url() + "/"), hold, LONG, BRIEF);
    }

    private String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    private HttpServer listen(int port) throws Exception {
        return await(vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1")
                .setPort(port)).requestHandler(request -> {
                    asked.add(request.path());
                    var answer = answers.get(request.path());
                    if (answer == null) {
                        request.response().setStatusCode(404)
                                .end("{\"error_code\":40403,\"message\":\"Schema not found\"}");
                    } else {
                        int count = (int) asked.stream().filter(request.path()::equals).count();
                        answer.accept(request.response(), count);
                    }
                }).listen());
    }

    private void answer(String path, JsonObject body) {
        answers.put(path, (response, count) -> response.end(body.encode()));
    }

    private static JsonObject schema(String text) {
        return new JsonObject().put("schema", text);
    }

    private static String record(String name, String field, String type) {
        return "{\"type\":\"record\",\"name\":\"" + name + "\",\"fields\":[{\"name\":\"" + field
                + "\",\"type\":\"" + type + "\"}]}";
    }

    private static JsonArray references(String subject, int version) {
        return references(subject, subject, version);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}

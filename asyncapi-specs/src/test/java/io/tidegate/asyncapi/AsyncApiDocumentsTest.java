package io.tidegate.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.asyncapi.v3._0_0.model.AsyncAPI;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.mapping.JsonSchemas;
import io.tidegate.schema.JsonValues;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AsyncApiDocumentsTest {
    static final Endpoints ENDPOINTS = new Endpoints(
            URI.create("https://data.example.com/gateway/"));
    static final ObjectNode SHIPMENTS = AsyncApiDocuments
            .of(List.of(new Served(Samples.shipments(), Set.of())), ENDPOINTS);
    static final ObjectNode ALL = AsyncApiDocuments.of(List.of(
            new Served(Samples.shipments(),
                    Set.of("from.street", "a_uuid")),
            new Served(Samples.readings(), Set.of("owner_email"))), ENDPOINTS);

    @Test
    void the_document_of_one_product_is_the_golden_one() throws IOException {
        assertGolden("shipment-events.yaml", AsyncApiDocuments.toYaml(SHIPMENTS));
    }

    @Test
    void the_document_of_what_a_caller_may_see_is_the_golden_one() throws IOException {
        assertGolden("all.yaml", AsyncApiDocuments.toYaml(ALL));
    }

    @Test
    void every_example_is_a_value_of_its_payload() {
        var masked = AsyncApiDocuments.of(List.of(
                new Served(Samples.shipments(), Map.of("shipment_id", Mask.HASH, "from",
                        Mask.REDACT, "a_int64", Mask.REDACT)),
                new Served(Samples.readings(), Map.of("owner_email", Mask.PARTIAL))), ENDPOINTS);
        for (var document : List.of(SHIPMENTS, ALL, masked)) {
            var checked = new TreeMap<String, List<?>>();
            document.path("channels").properties()
                    .forEach(channel -> channel.getValue().path("messages").properties()
                            .forEach(message -> {
                                var name = channel.getKey() + "/" + message.getKey();
                                var example = message.getValue().path("examples").get(0);
                                checked.put(name,
                                        problems(document, message.getValue().path("payload"),
                                                example.path("payload")));
                                if (message.getValue().has("headers")) {
                                    checked.put(name + " headers",
                                            problems(document, message.getValue().path("headers"),
                                                    example.path("headers")));
                                }
                            }));

            assertThat(checked).hasSizeGreaterThanOrEqualTo(20)
                    .allSatisfy((message, problems) -> assertThat(problems).isEmpty());
        }
    }

    @Test
    void examples_are_rows_as_they_are_written() throws Exception {
        var type = Samples.shipments().rowType();
        var example = JsonSchemas.example(type, Set.of());

        var written = new StringWriter();
        try (var out = new ObjectMapper().createGenerator(written)) {
            JsonValues.write(out, type, JsonValues.read(example, type));
        }

        assertThat(written).hasToString(example.toString());
    }

    @Test
    void a_payload_refuses_what_is_not_sent() {
        var upsert = SHIPMENTS.at("/channels/logistics.shipment-events.v2/messages/upsert");
        var number = (ObjectNode) upsert.at("/examples/0/payload").deepCopy();
        number.withObject("/value").put("a_int64", 1001);
        var absent = (ObjectNode) upsert.at("/examples/0/payload").deepCopy();
        absent.withObject("/value").remove("shipment_id");

        assertThat(problems(SHIPMENTS, upsert.path("payload"), number)).isNotEmpty();
        assertThat(problems(SHIPMENTS, upsert.path("payload"), absent)).isNotEmpty();
    }

    @Test
    void nothing_of_kafka_and_nothing_hidden_is_told() {
        assertThat(AsyncApiDocuments.toJson(ALL)).doesNotContainIgnoringCase("kafka")
                .doesNotContain("inner.topic",
                        "inner-cluster", "owner_email", "a_uuid");
    }

    @Test
    void yaml_and_json_say_the_same() throws IOException {
        var yaml = new YAMLMapper().readTree(AsyncApiDocuments.toYaml(ALL));
        var json = new ObjectMapper().readTree(AsyncApiDocuments.toJson(ALL));

        assertThat(yaml).isEqualTo(json);
    }

    @Test
    void the_order_of_the_products_does_not_matter() {
        var one = new Served(Samples.shipments(), Set.of());
        var other = new Served(Samples.readings(), Set.of());

        assertThat(AsyncApiDocuments.toYaml(AsyncApiDocuments.of(List.of(one, other), ENDPOINTS)))
                .isEqualTo(AsyncApiDocuments
                        .toYaml(AsyncApiDocuments.of(List.of(other, one), ENDPOINTS)));
    }

    @Test
    void every_reference_has_a_target() {
        var masked = AsyncApiDocuments.of(List.of(
                new Served(Samples.shipments(), Map.of("shipment_id", Mask.HASH, "from",
                        Mask.REDACT, "a_int64", Mask.REDACT)),
                new Served(Samples.readings(), Map.of("owner_email", Mask.PARTIAL))), ENDPOINTS);
        for (var document : List.of(SHIPMENTS, ALL, masked)) {
            assertThat(document.findValuesAsText("$ref")).isNotEmpty().allSatisfy(
                    reference -> assertThat(document.at(reference.substring(1)).isMissingNode())
                            .as(reference)
                            .isFalse());
        }
    }

    @Test
    void servers_have_a_host_without_a_scheme() {
        var clear = AsyncApiDocuments.of(List.of(),
                new Endpoints(URI.create("http://localhost:8080")));

        assertThat(clear.at("/servers/websocket/host").asText()).isEqualTo("localhost:8080");
        assertThat(clear.at("/servers/websocket/protocol").asText()).isEqualTo("ws");
        assertThat(clear.at("/servers/http/protocol").asText()).isEqualTo("http");
        assertThat(SHIPMENTS.at("/servers/websocket/protocol").asText()).isEqualTo("wss");
        assertThat(SHIPMENTS.at("/servers/http/pathname").asText()).isEqualTo("/gateway");
    }

    @Test
    void a_public_url_without_a_scheme_is_refused() {
        assertThatThrownBy(() -> new Endpoints(URI.create("data.example.com")))
                .hasMessage(
                        "expected a public URL such as 'https://data.example.com' but was 'data.example.com'");
    }

    @Test
    void a_second_reader_understands_the_document() throws IOException {
        var read = new ObjectMapper().readValue(AsyncApiDocuments.toJson(SHIPMENTS),
                AsyncAPI.class);

        assertThat(read.getAsyncapi()).isEqualTo("3.0.0");
        assertThat(read.getChannels()).containsOnlyKeys("logistics.shipment-events.v2",
                "logistics.shipment-events.v2.http", "graphql");
        assertThat(read.getOperations()).hasSize(5);
    }

    private static List<?> problems(ObjectNode document, JsonNode schema, JsonNode value) {
        var whole = new ObjectMapper().createObjectNode();
        whole.putArray("allOf").add(schema);
        whole.set("components", document.path("components"));
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                .getSchema(whole.toString(), InputFormat.JSON)
                .validate(value.toString(), InputFormat.JSON, context -> context.executionConfig(
                        config -> config.formatAssertionsEnabled(true)));
    }

    /** To take a wanted change over, copy the file that a failing run leaves in target/golden. */
    private static void assertGolden(String name, String actual) throws IOException {
        var written = Path.of("target/golden", name);
        Files.createDirectories(written.getParent());
        Files.writeString(written, actual);
        var golden = Path.of("src/test/resources/golden", name);

        assertThat(golden).exists();
        assertThat(actual).isEqualTo(Files.readString(golden));
    }
}

package io.tidegate.diff;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AsyncApiFaceTest {
    private static final String CONTRACT = """
            {domain: sales, product: orders, version: "1.0", owner: a@example.com,
              fields: [{name: id, type: string}]}
            """;
    private static final String DOCUMENT = """
            {"asyncapi": "3.0.0", "info": {"version": "1.0"},
             "servers": {"websocket": {"security": [{"$ref": "#/components/securitySchemes/bearer"}]}},
             "channels": {
              "orders": {"address": "/streams/orders", "x-ordering": "key",
               "description": "Orders.",
               "messages": {"upsert": {"payload": {"properties": {"op": {"const": "upsert"}}}},
                            "gap": {"payload": {"type": "object"}}},
               "bindings": {"ws": {"query": {"properties": {"from": {"type": "string"},
                                                            "fields": {"type": "string"}}}}}},
              "other": {"address": "/other"}},
             "operations": {}}
            """;

    private record Case(String find, String replace, List<String> there, List<String> back) {
        @Override
        public String toString() {
            return find + " => " + replace;
        }
    }

    private static Case example(String find, String replace, String there, String back) {
        return new Case(find, replace, list(there), list(back));
    }

    private static List<String> list(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split(", "));
    }

    static Stream<Case> cases() {
        return Stream.of(
                example(",\n  \"other\": {\"address\": \"/other\"}", "",
                        "channel-removed channels.other", "channel-added channels.other"),
                example("\"/other\"", "\"/another\"", "address-changed channels.other",
                        "address-changed channels.other"),
                example("\"gap\"", "\"lost\"",
                        "message-removed channels.orders.messages, message-added channels.orders.messages",
                        "message-removed channels.orders.messages, message-added channels.orders.messages"),
                example("{\"const\": \"upsert\"}", "{\"const\": \"put\"}",
                        "message-changed channels.orders.messages.upsert.payload.properties.op.const",
                        "message-changed channels.orders.messages.upsert.payload.properties.op.const"),
                example("\"from\": {\"type\": \"string\"},", "",
                        "parameter-removed channels.orders.bindings.ws.query",
                        "parameter-added channels.orders.bindings.ws.query"),
                example("\"from\": {\"type\": \"string\"}", "\"from\": {\"type\": \"integer\"}",
                        "parameter-changed channels.orders.bindings.ws.query.from",
                        "parameter-changed channels.orders.bindings.ws.query.from"),
                example("\"query\": {", "\"query\": {\"required\": [\"from\"], ",
                        "parameter-required channels.orders.bindings.ws.query", ""),
                example("securitySchemes/bearer", "securitySchemes/key",
                        "security-changed servers.websocket", "security-changed servers.websocket"),
                example("\"x-ordering\": \"key\"", "\"x-ordering\": \"none\"",
                        "document-changed channels.orders.x-ordering",
                        "document-changed channels.orders.x-ordering"),
                example("Orders.", "All orders.", "", ""),
                example("\"version\": \"1.0\"", "\"version\": \"1.1\"", "", ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void tells_what_changed_in_both_directions(Case example) throws IOException {
        assertThat(DOCUMENT).contains(example.find());
        var other = DOCUMENT.replace(example.find(), example.replace());

        assertThat(rules(DOCUMENT, other)).containsExactlyInAnyOrderElementsOf(example.there());
        assertThat(rules(other, DOCUMENT)).containsExactlyInAnyOrderElementsOf(example.back());
    }

    private static List<String> rules(String before, String after) throws IOException {
        var schema = Contracts.schema(CONTRACT);
        var findings = new Findings(schema.product().id(), schema);
        var json = new ObjectMapper();
        AsyncApiFace.compare(json.readTree(before), json.readTree(after), findings);
        return findings.all(Usage.UNKNOWN).stream()
                .map(found -> found.rule().id() + " " + found.path()).toList();
    }
}

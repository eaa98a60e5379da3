package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Files of other projects from the publish command to every transport: each row once, in the order of its key, with the
 * values that an independent reader of the file finds. Skipped where those files are not.
 */
class ForeignInputIT {
    private static final Path DATA = Path.of("../../shared/data").toAbsolutePath().normalize();
    private static final Path EVENTS = DATA.resolve("events");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private static Sandboxed sandbox;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Files.isDirectory(EVENTS), "sample files of other projects are not here");
        var files = new LinkedHashMap<String, String>();
        String flight = """
                  - {name: date, type: string, required: true}
                  - {name: delay, type: integer}
                  - {name: distance, type: integer}
                  - {name: origin, type: string, required: true}
                  - {name: destination, type: string, required: true}
                """;
        files.put("flights.yaml", contract("flights", "{type: json}", "fields:\n" + flight, ""));
        files.put("routes.yaml", contract("routes", "{type: json}", "fields:\n" + flight,
                ", key: [origin, destination]"));
        files.put("quakes.yaml", contract("quakes", "{type: json}", """
                fields:
                  - {name: id, type: string, required: true}
                  - {name: type, type: string}
                  - name: geometry
                    type: object
                    fields:
                      - {name: type, type: string}
                      - {name: coordinates, type: array, items: {type: double}}
                  - name: properties
                    type: object
                    fields:
                """ + properties(), ", key: [id]"));
        files.put("users.avsc", Files.readString(DATA.resolve("schemas/avro/kylo_userdata.avsc")));
        files.put("users.yaml", contract("users", "{type: avro, file: users.avsc}", "",
                ", key: [id]"));
        files.put("transit.proto",
                Files.readString(DATA.resolve("schemas/protobuf/gtfs-realtime.proto")));
        files.put("entities.yaml", contract("entities",
                "{type: protobuf, file: transit.proto, message: FeedEntity}", "", ", key: [id]"));
        files.put("feeds.yaml", contract("feeds",
                "{type: protobuf, file: transit.proto, message: FeedMessage}", "", ""));
        sandbox = Sandboxed.of(files, ignored -> {
        });
    }

    @AfterAll
    static void end() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    private static String contract(String product, String schema, String fields, String key) {
        return """
                domain: abroad
                product: %s
                version: "1.0"
                owner: abroad@example.com
                sla: {freshness: 1m}
                schema: %s
                %sstream: {topics: [abroad.%s.v1.copied]%s}
                view: {history: 1d}
                """.formatted(product, schema, fields, product, key);
    }

    /** Types by what stands in the file. */
    private static String properties() throws Exception {
        var types = new TreeMap<String, String>();
        for (String line : Files.readAllLines(EVENTS.resolve("usgs_earthquakes.jsonl"))) {
            JSON.readTree(line).get("properties").properties().forEach(field -> {
                JsonNode value = field.getValue();
                String type = value.isTextual()
                        ? "string"
                        : value.isIntegralNumber() ? "long" : value.isNumber() ? "double" : "";
                types.merge(field.getKey(), type, (before, now) -> now.isEmpty()
                        ? before
                        : before.equals("double") ? before : now);
            });
        }
        return types.entrySet().stream().map(field -> "      - {name: " + field.getKey()
                + ", type: " + (field.getValue().isEmpty() ? "json" : field.getValue()) + "}\n")
                .collect(Collectors.joining());
    }

    // ---- one test a product ----

    @Test
    void flights_without_a_key() throws Exception {
        var rows = lines("flights-20k.jsonl");
        long begun = System.nanoTime();
        assertThat(sandbox.publish("abroad/flights", EVENTS.resolve("flights-20k.jsonl"))).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
        everywhere("flights", "abroadFlights", rows, List.of());
    }

    @Test
    void flights_with_a_key_of_two_fields() throws Exception {
        var rows = lines("flights-20k.jsonl");
        assertThat(sandbox.publish("abroad/routes", EVENTS.resolve("flights-20k.jsonl"))).isZero();
        everywhere("routes", "abroadRoutes", rows, List.of("origin", "destination"));
    }

    @Test
    void earthquakes_with_nested_objects_and_arrays() throws Exception {
        assertThat(sandbox.publish("abroad/quakes", EVENTS.resolve("usgs_earthquakes.jsonl")))
                .isZero();
        everywhere("quakes", "abroadQuakes", lines("usgs_earthquakes.jsonl"), List.of("id"));
    }

    @Test
    void users_from_an_avro_file() throws Exception {
        Path file = EVENTS.resolve("avro/kylo_userdata1.avro");
        var rows = new ArrayList<JsonNode>();
        try (var reader = new DataFileReader<GenericRecord>(file.toFile(),
                new GenericDatumReader<>())) {
            for (GenericRecord each : reader) {
                var row = JSON.createObjectNode();
                each.getSchema().getFields().forEach(field -> row.set(field.name(),
                        JSON.valueToTree(each.get(field.pos()) instanceof CharSequence text
                                ? text.toString()
                                : each.get(field.pos()))));
                rows.add(row);
            }
        }
        assertThat(rows).hasSize(1000);
        assertThat(sandbox.publish("abroad/users", file)).isZero();
        everywhere("users", "abroadUsers", rows, List.of("id"));
    }

    @Test
    void transit_entities_from_a_message_that_repeats_them() throws Exception {
        var files = transit();
        var rows = new ArrayList<JsonNode>();
        for (JsonNode feed : decoded(files)) {
            feed.get("entity").forEach(rows::add);
        }
        for (Path file : files) {
            assertThat(sandbox.publish("abroad/entities", file)).isZero();
        }
        everywhere("entities", "abroadEntities", rows, List.of("id"));
    }

    @Test
    void transit_feeds_each_one_large_message() throws Exception {
        var files = transit();
        for (Path file : files) {
            assertThat(sandbox.publish("abroad/feeds", file)).isZero();
        }
        everywhere("feeds", "abroadFeeds", decoded(files), List.of());
    }

    private static List<Path> transit() throws Exception {
        try (var files = Files.list(EVENTS.resolve("gtfs-rt"))) {
            return files.filter(file -> file.toString().endsWith(".pb")).sorted().toList();
        }
    }

    private static List<JsonNode> decoded(List<Path> files) throws Exception {
        var names = new JsonArray();
        files.forEach(file -> names.add(file.toString()));
        var decoded = new ArrayList<JsonNode>();
        for (JsonObject line : Node.run("protobuf.mjs", new JsonObject().put("fact", "decode")
                .put("schema", DATA.resolve("schemas/protobuf/gtfs-realtime.proto").toString())
                .put("message", "transit_realtime.FeedMessage").put("files", names))) {
            decoded.add(JSON.readTree(line.getJsonObject("message").encode()));
        }
        return decoded;
    }

    // ---- reading back ----

    private void everywhere(String product, String root, List<JsonNode> rows, List<String> key)
            throws Exception {
        var wanted = byKey(rows, key);
        String path = "/streams/abroad/" + product + "/v1?from=earliest";
        compare("NDJSON", byKey(ndjson(path, rows.size()), key), wanted);
        compare("SSE", byKey(sse(path, rows.size()), key), wanted);
        compare("WebSocket", byKey(socket(path, rows.size()), key), wanted);
        String selection = selection(Character.toUpperCase(root.charAt(0)) + root.substring(1));
        compare("GraphQL", byKey(subscription(root, selection, rows.size()), key), wanted);

        var latest = key.isEmpty()
                ? wanted
                : wanted.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey,
                        entry -> List.of(entry.getValue().getLast())));
        int expected = latest.values().stream().mapToInt(List::size).sum();
        sandbox.awaitRows(root, expected);
        var items = byKey(items(root, selection), key);
        if (key.isEmpty()) {
            // Pages have an order of their own.
            assertThat(items.get(List.of()).stream().sorted().toList())
                    .isEqualTo(latest.get(List.of()).stream().sorted().toList());
        } else {
            compare("items", items, latest);
        }
    }

    private static void compare(String transport, Map<List<String>, List<String>> read,
            Map<List<String>, List<String>> wanted) {
        assertThat(read.keySet()).as(transport).isEqualTo(wanted.keySet());
        wanted.forEach((key, rows) -> {
            var found = read.get(key);
            assertThat(found).as(transport + " " + key).hasSameSizeAs(rows);
            for (int i = 0; i < rows.size(); i++) {
                if (!found.get(i).equals(rows.get(i))) {
                    throw new AssertionError(transport + " " + key + " row " + i + ": "
                            + difference(found.get(i), rows.get(i)));
                }
            }
        });
    }

    /** Rows may be long: only where they part is shown. */
    private static String difference(String found, String wanted) {
        int at = java.util.Arrays.mismatch(found.toCharArray(), wanted.toCharArray());
        return "found …" + part(found, at) + "… where the file has …" + part(wanted, at) + "…";
    }

    private static String part(String text, int at) {
        return text.substring(Math.max(0, at - 60), Math.min(text.length(), at + 80));
    }

    private static List<JsonNode> lines(String file) throws Exception {
        var rows = new ArrayList<JsonNode>();
        for (String line : Files.readAllLines(EVENTS.resolve(file))) {
            rows.add(JSON.readTree(line));
        }
        return rows;
    }

    private List<JsonNode> ndjson(String path, int count) throws Exception {
        try (var lines = Sandboxed.HTTP.send(sandbox.request(path)
                .header("Accept", "application/x-ndjson").build(), BodyHandlers.ofLines())
                .body()) {
            return lines.limit(count).map(line -> tree(line).get("value")).toList();
        }
    }

    private List<JsonNode> sse(String path, int count) throws Exception {
        try (var lines = Sandboxed.HTTP.send(sandbox.request(path)
                .header("Accept", "text/event-stream").build(), BodyHandlers.ofLines())
                .body()) {
            return lines.filter(line -> line.startsWith("data: ")).limit(count)
                    .map(line -> tree(line.substring(6))).toList();
        }
    }

    private List<JsonNode> socket(String path, int count) throws Exception {
        var printed = Node.run("plain.mjs", new JsonObject().put("fact", "first")
                .put("url", sandbox.socket(path)).put("token", sandbox.token())
                .put("protocol", "tidegate.v1").put("count", count));
        return printed.stream().limit(count)
                .map(line -> tree(line.getJsonObject("message").encode()).get("value")).toList();
    }

    private List<JsonNode> subscription(String root, String selection, int count)
            throws Exception {
        var printed = Node.run("graphql-ws.mjs", new JsonObject().put("fact", "values")
                .put("url", sandbox.socket("/graphql")).put("token", sandbox.token())
                .put("count", count).put("payload", new JsonObject().put("query",
                        "subscription { " + root + "(from: \"earliest\") { value " + selection
                                + " } }")));
        return printed.stream().map(line -> tree(line.getJsonObject("event").encode())
                .at("/data/" + root + "/value")).toList();
    }

    private List<JsonNode> items(String root, String selection) throws Exception {
        var rows = new ArrayList<JsonNode>();
        JsonObject page;
        String after = null;
        do {
            var variables = new HashMap<String, Object>();
            variables.put("after", after);
            var answer = sandbox.graphQl("query($after: String) { " + root
                    + " { items(first: 1000, after: $after) { edges { node " + selection
                    + " } pageInfo { hasNextPage endCursor } } } }", variables);
            assertThat(answer.containsKey("errors")).as(answer.encode()).isFalse();
            page = answer.getJsonObject("data").getJsonObject(root).getJsonObject("items");
            tree(page.encode()).get("edges").forEach(edge -> rows.add(edge.get("node")));
            after = page.getJsonObject("pageInfo").getString("endCursor");
        } while (page.getJsonObject("pageInfo").getBoolean("hasNextPage"));
        return rows;
    }

    /** Everything that a type has. */
    private String selection(String type) throws Exception {
        var types = new HashMap<String, JsonNode>();
        var answer = tree(sandbox.graphQl("{ __schema { types { name kind fields { name"
                + " type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
                + " } } } }", Map.of()).encode());
        answer.at("/data/__schema/types")
                .forEach(each -> types.put(each.get("name").asText(), each));
        return selection(types, type);
    }

    private static String selection(Map<String, JsonNode> types, String name) {
        var out = new StringBuilder("{");
        types.get(name).get("fields").forEach(field -> {
            JsonNode type = field.get("type");
            while (type.get("name").isNull()) {
                type = type.get("ofType");
            }
            out.append(' ').append(field.get("name").asText());
            if (type.get("kind").asText().equals("OBJECT")) {
                out.append(selection(types, type.get("name").asText()));
            }
        });
        return out.append(" }").toString();
    }

    // ---- comparing ----

    private static Map<List<String>, List<String>> byKey(List<JsonNode> rows, List<String> key) {
        var byKey = new LinkedHashMap<List<String>, List<String>>();
        for (JsonNode row : rows) {
            byKey.computeIfAbsent(key.stream().map(name -> row.get(name).asText()).toList(),
                    ignored -> new ArrayList<>()).add(canonical(row));
        }
        return byKey;
    }

    private static String canonical(JsonNode node) {
        var out = new StringBuilder();
        write(node, out);
        return out.toString();
    }

    /**
     * One text for equal values. A number and the text of it are the same, because GraphQL writes large numbers as text; so
     * are a member that is null or an empty list and one that is not there, because schemas differ in which they have.
     */
    private static void write(JsonNode node, StringBuilder out) {
        if (node.isObject()) {
            out.append('{');
            var members = new TreeMap<String, JsonNode>();
            node.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
            members.forEach((name, value) -> {
                if (!value.isNull() && !(value.isArray() && value.isEmpty())) {
                    out.append(name).append('=');
                    write(value, out);
                    out.append(';');
                }
            });
            out.append('}');
        } else if (node.isArray()) {
            out.append('[');
            node.forEach(each -> {
                write(each, out);
                out.append(',');
            });
            out.append(']');
        } else if (node.isNumber()) {
            var number = new BigDecimal(node.asText());
            out.append(number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString());
        } else {
            out.append(node.asText());
        }
    }

    private static JsonNode tree(String text) {
        try {
            return JSON.readTree(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }
}

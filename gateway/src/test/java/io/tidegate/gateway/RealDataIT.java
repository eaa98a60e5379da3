package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that others have written, through {@code publish}: counts, sums and groups are those that a plain reader of the file finds. */
class RealDataIT {
    private static final Path FILES = Path.of("../../shared/data/events");

    @TempDir
    Path folder;

    static Map<String, String> contracts() {
        return Map.of("flights.yaml", """
                domain: lab
                product: flights
                version: "1.0"
                owner: lab@example.com
                sla: {freshness: 10s}
                schema: {type: json}
                fields:
                  - {name: date, type: string}
                  - {name: delay, type: integer}
                  - {name: distance, type: integer}
                  - {name: origin, type: string}
                  - {name: destination, type: string}
                stream: {topics: [lab.flights.v1]}
                view: {history: 365d}
                """, "quakes.yaml", """
                domain: lab
                product: quakes
                version: "1.0"
                owner: lab@example.com
                sla: {freshness: 10s}
                schema: {type: json}
                fields:
                  - {name: id, type: string, required: true}
                  - name: properties
                    type: object
                    fields:
                      - {name: mag, type: double}
                      - {name: place, type: string}
                      - {name: time, type: timestamp, format: epoch-millis}
                      - {name: sig, type: integer}
                      - {name: net, type: string}
                      - {name: nst, type: integer}
                  - name: geometry
                    type: object
                    fields:
                      - {name: coordinates, type: array, items: {type: double}}
                stream: {topics: [lab.quakes.v1], key: [id], eventTime: properties.time}
                view: {history: 36500d}
                """, "matches.yaml", """
                domain: lab
                product: matches
                version: "1.0"
                owner: lab@example.com
                sla: {freshness: 10s}
                schema: {type: json}
                fields:
                  - {name: date, type: date}
                  - {name: division, type: string}
                  - {name: home_team, type: string}
                  - {name: away_team, type: string}
                  - {name: home_score, type: integer}
                  - {name: away_score, type: integer}
                stream: {topics: [lab.matches.v1]}
                view: {history: 365d}
                """);
    }

    /** The rows of a file, once they are all in the product's view. */
    private static List<JsonObject> published(String file, String product, String root)
            throws Exception {
        var path = FILES.resolve(file);
        assumeTrue(Files.exists(path), "sample files of other projects are not here");
        var rows = Files.readAllLines(path).stream().filter(line -> !line.isBlank())
                .map(JsonObject::new).toList();
        assertThat(Sandboxed.lab().publish("lab/" + product + "/v1", path)).isZero();
        var different = root.equals("labQuakes")
                ? rows.stream().map(row -> row.getString("id")).distinct().count()
                : rows.size();
        Sandboxed.lab().awaitRows(root, different);
        return rows;
    }

    private static JsonObject product(String root, String selection) throws Exception {
        var answer = Sandboxed.lab().graphQl("{ " + root + " { " + selection + " } }", Map.of());
        assertThat(answer.containsKey("errors")).as(answer.encode()).isFalse();
        return answer.getJsonObject("data").getJsonObject(root);
    }

    private static byte[] data(String path) throws Exception {
        var answer = Sandboxed.HTTP.send(
                HttpRequest.newBuilder(URI.create(Sandboxed.lab().http("/data/lab/" + path)))
                        .timeout(Duration.ofSeconds(40))
                        .header("Authorization", "Bearer " + Sandboxed.lab().token()).build(),
                BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    private static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    @Test
    void twenty_thousand_flights_add_up_in_every_format() throws Exception {
        var rows = published("flights-20k.jsonl", "flights", "labFlights");
        var delays = rows.stream().mapToInt(row -> row.getInteger("delay")).summaryStatistics();
        var byOrigin = new TreeMap<>(rows.stream()
                .collect(Collectors.groupingBy(row -> row.getString("origin"),
                        Collectors.summarizingInt(row -> row.getInteger("distance")))));

        var all = product("labFlights",
                "aggregate { count countDistinct { origin } sum { delay } avg { delay } min { delay }"
                        + " max { delay } late: percentile(p: 0.9) { delay } }")
                .getJsonArray("aggregate").getJsonObject(0);
        assertThat(all.getString("count")).isEqualTo("" + rows.size());
        assertThat(all.getJsonObject("countDistinct").getString("origin"))
                .isEqualTo("" + byOrigin.size());
        assertThat(all.getJsonObject("sum").getString("delay")).isEqualTo("" + delays.getSum());
        assertThat(all.getJsonObject("min").getInteger("delay")).isEqualTo(delays.getMin());
        assertThat(all.getJsonObject("max").getInteger("delay")).isEqualTo(delays.getMax());
        assertThat(all.getJsonObject("avg").getDouble("delay")).isCloseTo(delays.getAverage(),
                within(1e-9));
        var sorted = rows.stream().mapToInt(row -> row.getInteger("delay")).sorted().toArray();
        double place = 0.9 * (sorted.length - 1);
        int below = (int) place;
        assertThat(all.getJsonObject("late").getDouble("delay")).isCloseTo(
                sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]),
                within(1e-9));

        var groups = objects(product("labFlights",
                "aggregate(groupBy: [origin], orderBy: [{group: origin}], first: 1000) {"
                        + " group { origin } count sum { distance } max { distance } }")
                .getJsonArray("aggregate"));
        assertThat(groups).extracting(group -> group.getJsonObject("group").getString("origin"))
                .containsExactlyElementsOf(byOrigin.keySet());
        for (var group : groups) {
            var figures = byOrigin.get(group.getJsonObject("group").getString("origin"));
            assertThat(group.getString("count")).isEqualTo("" + figures.getCount());
            assertThat(group.getJsonObject("sum").getString("distance"))
                    .isEqualTo("" + figures.getSum());
            assertThat(group.getJsonObject("max").getInteger("distance"))
                    .isEqualTo(figures.getMax());
        }
        files(rows, delays, byOrigin);
    }

    private void files(List<JsonObject> rows, IntSummaryStatistics delays,
            TreeMap<String, IntSummaryStatistics> byOrigin) throws Exception {
        var lines = new String(data("flights/v1?format=ndjson"), StandardCharsets.UTF_8).lines()
                .map(JsonObject::new).toList();
        assertThat(lines).containsExactlyInAnyOrderElementsOf(rows);

        var csv = Files.write(folder.resolve("flights.csv"), data("flights/v1?format=csv"));
        var parquet = Files.write(folder.resolve("flights.parquet"),
                data("flights/v1?format=parquet"));
        for (var table : List.of("read_csv('" + csv + "', header = true)", "'" + parquet + "'")) {
            assertThat(first("select count(*) || ' ' || sum(delay) || ' ' || sum(distance)"
                    + " || ' ' || count(distinct origin) from " + table))
                    .isEqualTo(rows.size() + " " + delays.getSum() + " "
                            + byOrigin.values().stream().mapToLong(IntSummaryStatistics::getSum)
                                    .sum()
                            + " " + byOrigin.size());
        }
        long sum = 0;
        long count = 0;
        try (var memory = new RootAllocator();
                var reader = new ArrowStreamReader(
                        new ByteArrayInputStream(data("flights/v1?format=arrow")), memory)) {
            while (reader.loadNextBatch()) {
                var root = reader.getVectorSchemaRoot();
                for (int i = 0; i < root.getRowCount(); i++, count++) {
                    sum += ((IntVector) root.getVector("delay")).get(i);
                }
            }
        }
        assertThat(count).isEqualTo(rows.size());
        assertThat(sum).isEqualTo(delays.getSum());

        var groups = objects(new JsonObject(new String(data("flights/v1?groupBy=origin"
                + "&measures=count,sum(distance)&orderBy=origin&limit=1000"),
                StandardCharsets.UTF_8)).getJsonArray("data"));
        assertThat(groups.stream().map(group -> group.getString("origin") + " "
                + group.getString("count") + " " + group.getString("sum(distance)")))
                .containsExactlyElementsOf(byOrigin.entrySet().stream().map(each -> each.getKey()
                        + " " + each.getValue().getCount() + " " + each.getValue().getSum())
                        .toList());
    }

    private static String first(String sql) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:duckdb:");
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }

    @Test
    void earthquakes_fall_into_their_hours_and_networks() throws Exception {
        var rows = published("usgs_earthquakes.jsonl", "quakes", "labQuakes");
        var newest = new TreeMap<String, JsonObject>();
        rows.forEach(row -> newest.put(row.getString("id"), row.getJsonObject("properties")));
        var byHour = new TreeMap<>(newest.values().stream().collect(Collectors.groupingBy(
                each -> Instant.ofEpochMilli(each.getLong("time")).truncatedTo(ChronoUnit.HOURS),
                Collectors.counting())));
        var byNet = new TreeMap<>(newest.values().stream()
                .collect(Collectors.groupingBy(each -> each.getString("net"))));

        var answer = product("labQuakes",
                "hours: aggregate(bucket: {unit: HOUR, field: \"properties.time\"}, first: 1000) {"
                        + " bucket count }"
                        + " nets: aggregate(groupBy: [properties_net], first: 1000) {"
                        + " group { properties_net } count sum { properties_sig }"
                        + " avg { properties_mag } max { properties_mag properties_time } }"
                        + " strong: items(where: {properties: {mag: {gte: 4.5}}}, first: 1) {"
                        + " totalCount }");

        var told = new TreeMap<Instant, Long>();
        objects(answer.getJsonArray("hours")).forEach(hour -> told.put(
                Instant.parse(hour.getString("bucket")), Sandboxed.whole(hour, "count")));
        assertThat(told).as("hours").hasSizeLessThan(1_000).isEqualTo(byHour);
        var nets = objects(answer.getJsonArray("nets"));
        assertThat(nets).extracting(
                net -> net.getJsonObject("group").getString("properties_net"))
                .containsExactlyElementsOf(byNet.keySet());
        for (var net : nets) {
            var mine = byNet.get(net.getJsonObject("group").getString("properties_net"));
            assertThat(net.getString("count")).isEqualTo("" + mine.size());
            assertThat(net.getJsonObject("sum").getString("properties_sig")).isEqualTo(""
                    + mine.stream().mapToLong(each -> each.getLong("sig")).sum());
            var magnitudes = mine.stream().filter(each -> each.getValue("mag") != null)
                    .mapToDouble(each -> each.getDouble("mag")).summaryStatistics();
            assertThat(net.getJsonObject("avg").getDouble("properties_mag"))
                    .isCloseTo(magnitudes.getAverage(), within(1e-9));
            assertThat(net.getJsonObject("max").getDouble("properties_mag"))
                    .isEqualTo(magnitudes.getMax());
            assertThat(Instant.parse(net.getJsonObject("max").getString("properties_time")))
                    .isEqualTo(Instant.ofEpochMilli(mine.stream()
                            .mapToLong(each -> each.getLong("time")).max().orElseThrow()));
        }
        assertThat(answer.getJsonObject("strong").getString("totalCount")).isEqualTo(
                "" + newest.values().stream().filter(each -> each.getValue("mag") != null
                        && each.getDouble("mag") >= 4.5).count());
    }

    @Test
    void matches_are_counted_by_month_and_division() throws Exception {
        var rows = published("openfootball_matches.jsonl", "matches", "labMatches");
        var byMonth = new TreeMap<String, long[]>();
        for (var row : rows) {
            if (row.getString("date") == null) {
                continue;
            }
            var figures = byMonth.computeIfAbsent(
                    LocalDate.parse(row.getString("date")).withDayOfMonth(1) + " "
                            + row.getString("division"),
                    ignored -> new long[2]);
            figures[0]++;
            // Of matches that were never played there is none.
            figures[1] += row.getInteger("home_score") == null ? 0 : row.getInteger("home_score");
        }
        var expected = byMonth.entrySet().stream().map(each -> each.getKey() + " "
                + each.getValue()[0] + " " + each.getValue()[1]).toList();

        var told = new String(data("matches/v1?format=ndjson&bucket=month&bucketField=date"
                + "&groupBy=division&measures=count,sum(home_score)&filter=has(event.date)"),
                StandardCharsets.UTF_8).lines().map(JsonObject::new)
                .map(group -> group.getString("bucket").substring(0, 10) + " "
                        + group.getString("division") + " " + group.getString("count") + " "
                        + (group.getValue("sum(home_score)") == null
                                ? 0
                                : group.getString("sum(home_score)")))
                .toList();

        assertThat(told).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(expected).hasSizeGreaterThan(20);
    }
}

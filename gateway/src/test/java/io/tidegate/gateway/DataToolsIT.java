package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The recipes of {@code docs/guides/bi.md}, with the tools themselves: each reads the orders, whose sums are known. */
class DataToolsIT {
    private static final int ORDERS = 240;
    private static final String PATH = "/data/lab/data-tools/v1";
    private static final Pattern CELL = Pattern
            .compile("<table:table-cell([^>]*) office:value=\"([0-9.]+)\"");
    private static final Pattern REPEATED = Pattern.compile("number-columns-repeated=\"(\\d+)\"");
    private static final Sandboxed LAB = Sandboxed.lab();

    @TempDir
    private Path folder;

    @BeforeAll
    static void publish() throws Exception {
        assertThat(LAB.publish("lab/data-tools/v1", Lab.orders(0, ORDERS))).isZero();
        LAB.awaitRows("labDataTools", ORDERS);
    }

    private static String token() {
        return LAB.tokenWith(Duration.ofMinutes(5), "data-tools:all");
    }

    private static double quantities() {
        return IntStream.range(0, ORDERS).map(n -> n % 7).sum();
    }

    private static double weights() {
        return IntStream.range(0, ORDERS).mapToDouble(n -> n / 8.0).sum();
    }

    private static double totals() {
        return IntStream.range(0, ORDERS).filter(n -> n % 10 != 9)
                .mapToObj(n -> BigDecimal.valueOf(n * 125L, 2))
                .reduce(BigDecimal.ZERO, BigDecimal::add).doubleValue();
    }

    private List<JsonObject> node(String fact) throws Exception {
        return Node.run("data-tools.mjs", new JsonObject().put("fact", fact)
                .put("url", LAB.http(PATH)).put("token", token())
                .put("file", folder.resolve("orders").toAbsolutePath().toString()));
    }

    private static void judge(JsonObject found) {
        assertThat(found.getInteger("rows")).isEqualTo(ORDERS);
        assertThat(found.getInteger("absent")).isEqualTo(ORDERS / 10);
        assertThat(found.getDouble("totals")).isEqualTo(totals());
        assertThat(found.getDouble("quantities")).isEqualTo(quantities());
        assertThat(found.getDouble("weights")).isEqualTo(weights());
    }

    @ParameterizedTest
    @ValueSource(strings = {"arrow", "hyparquet", "parquetWasm"})
    void each_reader_of_files_has_every_row_and_exact_sums(String fact) throws Exception {
        var found = node(fact).getFirst();
        judge(found);
        // Beyond what a double can hold.
        assertThat(found.getString("stamp")).isEqualTo("9007199254741232");
        assertThat(found.getString("city")).isEqualTo("Oslo");
        if (fact.equals("hyparquet")) {
            assertThat(found.getString("placed")).isEqualTo("2026-03-01T00:01:00.001Z");
            assertThat(found.getInteger("columns")).isEqualTo(13);
        }
    }

    @Test
    void polars_reads_parquet_and_csv_and_arrow() throws Exception {
        var found = node("polars");
        judge(found.get(0));
        judge(found.get(1));
        assertThat(found.get(2).getInteger("rows")).isEqualTo(ORDERS);
        assertThat(found.get(2).getDouble("quantities")).isEqualTo(quantities());
        assertThat(found.get(2).getDouble("weights")).isEqualTo(weights());
    }

    @Test
    void duckdb_reads_parquet_and_csv_and_tells_empty_from_absent() throws Exception {
        var found = node("duckdb");
        assertThat(found).hasSize(2).allSatisfy(DataToolsIT::judge)
                .allSatisfy(each -> assertThat(each.getString("stamp"))
                        .isEqualTo("9007199254741232"))
                .allSatisfy(each -> assertThat(each.getInteger("empty")).isEqualTo(ORDERS / 8));
    }

    @Test
    void the_request_of_grafana_infinity_gets_rows_below_data() throws Exception {
        var found = node("infinity").getFirst();
        assertThat(found.getString("type")).startsWith("application/json");
        assertThat(found.getBoolean("times")).isTrue();
        assertThat(found.getDouble("count")).isEqualTo(ORDERS);
        assertThat(found.getDouble("totals")).isEqualTo(totals());
        assertThat(found.getJsonArray("statuses"))
                .isEqualTo(new JsonArray().add("open").add("paid").add("shipped"));
    }

    @Test
    void the_request_of_power_bi_gets_a_table_with_a_header() throws Exception {
        var found = node("powerBi").getFirst();
        assertThat(found.getString("type")).startsWith("text/csv");
        assertThat(found.getString("header")).isEqualTo("order_id,status,weight,placed_at");
        assertThat(found.getInteger("rows")).isEqualTo(ORDERS);
        assertThat(found.getDouble("weights")).isEqualTo(weights());
        assertThat(found.getBoolean("times")).isTrue();
    }

    private Path download(String query, String name) throws Exception {
        var file = folder.resolve(name);
        var answer = Sandboxed.HTTP.send(java.net.http.HttpRequest
                .newBuilder(java.net.URI.create(LAB.http(PATH + "?" + query)))
                .header("Authorization", "Bearer " + token()).build(), BodyHandlers.ofFile(file));
        assertThat(answer.statusCode()).isEqualTo(200);
        return file;
    }

    private static String run(Path folder, String... command) throws Exception {
        var out = folder.resolve("out.txt");
        Process process;
        try {
            process = new ProcessBuilder(command).directory(folder.toFile())
                    .redirectErrorStream(true).redirectOutput(out.toFile()).start();
        } catch (IOException e) {
            assumeTrue(false, command[0] + " is not here");
            throw e;
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(command[0]).isTrue();
        assertThat(process.exitValue()).as(Files.readString(out)).isZero();
        return Files.readString(out);
    }

    @Test
    void libreoffice_calculates_with_the_numbers_of_a_safe_csv_and_leaves_formulas_as_text()
            throws Exception {
        // What it shows is what is in the cells: columns, numbers and texts that begin with a sign.
        var file = download("format=csv&csv.safe=true&csv.bom=true&csv.delimiter=semicolon"
                + "&fields=order_id,quantity,weight,note&orderBy=order_id", "orders.csv");
        run(folder, "soffice", "-env:UserInstallation=" + folder.resolve("office").toUri(),
                "--headless", "--convert-to", "fods", "--infilter=CSV:59,34,76,1", file.toString());
        var sheet = Files.readString(folder.resolve("orders.fods"), StandardCharsets.UTF_8);

        assertThat(sheet.split("<table:table-row", -1)).hasSizeGreaterThan(ORDERS);
        // Every quantity and weight is a number; neighbours that are equal are one cell, told twice.
        double numbers = CELL.matcher(sheet).results().mapToDouble(cell -> {
            var repeated = REPEATED.matcher(cell.group(1));
            return Double.parseDouble(cell.group(2))
                    * (repeated.find() ? Integer.parseInt(repeated.group(1)) : 1);
        }).sum();
        assertThat(numbers).isEqualTo(quantities() + weights());
        assertThat(sheet).doesNotContain("table:formula");
    }

    @Test
    void pandas_reads_csv_with_times_and_sums() throws Exception {
        var python = Path.of("/usr/bin/python3");
        assumeTrue(Files.isExecutable(python), "python3 is not here");
        assumeTrue(new ProcessBuilder(python.toString(), "-c", "import pandas").start()
                .waitFor() == 0, "pandas is not here");
        var said = run(folder, python.toString(), "-c",
                """
                        import os, sys, urllib.request
                        import pandas as pd

                        def data(query):
                            request = urllib.request.Request(sys.argv[1] + "?" + query,
                                headers={"Authorization": "Bearer " + sys.argv[2]})
                            return urllib.request.urlopen(request)

                        frame = pd.read_csv(data("format=csv&fields=order_id,total,quantity,weight,placed_at"),
                                            parse_dates=["placed_at"])
                        totals = pd.read_csv(data("format=csv&groupBy=status&measures=count,sum(total)"))
                        print(len(frame), frame["total"].isna().sum(), frame["total"].sum(),
                              frame["quantity"].sum(), frame["weight"].sum(), frame["placed_at"].dtype,
                              totals["count"].sum(), totals["sum(total)"].sum(), sep="|")
                        """,
                LAB.http(PATH), token());

        var found = said.trim().split("\\|");
        assertThat(found[0]).isEqualTo("240");
        assertThat(found[1]).isEqualTo("24");
        assertThat(Double.parseDouble(found[2])).isEqualTo(totals());
        assertThat(Double.parseDouble(found[3])).isEqualTo(quantities());
        assertThat(Double.parseDouble(found[4])).isEqualTo(weights());
        assertThat(found[5]).isEqualTo("datetime64[ns, UTC]");
        assertThat(found[6]).isEqualTo("240");
        assertThat(Double.parseDouble(found[7])).isEqualTo(totals());
    }
}

package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pull queries over plain HTTP: every format says what the stream says, to the last digit. */
class DataIT {
    private static final int ORDERS = 240;
    private static final String PATH = "/data/lab/data-orders/v1";
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>; rel=\"next\"");

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

    private static final Sandboxed LAB = Sandboxed.lab();

    @TempDir
    Path folder;

    @BeforeAll
    static void publish() throws Exception {
        assertThat(LAB.publish("lab/data-orders/v1", Lab.orders(0, ORDERS))).isZero();
        LAB.awaitRows("labDataOrders", ORDERS);
    }

    // ---- what the formats say ----

    @Test
    void every_line_is_what_the_stream_folds_to() throws Exception {
        var answer = get(PATH + "?format=ndjson", all());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "content-type")).isEqualTo("application/x-ndjson");
        var told = new TreeMap<String, Object>();
        answer.body().lines().map(JsonObject::new)
                .forEach(row -> told.put(row.getString("order_id"), row));
        assertThat(told).isEqualTo(fold("data-orders", ORDERS)).hasSize(ORDERS);
    }

    @Test
    void json_tells_its_position_and_how_new_it_is() throws Exception {
        var answer = get(PATH + "?limit=2&orderBy=order_id:desc&totalCount=true", all());

        var json = new JsonObject(answer.body());
        assertThat(json.fieldNames()).containsExactly("data", "pageInfo", "totalCount", "position",
                "asOf", "contract");
        assertThat(ids(json.getJsonArray("data"))).containsExactly("O-00239", "O-00238");
        assertThat(json.getInteger("totalCount")).isEqualTo(ORDERS);
        assertThat(json.getJsonObject("pageInfo").getBoolean("hasNextPage")).isTrue();
        assertThat(json.getString("position")).isEqualTo(header(answer, "tidegate-position"));
        assertThat(json.getString("asOf")).isEqualTo("2026-03-01T03:59:00.239Z")
                .isEqualTo(header(answer, "tidegate-as-of"));
        assertThat(header(answer, "last-modified")).isEqualTo("Sun, 01 Mar 2026 03:59:00 GMT");
        assertThat(json.getJsonObject("contract").getString("product"))
                .isEqualTo("lab/data-orders/v1");
        assertThat(header(answer, "cache-control")).isEqualTo("private, no-cache");
        assertThat(header(answer, "ratelimit")).contains("r=");
    }

    @Test
    void csv_is_read_by_another_reader_with_every_value() throws Exception {
        var answer = get(PATH + "?format=csv&download=true", all());
        assertThat(header(answer, "content-type"))
                .isEqualTo("text/csv; charset=utf-8; header=present");
        assertThat(header(answer, "content-disposition"))
                .isEqualTo("attachment; filename=\"lab-data-orders-v1.csv\"");
        assertThat(answer.body().lines().findFirst()).contains("order_id,status,total,quantity,"
                + "stamp,weight,due,placed_at,rush,note,iban,customer.name,customer.city,tags");
        Path file = Files.writeString(folder.resolve("orders.csv"), answer.body());

        judge("read_csv('" + file + "', header = true, types = {'total': 'DECIMAL(12,2)', "
                + "'stamp': 'BIGINT', 'placed_at': 'TIMESTAMPTZ', 'tags': 'JSON'}, allow_quoted_nulls = false)",
                "\"customer.city\"", "json_array_length(tags)");
    }

    @Test
    void parquet_is_read_by_another_reader_with_every_value_and_type() throws Exception {
        var answer = raw(PATH, all(), "Accept", "application/vnd.apache.parquet");
        assertThat(header(answer, "content-type")).isEqualTo("application/vnd.apache.parquet");
        assertThat(header(answer, "content-length"))
                .isEqualTo(String.valueOf(answer.body().length));
        Path file = Files.write(folder.resolve("orders.parquet"), answer.body());

        judge("'" + file + "'", "customer.city", "len(tags)");
        assertThat(rows("select column_name || ' ' || column_type from (describe from '" + file
                + "')")).containsExactly("order_id VARCHAR", "status VARCHAR",
                        "total DECIMAL(12,2)", "quantity INTEGER", "stamp BIGINT", "weight DOUBLE",
                        "due DATE", "placed_at TIMESTAMP WITH TIME ZONE", "rush BOOLEAN",
                        "note VARCHAR", "iban VARCHAR",
                        "customer STRUCT(\"name\" VARCHAR, city VARCHAR)", "tags VARCHAR[]");
    }

    @Test
    void arrow_is_read_with_every_value_and_type() throws Exception {
        var answer = raw(PATH + "?orderBy=order_id", all(), "Accept",
                "application/vnd.apache.arrow.stream");

        assertThat(answer.statusCode()).isEqualTo(200);
        var rows = new ArrayList<Map<String, Object>>();
        try (var memory = new RootAllocator();
                var reader = new ArrowStreamReader(new ByteArrayInputStream(answer.body()),
                        memory)) {
            while (reader.loadNextBatch()) {
                var root = reader.getVectorSchemaRoot();
                var status = root.getVector("status");
                try (var symbols = DictionaryEncoder.decode(status,
                        reader.lookup(status.getField().getDictionary().getId()))) {
                    for (int i = 0; i < root.getRowCount(); i++) {
                        var row = new LinkedHashMap<String, Object>();
                        for (var vector : root.getFieldVectors()) {
                            row.put(vector.getName(), vector == status
                                    ? symbols.getObject(i)
                                    : vector.getObject(i));
                        }
                        rows.add(row);
                    }
                }
            }
        }
        assertThat(rows).hasSize(ORDERS);
        assertThat(rows.stream().map(row -> (BigDecimal) row.get("total"))
                .filter(java.util.Objects::nonNull).reduce(BigDecimal.ZERO, BigDecimal::add))
                .isEqualByComparingTo(totals());
        assertThat(rows.get(1))
                .hasToString("{order_id=O-00001, status=paid, total=1.25, quantity=1,"
                        + " stamp=9007199254740994, weight=0.125, due=20485, placed_at=1772323260001000,"
                        + " rush=false, note==1+2, iban=XX00000001,"
                        + " customer={\"name\":\"Name 1\",\"city\":\"Rome\"}, tags=[\"t1\",\"x,y\"]}");
    }

    /** What an independent reader finds, beside what was written. */
    private void judge(String table, String city, String tags) throws Exception {
        assertThat(rows("select count(*) from " + table)).containsExactly("" + ORDERS);
        assertThat(rows("select sum(total) from " + table)).containsExactly(
                totals().toPlainString());
        assertThat(rows("select sum(stamp) from " + table)).containsExactly(BigDecimal
                .valueOf(9_007_199_254_740_993L).multiply(BigDecimal.valueOf(ORDERS))
                .add(BigDecimal.valueOf(ORDERS * (ORDERS - 1) / 2)).toPlainString());
        assertThat(rows("select status || ' ' || count(*) from " + table
                + " group by status order by status"))
                .containsExactly("open 80", "paid 80", "shipped 80");
        assertThat(rows("select epoch_us(max(placed_at)) from " + table))
                .containsExactly("1772337540239000");
        assertThat(rows("select " + city + " || ' ' || sum(" + tags + ") from " + table
                + " group by " + city + " order by " + city))
                .containsExactlyElementsOf(rows("select * from (values ('Oslo ' || "
                        + IntStream.range(0, ORDERS).filter(n -> n % 2 == 0 && n % 4 != 0).count()
                                * 2
                        + "), ('Rome ' || "
                        + IntStream.range(0, ORDERS).filter(n -> n % 2 == 1).count() * 2 + "))"));
        var notes = new ArrayList<String>();
        for (int n = 0; n < 8; n++) {
            notes.add(new JsonObject(Lab.order(n)).getString("note"));
        }
        assertThat(rows("select note from " + table + " where order_id <= 'O-00007'"
                + " order by order_id")).containsExactlyElementsOf(notes);
    }

    private static BigDecimal totals() {
        return IntStream.range(0, ORDERS).filter(n -> n % 10 != 9)
                .mapToObj(n -> BigDecimal.valueOf(n * 125L, 2))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static List<String> rows(String sql) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:duckdb:");
                var statement = connection.createStatement()) {
            var found = new ArrayList<String>();
            try (var result = statement.executeQuery(sql)) {
                while (result.next()) {
                    found.add(result.getString(1));
                }
            }
            return found;
        }
    }

    // ---- which format ----

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "*/*                                                             | application/json",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | application/json",
            "text/csv                                                        | text/csv",
            "application/json;q=0.5, text/csv                                | text/csv",
            "text/csv;q=0.2, application/x-ndjson;q=0.3                      | application/x-ndjson",
            "application/ndjson                                              | application/x-ndjson",
            "text/*                                                          | text/csv",
            "application/vnd.apache.arrow.stream, */*;q=0.1                  | application/vnd.apache.arrow.stream"})
    void answers_in_the_format_that_is_preferred(String accept, String type) throws Exception {
        var answer = raw(PATH + "?limit=1", all(), "Accept", accept);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "content-type")).startsWith(type);
        assertThat(answer.headers().allValues("vary")).anyMatch(vary -> vary.contains("Accept"));
    }

    @Test
    void names_the_formats_to_whoever_wants_another() throws Exception {
        var none = raw(PATH, all(), "Accept", "application/pdf");
        assertThat(none.statusCode()).isEqualTo(406);
        assertThat(new String(none.body(), StandardCharsets.UTF_8))
                .contains("application/vnd.apache.parquet").contains("text/csv");
        refused("?format=parkett", "There is no format 'parkett', did you mean 'parquet'?"
                + " The formats are json, csv, ndjson, arrow or parquet.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "?lmit=3|There is no parameter 'lmit', did you mean 'limit'?",
            "?fields=order_idd|'fields' names what is no field of the product: 'order_idd'; did you mean 'order_id'?",
            "?orderBy=order_id:up|'orderBy' has 'order_id:up'; expected a name, alone or with :asc or :desc.",
            "?orderBy=tags|'orderBy' names 'tags', which is no single value.",
            "?limit=0|A page has 1 to 10000 rows, not '0'.",
            "?limit=10001|A page has 1 to 10000 rows, not '10001'.",
            "?groupBy=status&events=true|'events' and 'groupBy' do not go together: changes are not grouped.",
            "?measures=sum(note)|SUM is for numbers, but field 'note' is a text.",
            "?measures=summ(total)|There is no measure 'summ', did you mean 'sum'?",
            "?measures=percentile(total)|PERCENTILE needs a share between 0 and 1, such as 0.95.",
            "?groupBy=status&having=sum(total)%3Emuch|'having' compares SUM with a number, not with 'much'.",
            "?groupBy=status&orderBy=total|'orderBy' names 'total', which is no column of the answer; there are status or count.",
            "?groupBy=order_id,status,total,quantity,stamp,weight,due,placed_at,rush|'groupBy' has 9 parts; at most 8 are accepted.",
            "?bucket=fortnight|'bucket' is 'fortnight'; expected second, minute, hour, day, week, month, quarter or year",
            "?bucket=day&timeZone=Mars|There is no time zone 'Mars'; expected a name such as 'Europe/Berlin' or an offset such as '+02:00'.",
            "?bucket=day&bucketField=note|'bucketField' names 'note', which is no date and no time stamp.",
            "?from=2026-01-01T00:00:00Z|'from' is a parameter of changes; add 'events=true'.",
            "?format=csv&after=x|'after' goes on with pages; say with 'limit' how many rows one has.",
            "?csv.delimiter=x|'csv.delimiter' must be comma, semicolon or tab.",
            "?groupBy=status,status|The answer would have two columns named 'status'.",
            "?atLeast=yesterday|'atLeast' is 'yesterday', which is no cursor."})
    void names_what_cannot_be_used(String query, String detail) throws Exception {
        refused(query, detail);
    }

    private void refused(String query, String detail) throws Exception {
        var answer = get(PATH + query, all());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(header(answer, "content-type")).isEqualTo("application/problem+json");
        assertThat(new JsonObject(answer.body()).getString("detail")).startsWith(detail);
    }

    @ParameterizedTest
    @ValueSource(strings = {PATH + "?fields=%zz", PATH + "?filter=100%",
            "/streams/lab/data-orders/v1?fields=%zz", "/graphql?query=%zz"})
    void names_what_is_no_query_string(String address) throws Exception {
        // A client's own class for addresses would not send it.
        var answer = plain("GET " + address + " HTTP/1.1", "Connection: close",
                "Accept: application/json, application/x-ndjson");
        assertThat(answer).startsWith("HTTP/1.1 400 ")
                .contains("The query string is not encoded as one");
    }

    @Test
    void a_semicolon_parts_no_parameters() throws Exception {
        var answer = get(PATH + "?format=csv&csv.delimiter=;&fields=order_id,status&limit=1",
                all());
        assertThat(answer.body()).isEqualTo("order_id;status\r\nO-00000;open\r\n");
        assertThat(get(PATH + "?format=ndjson&key=O-00007;", all()).body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"?format=csv&limit=2|keep-alive",
            "?format=csv|keep-alive", "?format=csv|close", "?format=parquet|keep-alive"})
    void an_answer_has_an_end_for_who_knows_no_chunks(String query, String connection)
            throws Exception {
        var answer = plain("GET " + PATH + query + " HTTP/1.0", "Connection: " + connection);

        assertThat(answer).startsWith("HTTP/1.0 200 ");
        var head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase(Locale.ROOT);
        assertThat(head.contains("content-length: ") || !head.contains("keep-alive")).as(head)
                .isTrue();
        assertThat(answer.substring(head.length() + 4).getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(raw(PATH + query, all()).body());
    }

    /** What comes until the connection, or the content that was announced, ends; every byte is a character. */
    private static String plain(String line, String... headers) throws Exception {
        var address = URI.create(LAB.http("/"));
        try (var socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((line + "\r\nHost: x\r\nAuthorization: Bearer " + all()
                    + "\r\n" + String.join("\r\n", headers) + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            var got = new StringBuilder();
            long end = Long.MAX_VALUE;
            for (int c = 0; got.length() < end && (c = socket.getInputStream().read()) >= 0;) {
                got.append((char) c);
                if (end == Long.MAX_VALUE && got.toString().endsWith("\r\n\r\n")) {
                    var length = LENGTH.matcher(got);
                    end = length.find()
                            ? got.length() + Long.parseLong(length.group(1))
                            : Long.MAX_VALUE - 1;
                }
            }
            return got.toString();
        }
    }

    // ---- spreadsheets ----

    @Test
    void a_safe_csv_has_no_cell_that_a_spreadsheet_calculates() throws Exception {
        var answer = get(PATH + "?format=csv&fields=order_id,note,weight&csv.safe=true"
                + "&csv.bom=true&csv.delimiter=semicolon", all());

        assertThat(answer.body()).startsWith("\uFEFForder_id;weight;note\r\n");
        assertThat(answer.body()).contains("\r\nO-00001;0.125;'=1+2\r\n")
                .contains("\r\nO-00007;0.875;' @SUM(A1)\r\n")
                .contains("\r\nO-00005;0.625;\"\"\r\n");
    }

    // ---- who may see what ----

    @Test
    void rows_fields_and_masks_are_those_of_the_caller() throws Exception {
        var answer = get(PATH + "?format=ndjson", some());

        var rows = answer.body().lines().map(JsonObject::new).toList();
        assertThat(rows).hasSize(80)
                .allSatisfy(row -> assertThat(row.getString("status")).isEqualTo("open"))
                .noneMatch(row -> row.containsKey("iban"))
                .allSatisfy(row -> assertThat(row.getString("note")).isEqualTo("***"));
        assertThat(rows).noneMatch(row -> row.encode().contains("Name "));
        for (var format : List.of("csv", "arrow", "parquet", "json")) {
            var bytes = raw(PATH + "?format=" + format, some()).body();
            assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).as(format)
                    .doesNotContain("iban").doesNotContain("XX000").doesNotContain("Name ");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "?fields=iban|'fields' names what is no field of the product: 'iban'.",
            "?orderBy=iban|'orderBy' names what is no field of the product: 'iban'.",
            "?groupBy=iban|'groupBy' names what is no field of the product: 'iban'.",
            "?measures=max(iban)|'measures' names what is no field of the product: 'iban'.",
            "?orderBy=customer.name|'orderBy' names 'customer.name', which is masked for this token",
            "?groupBy=note|'groupBy' names 'note', which is masked for this token",
            "?measures=min(note)|'measures' names 'note', which is masked for this token",
            "?measures=distinct(customer.name)|'measures' names 'customer.name', which is masked"})
    void nothing_hidden_can_be_named(String query, String detail) throws Exception {
        var answer = get(PATH + query, some());
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("detail")).startsWith(detail);
    }

    @Test
    void a_product_that_may_not_be_read_looks_like_none() throws Exception {
        var stranger = LAB.tokenWith(Duration.ofMinutes(5), "lab.stations:read");
        var forbidden = get(PATH, stranger);
        var absent = get("/data/lab/none/v1", stranger);
        assertThat(forbidden.statusCode()).isEqualTo(absent.statusCode()).isEqualTo(404);
        assertThat(forbidden.body().replace("data-orders", "none")).isEqualTo(absent.body());
        assertThat(get(PATH + "?nonsense=1", stranger).body()).isEqualTo(forbidden.body());
        assertThat(raw(PATH, null).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "filter=event.note == \"'; drop table items; --\"",
            "key=O-1' or '1'='1", "orderBy=order_id'; drop table items; --",
            "fields=order_id\");--", "groupBy=status\"", "measures=sum(total)) from items --",
            "limit=1; drop table items", "after=' or 1=1", "bucket=day'",
            "filter=event.iban.startsWith('X')", "from=' or 1=1&events=true",
            "having=count>1) or (1=1", "timeZone=UTC'&bucket=day"})
    void nothing_in_a_query_string_is_more_than_a_value(String query) throws Exception {
        var encoded = new StringBuilder();
        for (var part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            encoded.append(encoded.isEmpty() ? '?' : '&').append(part, 0, equals).append('=')
                    .append(URLEncoder.encode(part.substring(equals + 1),
                            StandardCharsets.UTF_8));
        }
        var answer = get(PATH + encoded, some());
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 400);
        if (answer.statusCode() == 200) {
            assertThat(new JsonObject(answer.body()).getJsonArray("data")).isEmpty();
        }
        assertThat(answer.body()).doesNotContainIgnoringCase("select ")
                .doesNotContain("Parser Error");
        assertThat(get(PATH + "?totalCount=true&limit=1", all()).body())
                .contains("\"totalCount\":" + ORDERS);
    }

    // ---- groups and history ----

    @Test
    void groups_are_counted_and_measured_like_the_rows_themselves() throws Exception {
        var answer = get(PATH + "?groupBy=status&measures=count,sum(total),max(stamp),avg(weight),"
                + "distinct(quantity)&orderBy=status:desc&having=count%3E10", all());

        var rows = new JsonObject(answer.body()).getJsonArray("data");
        var expected = new JsonArray();
        for (var status : List.of("shipped", "paid", "open")) {
            var mine = IntStream.range(0, ORDERS)
                    .filter(n -> status.equals(new String[]{"open", "paid", "shipped"}[n % 3]))
                    .toArray();
            var sum = java.util.Arrays.stream(mine).filter(n -> n % 10 != 9)
                    .mapToObj(n -> BigDecimal.valueOf(n * 125L, 2))
                    .reduce(BigDecimal.ZERO, BigDecimal::add);
            expected.add(new JsonObject().put("status", status).put("count", "" + mine.length)
                    .put("sum(total)", sum.toPlainString())
                    .put("max(stamp)", "" + (9_007_199_254_740_993L + mine[mine.length - 1]))
                    .put("avg(weight)", java.util.Arrays.stream(mine).mapToDouble(n -> n / 8.0)
                            .average().orElseThrow())
                    .put("distinct(quantity)", "7"));
        }
        assertThat(rows).as(answer.body()).isEqualTo(expected);
    }

    @Test
    void groups_are_chosen_and_ordered_by_figures_that_are_not_told() throws Exception {
        var rows = get(PATH + "?format=csv&groupBy=status&orderBy=max(stamp):desc"
                + "&having=sum(total)%3E0,min(stamp)%3E0", all());

        // The greatest number of all is a shipped one, the next one is paid.
        assertThat(rows.body()).isEqualTo("status,count\r\nshipped,80\r\npaid,80\r\nopen,80\r\n");
    }

    @Test
    void twenty_who_ask_the_same_at_one_time_get_the_same() throws Exception {
        var path = PATH + "?groupBy=status,quantity&measures=sum(weight)&filter="
                + URLEncoder.encode("event.quantity < 5", StandardCharsets.UTF_8);
        long before = executions();
        var asked = IntStream.range(0, 20).mapToObj(n -> Sandboxed.HTTP
                .sendAsync(request(path, all()).build(), BodyHandlers.ofString())).toList();
        var first = asked.getFirst().get();

        assertThat(first.statusCode()).isEqualTo(200);
        for (var each : asked) {
            assertThat(each.get().body()).isEqualTo(first.body());
            assertThat(header(each.get(), "etag")).isEqualTo(header(first, "etag"));
        }
        assertThat(executions() - before).isEqualTo(1);
    }

    /** Asked of the store so far. */
    private static long executions() throws Exception {
        var scraped = Sandboxed.HTTP.send(
                HttpRequest.newBuilder(URI.create(LAB.at().management() + "/metrics")).build(),
                BodyHandlers.ofString()).body();
        return scraped.lines()
                .filter(line -> line.startsWith("tidegate_answers_total{")
                        && line.contains("\"store\""))
                .mapToLong(line -> (long) Double
                        .parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void groups_by_time_come_as_files_too() throws Exception {
        var csv = get(PATH + "?format=csv&bucket=2h&bucketField=placed_at&measures=count"
                + "&orderBy=bucket", all());
        assertThat(csv.body()).isEqualTo(
                "bucket,count\r\n2026-03-01T00:00:00Z,120\r\n2026-03-01T02:00:00Z,120\r\n");

        var pages = new ArrayList<String>();
        var next = LAB.http(PATH + "?format=csv&groupBy=quantity&measures=count&limit=3");
        while (next != null && pages.size() < 10) {
            var page = Sandboxed.HTTP.send(HttpRequest.newBuilder(URI.create(next))
                    .header("Authorization", "Bearer " + all()).build(), BodyHandlers.ofString());
            assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
            pages.add(page.body());
            var link = NEXT.matcher(page.headers().firstValue("link").orElse(""));
            next = link.find() ? link.group(1) : null;
        }
        assertThat(pages).hasSize(3);
        assertThat(pages.stream().flatMap(String::lines)
                .filter(line -> !line.startsWith("quantity"))).hasSize(7).doesNotHaveDuplicates();
    }

    @Test
    void history_is_what_the_stream_sent() throws Exception {
        var answer = get(PATH + "?format=ndjson&events=true", all());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        var told = answer.body().lines().map(JsonObject::new).map(DataIT::withoutCursor).toList();
        assertThat(told).containsExactlyInAnyOrderElementsOf(events("data-orders", ORDERS).stream()
                .map(DataIT::withoutCursor).toList());

        var one = get(PATH + "?events=true&key=O-00007&fields=order_id,note", all());
        var change = new JsonObject(one.body()).getJsonArray("data").getJsonObject(0);
        assertThat(change.getJsonObject("value")).isEqualTo(
                new JsonObject().put("order_id", "O-00007").put("note", " @SUM(A1)"));
        assertThat(get(PATH + "?events=true&key=O-00007", some()).body())
                .as("no row of this caller").startsWith("{\"data\":[]");
        assertThat(get(PATH + "?events=true&from=2026-03-01T03:00:00Z&to=2026-03-01T03:30:00Z"
                + "&format=csv&fields=order_id", all()).body().lines().count()).isEqualTo(31);
    }

    private static JsonObject withoutCursor(JsonObject event) {
        event.remove("cursor");
        return event;
    }

    // ---- conditional requests ----

    @Test
    void an_answer_that_is_the_same_is_not_sent_again() throws Exception {
        var first = get(PATH + "?format=csv", all());
        var tag = header(first, "etag");
        var again = raw(PATH + "?format=csv", all(), "If-None-Match", "\"x\", " + tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(header(again, "etag")).isEqualTo(tag);
        assertThat(raw(PATH + "?format=csv", all(), "If-None-Match", "\"x\"", "If-None-Match", tag)
                .statusCode()).as("a list may have several lines").isEqualTo(304);

        assertThat(header(get(PATH + "?format=ndjson", all()), "etag")).isNotEqualTo(tag);
        assertThat(header(get(PATH + "?format=csv&fields=order_id", all()), "etag"))
                .isNotEqualTo(tag);
        assertThat(header(get(PATH + "?format=csv", some()), "etag")).isNotEqualTo(tag);
    }

    @Test
    void head_has_the_headers_and_no_body() throws Exception {
        for (var format : List.of("json", "csv", "parquet")) {
            var path = PATH + "?format=" + format;
            var head = Sandboxed.HTTP.send(request(path, all()).method("HEAD",
                    HttpRequest.BodyPublishers.noBody()).build(), BodyHandlers.ofString());
            var get = raw(path, all());
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            for (var name : List.of("etag", "content-type", "tidegate-position",
                    "content-disposition")) {
                assertThat(header(head, name)).as(name).isEqualTo(header(get, name));
            }
        }
        var post = Sandboxed.HTTP.send(
                request(PATH, all()).POST(HttpRequest.BodyPublishers.noBody()).build(),
                BodyHandlers.ofString());
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(header(post, "allow")).isEqualTo("GET, HEAD");
    }

    // ---- pages, and the stream behind them ----

    @Test
    void pages_miss_and_repeat_nothing_while_rows_are_written() throws Exception {
        int rows = 900;
        assertThat(LAB.publish("lab/data-pages/v1", Lab.orders(0, rows))).isZero();
        LAB.awaitRows("labDataPages", rows);
        var hasEnded = new AtomicBoolean();
        var writer = Thread.ofVirtual().start(() -> {
            // Others than those that are looked for, in front of them, between them and behind them.
            for (int n = rows; !hasEnded.get() && n < 20_000; n += 300) {
                try {
                    LAB.publish("lab/data-pages/v1", Lab.orders(n, n + 300));
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        });
        var seen = new ArrayList<String>();
        var pages = 0;
        var next = LAB.http("/data/lab/data-pages/v1?format=ndjson&limit=70"
                + "&orderBy=placed_at:desc,quantity&fields=order_id");
        while (next != null && pages < 400) {
            var answer = Sandboxed.HTTP.send(HttpRequest.newBuilder(URI.create(next))
                    .header("Authorization", "Bearer " + LAB.tokenWith(Duration.ofMinutes(5),
                            "data-pages:all"))
                    .build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            answer.body().lines().forEach(
                    line -> seen.add(new JsonObject(line).getString("order_id")));
            var link = NEXT.matcher(answer.headers().firstValue("link").orElse(""));
            next = link.find() ? link.group(1) : null;
            pages++;
        }
        hasEnded.set(true);
        writer.join();

        assertThat(next).as("pages come to an end").isNull();
        assertThat(pages).isGreaterThan(rows / 70);
        assertThat(new HashSet<>(seen)).as("no row twice").hasSameSizeAs(seen);
        assertThat(seen).containsAll(IntStream.range(0, rows).mapToObj("O-%05d"::formatted)
                .toList());
    }

    @Test
    void a_stream_goes_on_exactly_behind_an_answer() throws Exception {
        assertThat(LAB.publish("lab/data-slow/v1", Lab.orders(0, 20))).isZero();
        LAB.awaitRows("labDataSlow", 20);
        var token = LAB.tokenWith(Duration.ofMinutes(5), "data-slow:all");
        var position = header(get("/data/lab/data-slow/v1?format=csv", token),
                "tidegate-position");
        assertThat(LAB.publish("lab/data-slow/v1", Lab.orders(17, 23))).isZero();

        var stream = Sandboxed.HTTP.send(
                request("/streams/lab/data-slow/v1?from=" + position, token)
                        .header("Accept", "application/x-ndjson").build(),
                BodyHandlers.ofLines());
        var events = new ArrayList<JsonObject>();
        try (var lines = stream.body()) {
            lines.limit(6).map(JsonObject::new).forEach(events::add);
        }
        assertThat(events).extracting(event -> event.getJsonObject("value").getString("order_id"))
                .containsExactlyInAnyOrder("O-00017", "O-00018", "O-00019", "O-00020", "O-00021",
                        "O-00022");

        // Whoever has seen the last of them may ask for a state that has seen it too.
        for (var event : events) {
            var answer = get("/data/lab/data-slow/v1?totalCount=true&atLeast="
                    + event.getString("cursor"), token);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body())
                    .contains(event.getJsonObject("value").getString("order_id"));
        }
    }

    // ---- helpers ----

    private static String all() {
        return LAB.tokenWith(Duration.ofMinutes(5), "data-orders:all");
    }

    private static String some() {
        return LAB.tokenWith(Duration.ofMinutes(5), "data-orders:some");
    }

    private static HttpRequest.Builder request(String path, String token) {
        return HttpRequest.newBuilder(URI.create(LAB.http(path))).timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + token);
    }

    private static HttpResponse<String> get(String path, String token) throws Exception {
        return Sandboxed.HTTP.send(request(path, token).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<byte[]> raw(String path, String token, String... headers)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(LAB.http(path)))
                .timeout(Duration.ofSeconds(30));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return Sandboxed.HTTP.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static List<String> ids(JsonArray rows) {
        return rows.stream().map(row -> ((JsonObject) row).getString("order_id")).toList();
    }

    /** The newest value of each key in the log, as a client of the stream has it. */
    private static Map<String, Object> fold(String product, int events) throws Exception {
        var rows = new TreeMap<String, Object>();
        events(product, events).forEach(event -> rows
                .put(event.getJsonObject("key").getString("order_id"),
                        event.getJsonObject("value")));
        return rows;
    }

    private static List<JsonObject> events(String product, int count) throws Exception {
        var stream = Sandboxed.HTTP.send(
                request("/streams/lab/" + product + "/v1?from=earliest", all())
                        .header("Accept", "application/x-ndjson").build(),
                BodyHandlers.ofLines());
        try (var lines = stream.body()) {
            return lines.limit(count).map(JsonObject::new).toList();
        }
    }
}

package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.refusal.RefusalCode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every argument of every field, and every parameter, with what a hostile caller may put there: it is answered rightly or
 * refused with a sentence, and nothing of what is hidden makes a difference. Two products that differ only in what the caller
 * may not see have to answer alike, to the last character.
 */
@TestInstance(Lifecycle.PER_CLASS)
class HostileIT {
    private static final Logger LOG = LoggerFactory.getLogger(HostileIT.class);
    private static final long SEED = Long.getLong("tidegate.seed", System.nanoTime());
    /** How many values each place is tried with. */
    private static final int VALUES = Integer.getInteger("tidegate.values", 1);
    /** What an error of a store or of a program looks like. */
    private static final Set<String> TRACES = Set.of("duckdb", "jooq", "rocksdb", "postgres",
            "java.", "exception", "parser error", "conversion error", "binder error",
            "out of range error", "nullpointer", "stacktrace", "internal");
    private static final Set<String> CODES = Arrays.stream(RefusalCode.values()).map(Enum::name)
            .collect(Collectors.toSet());

    private Sandboxed lab;
    /** So many characters of a value that does not fit are told. */
    private static final int QUOTED = 40;
    /** What stands for the cursors of each product. */
    private final Map<String, Map<String, String>> cursors = new TreeMap<>();

    private record Answer(int status, String body, Map<String, List<String>> headers) {
    }

    /** At most so many are sent, chosen by the seed; every one if the number of values is given. */
    private int atMost() {
        return VALUES > 1 ? Integer.MAX_VALUE : requests();
    }

    /** How many of GraphQL's are sent unless it is said otherwise. */
    int requests() {
        return 400;
    }

    /** How many values of each kind each parameter of {@code /data} is tried with, unless it is said otherwise. */
    int dataValues() {
        return 10;
    }

    /** Where they are asked. */
    Sandboxed lab() throws Exception {
        return Sandboxed.lab();
    }

    @BeforeAll
    void publish() throws Exception {
        LOG.info("seed {}", SEED);
        lab = lab();
        for (var name : List.of(Vault.LEFT, Vault.RIGHT)) {
            Vault.publish(lab, name);
        }
        lab.awaitRows("labVaultOne", 60 - 6);
        lab.awaitRows("labVaultTwo", 40);
        for (var name : List.of(Vault.LEFT, Vault.RIGHT)) {
            var product = ask(name, new JsonObject().put("query", "{ " + root(name)
                    + " { position items(first: 3) { pageInfo { endCursor } }"
                    + " aggregate(groupBy: [pieces], first: 2) { cursor }"
                    + " events(first: 4) { pageInfo { endCursor } } } }"))
                    .getJsonObject("data").getJsonObject(root(name));
            cursors.put(name, Map.of(HostileValues.POSITION, product.getString("position"),
                    HostileValues.PAGE,
                    product.getJsonObject("items").getJsonObject("pageInfo")
                            .getString("endCursor"),
                    HostileValues.GROUP,
                    product.getJsonArray("aggregate").getJsonObject(1).getString("cursor"),
                    HostileValues.EVENT, product.getJsonObject("events").getJsonObject("pageInfo")
                            .getString("endCursor")));
        }
    }

    private static String root(String name) {
        return name.equals(Vault.LEFT) ? "labVaultOne" : "labVaultTwo";
    }

    private JsonObject ask(String name, JsonObject request) throws Exception {
        return new JsonObject(graphQl(name, request.encode()).body());
    }

    private String token(String name, String part) {
        return lab.tokenWith(Duration.ofMinutes(10), name + ":" + part);
    }

    private Answer graphQl(String name, String body) throws Exception {
        var answer = Sandboxed.HTTP.send(HttpRequest.newBuilder(URI.create(lab.http("/graphql")))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + token(name, "some"))
                .header("Accept", "application/graphql-response+json")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
        return new Answer(answer.statusCode(), answer.body(), answer.headers().map());
    }

    private Answer get(String name, String path, String part) throws Exception {
        var answer = Sandboxed.HTTP.send(HttpRequest.newBuilder(URI.create(lab.http(path)))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + token(name, part)).build(),
                BodyHandlers.ofString(StandardCharsets.UTF_8));
        return new Answer(answer.statusCode(), answer.body(), answer.headers().map());
    }

    /** The request as it is for this product: cursors and names are its own. */
    private String own(String name, String text) {
        return own(name, name, text);
    }

    /** @param of whose cursors; as values of conditions both have to be asked for the same texts */
    private String own(String name, String of, String text) {
        var own = name.equals(Vault.LEFT) ? text : text.replace("VaultOne", "VaultTwo");
        var other = of.equals(Vault.LEFT) ? Vault.RIGHT : Vault.LEFT;
        for (var cursor : cursors.get(of).entrySet()) {
            own = own.replace(cursor.getKey(), cursor.getValue());
        }
        return own.replace(HostileValues.FOREIGN_PAGE, cursors.get(other).get(HostileValues.PAGE))
                .replace(HostileValues.FOREIGN_POSITION,
                        cursors.get(other).get(HostileValues.POSITION))
                .replace(HostileValues.LONE, "\\ud800")
                .replace("\"" + HostileValues.DEEP + "\"", "[".repeat(3_000) + "]".repeat(3_000));
    }

    /** An answer without what tells the products apart by right: their names, and cursors that came with the request. */
    private String plain(String name, String text) {
        // The names are equally long, so that places in documents are the same.
        var plain = text.replace("VaultTwo", "VaultOne").replace("vault-two", "vault-one");
        for (var product : cursors.values()) {
            for (var cursor : product.values()) {
                plain = plain.replace(cursor, "*");
                // Messages repeat the beginning of what they refuse.
                if (cursor.length() > QUOTED) {
                    plain = plain.replace(cursor.substring(0, QUOTED) + "…", "*…");
                }
            }
        }
        return plain;
    }

    // ---- GraphQL ----

    @Test
    void no_argument_of_graphql_reaches_what_is_hidden() throws Exception {
        var before = everything();
        var schema = ask(Vault.LEFT, new JsonObject().put("query", Spots.INTROSPECTION));
        var spots = new Spots(schema.getJsonObject("data").getJsonObject("__schema"));
        var all = spots.of("Query", "labVaultOne");
        assertThat(all).as("places for a value").hasSizeGreaterThan(500);
        assertThat(all.toString()).doesNotContain("iban", "level", "codes");
        var random = new Random(SEED);
        var requests = new ArrayList<JsonObject>();
        for (var spot : all) {
            var values = new ArrayList<>(HostileValues.of(spot.type()));
            if (spot.isEnum()) {
                values.addAll(spots.symbols(spot.type()));
                values.addAll(List.of("iban", "level", "note", "customer_name"));
            }
            Collections.shuffle(values, random);
            for (var value : values.subList(0, VALUES)) {
                requests.add(new JsonObject()
                        .put("query", spots.document("Query", "query", spot))
                        .put("variables", new JsonObject().put("v", spots.argument(spot, value))));
            }
        }
        Collections.shuffle(requests, random);
        var statuses = new ConcurrentHashMap<Integer, Integer>();
        inParallel(requests.subList(0, Math.min(requests.size(), atMost())), request -> {
            var left = graphQl(Vault.LEFT, own(Vault.LEFT, request.encode()));
            boolean isCondition = request.getString("query")
                    .startsWith("query($v: LabVaultOneWhere");
            var right = graphQl(Vault.RIGHT, own(Vault.RIGHT,
                    isCondition ? Vault.LEFT : Vault.RIGHT, request.encode()));
            statuses.merge(left.status(), 1, Integer::sum);
            judge(request.encode(), left);
            judge(request.encode(), right);
            assertThat(right.status()).isEqualTo(left.status());
            assertThat(Vault.normal(new JsonObject(plain(Vault.RIGHT, right.body()))))
                    .as("what the hidden rows and values change")
                    .isEqualTo(Vault.normal(new JsonObject(plain(Vault.LEFT, left.body()))));
            assertThat(budget(right)).as("cost").isEqualTo(budget(left));
        });
        LOG.info("{} places, statuses {}", all.size(), statuses);
        assertThat(statuses.keySet()).contains(200, 400);
        assertThat(everything()).as("the view afterwards").isEqualTo(before);
    }

    private static Object budget(Answer answer) {
        return Objects.requireNonNullElse(
                Objects.requireNonNullElse(new JsonObject(answer.body())
                        .getJsonObject("extensions"), new JsonObject()).getJsonObject("tidegate"),
                new JsonObject()).getValue("cost");
    }

    private static void judge(String request, Answer answer) {
        assertThat(answer.status()).as(answer.body()).isIn(200, 400);
        var body = answer.body();
        hidesAll(request, body);
        var json = new JsonObject(body);
        var errors = json.getJsonArray("errors", new JsonArray());
        errors.forEach(each -> {
            var error = (JsonObject) each;
            assertThat(error.getJsonObject("extensions").getString("code")).as(body)
                    .isIn(CODES).isNotIn("INTERNAL", "QUERY_TIMEOUT", "VIEW_STALE");
            assertThat(error.getString("message")).as("what is wrong").isNotBlank()
                    .hasSizeLessThan(1_500);
        });
        seesOnlyOpenRows(json.getValue("data"));
    }

    private static void hidesAll(String request, String body) {
        if (!request.contains(Vault.MARK)) {
            assertThat(body).doesNotContain(Vault.MARK);
        }
        var lower = body.toLowerCase(Locale.ROOT);
        var asked = request.toLowerCase(Locale.ROOT);
        for (var trace : TRACES) {
            if (!asked.contains(trace)) {
                assertThat(lower).as("what a program says").doesNotContain(trace);
            }
        }
    }

    private static void seesOnlyOpenRows(Object json) {
        if (json instanceof JsonArray array) {
            array.forEach(HostileIT::seesOnlyOpenRows);
        } else if (json instanceof JsonObject object) {
            if (object.getValue("status") instanceof String status) {
                assertThat(status).isNotEqualTo("secret");
            }
            if (object.containsKey("note") && object.containsKey("tags")) {
                assertThat(object.getString("note")).isIn(null, "***", "redacted", "");
                assertThat(object.fieldNames()).doesNotContain("iban", "level", "codes");
            }
            object.forEach(entry -> seesOnlyOpenRows(entry.getValue()));
        }
    }

    // ---- plain HTTP ----

    @Test
    void no_parameter_of_data_reaches_what_is_hidden() throws Exception {
        var before = everything();
        var random = new Random(SEED);
        var requests = new ArrayList<String>();
        var context = Map.of("bucketField", "&bucket=day", "timeZone", "&bucket=day", "having",
                "&groupBy=status", "from", "&events=true", "to", "&events=true", "after",
                "&limit=5", "csv.safe", "&format=csv", "csv.bom", "&format=csv",
                "csv.delimiter", "&format=csv");
        int many = Math.max(dataValues(), VALUES);
        for (var parameter : List.of("format", "filter", "where", "fields", "key", "orderBy",
                "limit", "after", "totalCount", "groupBy", "bucket", "bucketField", "timeZone",
                "measures", "having", "events", "from", "to", "atLeast", "download", "csv.safe",
                "csv.bom", "csv.delimiter", "nonsense")) {
            var values = new ArrayList<Object>(HostileValues.texts());
            values.addAll(HostileValues.numbers());
            Collections.shuffle(values, random);
            values.subList(many, values.size()).clear();
            var better = new ArrayList<Object>(List.of("json", "csv", "ndjson", "id", "id:desc",
                    "title,id", "note",
                    "note:asc", "iban", "customer.name", "customer", "parts", "status,pieces",
                    "sum(level)", "sum(amount)", "min(note)", "percentile(weight,0.5)",
                    "percentile(weight,1e999)", "percentile(weight,NaN)", "count>1", "count>",
                    "sum(level)>1", "count=1e400", "15m", "2week", "99999999999y", "0day",
                    "event.iban == 'x'", "event.level > 0", "event.note.startsWith('H')",
                    "event.customer.name != ''", "event.parts.exists(p, p.secret == 'x')",
                    "has(event.iban)", "event.title.matches('(a+)+$')",
                    "event.status == 'secret'", "event.tags.exists(t, t.startsWith('"
                            + Vault.MARK + "'))",
                    "true", "false", "1 == 1", "event", "claims.sub == 'x'", "now > now",
                    "event.pieces / 0 > 1", "(".repeat(400) + "true" + ")".repeat(400),
                    "{\"id\":\"V-001\"}", "{\"id\":{}}", "[1]"));
            Collections.shuffle(better, random);
            values.addAll(better.subList(0, Math.min(better.size(), many)));
            for (var value : values) {
                requests.add("?" + parameter + "=@" + value + "@" + context.getOrDefault(
                        parameter, ""));
            }
        }
        for (var whole : List.of("", "?format=csv", "?format=ndjson", "?limit=5&totalCount=true",
                "?fields=id,note,seen", "?key=V-001", "?key=V-004", "?key=V-006",
                "?orderBy=title:desc,amount&limit=7&format=csv", "?orderBy=customer.city,at",
                "?groupBy=status,pieces&measures=count,sum(amount),avg(weight),min(at),max(title),"
                        + "distinct(customer.city),percentile(weight,0.9)&orderBy=count:desc",
                "?measures=count,max(stamp),min(id),distinct(parent_id)",
                "?groupBy=customer.city&having=count%3E2",
                "?bucket=day&bucketField=due&measures=count",
                "?bucket=hour&timeZone=Asia/Kathmandu&measures=count,sum(stamp)",
                "?events=true", "?events=true&format=csv", "?events=true&key=V-006",
                "?events=true&key=V-001", "?events=true&from=2026-03-01T00:05:00Z",
                "?events=true&filter=event.title%20==%20'plain'",
                "?filter=event.tags.exists(t,%20t%20==%20't2')",
                "?filter=!(event.status%20==%20'open')", "?filter=event.status%20!=%20'open'",
                "?filter=event.parent_id%20==%20'V-003'&totalCount=true",
                "?filter=!has(event.amount)",
                "?filter=event.pieces%20%3E%203%20%7C%7C%20true%20==%20event.rush")) {
            requests.add(whole + "@@");
        }
        var statuses = new ConcurrentHashMap<Integer, Integer>();
        inParallel(requests, request -> {
            var answers = new ArrayList<Answer>();
            for (var name : List.of(Vault.LEFT, Vault.RIGHT)) {
                var path = "/data/lab/" + name + "/v1";
                boolean isWhole = request.endsWith("@@") && !request.contains("=@");
                int value = request.indexOf("=@") + 2;
                var query = isWhole
                        ? request.substring(0, request.length() - 2)
                        : request.substring(0, value - 1)
                                + URLEncoder.encode(
                                        own(name, request.substring(value,
                                                request.lastIndexOf('@'))),
                                        StandardCharsets.UTF_8)
                                + request.substring(request.lastIndexOf('@') + 1);
                var answer = get(name, path + query, "some");
                assertThat(answer.status()).as(answer.body()).isIn(isWhole
                        ? List.of(200)
                        : List.of(200, 400));
                hidesAll(request, answer.body());
                assertThat(answer.body()).doesNotContain("\"secret\"");
                answers.add(answer);
            }
            statuses.merge(answers.get(0).status(), 1, Integer::sum);
            assertThat(answers.get(1).status()).isEqualTo(answers.get(0).status());
            if (answers.get(0).status() == 400 && request.matches(
                    ".*@(page|group|position|event|foreign-page|foreign-position)@.*")) {
                // A cursor is each product's own, and so is what is said of its text.
                return;
            }
            assertThat(comparable(Vault.RIGHT, answers.get(1)))
                    .as("what the hidden rows and values change")
                    .isEqualTo(comparable(Vault.LEFT, answers.get(0)));
            for (var header : List.of("content-type", "tidegate-total-count")) {
                assertThat(answers.get(1).headers().get(header)).as(header)
                        .isEqualTo(answers.get(0).headers().get(header));
            }
        });
        LOG.info("{} requests, statuses {}", requests.size(), statuses);
        assertThat(statuses.keySet()).contains(200, 400);
        assertThat(everything()).as("the view afterwards").isEqualTo(before);
    }

    private Object comparable(String name, Answer answer) {
        var body = plain(name, answer.body());
        var type = answer.headers().get("content-type").getFirst();
        if (type.startsWith("application/json") || type.startsWith("application/problem")) {
            return Vault.normal(new JsonObject(body));
        }
        return type.startsWith("application/x-ndjson")
                ? body.lines().map(line -> Vault.normal(new JsonObject(line))).toList()
                // Changes as a table have their cursor first.
                : body.startsWith("cursor,")
                        ? body.lines()
                                .map(line -> line.substring(line.indexOf(','))).toList()
                        : body;
    }

    // ---- subscriptions ----

    @Test
    void no_argument_of_a_subscription_reaches_what_is_hidden() throws Exception {
        var schema = ask(Vault.LEFT, new JsonObject().put("query", Spots.INTROSPECTION));
        var spots = new Spots(schema.getJsonObject("data").getJsonObject("__schema"));
        var all = new ArrayList<>(spots.of("Subscription", "labVaultOne"));
        assertThat(all).hasSizeGreaterThan(50);
        var random = new Random(SEED);
        Collections.shuffle(all, random);
        inParallel(all.subList(0, Math.min(all.size(), 20 * VALUES)), spot -> {
            var values = HostileValues.of(spot.type());
            var value = values.get(new Random(SEED ^ spot.toString().hashCode())
                    .nextInt(values.size()));
            var document = spots.document("Subscription", "subscription", spot);
            if (!spot.argument().equals("from")) {
                document = document.replaceFirst("labVaultOne\\(",
                        "labVaultOne(from: \"earliest\", ");
            }
            var request = own(Vault.LEFT, new JsonObject().put("query", document)
                    .put("variables", new JsonObject().put("v", spots.argument(spot, value)))
                    .encode());
            var answer = Sandboxed.HTTP.send(
                    HttpRequest.newBuilder(URI.create(lab.http("/graphql")))
                            .timeout(Duration.ofSeconds(20))
                            .header("Authorization", "Bearer " + token(Vault.LEFT, "some"))
                            .header("Accept", "text/event-stream")
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(request)).build(),
                    BodyHandlers.ofInputStream());
            assertThat(answer.statusCode()).as(request).isIn(200, 400, 406);
            var told = new StringBuilder();
            try (var body = answer.body()) {
                var buffer = new byte[1 << 16];
                long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
                while (System.nanoTime() < end) {
                    if (body.available() > 0) {
                        told.append(new String(buffer, 0, body.read(buffer),
                                StandardCharsets.UTF_8));
                    } else {
                        Sandboxed.pause(10);
                    }
                }
            }
            hidesAll(request, told.toString());
            assertThat(told.toString()).doesNotContain("\"status\":\"secret\"");
        });
    }

    // ---- what all have ----

    /** All that the owner of everything sees of both products. */
    private List<String> everything() throws Exception {
        var all = new ArrayList<String>();
        for (var name : List.of(Vault.LEFT, Vault.RIGHT)) {
            var answer = get(name, "/data/lab/" + name + "/v1?format=ndjson", "all");
            assertThat(answer.status()).isEqualTo(200);
            all.add(answer.body());
        }
        assertThat(all.getFirst()).contains(Vault.MARK);
        return all;
    }

    @FunctionalInterface
    private interface Check<T> {
        void run(T request) throws Exception;
    }

    /** All that is found is told at once. */
    private <T> void inParallel(List<T> requests, Check<T> check) throws Exception {
        var found = Collections.synchronizedList(new ArrayList<String>());
        try (var threads = Executors.newFixedThreadPool(6)) {
            var all = new ArrayList<Future<?>>();
            for (var request : requests) {
                all.add(threads.submit(() -> {
                    try {
                        check.run(request);
                    } catch (Exception | AssertionError e) {
                        found.add(abridged(own(Vault.LEFT, request.toString()), 1_500) + "\n    "
                                + abridged(String.valueOf(e), 1_500));
                    }
                }));
            }
            for (var each : all) {
                each.get();
            }
        }
        assertThat(found.stream().limit(12).toList())
                .as("seed %d: %d of %d", SEED, found.size(), requests.size()).isEmpty();
    }

    private static String abridged(String text, int length) {
        return text.length() > length ? text.substring(0, length) + "…" : text;
    }
}

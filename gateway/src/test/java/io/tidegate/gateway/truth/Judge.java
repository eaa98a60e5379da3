package io.tidegate.gateway.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.faults.Time;
import io.tidegate.gateway.truth.LogFold.Change;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Asks a gateway one random question after the other and holds each answer against the fold of the log at the position that
 * the answer itself tells.
 */
final class Judge {
    /** With these a gateway may say that it cannot answer now. */
    private static final Set<String> NOT_NOW = Set.of("VIEW_STALE", "UPSTREAM_UNAVAILABLE",
            "DRAINING");
    private static final int KEPT = 200;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2)).build();
    private final long seed;
    private final Random random;
    private final Parcel values;
    private final LogFold log;
    private final Supplier<String> address;
    private final String token;
    private final boolean isLimited;
    private final Deque<Question> pending = new ArrayDeque<>();
    private final List<String> cursors = new ArrayList<>();
    private List<Change> sample = List.of();

    /** How often what was judged, by name of the question. */
    final Map<String, Integer> judged = new ConcurrentHashMap<>();
    /** How often the gateway was away, or said that it cannot answer now, by its words. */
    final Map<String, Integer> unanswered = new ConcurrentHashMap<>();

    /**
     * @param isLimited
     *            whether the token sees only rows that are not lost
     */
    Judge(long seed, LogFold log, Supplier<String> address, String token, boolean isLimited) {
        this.seed = seed;
        this.random = new Random(seed);
        this.values = new Parcel(random);
        this.log = log;
        this.address = address;
        this.token = token;
        this.isLimited = isLimited;
    }

    int answers() {
        return judged.values().stream().mapToInt(count -> count).sum();
    }

    /** One request, whose answer is right or is none now. */
    void ask() throws Exception {
        if (random.nextInt(8) == 0) {
            askForData();
            return;
        }
        var questions = new LinkedHashMap<String, Question>();
        for (int i = 0,
                count = random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1; i < count; i++) {
            questions.put("q" + i, !pending.isEmpty() && random.nextInt(4) > 0
                    ? pending.poll()
                    : question());
        }
        var atLeast = random.nextInt(4) > 0 || cursors.isEmpty()
                ? null
                : cursors.get(random.nextInt(cursors.size()));
        ask(questions, atLeast);
    }

    /** All rows and all changes, page after page. */
    void askForEverything() throws Exception {
        for (var start : List.of(
                new RowPage(Condition.ALL, List.of(), 300, false, true, null, null),
                new Changes(Condition.ALL, null, null, null, 900, List.of()))) {
            pending.clear();
            pending.add(start);
            while (!pending.isEmpty()) {
                ask(Map.of("q0", pending.poll()), null);
            }
        }
    }

    private Question question() {
        var rows = sample.stream().map(Change::row).filter(Objects::nonNull).toList();
        var conditions = new Condition.Maker(random, rows);
        return switch (random.nextInt(8)) {
            case 0 -> new OneRow(key());
            case 1, 2, 3 -> RowPage.random(random, conditions.any());
            case 4, 5 -> Figures.random(random, conditions.any(),
                    sample.stream().filter(change -> change.row() != null).toList());
            default -> Changes.random(random,
                    random.nextBoolean()
                            ? Condition.ALL
                            : random.nextBoolean() ? conditions.ofKey() : conditions.any(),
                    random.nextInt(3) == 0 ? key() : null, cursors, sample);
        };
    }

    private List<Object> key() {
        return sample.isEmpty() || random.nextInt(4) == 0
                ? values.key().stream().map(value -> value instanceof java.math.BigDecimal number
                        ? (Object) Parcel.plain(number)
                        : value).toList()
                : sample.get(random.nextInt(sample.size())).key();
    }

    private void ask(Map<String, Question> questions, String atLeast) throws Exception {
        var declared = new ArrayList<String>();
        var selected = new StringBuilder();
        var variables = new JsonObject();
        questions.forEach((prefix, question) -> {
            declared.add(question.declared(prefix));
            selected.append(' ').append(question.selected(prefix));
            question.variables(prefix).forEach(variables::put);
        });
        if (atLeast != null) {
            declared.add("$atLeast: String");
            variables.put("atLeast", atLeast);
        }
        var document = "query(" + String.join(", ", declared) + ") { truthParcels"
                + (atLeast == null ? "" : "(atLeast: $atLeast)") + " { position" + selected
                + " } }";
        var request = new JsonObject().put("query", document).put("variables", variables);
        HttpResponse<String> response;
        try {
            response = http.send(request("/graphql")
                    .header("Content-Type", "application/json")
                    .header("Accept", "application/graphql-response+json")
                    .POST(HttpRequest.BodyPublishers.ofString(request.encode())).build(),
                    BodyHandlers.ofString());
        } catch (IOException e) {
            wasUnanswered("away");
            return;
        }
        try {
            judge(questions, atLeast, response);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + ", " + variables + "\n" + document + "\nanswer "
                            + response.statusCode() + " " + abridged(response.body()),
                    e);
        }
    }

    private void wasUnanswered(String why) {
        unanswered.merge(why, 1, Integer::sum);
        Time.pause(50);
    }

    private static String abridged(String text) {
        return text.length() > 20_000 ? text.substring(0, 20_000) + "…" : text;
    }

    private void judge(Map<String, Question> questions, String atLeast,
            HttpResponse<String> response) throws InterruptedException {
        var answer = new JsonObject(response.body());
        if (answer.containsKey("errors")) {
            var error = answer.getJsonArray("errors").getJsonObject(0);
            assertThat(error.getJsonObject("extensions").getString("code"))
                    .as("why there is no answer").isIn(NOT_NOW);
            wasUnanswered(error.getString("message"));
            return;
        }
        assertThat(response.statusCode()).isEqualTo(200);
        var product = answer.getJsonObject("data").getJsonObject("truthParcels");
        var position = product.getString("position");
        var offsets = LogFold.offsets(position);
        var told = answer.getJsonObject("extensions").getJsonObject("tidegate")
                .getJsonObject("products").getJsonObject("truthParcels");
        assertThat(told.getString("position")).isEqualTo(position);
        if (atLeast != null) {
            var wanted = LogFold.offsets(atLeast);
            for (int i = 0; i < wanted.size(); i++) {
                assertThat(offsets.get(i)).as("position where %s was asked for", wanted)
                        .isGreaterThanOrEqualTo(wanted.get(i));
            }
        }
        var all = log.changes(offsets);
        if (!all.isEmpty()) {
            assertThat(Instant.parse(told.getString("asOf"))).as("asOf").isEqualTo(
                    all.stream().map(Change::time).max(Instant::compareTo).orElseThrow());
        }
        var state = state(offsets, all);
        questions.forEach((prefix, question) -> {
            var next = question.judge(product, prefix, state, random);
            next.ifPresent(pending::add);
            judged.merge(question.getClass().getSimpleName(), 1, Integer::sum);
            if (question instanceof Changes) {
                product.getJsonObject(prefix).getJsonArray("edges").stream().findAny()
                        .ifPresent(edge -> keep(((JsonObject) edge).getString("cursor")));
            }
        });
        keep(position);
        while (pending.size() > 10) {
            pending.poll();
        }
    }

    private void keep(String cursor) {
        if (cursors.size() < KEPT) {
            cursors.add(cursor);
        } else {
            cursors.set(random.nextInt(KEPT), cursor);
        }
    }

    private Question.State state(List<Long> offsets, List<Change> all) {
        sample = all.size() < 50 ? all : all.subList(all.size() - 50, all.size());
        var rows = new LinkedHashMap<>(LogFold.rows(all));
        if (!isLimited) {
            return new Question.State(offsets, all, rows);
        }
        rows.values().removeIf(change -> !isSeen(change));
        return new Question.State(offsets, all.stream()
                .filter(change -> change.row() != null && isSeen(change)).toList(), rows);
    }

    private static boolean isSeen(Change change) {
        var status = change.row().get("status");
        return status != null && !status.equals("lost");
    }

    /** The whole state, or what a page of it has, as lines of JSON. */
    private void askForData() throws Exception {
        var page = RowPage.random(random, Condition.ALL);
        boolean isWhole = random.nextBoolean();
        var query = new StringBuilder("/data/truth/parcels/v1?format=ndjson");
        if (!isWhole) {
            query.append("&limit=").append(page.count());
        }
        var orders = page.order().stream()
                .map(each -> each.leaf().path() + (each.isDescending() ? ":desc" : ":asc"))
                .toList();
        if (!orders.isEmpty()) {
            query.append("&orderBy=").append(
                    URLEncoder.encode(String.join(",", orders), StandardCharsets.UTF_8));
        }
        HttpResponse<String> response;
        try {
            response = http.send(request(query.toString()).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            wasUnanswered("away");
            return;
        }
        if (response.statusCode() == 503) {
            wasUnanswered(new JsonObject(response.body()).getString("detail"));
            return;
        }
        try {
            assertThat(response.statusCode()).isEqualTo(200);
            var offsets = LogFold.offsets(
                    response.headers().firstValue("tidegate-position").orElseThrow());
            var told = response.body().lines().map(line -> Parcel.row(new JsonObject(line)))
                    .toList();
            assertThat(told).isEqualTo(state(offsets, log.changes(offsets)).rows().values()
                    .stream().map(Change::row).sorted(page.comparator())
                    .limit(isWhole ? Integer.MAX_VALUE : page.count()).toList());
            judged.merge("Data", 1, Integer::sum);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ", " + query, e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + address.get() + path))
                .timeout(Duration.ofSeconds(60)).header("Authorization", "Bearer " + token);
    }
}

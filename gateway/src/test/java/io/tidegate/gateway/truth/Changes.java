package io.tidegate.gateway.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.truth.LogFold.Change;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * {@code events}: pages of changes until there are no more, or enough.
 *
 * @param key
 *            null = all keys
 * @param from
 *            null, a time or a cursor
 * @param soFar
 *            of the pages before this one
 */
record Changes(Condition where, List<Object> key, String from, String to, int count,
        List<Told> soFar) implements Question {
    private static final int PAGES_MAX = 6;

    /** An event and its own cursor. */
    record Told(Change change, String cursor) {
    }

    static Changes random(Random random, Condition where, List<Object> key,
            List<String> cursors, List<Change> sample) {
        return new Changes(where, key, bound(random, cursors, sample),
                random.nextInt(3) == 0 ? null : bound(random, cursors, sample),
                1 + random.nextInt(60), List.of());
    }

    private static String bound(Random random, List<String> cursors, List<Change> sample) {
        return switch (random.nextInt(5)) {
            case 0 -> null;
            case 1, 2 -> sample.isEmpty()
                    ? null
                    : sample.get(random.nextInt(sample.size())).time().toString();
            default ->
                cursors.isEmpty() ? null : cursors.get(random.nextInt(cursors.size()));
        };
    }

    @Override
    public String declared(String prefix) {
        return ("$%1$sk: TruthParcelsKeyInput, $%1$sw: TruthParcelsWhere, $%1$sf: String,"
                + " $%1$st: String, $%1$sn: Int, $%1$sc: String").formatted(prefix);
    }

    @Override
    public String selected(String prefix) {
        return ("%1$s: events(key: $%1$sk, where: $%1$sw, from: $%1$sf, to: $%1$st, first: $%1$sn,"
                + " after: $%1$sc) { edges { cursor node { cursor op time key { depot number }"
                + " value { %2$s } previous { depot } } } pageInfo { hasNextPage endCursor } }")
                .formatted(prefix, Parcel.SELECTION);
    }

    @Override
    public Map<String, Object> variables(String prefix) {
        var variables = new HashMap<String, Object>();
        variables.put(prefix + "k", key == null ? null : OneRow.keyInput(key));
        variables.put(prefix + "w", where.json());
        variables.put(prefix + "f", from);
        variables.put(prefix + "t", to);
        variables.put(prefix + "n", count);
        variables.put(prefix + "c", soFar.isEmpty() ? null : soFar.getLast().cursor());
        return variables;
    }

    private boolean matches(Change change) {
        return (key == null || key.equals(change.key()))
                && (from == null || !isBefore(change, from))
                && (to == null || isBefore(change, to))
                && (change.row() != null
                        ? where.holds(change.row())
                        : where.isOfKeyAlone() && where.holds(Map.of("depot", change.key().get(0),
                                "number", change.key().get(1))));
    }

    private static boolean isBefore(Change change, String bound) {
        return bound.matches("\\d{4}-.*Z")
                ? change.time().isBefore(Instant.parse(bound))
                : change.isBefore(LogFold.offsets(bound));
    }

    @Override
    public Optional<Question> judge(JsonObject product, String prefix, State state,
            Random random) {
        var answer = product.getJsonObject(prefix);
        var byTime = new HashMap<Instant, Change>();
        var matching = new ArrayList<Change>();
        for (var change : state.changes()) {
            byTime.put(change.time(), change);
            if (matches(change)) {
                matching.add(change);
            }
        }
        var told = new ArrayList<>(soFar);
        var edges = answer.getJsonArray("edges");
        assertThat(edges.size()).as("changes on a page").isLessThanOrEqualTo(count);
        for (var each : edges) {
            var node = ((JsonObject) each).getJsonObject("node");
            var change = byTime.get(Instant.parse(node.getString("time")));
            assertThat(change).as("the change of %s", node).isNotNull();
            assertThat(node.getString("op")).isEqualTo(change.row() == null ? "DELETE" : "UPSERT");
            assertThat(List.<Object>of(node.getJsonObject("key").getString("depot"),
                    Parcel.plain(new BigDecimal(node.getJsonObject("key").getString("number")))))
                    .isEqualTo(change.key());
            assertThat(Parcel.row(node.getJsonObject("value"))).isEqualTo(change.row());
            var cursor = ((JsonObject) each).getString("cursor");
            assertThat(node.getString("cursor")).isEqualTo(cursor);
            told.add(new Told(change, cursor));
        }
        // Of each partition what matches, from its beginning, in order, without a gap.
        int partitions = state.position().size();
        boolean isEnd = !answer.getJsonObject("pageInfo").getBoolean("hasNextPage");
        for (int partition = 0; partition < partitions; partition++) {
            int of = partition;
            var mine = told.stream().map(Told::change).filter(change -> change.partition() == of)
                    .map(Change::offset).toList();
            var all = matching.stream().filter(change -> change.partition() == of)
                    .map(Change::offset).toList();
            assertThat(mine).as("offsets of partition %d", partition)
                    .isEqualTo(all.subList(0, Math.min(all.size(), isEnd
                            ? all.size()
                            : mine.size())));
        }
        // A stream from any of the cursors would bring exactly what comes behind it.
        for (int i = soFar.size(); i < told.size(); i++) {
            var offsets = LogFold.offsets(told.get(i).cursor());
            for (int j = 0; j < told.size(); j++) {
                assertThat(told.get(j).change().isBefore(offsets))
                        .as("cursor %d of %d counts change %d", i, told.size(), j)
                        .isEqualTo(j <= i);
            }
        }
        assertThat(isEnd || edges.size() == count).as("a page that is not the last is full")
                .isTrue();
        return isEnd || told.size() >= PAGES_MAX * count
                ? Optional.empty()
                : Optional.of(new Changes(where, key, from, to, count, told));
    }
}

package io.tidegate.gateway.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.truth.LogFold.Change;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * {@code items}: a page, and those behind it.
 *
 * @param cursor
 *            null = from the beginning, or from the end
 * @param cursorRow
 *            the row that had the cursor, as it was then
 */
record RowPage(Condition where, List<Order> order, int count, boolean isBackwards, boolean isTotal,
        String cursor, Map<String, Object> cursorRow) implements Question {
    record Order(Parcel.Leaf leaf, boolean isDescending) {
    }

    static RowPage random(Random random, Condition where) {
        var order = new ArrayList<Order>();
        for (int i = random.nextInt(4); i > 0; i--) {
            var leaf = Parcel.LEAVES.get(random.nextInt(Parcel.LEAVES.size()));
            if (order.stream().noneMatch(each -> each.leaf().equals(leaf))) {
                order.add(new Order(leaf, random.nextBoolean()));
            }
        }
        return new RowPage(where, order, 1 + random.nextInt(40), random.nextInt(3) == 0,
                random.nextBoolean(), null, null);
    }

    @Override
    public String declared(String prefix) {
        return ("$%1$sw: TruthParcelsWhere, $%1$so: [TruthParcelsOrderBy!], $%1$sn: Int,"
                + " $%1$sc: String").formatted(prefix);
    }

    @Override
    public String selected(String prefix) {
        var page = isBackwards ? "last: $%1$sn, before: $%1$sc" : "first: $%1$sn, after: $%1$sc";
        return ("%1$s: items(where: $%1$sw, orderBy: $%1$so, " + page + ") { %2$s edges { cursor"
                + " node { %3$s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }")
                .formatted(prefix, isTotal ? "totalCount" : "", Parcel.SELECTION);
    }

    @Override
    public Map<String, Object> variables(String prefix) {
        var variables = new HashMap<String, Object>();
        variables.put(prefix + "w", where.json());
        var orders = new JsonArray();
        order.forEach(each -> orders.add(new JsonObject().put("field", each.leaf().literal())
                .put("direction", each.isDescending() ? "DESC" : "ASC")));
        variables.put(prefix + "o", orders);
        variables.put(prefix + "n", count);
        variables.put(prefix + "c", cursor);
        return variables;
    }

    Comparator<Map<String, Object>> comparator() {
        return (a, b) -> {
            for (var each : order) {
                int compared = Parcel.compare(each.leaf().of(a), each.leaf().of(b),
                        each.isDescending());
                if (compared != 0) {
                    return compared;
                }
            }
            return LogFold.KEYS.compare(Parcel.key(a), Parcel.key(b));
        };
    }

    @Override
    public Optional<Question> judge(JsonObject product, String prefix, State state,
            Random random) {
        var answer = product.getJsonObject(prefix);
        var all = state.rows().values().stream().map(Change::row).filter(where::holds)
                .sorted(comparator()).toList();
        if (isTotal) {
            assertThat(answer.getString("totalCount")).as("totalCount")
                    .isEqualTo(String.valueOf(all.size()));
        }
        var rest = cursorRow == null
                ? all
                : all.stream().filter(row -> isBackwards
                        ? comparator().compare(row, cursorRow) < 0
                        : comparator().compare(row, cursorRow) > 0).toList();
        var page = isBackwards
                ? rest.subList(Math.max(0, rest.size() - count), rest.size())
                : rest.subList(0, Math.min(count, rest.size()));
        var edges = answer.getJsonArray("edges").stream().map(JsonObject.class::cast).toList();
        var told = edges.stream().map(edge -> Parcel.row(edge.getJsonObject("node"))).toList();
        assertThat(told).as("page").isEqualTo(page);
        var info = answer.getJsonObject("pageInfo");
        assertThat(info.getBoolean(isBackwards ? "hasPreviousPage" : "hasNextPage")).as("more")
                .isEqualTo(rest.size() > count);
        if (edges.isEmpty()) {
            assertThat(info.getString("endCursor")).isNull();
            return Optional.empty();
        }
        assertThat(info.getString("startCursor"))
                .isEqualTo(edges.getFirst().getString("cursor"));
        assertThat(info.getString("endCursor")).isEqualTo(edges.getLast().getString("cursor"));
        // From the page's end, or from its midst, on or back.
        int at = random.nextInt(3) == 0
                ? random.nextInt(edges.size())
                : isBackwards ? 0 : edges.size() - 1;
        return Optional.of(new RowPage(where, order, count,
                random.nextInt(6) == 0 ? !isBackwards : isBackwards, isTotal,
                edges.get(at).getString("cursor"), told.get(at)));
    }
}

package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pages of many parents at once are the pages that each parent has alone. */
class RowsOfParentsTest {
    private static final int ROWS = 400;
    private static final RecordType TYPE = RecordType.of("test.Part", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("text", Type.Scalar.of(ScalarKind.STRING), true),
            new Field("state", new Type.EnumOf("State", "", List.of("a", "b", "c"), false), true),
            new Field("number", Type.Scalar.of(ScalarKind.UINT64), true),
            new Field("small", Type.Scalar.of(ScalarKind.INT32), true),
            new Field("flag", Type.Scalar.of(ScalarKind.BOOLEAN), true),
            new Field("uuid", Type.Scalar.of(ScalarKind.UUID), true),
            new Field("day", Type.Scalar.of(ScalarKind.DATE), true),
            new Field("at", new Type.Scalar(ScalarKind.TIMESTAMP, 9, 0), true),
            new Field("inner", RecordType.of("test.Inner",
                    List.of(new Field("text", Type.Scalar.of(ScalarKind.STRING), true))), true),
            new Field("amount", Type.Scalar.of(ScalarKind.INT32), true),
            new Field("parts", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), false), true)));
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final Random random = new Random(SEED);
    private final ViewStore store = store();
    private View view;
    private final List<Row> rows = new ArrayList<>();

    /** An empty one. */
    ViewStore store() {
        return DuckDbViewStore.inMemory(DuckDbViewStore.Limits.defaults(), Clock.systemUTC());
    }

    @BeforeEach
    void fill() {
        view = store.open(Views.product("parts", TYPE, List.of("id"), Duration.ZERO));
        var events = new ArrayList<Event>();
        var inner = (RecordType) TYPE.fields().get(9).type();
        for (int i = 0; i < ROWS; i++) {
            Object[] values = {(long) i, pick("x", "y", "z' or 1=1 --", ""), pick("a", "b", "c"),
                    pick(java.math.BigInteger.ONE,
                            new java.math.BigInteger("18446744073709551615")),
                    pick(-1, 0, 1), pick(true, false), pick(new UUID(1, 2), new UUID(-1, -2)),
                    pick(LocalDate.of(1969, 12, 31), LocalDate.of(2026, 1, 1)),
                    pick(Instant.ofEpochSecond(-1, 1), Instant.ofEpochSecond(4_000_000_000L, 999)),
                    random.nextInt(5) == 0 ? null : new Row(inner, new Object[]{pick("x", "y")}),
                    random.nextInt(5) == 0 ? null : random.nextInt(10), List.of("p")};
            rows.add(new Row(TYPE, values));
            events.add(Views.event(0, i, List.of((long) i), rows.getLast()));
        }
        view.parts().getFirst().apply(events, Views.position(ROWS));
    }

    /** All that a page says. */
    private static List<Object> told(Page page) {
        var all = new ArrayList<Object>(List.of(page.hasMore()));
        page.rows().forEach(row -> all
                .add(List.of(row.key(), row.value(), row.time(), row.pageCursor())));
        return all;
    }

    @AfterEach
    void close() {
        view.close();
        store.close();
    }

    private Object pick(Object... values) {
        int at = random.nextInt(values.length + 1);
        return at == values.length ? null : values[at];
    }

    private static FieldPath path(String text) {
        return FieldPath.resolve(TYPE, text).orElseThrow();
    }

    static Stream<List<String>> fields() {
        return Stream.of(List.of("text"), List.of("state"), List.of("number"), List.of("small"),
                List.of("flag"), List.of("uuid"), List.of("day"), List.of("at"),
                List.of("inner.text"), List.of("text", "state"), List.of("at", "uuid", "small"));
    }

    @ParameterizedTest
    @MethodSource("fields")
    void many_pages_are_what_each_is_alone(List<String> names) {
        var fields = names.stream().map(RowsOfParentsTest::path).toList();
        var parents = parents(fields);
        try (var snapshot = view.snapshot()) {
            for (int tries = 0; tries < 6; tries++) {
                var also = random.nextBoolean()
                        ? Predicate.ALL
                        : new Predicate.Compare(path("amount"), Comparison.LT, 5);
                var order = random.nextBoolean()
                        ? List.<ItemsQuery.Order>of()
                        : List.of(new ItemsQuery.Order(path("amount"), random.nextBoolean()));
                var each = new ItemsQuery(also, order, 1 + random.nextInt(30), Optional.empty(),
                        random.nextBoolean());
                var pages = snapshot.itemsOf(fields, parents, each);
                var counts = snapshot.countOf(fields, parents, also);

                assertThat(pages).hasSameSizeAs(parents);
                for (var parent : parents) {
                    var mine = Predicate.both(also, equal(fields, parent));
                    var alone = snapshot.items(new ItemsQuery(mine, order, each.limit(),
                            Optional.empty(), each.backwards()));
                    assertThat(told(pages.get(parent)))
                            .describedAs("seed %s, parent %s", SEED, parent)
                            .isEqualTo(told(alone));
                    assertThat(counts.get(parent)).isEqualTo(snapshot.count(mine));
                }
            }
        }
    }

    @Test
    void each_parent_goes_on_from_its_own_cursor() {
        var fields = List.of(path("text"));
        List<Object> parent = List.of("x");
        try (var snapshot = view.snapshot()) {
            var seen = new ArrayList<Object>();
            var after = Optional.<String>empty();
            for (boolean hasMore = true; hasMore;) {
                var page = snapshot.itemsOf(fields, List.of(parent),
                        new ItemsQuery(Predicate.ALL, List.of(), 7, after, false)).get(parent);
                page.rows().forEach(row -> seen.add(row.key().getFirst()));
                hasMore = page.hasMore();
                after = Optional.of(page.rows().getLast().pageCursor());
            }

            assertThat(seen).containsExactlyElementsOf(rows.stream()
                    .filter(row -> "x".equals(row.get(1))).map(row -> row.get(0)).toList());
        }
    }

    @Test
    void a_thousand_keys_are_looked_up_at_once() {
        try (var snapshot = view.snapshot()) {
            var keys = new ArrayList<List<Object>>();
            for (long i = 999; i >= 0; i--) {
                keys.add(List.of(i));
            }
            var found = snapshot.latestOf(keys, Predicate.ALL);

            for (int i = 0; i < keys.size(); i++) {
                long key = 999 - i;
                assertThat(found.get(i).map(row -> row.key().getFirst()))
                        .isEqualTo(key < ROWS ? Optional.of(key) : Optional.empty());
            }
        }
    }

    @Test
    void lists_have_no_parents() {
        try (var snapshot = view.snapshot()) {
            assertThatThrownBy(() -> snapshot.countOf(List.of(path("parts")),
                    List.of(List.of("p")), Predicate.ALL)).isInstanceOf(Refusal.Thrown.class)
                    .hasMessageContaining("parts");
        }
    }

    /** All that there are, and one that there is not. */
    private List<List<Object>> parents(List<FieldPath> fields) {
        var parents = new LinkedHashSet<List<Object>>();
        for (var row : rows) {
            var values = new ArrayList<Object>();
            fields.forEach(field -> values.add(field.get(row)));
            if (!values.contains(null)) {
                parents.add(values);
            }
        }
        if (fields.getFirst().text().equals("text")) {
            var stranger = new ArrayList<>(parents.iterator().next());
            stranger.set(0, "nobody's");
            parents.add(stranger);
        }
        return List.copyOf(parents);
    }

    private static Predicate equal(List<FieldPath> fields, List<Object> values) {
        Predicate all = Predicate.ALL;
        for (int i = 0; i < fields.size(); i++) {
            all = Predicate.both(all,
                    new Predicate.Compare(fields.get(i), Comparison.EQ, values.get(i)));
        }
        return all;
    }
}

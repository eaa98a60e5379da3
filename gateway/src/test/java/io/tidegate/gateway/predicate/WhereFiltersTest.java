package io.tidegate.gateway.predicate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WhereFiltersTest {
    private static final Row ROW = Samples.parcel(Map.of("id", "p-1", "small", 7, "price",
            new BigDecimal("12.50"), "at", Instant.EPOCH, "status", "in_transit", "city",
            Samples.city("Graz", 3), "tags", List.of("cold")));

    @Test
    void everything_in_one_object_must_hold() throws FilterProblem {
        assertThat(matches(Map.of())).isTrue();
        assertThat(matches(Map.of("id", Map.of("eq", "p-1"), "small", Map.of("gt", 6, "lte", 7))))
                .isTrue();
        assertThat(matches(Map.of("id", Map.of("eq", "p-1"), "small", Map.of("gt", 7)))).isFalse();
    }

    @Test
    void every_operator_does_what_it_says() throws FilterProblem {
        assertThat(matches(Map.of("id", Map.of("ne", "p-2", "in", List.of("p-1"), "gte", "p-1",
                "lt", "p-2", "contains", "-", "startsWith", "p", "matches", "[0-9]$", "isNull",
                false)))).isTrue();
        assertThat(matches(Map.of("tags", Map.of("contains", "cold", "isNull", false)))).isTrue();
        assertThat(matches(Map.of("tags", Map.of("contains", "hot")))).isFalse();
        assertThat(matches(Map.of("price", Map.of("eq", new BigDecimal("12.5"))))).isTrue();
    }

    @Test
    void branches_nest_as_lists_and_as_objects() throws FilterProblem {
        var yes = Map.of("small", Map.of("eq", 7));
        var no = Map.of("small", Map.of("eq", 8));
        assertThat(matches(Map.of("or", List.of(no, yes)))).isTrue();
        assertThat(matches(Map.of("and", List.of(no, yes)))).isFalse();
        assertThat(matches(Map.of("not", no, "and", yes))).isTrue();
        assertThat(matches(Map.of("or", List.of()))).isFalse();
        assertThat(matches(Map.of("and", List.of()))).isTrue();
    }

    @Test
    void a_record_is_reached_by_nesting() throws FilterProblem {
        assertThat(matches(Map.of("city", Map.of("zip", Map.of("eq", 3), "isNull", false))))
                .isTrue();
        assertThat(matches(Map.of("city", Map.of("or",
                List.of(Map.of("zip", Map.of("eq", 4)), Map.of("name", Map.of("eq", "Graz")))))))
                .isTrue();
        assertThat(matches(Map.of("city", Map.of("isNull", true)))).isFalse();
    }

    @Test
    void null_asks_for_absence() throws FilterProblem {
        assertThat(matches(Map.of("ratio", nullOf("eq")))).isTrue();
        assertThat(matches(Map.of("ratio", nullOf("ne")))).isFalse();
        assertThat(matches(Map.of("id", nullOf("ne")))).isTrue();
        assertThat(matches(Map.of("ratio", Map.of("in", Arrays.asList(1.0, null))))).isTrue();
        assertThat(matches(Map.of("id", nullOf("gt")))).isTrue();
        var absent = new LinkedHashMap<String, Object>();
        absent.put("id", null);
        absent.put("not", null);
        assertThat(matches(absent)).isTrue();
    }

    @Test
    void names_and_symbols_are_translated() throws FilterProblem {
        var shouting = new WhereNames() {
            @Override
            public OptionalInt position(RecordType type, String name) {
                return type.position(name.toLowerCase(java.util.Locale.ROOT));
            }

            @Override
            public String symbol(Type.EnumOf type, String literal) {
                return literal.toLowerCase(java.util.Locale.ROOT);
            }
        };
        var predicate = WhereFilters.compile(Map.of("STATUS", Map.of("in", List.of("IN_TRANSIT")),
                "CITY", Map.of("NAME", Map.of("eq", "Graz"))), Samples.PARCEL, shouting);
        assertThat(Matcher.compile(predicate).matches(ROW)).isTrue();
    }

    @Test
    void says_what_is_wrong() {
        assertProblem(Map.of("nope", Map.of("eq", 1)), "there is no field 'nope'");
        assertProblem(Map.of("city", Map.of("nope", Map.of("eq", 1))),
                "there is no field 'city.nope'");
        assertProblem(Map.of("small", Map.of("eq", "x")),
                "field 'small' is a whole number of 32 bits and cannot be compared with 'x': expected a number");
        assertProblem(Map.of("small", Map.of("like", 1)),
                "field 'small' has no operator 'like'; there are contains, eq, gt, gte, in, isNull, lt, lte, matches, ne, startsWith");
        assertProblem(Map.of("status", Map.of("gt", "created")),
                "field 'status' is an enum of [created, in_transit, delivered, returned], which has no greater and less; use eq, ne or in");
        assertProblem(Map.of("small", Map.of("contains", "1")),
                "'contains' is for text, but field 'small' is a whole number of 32 bits");
        assertProblem(Map.of("small", 3), "'small' expects an object, not the number 3");
    }

    @Test
    void hidden_fields_do_not_exist() {
        assertThatThrownBy(() -> WhereFilters.compile(
                Map.of("city", Map.of("name", Map.of("eq", "Graz"))), Samples.PARCEL,
                Set.of("city.name"), WhereNames.own())).hasMessage("there is no field 'city.name'");
    }

    private static final RecordType STOP = RecordType.of("test.Stop",
            List.of(new Field("city", Type.Scalar.of(ScalarKind.STRING), true),
                    new Field("secret", Type.Scalar.of(ScalarKind.STRING), true),
                    new Field("codes", new Type.ListOf(Type.Scalar.of(ScalarKind.INT32), false),
                            true)));
    private static final RecordType TOUR = RecordType.of("test.Tour",
            List.of(new Field("stops", new Type.ListOf(STOP, true), true),
                    new Field("tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), true),
                            true),
                    new Field("states", new Type.ListOf(Samples.STATUS, false), true),
                    new Field("weights", new Type.MapOf(Type.Scalar.of(ScalarKind.FLOAT64), true),
                            true),
                    new Field("by_name", new Type.MapOf(STOP, false), true),
                    new Field("grid",
                            new Type.ListOf(new Type.ListOf(Type.Scalar.of(ScalarKind.INT64),
                                    false), false),
                            true)));

    private static Row tour() {
        var weights = new LinkedHashMap<String, Object>();
        weights.put("a", 1.5);
        weights.put("b", null);
        return new Row(TOUR, new Object[]{
                Arrays.asList(stop("Graz", 1, 2), stop("Linz"), null),
                Arrays.asList("cold", "fragile", null), List.of("created", "delivered"), weights,
                Map.of("first", stop("Graz", 9)), List.of(List.of(1L, 2L), List.of())});
    }

    private static Row stop(String city, Integer... codes) {
        return new Row(STOP, new Object[]{city, "s-" + city, List.of(codes)});
    }

    private static boolean tours(Row row, String field, Object conditions) throws FilterProblem {
        return Matcher.compile(WhereFilters.compile(Map.of(field, conditions), TOUR,
                WhereNames.own())).matches(row);
    }

    @Test
    void lists_are_asked_for_what_they_hold() throws FilterProblem {
        var row = tour();
        for (var holds : List.of(
                Map.of("tags", Map.of("contains", "cold", "containsAny", List.of("hot", "cold"))),
                Map.of("tags", Map.of("containsAll", List.of("fragile", "cold"))),
                Map.of("tags", Map.of("containsAll", List.of(), "isEmpty", false)),
                Map.of("tags", Map.of("length", Map.of("eq", 3, "in", List.of(3, 4)))),
                Map.of("tags", Map.of("any", Map.of("startsWith", "fr"))),
                Map.of("tags", Map.of("any", Map.of("isNull", true))),
                Map.of("tags", Map.of("none", Map.of("eq", "hot"))),
                Map.of("states", Map.of("all", Map.of("ne", "returned"))),
                Map.of("states", Map.of("contains", "created", "any", Map.of("in",
                        List.of("returned", "delivered")))),
                Map.of("stops", Map.of("any", Map.of("city", Map.of("eq", "Graz"), "codes",
                        Map.of("any", Map.of("gt", 1))))),
                Map.of("stops", Map.of("any", Map.of("isNull", true))),
                Map.of("stops", Map.of("any", Map.of("or", List.of(
                        Map.of("city", Map.of("eq", "Wien")),
                        Map.of("city", Map.of("eq", "Linz")))))),
                Map.of("grid", Map.of("any", Map.of("contains", 2L))),
                Map.of("grid", Map.of("any", Map.of("isEmpty", true))))) {
            var field = holds.keySet().iterator().next();
            assertThat(tours(row, field, holds.get(field))).as("%s", holds).isTrue();
        }
        for (var fails : List.of(
                Map.of("tags", Map.of("containsAny", List.of())),
                Map.of("tags", Map.of("containsAll", List.of("cold", "hot"))),
                Map.of("tags", Map.of("isEmpty", true)),
                Map.of("tags", Map.of("length", Map.of("gt", 3))),
                Map.of("tags", Map.of("all", Map.of("ne", "x"))),
                Map.of("stops", Map.of("any", Map.of("city", Map.of("eq", "Linz"), "codes",
                        Map.of("isEmpty", false)))))) {
            var field = fails.keySet().iterator().next();
            assertThat(tours(row, field, fails.get(field))).as("%s", fails).isFalse();
        }
    }

    @Test
    void maps_are_asked_for_keys_and_values() throws FilterProblem {
        var row = tour();
        assertThat(tours(row, "weights", Map.of("hasKey", "b", "length", Map.of("eq", 2))))
                .isTrue();
        assertThat(tours(row, "weights", Map.of("hasKey", "c"))).isFalse();
        assertThat(tours(row, "weights",
                Map.of("entry", Map.of("key", "a", "value", Map.of("gt", 1.0))))).isTrue();
        assertThat(tours(row, "weights",
                Map.of("entry", Map.of("key", "b", "value", Map.of("gt", 1.0))))).isFalse();
        assertThat(tours(row, "weights",
                Map.of("entry", Map.of("key", "b", "value", Map.of("isNull", true))))).isTrue();
        assertThat(tours(row, "weights", Map.of("entry", Map.of("key", "a")))).isTrue();
        assertThat(tours(row, "weights", Map.of("any", Map.of("lt", 1.0)))).isFalse();
        assertThat(tours(row, "by_name", Map.of("entry", Map.of("key", "first", "value",
                Map.of("city", Map.of("eq", "Graz"), "codes", Map.of("contains", 9))))))
                .isTrue();
        assertThat(tours(row, "by_name", Map.of("none", Map.of("city", Map.of("eq", "Graz")))))
                .isFalse();
    }

    @Test
    void an_absent_list_or_map_satisfies_nothing_but_absence() throws FilterProblem {
        var row = new Row(TOUR, new Object[6]);
        for (var field : List.of("stops", "weights")) {
            for (var conditions : List.<Map<String, Object>>of(Map.of("isEmpty", true),
                    Map.of("isEmpty", false), Map.of("length", Map.of("lt", 5)),
                    Map.of("any", Map.of()), Map.of("all", Map.of()), Map.of("none", Map.of()))) {
                assertThat(tours(row, field, conditions)).as("%s of %s", conditions, field)
                        .isFalse();
            }
            assertThat(tours(row, field, Map.of("isNull", true))).isTrue();
        }
        var empty = new Row(TOUR, new Object[]{List.of(), null, null, Map.of(), null, null});
        assertThat(tours(empty, "stops", Map.of("all", Map.of("city", Map.of("eq", "x")))))
                .isTrue();
        assertThat(tours(empty, "weights", Map.of("none", Map.of("gt", 1.0)))).isTrue();
        assertThat(tours(empty, "stops", Map.of("any", Map.of()))).isFalse();
    }

    @Test
    void what_is_hidden_within_lists_and_maps_does_not_exist() {
        for (var where : List.<Map<String, Object>>of(
                Map.of("stops", Map.of("any", Map.of("secret", Map.of("eq", "x")))),
                Map.of("stops", Map.of("none", Map.of("not", Map.of("secret", Map.of("eq", "x"))))),
                Map.of("by_name", Map.of("any", Map.of("secret", Map.of("eq", "x")))),
                Map.of("by_name", Map.of("entry",
                        Map.of("key", "first", "value", Map.of("secret", Map.of("eq", "x"))))))) {
            assertThatThrownBy(() -> WhereFilters.compile(where, TOUR,
                    Set.of("stops.secret", "by_name.secret"), WhereNames.own()))
                    .hasMessageMatching(
                            "there is no field '(stops|by_name)[.](any|none|entry.value)[.]secret'");
        }
        for (var operator : List.of("contains", "containsAny", "any", "length", "isNull")) {
            assertThatThrownBy(() -> WhereFilters.compile(
                    Map.of("tags", Map.of(operator, Map.of())), TOUR, Set.of("tags"),
                    WhereNames.own())).hasMessage("there is no field 'tags'");
        }
    }

    @Test
    void says_what_is_wrong_within_lists_and_maps() {
        assertTourProblem("tags", Map.of("eq", "x"),
                "field 'tags' has no operator 'eq'; there are all, any, contains, containsAll, containsAny, isEmpty, isNull, length, none");
        assertTourProblem("weights", Map.of("contains", "x"),
                "field 'weights' has no operator 'contains'; there are all, any, entry, hasKey, isEmpty, isNull, length, none");
        assertTourProblem("weights", Map.of("entry", Map.of("value", Map.of())),
                "'entry' of field 'weights' expects a key");
        assertTourProblem("weights", Map.of("hasKey", 3),
                "'hasKey' of field 'weights' expects a key, not the number 3");
        assertTourProblem("tags", Map.of("length", Map.of("like", 3)),
                "field 'tags' has no operator 'length.like'; there are eq, gt, gte, in, isNull, lt, lte, ne");
        assertTourProblem("tags", Map.of("length", Map.of("gt", "3")),
                "length of field 'tags' expects a whole number, not '3'");
        assertTourProblem("tags", Map.of("isEmpty", "yes"),
                "isEmpty of field 'tags' expects true or false, not 'yes'");
        assertTourProblem("stops", Map.of("any", Map.of("nope", Map.of())),
                "there is no field 'stops.any.nope'");
        assertTourProblem("stops", Map.of("contains", "x"),
                "field 'stops' is a record and cannot be compared with 'x': values of it cannot be compared, only tested for null");
        assertTourProblem("tags", Map.of("any", Map.of("gt", 3)),
                "field 'tags' is a text and cannot be compared with the number 3: expected text");
        Map<String, Object> deep = Map.of("isEmpty", true);
        for (int i = 0; i < 40; i++) {
            deep = Map.of("any", deep);
        }
        assertTourProblem("grid", deep,
                "field 'grid' has no operator 'any'; there are contains, eq, gt, gte, in, isNull, lt, lte, matches, ne, startsWith");
    }

    private static void assertTourProblem(String field, Object conditions, String message) {
        assertThatThrownBy(() -> tours(tour(), field, conditions))
                .isInstanceOf(FilterProblem.class).hasMessage(message);
    }

    @Test
    void is_bounded_in_depth_and_terms() {
        Map<String, Object> deep = Map.of("small", Map.of("eq", 1));
        for (int i = 0; i < 40; i++) {
            deep = Map.of("not", deep);
        }
        assertProblem(deep, "the filter is nested deeper than 32 levels");
        assertProblem(Map.of("small", Map.of("in", java.util.stream.IntStream.range(0, 3_000)
                .boxed().toList())), "the filter has more than 2000 operators and values");
    }

    private static boolean matches(Map<String, Object> where) throws FilterProblem {
        return Matcher.compile(WhereFilters.compile(where, Samples.PARCEL, WhereNames.own()))
                .matches(ROW);
    }

    private static void assertProblem(Map<String, Object> where, String message) {
        assertThatThrownBy(
                () -> WhereFilters.compile(where, Samples.PARCEL, WhereNames.own()))
                .isInstanceOf(FilterProblem.class).hasMessage(message);
    }

    private static Map<String, Object> nullOf(String operator) {
        var map = new HashMap<String, Object>();
        map.put(operator, null);
        return map;
    }
}

package io.tidegate.gateway.predicate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
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

package io.tidegate.gateway.predicate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tidegate.contract.FieldPath;
import io.tidegate.schema.Row;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CelFiltersTest {
    private static final Instant NOW = Instant.parse("2026-03-01T14:30:00Z");
    private static final Row ROW = Samples.parcel(row());

    private static Map<String, Object> row() {
        var values = new java.util.HashMap<String, Object>();
        values.put("id", "p-1");
        values.put("flag", true);
        values.put("small", 7);
        values.put("unsigned", 4_000_000_000L);
        values.put("big", 9_007_199_254_740_993L);
        values.put("huge", new BigInteger("18446744073709551615"));
        values.put("single", 0.1f);
        values.put("ratio", Double.NaN);
        values.put("price", new BigDecimal("12.50"));
        values.put("bytes", new byte[]{1, 2});
        values.put("uuid", UUID.fromString("7d444840-9dc0-11d1-b245-5ffdce74fad2"));
        values.put("day", LocalDate.of(2026, 3, 1));
        values.put("at", NOW);
        values.put("status", "delivered");
        values.put("city", Samples.city("Graz", null));
        values.put("tags", List.of("fragile", "cold"));
        values.put("counts", List.of(3L));
        values.put("odd name", "yes");
        return values;
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "event.status == 'delivered'", "'delivered' == event.status", "status != 'created'",
            "value.small > 6", "6 < event.small", "event.small >= 7 && event.small <= 7.0",
            "event.unsigned == 4000000000", "event.big == 9007199254740993",
            "event.big == '9007199254740993'", "event.huge == 18446744073709551615u",
            "event.single == 0.1", "event.price == 12.5", "event.price < '12.500001'",
            "event.bytes == b'\\x01\\x02'", "event.bytes == 'AQI='",
            "event.uuid == '7D444840-9dc0-11d1-b245-5ffdce74fad2'", "event.day == '2026-03-01'",
            "event.at == timestamp('2026-03-01T15:30:00+01:00')", "event.at <= now",
            "event.at > now - duration('1h30m')", "event.at < now + duration('1ns')",
            "event.flag", "!(!event.flag)", "event.city.name == 'Graz'",
            "event.city.name.startsWith('Gr') && event.city.name.contains('a')",
            "event.city.name.matches('^G.+z$')",
            "!event.id.matches('^([0-9]{1,3}[.]){3}[0-9]{1,3}$')",
            "!event.id.matches('^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')",
            "event.status in ['created', 'delivered']",
            "event.status in ['created', null] || event.small in [7]", "'cold' in event.tags",
            "3 in event.counts", "has(event.city)", "has(event.city.name)", "!has(event.city.zip)",
            "event.city.zip == null", "event.city != null", "event['odd name'] == 'yes'",
            "claims.carrier == 'c1'", "event.id == claims.parcel", "event.id in claims.parcels",
            "'a' in claims.roles && has(claims.roles)", "!('z' in claims.roles)", "true",
            "event.ratio == null", "!(event.ratio > 0.0)", "!(event.city.zip == 3)",
            "event.amount == null && !has(event.amount)", "event.id == claims.address.parcel"})
    void holds(String text) throws FilterProblem {
        assertThat(Matcher.compile(compile(text)).matches(ROW)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "event.status == 'created'", "event.ratio != 1.0", "event.ratio >= 0.0",
            "event.city.zip != 3", "event.city.zip < 3", "event.small in []", "'hot' in event.tags",
            "!event.flag", "has(event.amount)", "event.status != 'delivered'", "false",
            "event.at > now", "event.id.matches('^x')", "claims.carrier == 'c2'",
            "has(claims.nothing)"})
    void does_not_hold(String text) throws FilterProblem {
        assertThat(Matcher.compile(compile(text)).matches(ROW)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "event.id == claims.nothing", "!(event.id == claims.nothing)",
            "event.id != claims.nothing", "!(event.id != claims.nothing)",
            "!(event.small == 8 && event.id == claims.nothing)", "!(event.id in claims.nothing)",
            "!(claims.nothing == 'x')", "claims.nothing == null", "claims.nothing",
            "!claims.nothing", "event.small != claims.carrier", "!(event.small == claims.carrier)",
            "!('x' in claims.nothing)", "!(claims.nothing in ['x'])",
            "!(event.small in claims.parcels)", "!(event.small in [7, claims.carrier])",
            "!(event.small == 8 || event.small in claims.parcels)", "!(claims.carrier in [1])",
            "!(1 in claims.parcels)",
            "event.flag && !!(event.id != claims.nothing)", "!(claims.nothing in event.tags)",
            "event.at < timestamp(claims.carrier)", "!event.id.startsWith(claims.nothing)"})
    void a_missing_claim_never_opens_a_row(String text) throws FilterProblem {
        assertThat(Matcher.compile(compile(text)).matches(ROW)).isFalse();
    }

    @Test
    void a_missing_claim_leaves_the_other_branch_alone() throws FilterProblem {
        assertThat(compile("event.id == claims.nothing || event.small == 7"))
                .isEqualTo(compile("event.small == 7"));
    }

    @Test
    void equal_filters_are_equal_predicates() throws FilterProblem {
        assertThat(compile("event.price == 12.50 && event.bytes == 'AQI='"))
                .isEqualTo(compile("price == 12.5 && b'\\x01\\x02' == value.bytes"))
                .hasSameHashCodeAs(compile("price == 12.5 && b'\\x01\\x02' == value.bytes"));
        assertThat(compile("event.id == claims.parcel")).isEqualTo(compile("event.id == 'p-1'"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '#', quoteCharacter = '`', value = {
            "event.nope == 1 # there is no field 'nope' # 6",
            "nope # there is no field 'nope' # 1",
            "event.city.nope == 1 # there is no field 'city.nope' # 11",
            "event.status == 'gone' # field 'status' is an enum of [created, in_transit, delivered, returned] and cannot be compared with 'gone': it has no such symbol # 14",
            "event.small == 'x' # field 'small' is a whole number of 32 bits and cannot be compared with 'x': expected a number # 13",
            "event.small == 3000000000 # field 'small' is a whole number of 32 bits and cannot be compared with the number 3000000000: the number does not fit # 13",
            "event.at > '2026' # field 'at' is a timestamp and cannot be compared with '2026': expected it written as in 2026-03-01T14:30:00Z # 10",
            "event.status > 'created' # field 'status' is an enum of [created, in_transit, delivered, returned], which has no greater and less; use ==, != or in # 14",
            "event.labels == 'x' # field 'labels' is a map and cannot be compared with 'x': values of it cannot be compared, only tested for null # 14",
            "event.small == event.big # comparing two fields with each other is not possible in a filter; possible are == != < <= > >= in && || ! has() contains() startsWith() matches() exists() all() size() # 13",
            "event.flag ? true : false # the conditional operator ?: is not possible in a filter; possible are == != < <= > >= in && || ! has() contains() startsWith() matches() exists() all() size() # 12",
            "event.id.size() == 3 # size() is for lists and maps # 14",
            "event.small + 1 == 8 # arithmetic with anything but a timestamp and a duration() is not possible in a filter; possible are == != < <= > >= in && || ! has() contains() startsWith() matches() exists() all() size() # 13",
            "event.small # field 'small' is a whole number of 32 bits and does not stand alone as a condition; compare it with something # 6",
            "event.id.matches('(a') # the pattern '(a' for field 'id' is not RE2 syntax: missing closing ) # 17",
            "event.id.matches('a)') # the pattern 'a)' for field 'id' is not RE2 syntax: a ')' without its '(' # 17",
            "event.small.contains('a') # 'contains' is for text, but field 'small' is a whole number of 32 bits # 21"})
    void says_what_is_wrong_and_where(String text, String message, int column) {
        var problem = catchThrowableOfType(FilterProblem.class, () -> compile(text));

        assertThat(problem).hasMessage(message);
        assertThat(problem.column()).isEqualTo(column);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "event.", "event.id ==", "1 +", "'", "event.id == 'a' event",
            "[1,2].all(x, x > 0)", "{'a': 1}", "event.tags.exists_one(t, t == 'x')",
            "dyn(event.id)"})
    void refuses_what_is_no_filter(String text) {
        assertThatThrownBy(() -> compile(text)).isInstanceOf(FilterProblem.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '#', quoteCharacter = '`', value = {
            "event.tags.exists(t, t == 'cold') # true", "tags.exists(t, t.startsWith('fr')) # true",
            "event.tags.exists(t, t == 'cold' && t == 'fragile') # false",
            "event.tags.all(t, t.contains('l')) # true", "event.tags.all(t, t == 'cold') # false",
            "!event.tags.exists(t, t == 'hot') # true", "size(event.tags) == 2 # true",
            "event.tags.size() > 2 # false", "3 > size(event.counts) # true",
            "event.counts.exists(c, c > 2) # true", "'a' in event.labels # false",
            "event.labels.exists(k, k == 'a') # false", "size(event.labels) == 0 # false",
            "event.labels.all(k, k == 'a') # false",
            "event.tags.exists(t, t == claims.nothing) # false",
            "!event.tags.exists(t, t == claims.nothing) # false",
            "event.tags.all(t, t == claims.nothing) # false",
            "!event.tags.all(t, t == claims.nothing) # false"})
    void looks_into_lists_and_maps(String text, boolean holds) throws FilterProblem {
        assertThat(Matcher.compile(compile(text)).matches(ROW)).isEqualTo(holds);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '#', quoteCharacter = '`', value = {
            "event.id.exists(t, t == 'x') # field 'id' is a text, neither a list nor a map",
            "event.tags.exists(event, event == 'x') # 'event' already means something; name the variable otherwise, as in event.tags.exists(tag, tag == 'x')",
            "event.tags.exists(t, event.id == 'x') # inside of exists() and all() only 't' can be tested, not 'event.id'",
            "event.tags.exists(t, t.nope == 'x') # there is no field 'tags.nope'",
            "size(event.tags) # size() of field 'tags' is a number; compare it with another",
            "size(event.tags) == 'two' # size() is compared with a whole number"})
    void says_what_is_wrong_within_lists_and_maps(String text, String message) {
        assertThatThrownBy(() -> compile(text)).isInstanceOf(FilterProblem.class)
                .hasMessage(message);
    }

    @Test
    void a_missing_claim_about_each_element_opens_no_row_without_elements() throws FilterProblem {
        var empty = Matcher.compile(compile("event.tags.all(t, t == claims.nothing)"));

        assertThat(empty.matches(Samples.parcel(Map.of("tags", List.of())))).isFalse();
        assertThat(Matcher.compile(compile("event.tags.all(t, t == 'x')"))
                .matches(Samples.parcel(Map.of("tags", List.of())))).isTrue();
    }

    @Test
    void a_hidden_field_is_answered_like_one_that_does_not_exist() {
        var hidden = Set.of("uuid", "city");
        for (String text : List.of("event.uuid == 'x'", "has(event.uuid)", "'a' in event.uuid",
                "event['uuid'] == null", "event.uuid.matches('x')")) {
            assertThatThrownBy(() -> CelFilters.compile(text, Samples.PARCEL, hidden, Map.of(),
                    Optional.empty())).hasMessage("there is no field 'uuid'");
        }
        assertThatThrownBy(() -> CelFilters.compile("event.city.name == 'x'", Samples.PARCEL,
                hidden, Map.of(), Optional.empty()))
                .hasMessage("there is no field 'city.name'");
    }

    @Test
    void is_bounded_in_text_depth_and_pattern() throws Exception {
        assertThatThrownBy(() -> compile("event.id == '" + "x".repeat(5_000) + "'"))
                .hasMessageContaining("at most 4096 are accepted");
        assertThatThrownBy(() -> compile("!(".repeat(60) + "event.flag" + ")".repeat(60)))
                .isInstanceOf(FilterProblem.class);
        assertThatThrownBy(() -> compile("(".repeat(2_000) + "event.flag" + ")".repeat(2_000)))
                .isInstanceOf(FilterProblem.class);
        assertThatThrownBy(() -> compile("event.id.matches('" + "a".repeat(513) + "')"))
                .hasMessageContaining("at most 512 are accepted");
        assertThatThrownBy(() -> compile("event.id.matches('((a{1000}){1000}){1000}')"))
                .hasMessage("the pattern '((a{1000}){1000}){1000}' for field 'id' repeats too much;"
                        + " use * or + instead of high counts");
        assertThatThrownBy(() -> compile("event.id.matches('a(?<n>x)')"))
                .hasMessage("the pattern 'a(?<n>x)' for field 'id' has a group with a name, as in"
                        + " '(?<name>'; groups need none here");
        for (var allowed : List.of("[(?<]", "[](?<]", "[[:alpha:](?<]", "[^\\\\](?<]",
                "(?P<n>x)")) {
            assertThat(compile("event.id.matches('" + allowed + "')")).isNotNull();
        }
        assertThatThrownBy(() -> compile("event.amount == '1e999999999'"))
                .isInstanceOf(FilterProblem.class);
    }

    @Test
    void a_long_chain_of_terms_is_flat() throws FilterProblem {
        var terms = new ArrayList<String>();
        for (int i = 0; i < 200; i++) {
            terms.add("event.small==" + i);
        }

        assertThat(((Predicate.Or) compile(String.join("||", terms))).terms()).hasSize(200);
    }

    @Test
    void a_hostile_pattern_takes_linear_time() throws FilterProblem {
        var matcher = Matcher.compile(compile("event.id.matches('(a+)+$')"));
        var row = Samples.parcel(Map.of("id", "a".repeat(20_000) + "b"));

        long before = System.nanoTime();
        assertThat(matcher.matches(row)).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void now_is_refused_where_there_is_none() {
        assertThatThrownBy(() -> CelFilters.compile("event.at < now", Samples.PARCEL, Set.of(),
                Map.of(), Optional.empty()))
                .hasMessage("'now' cannot be used here: compare with a timestamp('…')");
    }

    @ParameterizedTest
    @ValueSource(strings = {"event.id == claims.any", "claims.n > 3", "event.status in claims.list",
            "claims.a in event.tags", "!(event.big == claims.a.b)", "event.small < claims.x",
            "event.at < timestamp(claims.until)", "event.id.startsWith(claims.prefix)",
            "event.id in [claims.a, claims.b]", "claims.admin || event.flag", "event.at <= now"})
    void a_contract_is_checked_without_knowing_the_claims(String text) throws FilterProblem {
        CelFilters.check(text, Samples.PARCEL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"event.nope == claims.any", "event.labels == claims.x",
            "event.status < claims.x", "claims.a in event.small", "!(claims.x == 1) && nope",
            "event.small.startsWith(claims.x)"})
    void a_wrong_contract_expression_is_found_without_knowing_the_claims(String text) {
        assertThatThrownBy(() -> CelFilters.check(text, Samples.PARCEL))
                .isInstanceOf(FilterProblem.class);
    }

    @Test
    void a_rule_is_asked_at_a_time() throws FilterProblem {
        var rule = CelFilters.rule("event.at <= now", Samples.PARCEL);
        assertThat(Matcher.compile(rule.at(NOW)).matches(ROW)).isTrue();
        assertThat(Matcher.compile(rule.at(NOW.minusNanos(1))).matches(ROW)).isFalse();

        var timeless = CelFilters.rule("event.small > 3", Samples.PARCEL);
        assertThat(timeless.at(NOW)).isSameAs(timeless.at(NOW.plusSeconds(1)));
    }

    @Test
    void text_is_ordered_by_code_points() throws FilterProblem {
        var matcher = Matcher.compile(compile("event.id > '\uFFFD'"));

        assertThat(matcher.matches(Samples.parcel(Map.of("id", "\uD83D\uDE00")))).isTrue();
    }

    @Test
    void a_path_of_a_record_finds_absent_steps() throws FilterProblem {
        var path = FieldPath.resolve(Samples.PARCEL, "city.name").orElseThrow();
        assertThat(Matcher.compile(new Predicate.IsNull(path)).matches(Samples.parcel(Map.of())))
                .isTrue();
    }

    private static Predicate compile(String text) throws FilterProblem {
        return CelFilters.compile(text, Samples.PARCEL, Set.of(),
                Map.of("carrier", "c1", "parcel", "p-1", "parcels", List.of("p-1", 5),
                        "roles", List.of("a", "b"), "address", Map.of("parcel", "p-1")),
                Optional.of(NOW));
    }
}

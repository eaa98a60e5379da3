package io.tidegate.gateway.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Decision;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.view.AggregateQuery;
import io.tidegate.gateway.view.AggregateQuery.By;
import io.tidegate.gateway.view.AggregateQuery.Function;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateQuery.Unit;
import io.tidegate.gateway.view.EventsQuery.Bound;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuestionsTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ProductSchema SCHEMA = ProductSchemas.resolve(
            ContractReader.read("contract.yaml", """
                    domain: sales
                    product: orders
                    version: "1.0"
                    owner: team@example.com
                    schema: {type: avro}
                    fields:
                      - {name: id, type: string, required: true}
                      - {name: total, type: int, required: true}
                      - {name: paid, type: long}
                      - {name: region, type: string, required: true}
                      - {name: at, type: timestamp}
                      - {name: email, type: string, required: true, pii: true}
                      - {name: note, type: string, required: true}
                    stream: {topics: [t], key: [id]}
                    view: {history: 1d}
                    access:
                      - {scope: "north", rows: "event.region == 'north'", mask: {note: redact}}
                      - {scope: "keyless", mask: {id: hash}}
                    """).product().orElseThrow(), path -> {
                throw new IOException("no files");
            }, RegistryLookup.none(), WriterSchemas.none()).schema().orElseThrow();
    private static final LiveProduct PRODUCT = new LiveProduct(SCHEMA, ProductApi.of(SCHEMA),
            AccessRules.of(SCHEMA),
            new HandFeed(SCHEMA, 1, new FeedBounds(16, 1 << 20, 0)).feed(), Optional.empty(),
            new Quality(SCHEMA));
    private static final Predicate NORTH = new Predicate.Compare(
            ProductApi.of(SCHEMA).orderFields().get("region"), Comparison.EQ, "north");

    private static Questions questions(String scope) {
        var caller = new Caller("ann", "ann", Set.of(scope), Map.of(), NOW.plusSeconds(60));
        return new Questions(new Catalog.Granted(PRODUCT,
                ((Decision.Granted) PRODUCT.rules().decide(caller, NOW)).permit()), 1000);
    }

    private static AggregateQuery aggregate(Map<String, ?> arguments) {
        return questions("north").aggregate(arguments, List.of(), Predicate.ALL);
    }

    private static String refusal(Runnable asked) {
        var thrown = catchThrowableOfType(Refusal.Thrown.class, asked::run);
        assertThat(thrown).as("refused").isNotNull();
        return thrown.refusal().code() + " " + thrown.refusal().detail();
    }

    private static String aggregateRefusal(Map<String, ?> arguments) {
        return refusal(() -> aggregate(arguments));
    }

    @Test
    void the_rows_of_the_caller_are_in_every_question() {
        var own = Map.of("where", Map.of("total", Map.of("gt", 3)));

        for (var where : List.of(questions("north").items(own, Predicate.ALL).where(),
                aggregate(own).where(), questions("north").events(own, Predicate.ALL).judged())) {
            assertThat(where).isInstanceOfSatisfying(Predicate.And.class,
                    and -> assertThat(and.terms()).first().isEqualTo(NORTH));
        }
        assertThat(questions("north").items(Map.of(), Predicate.ALL).where()).isEqualTo(NORTH);
        assertThat(questions("north").items(Map.of(), questions("north").filter("total > 3", NOW))
                .where()).isEqualTo(questions("north").items(own, Predicate.ALL).where());
    }

    @Test
    void a_page_of_rows_has_what_was_asked_for() {
        var place = PRODUCT.feed().cursors().seal(PRODUCT.id(), "abcd");
        var query = questions("north").items(Map.of("last", "7", "before", place, "orderBy",
                List.of(Map.of("field", "total", "direction", "DESC"), Map.of("field", "at"))),
                Predicate.ALL);

        assertThat(query.limit()).isEqualTo(7);
        assertThat(query.backwards()).isTrue();
        assertThat(query.after()).contains("abcd");
        assertThat(query.order()).extracting(order -> order.field().text() + order.descending())
                .containsExactly("totaltrue", "atfalse");
        assertThat(questions("north").items(Map.of(), Predicate.ALL).limit()).isEqualTo(50);
    }

    @Test
    void figures_of_conditions_and_orders_stand_behind_those_that_are_wanted() {
        var wanted = questions("north").measure("SUM", Optional.of("total"), null);

        var query = questions("north").aggregate(Map.of("groupBy", List.of("region"), "bucket",
                Map.of("unit", "DAY", "size", 2, "timeZone", "Europe/Berlin", "field", "at"),
                "having", List.of(Map.of("measure", "SUM", "field", "total", "gte", "10", "lt",
                        new BigDecimal("20.5")),
                        Map.of("measure", "MAX", "field", "at", "gt", "2026-01-01T00:00:00Z")),
                "orderBy", List.of(Map.of("bucket", "DESC"),
                        Map.of("group", "region", "direction", "DESC"),
                        Map.of("measure", "PERCENTILE", "field", "paid", "percentile", 0.5),
                        Map.of("measure", "COUNT")),
                "first", 5), List.of(wanted), Predicate.ALL);

        assertThat(query.measures()).extracting(Measure::function).containsExactly(Function.SUM,
                Function.MAX, Function.PERCENTILE, Function.COUNT);
        assertThat(query.bucket()).hasValueSatisfying(bucket -> {
            assertThat(bucket.unit()).isEqualTo(Unit.DAY);
            assertThat(bucket.size()).isEqualTo(2);
            assertThat(bucket.zone()).isEqualTo(ZoneId.of("Europe/Berlin"));
            assertThat(bucket.field().orElseThrow().text()).isEqualTo("at");
        });
        assertThat(query.having()).containsExactly(
                new AggregateQuery.Having(0, Comparison.GTE, new BigDecimal("10")),
                new AggregateQuery.Having(0, Comparison.LT, new BigDecimal("20.5")),
                new AggregateQuery.Having(1, Comparison.GT,
                        Instant.parse("2026-01-01T00:00:00Z")));
        assertThat(query.order()).containsExactly(
                new AggregateQuery.Order(new By.Time(), true),
                new AggregateQuery.Order(new By.Group(0), true),
                new AggregateQuery.Order(new By.Figure(2), false),
                new AggregateQuery.Order(new By.Figure(3), false));
        assertThat(query.limit()).isEqualTo(5);
    }

    @Test
    void a_range_of_history_is_of_times_and_cursors() {
        var slot = new Position.Slot("t", "id-1", 0, 42, 3);
        var cursor = PRODUCT.feed().cursors().write(PRODUCT.id(), new Position(List.of(slot)));

        var query = questions("north").events(Map.of("key", Map.of("id", "a"), "from",
                "2026-01-01T00:00:00 02:00", "to", cursor, "after", cursor), Predicate.ALL);

        assertThat(query.key()).contains(List.of("a"));
        assertThat(query.from()).contains(new Bound.At(Instant.parse("2025-12-31T22:00:00Z")));
        assertThat(query.to()).contains(new Bound.Behind(new Position(List.of(slot))));
        assertThat(query.after()).contains(new Position(List.of(slot)));
        assertThat(questions("north").events(Map.of("from", "earliest"), Predicate.ALL).from())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"email", "note", "nope", "email.x", "x' or 1=1 --", "\"; drop table",
            "", "items", "c0", "kh"})
    void what_may_not_be_seen_is_refused_like_what_is_not_there(String name) {
        var quoted = "'" + name + "'";
        assertThat(refusal(() -> questions("north").items(
                Map.of("orderBy", List.of(Map.of("field", name))), Predicate.ALL)))
                .isEqualTo("PARAMETER_INVALID There is no field " + quoted + " to order by.");
        assertThat(aggregateRefusal(Map.of("groupBy", List.of(name))))
                .isEqualTo("PARAMETER_INVALID There is no field " + quoted + " to group by.");
        assertThat(aggregateRefusal(Map.of("bucket", Map.of("unit", "DAY", "field", name))))
                .isEqualTo(
                        "PARAMETER_INVALID There is no field " + quoted + " to make buckets of.");
        for (var part : List.of("having", "orderBy")) {
            assertThat(aggregateRefusal(Map.of(part,
                    List.of(Map.of("measure", "MAX", "field", name, "gt", "a")))))
                    .isEqualTo("PARAMETER_INVALID There is no field " + quoted + " to measure.");
        }
        assertThat(aggregateRefusal(Map.of("orderBy", List.of(Map.of("group", name)))))
                .isEqualTo("PARAMETER_INVALID There is no field " + quoted + " to order by.");
        assertThat(refusal(() -> questions("north").where(Map.of(name, Map.of("eq", "a")))))
                .isEqualTo("FILTER_INVALID there is no field " + quoted);
    }

    @Test
    void what_cannot_be_used_is_said_in_one_sentence() {
        assertThat(aggregateRefusal(Map.of("bucket", Map.of())))
                .isEqualTo(
                        "PARAMETER_INVALID 'bucket.unit' must be one of SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR.");
        assertThat(aggregateRefusal(Map.of("bucket", Map.of("unit", "DAY'; --"))))
                .endsWith("QUARTER, YEAR, not 'DAY'; --'.");
        assertThat(aggregateRefusal(Map.of("bucket", Map.of("unit", "DAY", "size", 0))))
                .isEqualTo(
                        "PARAMETER_INVALID 'bucket.size' is a number of units from 1 to 10000, not 0.");
        assertThat(aggregateRefusal(
                Map.of("bucket", Map.of("unit", "DAY", "timeZone", "Mars/Olympus"))))
                .isEqualTo(
                        "PARAMETER_INVALID There is no time zone 'Mars/Olympus'; expected a name such as 'Europe/Berlin' or an offset such as '+02:00'.");
        assertThat(aggregateRefusal(
                Map.of("bucket", Map.of("unit", "DAY", "timeZone", "+99:00"))))
                .startsWith("PARAMETER_INVALID There is no time zone '+99:00';");
        assertThat(aggregateRefusal(Map.of("bucket", Map.of("unit", "DAY", "field", "total"))))
                .isEqualTo(
                        "PARAMETER_INVALID 'bucket.field' names a date or a timestamp, but field 'total' is a whole number of 32 bits.");
        assertThat(aggregateRefusal(Map.of("groupBy", List.of("region", "region"))))
                .isEqualTo("PARAMETER_INVALID 'groupBy' names field 'region' twice.");
        assertThat(aggregateRefusal(Map.of("groupBy", Collections.nCopies(9, "region"))))
                .isEqualTo(
                        "PARAMETER_INVALID 'groupBy' has 9 parts; at most 8 are accepted.");
        assertThat(aggregateRefusal(Map.of("first", 0)))
                .isEqualTo("PARAMETER_INVALID A page has 1 to 1000 groups, not 0.");
        assertThat(refusal(() -> questions("north").events(Map.of("first", 1001), Predicate.ALL)))
                .isEqualTo("PARAMETER_INVALID A page has 1 to 1000 events, not 1001.");
        assertThat(refusal(
                () -> questions("north").items(Map.of("first", "many"), Predicate.ALL)))
                .isEqualTo("PARAMETER_INVALID 'first' expects a whole number, not 'many'.");
        assertThat(refusal(() -> questions("north").events(Map.of("from", "2026"), Predicate.ALL)))
                .isEqualTo(
                        "PARAMETER_INVALID 'from' is no RFC 3339 time; expected one like 2026-01-31T12:00:00Z.");
        assertThat(refusal(
                () -> questions("north").events(Map.of("after", "' or 1=1"), Predicate.ALL)))
                .isEqualTo(
                        "CURSOR_MALFORMED The cursor is not one that this gateway wrote; send it exactly as it was received.");
    }

    @Test
    void figures_that_make_no_sense_are_refused() {
        assertThat(having("measure", "SUM", "field", "region", "gt", 1)).isEqualTo(
                "PARAMETER_INVALID SUM is for numbers, but field 'region' is a text.");
        assertThat(having("measure", "AVG", "gt", 1))
                .isEqualTo("PARAMETER_INVALID AVG needs a 'field'.");
        assertThat(having("measure", "COUNT", "field", "total", "gt", 1)).isEqualTo(
                "PARAMETER_INVALID COUNT counts rows and has no field; COUNT_DISTINCT has one.");
        assertThat(having("measure", "COUNT")).isEqualTo(
                "PARAMETER_INVALID A condition of 'having' on COUNT needs one of eq, ne, gt, gte, lt and lte.");
        assertThat(having("measure", "COUNT", "gt", "1; select 1")).isEqualTo(
                "PARAMETER_INVALID 'having' compares COUNT with a number, not with '1; select 1'.");
        assertThat(having("measure", "COUNT", "gt", List.of(1)))
                .isEqualTo(
                        "PARAMETER_INVALID 'having' compares COUNT with a number, not with a list.");
        assertThat(having("measure", "COUNT", "gt", Double.NaN))
                .isEqualTo(
                        "PARAMETER_INVALID 'having' compares COUNT with a number, not with the number NaN.");
        assertThat(having("measure", "COUNT", "gt", "1e999"))
                .startsWith("PARAMETER_INVALID 'having' compares COUNT with a number, not with ");
        assertThat(having("measure", "MAX", "field", "total", "gt", "x")).isEqualTo(
                "PARAMETER_INVALID 'having' on MAX: field 'total' is a whole number of 32 bits and cannot be compared with 'x': expected a number.");
        assertThat(having("measure", "PERCENTILE", "field", "total", "percentile", 1.5, "gt", 1))
                .isEqualTo(
                        "PARAMETER_INVALID PERCENTILE needs a share between 0 and 1, such as 0.95, not the number 1.5.");
        assertThat(having("measure", "PERCENTILE", "field", "total", "gt", 1)).isEqualTo(
                "PARAMETER_INVALID PERCENTILE needs a share between 0 and 1, such as 0.95.");
        assertThat(having("measure", "MIN", "field", "total", "percentile", 0.5, "gt", 1))
                .isEqualTo("PARAMETER_INVALID 'percentile' belongs to PERCENTILE, not to MIN.");
    }

    private static String having(Object... parts) {
        var term = new HashMap<String, Object>();
        for (int i = 0; i < parts.length; i += 2) {
            term.put((String) parts[i], parts[i + 1]);
        }
        return aggregateRefusal(Map.of("having", List.of(term)));
    }

    @Test
    void groups_are_ordered_by_what_they_have() {
        assertThat(aggregateRefusal(Map.of("orderBy", List.of(Map.of("direction", "ASC")))))
                .isEqualTo(
                        "PARAMETER_INVALID Each part of 'orderBy' has exactly one of 'bucket', 'group' and 'measure', but one has none.");
        assertThat(aggregateRefusal(
                Map.of("orderBy", List.of(Map.of("bucket", "ASC", "measure", "COUNT")))))
                .endsWith("but one has several.");
        assertThat(aggregateRefusal(Map.of("orderBy", List.of(Map.of("bucket", "ASC")))))
                .isEqualTo(
                        "PARAMETER_INVALID There is no 'bucket' to order by; give that argument too.");
        assertThat(aggregateRefusal(Map.of("orderBy", List.of(Map.of("group", "region")))))
                .isEqualTo(
                        "PARAMETER_INVALID Groups can be ordered by what they are grouped by, and 'region' is not in 'groupBy'.");
        assertThat(aggregateRefusal(
                Map.of("orderBy", List.of(Map.of("measure", "COUNT", "direction", "UP")))))
                .isEqualTo("PARAMETER_INVALID 'orderBy.direction' must be ASC or DESC.");
    }

    @Test
    void a_key_is_made_of_values_or_their_texts() {
        assertThat(questions("north").key(Map.of("id", "it's")))
                .contains(List.of("it's"));
        assertThat(refusal(() -> questions("north").key(Map.of("nope", 1))))
                .isEqualTo("PARAMETER_INVALID 'key' lacks 'id'.");
        assertThat(refusal(() -> questions("keyless").key(Map.of("id", "a")))).isEqualTo(
                "PARAMETER_INVALID The key is masked for this token, so nothing can be selected by it.");
        assertThat(refusal(() -> questions("keyless")
                .events(Map.of("key", Map.of("id", "a")), Predicate.ALL)))
                .startsWith("PARAMETER_INVALID The key is masked");
    }

    @Test
    void what_somebody_wrote_is_said_back_short_and_on_one_line() {
        assertThat(aggregateRefusal(Map.of("groupBy", List.of("a\nb\u0000" + "x".repeat(5_000)))))
                .isEqualTo("PARAMETER_INVALID There is no field 'a b " + "x".repeat(56)
                        + "…' to group by.");
        assertThat(aggregateRefusal(Map.of("first", BigInteger.TEN.pow(300))))
                .hasSizeLessThan(400);
    }
}

package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventFilterTest {
    private static final Type TEXT = Type.Scalar.of(ScalarKind.STRING);
    private static final RecordType PLACE = RecordType.of("Place",
            List.of(new Field("code", TEXT, true)));
    private static final RecordType ROW = RecordType.of("Stop",
            List.of(new Field("id", TEXT, true), new Field("carrier", TEXT, true),
                    new Field("place", PLACE, true)));
    private static final Predicate MINE = equal("carrier", "c1");

    private static Predicate equal(String path, String value) {
        return new Predicate.Compare(FieldPath.resolve(ROW, path).orElseThrow(), Comparison.EQ,
                value);
    }

    private static ProductSchema product(String... key) {
        return TestProducts.product("stops", List.of("t"), ROW, List.of(key), BadRecord.SKIP);
    }

    private static Row row(String id, String carrier) {
        return new Row(ROW, new Object[]{id, carrier, new Row(PLACE, new Object[]{"BER"})});
    }

    private static Event event(Row value, Row previous, Object... key) {
        return new Event(0, 0, 0, value == null ? Op.DELETE : Op.UPSERT, List.of(key),
                Instant.EPOCH, value, previous);
    }

    @Test
    void a_delete_is_judged_by_the_row_before_it() {
        var filter = new EventFilter(MINE, product("id"));

        assertThat(filter.passes(event(null, row("1", "c1"), "1"))).isTrue();
        assertThat(filter.passes(event(null, row("1", "c2"), "1"))).isFalse();
    }

    @Test
    void a_delete_without_the_row_before_is_judged_by_its_key_if_that_is_all_that_is_asked() {
        var filter = new EventFilter(
                new Predicate.And(List.of(equal("id", "1"),
                        new Predicate.Not(equal("carrier", "c2")))),
                product("id", "carrier"));

        assertThat(filter.passes(event(null, null, "1", "c1"))).isTrue();
        assertThat(filter.passes(event(null, null, "1", "c2"))).isFalse();
        assertThat(filter.passes(event(null, null, "2", "c1"))).isFalse();
    }

    @Test
    void a_delete_is_withheld_where_its_key_cannot_tell() {
        var other = new EventFilter(MINE, product("id"));
        var negated = new EventFilter(new Predicate.Not(MINE), product("id"));
        var either = new EventFilter(new Predicate.Or(List.of(equal("id", "1"), MINE)),
                product("id"));
        var keyless = new EventFilter(MINE, product());

        assertThat(other.passes(event(null, null, "1"))).isFalse();
        assertThat(negated.passes(event(null, null, "1"))).isFalse();
        assertThat(either.passes(event(null, null, "1"))).isFalse();
        assertThat(keyless.passes(event(null, null, 0, 7L))).isFalse();
    }

    @Test
    void a_delete_is_withheld_where_the_key_lies_within_a_record() {
        var filter = new EventFilter(equal("place.code", "BER"), product("place.code"));

        assertThat(filter.passes(event(null, null, "BER"))).isFalse();
        assertThat(filter.passes(event(null, row("1", "c1"), "BER"))).isTrue();
    }

    @Test
    void whoever_asks_for_everything_gets_every_delete() {
        assertThat(new EventFilter(Predicate.ALL, product("id")).passes(event(null, null, "1")))
                .isTrue();
        assertThat(new EventFilter(Predicate.NONE, product("id")).passes(event(null, null, "1")))
                .isFalse();
    }

    @Test
    void a_change_is_judged_by_what_the_row_is_now() {
        var filter = new EventFilter(MINE, product("id"));

        assertThat(filter.passes(event(row("1", "c1"), row("1", "c2"), "1"))).isTrue();
        assertThat(filter.passes(event(row("1", "c2"), row("1", "c1"), "1"))).isFalse();
    }

    @Test
    void the_row_before_is_foreign_unless_it_passes_too() {
        var filter = new EventFilter(MINE, product("id"));

        assertThat(filter.hasForeignPrevious(event(row("1", "c1"), row("1", "c2"), "1"))).isTrue();
        assertThat(filter.hasForeignPrevious(event(row("1", "c1"), row("1", "c1"), "1"))).isFalse();
        assertThat(filter.hasForeignPrevious(event(row("1", "c1"), null, "1"))).isFalse();
        assertThat(new EventFilter(Predicate.ALL, product("id"))
                .hasForeignPrevious(event(row("1", "c1"), row("1", "c2"), "1"))).isFalse();
    }
}

package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Lost.Reason;
import io.tidegate.schema.Envelopes;
import io.tidegate.schema.Field;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.Type;
import io.tidegate.schema.WriterSchemas;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RecordReaderTest {
    private static final ProductSchema COUNTS = TestProducts.counts("t", BadRecord.SKIP);

    private final List<Misfit> misfits = new ArrayList<>();

    /** What a record of one row is. */
    private Content read(ProductSchema schema, String value) {
        var contents = readAll(schema, value);
        assertThat(contents).hasSize(1);
        return contents.getFirst();
    }

    private List<Content> readAll(ProductSchema schema, String value) {
        return new RecordReader(schema).read(
                new ConsumerRecord<>("t", 0, 42, null, value.getBytes(StandardCharsets.UTF_8)), 0,
                misfits::addAll);
    }

    @Test
    void a_record_has_as_many_events_as_it_tells_rows() {
        assertThat(readAll(COUNTS, "a:1;b:2;a:3")).extracting(Content::offset)
                .containsExactly(42L, 42L, 42L);
        assertThat(readAll(COUNTS, "a:1;b:2;a:3")).extracting(content -> ((Event) content).key())
                .containsExactly(List.of("a"), List.of("b"), List.of("a"));
        assertThat(readAll(COUNTS, "no row")).isEmpty();
    }

    @Test
    void a_record_of_several_rows_is_withheld_or_lost_as_a_whole() {
        assertThat(readAll(TestProducts.quarantining("t"), "a:1;b:many;c:many")).containsExactly(
                new Lost(0, 42, 1, Reason.QUARANTINED, "n: expected a whole number"));
        assertThat(misfits).as("told once of the record").hasSize(1);
        assertThat(readAll(COUNTS, "a:1;b:incompatible")).containsExactly(
                new Lost(0, 42, 1, Reason.INCOMPATIBLE_SCHEMA, "schema id 7 cannot be used"));
    }

    @Test
    void a_row_whose_key_changes_is_gone_under_the_old_one() throws Exception {
        var canal = Envelopes.canal(Schemas.fromFields(SchemaLanguage.JSON,
                RecordType.of("test.Box", List.of(
                        new Field("id", Type.Scalar.of(ScalarKind.INT64), true),
                        new Field("n", Type.Scalar.of(ScalarKind.INT64), true))),
                WriterSchemas.none()));
        var schema = TestProducts.ofMySql(canal, "id");

        var events = readAll(schema, """
                {"type":"UPDATE","es":1000,"data":[{"id":"8","n":"1"},{"id":"9","n":"2"}],
                 "old":[{"id":"7"},{"n":"1"}]}""").stream().map(Event.class::cast).toList();

        assertThat(events).extracting(event -> event.op() + " " + event.key())
                .containsExactly("DELETE [7]", "UPSERT [8]", "UPSERT [9]");
        assertThat(events).extracting(Event::offset).containsOnly(42L);
        assertThat(events.get(0).previous().get("id")).isEqualTo(7L);
        assertThat(events.get(1).previous()).isNull();
        assertThat(events.get(2).previous().get("n")).isEqualTo(1L);
    }

    @Test
    void a_value_that_does_not_fit_is_null_and_told() {
        assertThat(read(COUNTS, "a:many")).isInstanceOfSatisfying(Event.class, event -> {
            assertThat(event.key()).containsExactly("a");
            assertThat(event.value().get("n")).isNull();
        });
        assertThat(misfits).containsExactly(new Misfit("n", "a whole number"));
    }

    @Test
    void a_record_without_misfits_tells_none() {
        assertThat(read(COUNTS, "a:1")).isInstanceOf(Event.class);
        assertThat(misfits).isEmpty();
    }

    @Test
    void a_contract_may_withhold_records_with_a_misfit() {
        assertThat(read(TestProducts.quarantining("t"), "a:many")).isEqualTo(
                new Lost(0, 42, 1, Reason.QUARANTINED, "n: expected a whole number"));
        assertThat(misfits).hasSize(1);
        assertThat(read(TestProducts.quarantining("t"), "a:1")).isInstanceOf(Event.class);
    }

    @Test
    void a_record_of_a_schema_that_cannot_be_read_is_announced_as_such() {
        assertThat(read(COUNTS, "a:incompatible")).isEqualTo(
                new Lost(0, 42, 1, Reason.INCOMPATIBLE_SCHEMA, "schema id 7 cannot be used"));
    }

    private static Content tombstone(Type.Scalar keyType, String key) {
        var schema = TestProducts.product("keyed", List.of("t"), RecordType.of("test.Keyed",
                List.of(new Field("id", keyType, false))), List.of("id"), BadRecord.SKIP);
        return new RecordReader(schema).read(
                new ConsumerRecord<>("t", 0, 42, key.getBytes(StandardCharsets.UTF_8), null), 0,
                ignored -> {
                }).getFirst();
    }

    @Test
    void a_tombstones_key_is_read_to_its_last_digit() {
        for (var key : List.of("12345678901234567.89", "{\"id\":12345678901234567.89}")) {
            assertThat(tombstone(new Type.Scalar(ScalarKind.DECIMAL, 19, 2), key))
                    .isInstanceOfSatisfying(Event.class, event -> assertThat(event.key())
                            .containsExactly(new BigDecimal("12345678901234567.89")));
        }
    }

    @Test
    void what_only_begins_like_a_key_deletes_nothing() {
        var number = Type.Scalar.of(ScalarKind.INT64);
        assertThat(tombstone(number, "7")).isInstanceOfSatisfying(Event.class,
                event -> assertThat(event.key()).containsExactly(7L));
        for (var key : List.of("7 8", "7 {}", "{\"id\":7} {\"id\":8}")) {
            assertThat(tombstone(number, key)).as(key).isInstanceOfSatisfying(Lost.class,
                    lost -> assertThat(lost.reason()).isEqualTo(Reason.BAD_RECORD));
        }
        assertThat(tombstone(Type.Scalar.of(ScalarKind.STRING), "\"a\" and \"b\""))
                .isInstanceOfSatisfying(Event.class, event -> assertThat(event.key())
                        .containsExactly("\"a\" and \"b\""));
    }

    @Test
    void a_record_that_is_no_row_is_lost() {
        assertThat(read(COUNTS, "nothing"))
                .isEqualTo(new Lost(0, 42, 1, Reason.BAD_RECORD, "no colon"));
    }
}

package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Lost.Reason;
import io.tidegate.schema.Misfit;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RecordReaderTest {
    private static final ProductSchema COUNTS = TestProducts.counts("t", BadRecord.SKIP);

    private final List<Misfit> misfits = new ArrayList<>();

    private Content read(ProductSchema schema, String value) {
        return new RecordReader(schema).read(
                new ConsumerRecord<>("t", 0, 42, null, value.getBytes(StandardCharsets.UTF_8)), 0,
                misfits::addAll);
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

    @Test
    void a_record_that_is_no_row_is_lost() {
        assertThat(read(COUNTS, "nothing"))
                .isEqualTo(new Lost(0, 42, 1, Reason.BAD_RECORD, "no colon"));
    }
}

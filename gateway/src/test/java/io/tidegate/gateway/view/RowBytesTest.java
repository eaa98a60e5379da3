package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.schema.Field;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowBytesTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int ROWS = 2_000;

    private final Random random = new Random(SEED);

    @Test
    void a_row_of_every_kind_comes_back_as_it_was() {
        for (int i = 0; i < ROWS; i++) {
            var row = Samples.random(random);

            assertThat(back(row)).as("seed %d", SEED).isEqualTo(row);
        }
    }

    @Test
    void partners_see_the_same_of_a_row_that_was_kept() throws Exception {
        for (int i = 0; i < ROWS; i++) {
            var row = Samples.random(random);

            assertThat(json(back(row))).as("seed %d", SEED).isEqualTo(json(row));
        }
    }

    private static String json(Row row) throws IOException {
        var text = new StringWriter();
        try (var out = new JsonFactory().createGenerator(text)) {
            JsonValues.write(out, row.type(), row);
        }
        return text.toString();
    }

    @Test
    void records_within_records_and_their_unions_come_back() {
        var tree = new RecordType("test.Tree", "");
        var leaf = RecordType.of("test.Leaf",
                List.of(new Field("n", Type.Scalar.of(ScalarKind.INT32), false)));
        var either = new Type.Union("test.Either", List.of(leaf, tree));
        tree.define(List.of(new Field("left", either, true), new Field("right", tree, true),
                new Field("all", new Type.ListOf(either, true), true),
                new Field("byName", new Type.MapOf(tree, true), true)));
        var byName = new LinkedHashMap<String, Object>();
        byName.put("none", null);
        byName.put("", new Row(tree, new Object[4]));
        var one = new Row(leaf, new Object[]{1});
        var inner = new Row(tree, new Object[]{one, null, Arrays.asList(one, null), byName});
        var row = new Row(tree, new Object[]{inner, inner, List.of(inner, one), null});

        assertThat(back(row)).isEqualTo(row);
    }

    @Test
    void any_json_and_symbols_that_are_not_listed_come_back() {
        var open = new Type.EnumOf("test.Open", "", List.of("a", "b"), true);
        var type = RecordType.of("test.Any", List.of(new Field("json", new Type.Json(), true),
                new Field("symbol", open, true)));
        var members = new LinkedHashMap<String, Object>();
        members.put("null", null);
        members.put("list", new ArrayList<>(Arrays.asList(true, false, 1, Long.MIN_VALUE,
                BigInteger.TWO.pow(70), 0.1, new BigDecimal("1.10"), "x", List.of())));
        for (var symbol : new String[]{"a", "b", "7", null}) {
            var row = new Row(type, new Object[]{members, symbol});

            assertThat(back(row)).isEqualTo(row);
        }
    }

    @Test
    void a_row_of_many_fields_that_are_mostly_absent_is_small() {
        var fields = new ArrayList<Field>();
        for (int i = 0; i < 17; i++) {
            fields.add(new Field("f" + i, Type.Scalar.of(ScalarKind.INT64), true));
        }
        var values = new Object[17];
        values[16] = -1L;
        var type = RecordType.of("test.Wide", fields);
        var out = new RowBytes.Out();
        out.row(new Row(type, values));

        assertThat(out.toBytes()).hasSize(4);
        assertThat(new RowBytes.In(out.toBytes()).row(type)).isEqualTo(new Row(type, values));
    }

    @Test
    void a_head_comes_back() {
        var head = new KeyHead(Views.position(0, 1L << 40, 7),
                Instant.parse("1969-01-01T00:00:00Z"));

        assertThat(KeyHead.of(head.toBytes())).isEqualTo(head);
        assertThat(KeyHead.of(new KeyHead(Views.position(), null).toBytes()))
                .isEqualTo(new KeyHead(Views.position(), null));
    }

    private static Row back(Row row) {
        var out = new RowBytes.Out();
        out.row(row);
        return new RowBytes.In(out.toBytes()).row(row.type());
    }
}

package io.tidegate.gateway.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetFileTest {
    @TempDir
    Path folder;

    private static Field field(String name, ScalarKind kind, int precision) {
        return new Field(name, new Type.Scalar(kind, precision, 0), true);
    }

    private Path write(RecordType type, List<List<Row>> pieces) throws Exception {
        Path file = Files.createTempFile(folder, "t", ".parquet");
        Iterator<List<Row>> left = pieces.iterator();
        try (var memory = new RootAllocator();
                var mine = memory.newChildAllocator("t", 0, 128 << 20)) {
            ParquetFile.write(type, () -> left.hasNext() ? left.next() : List.of(), file,
                    2L << 30, mine);
        }
        return file;
    }

    private static List<String> read(String sql) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:duckdb:");
                var statement = connection.createStatement()) {
            statement.execute("set timezone = 'UTC'");
            var found = new ArrayList<String>();
            try (var result = statement.executeQuery(sql)) {
                while (result.next()) {
                    found.add(result.getString(1));
                }
            }
            return found;
        }
    }

    @Test
    void digits_beyond_a_column_are_cut_off_before_1970_too() throws Exception {
        var type = RecordType.of("t", List.of(field("at", ScalarKind.TIMESTAMP, 9)));
        Path file = write(type, List.of(List.of(
                new Row(type, new Object[]{Instant.parse("1969-12-31T23:59:59.999999999Z")}),
                new Row(type, new Object[]{Instant.parse("2026-01-01T00:00:00.123456789Z")}),
                new Row(type, new Object[]{Instant.parse("1500-01-01T00:00:00.5Z")}))));

        assertThat(read("select epoch_us(\"at\") from '" + file + "'")).containsExactly("-1",
                "1767225600123456", String.valueOf(
                        Instant.parse("1500-01-01T00:00:00.5Z").toEpochMilli() * 1000));
    }

    @Test
    void columns_that_would_get_another_name_are_found() throws Exception {
        var inner = RecordType.of("i", List.of(field("x", ScalarKind.INT32, 0),
                field("X", ScalarKind.INT32, 0)));
        var type = RecordType.of("t", List.of(field("id", ScalarKind.INT32, 0),
                field("Id_1", ScalarKind.INT32, 0), new Field("inner", inner, true)));
        Path file = write(type, List.of(List.of(
                new Row(type, new Object[]{1, 2, new Row(inner, new Object[]{3, 4})}))));

        assertThat(ParquetFile.twins(type)).isEmpty();
        assertThat(read("select name from parquet_schema('" + file + "')"))
                .contains("id", "Id_1", "inner", "x", "X");
        assertThat(ParquetFile.twins(RecordType.of("t", List.of(field("id", ScalarKind.INT32, 0),
                field("ID", ScalarKind.INT32, 0))))).contains("'id' and 'ID'");
    }

    @Test
    void no_rows_are_a_file_with_columns() throws Exception {
        var type = RecordType.of("t", List.of(field("id", ScalarKind.INT32, 0)));
        Path file = write(type, List.of());

        assertThat(read("select count(*) from '" + file + "'")).containsExactly("0");
        assertThat(read("select name from parquet_schema('" + file + "')")).contains("id");
    }

    @Test
    void texts_may_have_any_character() throws Exception {
        var type = RecordType.of("t", List.of(field("text", ScalarKind.STRING, 0)));
        Path file = write(type, List.of(List.of(new Row(type, new Object[]{"a\u0000b"}),
                new Row(type, new Object[]{"\uFEFF\u2028\uDBFF\uDFFF"}),
                new Row(type, new Object[]{""}))));

        assertThat(read("select length(text) from '" + file + "'")).containsExactly("3", "3",
                "0");
    }

    @Test
    void rows_may_be_long() throws Exception {
        var type = RecordType.of("t", List.of(field("text", ScalarKind.STRING, 0),
                field("n", ScalarKind.INT32, 0)));
        var random = new Random(7);
        var pieces = new ArrayList<List<Row>>();
        int rows = 0;
        // 400 MB: more than the writer may have in memory.
        var texts = new ArrayList<String>();
        for (int i = 0; i < 200; i++) {
            var text = new StringBuilder();
            while (text.length() < 10_000) {
                text.append(Long.toHexString(random.nextLong()));
            }
            texts.add(text.toString());
        }
        for (int piece = 0; piece < 8; piece++) {
            var list = new ArrayList<Row>();
            for (int i = 0; i < 5_000; i++) {
                list.add(new Row(type, new Object[]{texts.get(i % texts.size()), rows++}));
            }
            pieces.add(list);
        }
        Path file = write(type, pieces);

        assertThat(read("select count(*) from '" + file + "'"))
                .containsExactly(String.valueOf(rows));
        assertThat(read("select count(*) from read_parquet('" + file
                + "', file_row_number = true) where n = file_row_number")).as("in their order")
                .containsExactly(String.valueOf(rows));
    }
}

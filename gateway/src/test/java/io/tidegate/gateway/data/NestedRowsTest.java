package io.tidegate.gateway.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values within values, and what is absent among them, as another reader finds them. */
class NestedRowsTest {
    private static final long SEED = Long.getLong("tidegate.seed", System.nanoTime());
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Type NUMBER = Type.Scalar.of(ScalarKind.INT32);
    private static final Type TEXT = Type.Scalar.of(ScalarKind.STRING);

    private final Random random = new Random(SEED);

    @TempDir
    Path folder;

    private static Field field(String name, Type type) {
        return new Field(name, type, true);
    }

    private @Nullable Object value(Type type, int depth) {
        if (random.nextInt(4) == 0) {
            return null;
        }
        int count = random.nextInt(4);
        return switch (type) {
            case RecordType record -> row(record, depth);
            case Type.ListOf list -> {
                var values = new ArrayList<@Nullable Object>();
                for (int i = 0; i < count; i++) {
                    values.add(value(list.element(), depth + 1));
                }
                yield values;
            }
            case Type.MapOf map -> {
                var values = new LinkedHashMap<String, @Nullable Object>();
                for (int i = 0; i < count; i++) {
                    values.put("k" + i, value(map.value(), depth + 1));
                }
                yield values;
            }
            default -> type.equals(NUMBER)
                    ? (Object) random.nextInt()
                    : "t".repeat(random.nextInt(3)) + random.nextInt(100);
        };
    }

    private Row row(RecordType type, int depth) {
        return new Row(type, type.fields().stream().map(f -> value(f.type(), depth + 1)).toArray());
    }

    @Test
    void nothing_within_anything_moves_or_goes() throws Exception {
        var inner = RecordType.of("inner", List.of(field("a", NUMBER),
                field("l", new Type.ListOf(NUMBER, true)), field("m", new Type.MapOf(TEXT, true))));
        var type = RecordType.of("outer", List.of(field("n", NUMBER), field("r", inner),
                field("rs", new Type.ListOf(inner, true)),
                field("ll", new Type.ListOf(new Type.ListOf(TEXT, true), true)),
                field("mr", new Type.MapOf(inner, true)),
                field("ml", new Type.MapOf(new Type.ListOf(TEXT, true), true)),
                field("lm", new Type.ListOf(new Type.MapOf(NUMBER, true), true))));
        var pieces = new ArrayList<List<Row>>();
        for (int i = 0; i < 3; i++) {
            var rows = new ArrayList<Row>();
            for (int j = 0; j < 2_500; j++) {
                rows.add(row(type, 0));
            }
            pieces.add(rows);
        }
        Path file = folder.resolve("nested.parquet");
        Files.createFile(file);
        Iterator<List<Row>> left = pieces.iterator();
        try (var memory = new RootAllocator()) {
            ParquetFile.write(type, () -> left.hasNext() ? left.next() : List.of(), file, 1L << 30,
                    memory);
        }
        var out = new ByteArrayOutputStream();
        var lines = JsonRows.lines(type, out);
        for (var rows : pieces) {
            lines.rows(rows);
        }
        lines.end();
        var expected = out.toString(StandardCharsets.UTF_8).lines().toList();

        try (var connection = DriverManager.getConnection("jdbc:duckdb:");
                var statement = connection.createStatement();
                var found = statement
                        .executeQuery("select to_json(t)::varchar from '" + file + "' t")) {
            for (int i = 0; i < expected.size(); i++) {
                assertThat(found.next()).isTrue();
                assertThat(JSON.readTree(found.getString(1))).as("seed %s, row %s", SEED, i)
                        .isEqualTo(JSON.readTree(expected.get(i)));
            }
            assertThat(found.next()).isFalse();
        }
    }
}

package io.tidegate.gateway.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers in Arrow that do not come to their end. */
class ArrowRowsTest {
    private static final byte[] END = {-1, -1, -1, -1, 0, 0, 0, 0};
    private static final RecordType TYPE = RecordType.of("test.Order", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.STRING), false),
            new Field("status", new Type.EnumOf("Status", "", List.of("open", "paid"), false),
                    true)));

    private final BufferAllocator memory = new RootAllocator();

    @AfterEach
    void close() {
        memory.close();
    }

    private static List<Row> rows(int count, String id) {
        return IntStream.range(0, count)
                .mapToObj(n -> new Row(TYPE, new Object[]{id + n, n % 2 == 0 ? "open" : "paid"}))
                .toList();
    }

    @Test
    void a_client_that_leaves_costs_no_memory() {
        var out = new OutputStream() {
            private int left = 20_000;

            @Override
            public void write(int octet) throws IOException {
                if (--left < 0) {
                    throw new IOException("the client is gone");
                }
            }
        };
        assertThatThrownBy(() -> {
            try (var sink = new ArrowRows(TYPE, out, memory)) {
                sink.begin();
                sink.rows(rows(2_000, "order "));
                sink.end();
            }
        }).isInstanceOf(IOException.class).hasMessage("the client is gone");

        assertThat(memory.getAllocatedMemory()).isZero();
    }

    @Test
    void an_answer_that_is_broken_off_has_no_end() throws Exception {
        var broken = new ByteArrayOutputStream();
        try (var sink = new ArrowRows(TYPE, broken, memory)) {
            sink.begin();
            sink.rows(rows(10, "order "));
        }
        assertThat(end(broken)).isNotEqualTo(END);
        assertThat(memory.getAllocatedMemory()).isZero();

        var whole = new ByteArrayOutputStream();
        try (var sink = new ArrowRows(TYPE, whole, memory)) {
            sink.begin();
            sink.rows(rows(10, "order "));
            sink.end();
        }
        assertThat(end(whole)).isEqualTo(END);
    }

    private static byte[] end(ByteArrayOutputStream written) {
        var bytes = written.toByteArray();
        return Arrays.copyOfRange(bytes, bytes.length - END.length, bytes.length);
    }

    @Test
    void rows_of_any_size_come_in_as_many_batches_as_memory_allows() throws Exception {
        var long_ = "x".repeat(20_000);
        var out = new ByteArrayOutputStream();
        try (var little = memory.newChildAllocator("little", 0, 4 << 20);
                var sink = new ArrowRows(TYPE, out, little)) {
            sink.begin();
            sink.rows(rows(500, long_));
            sink.end();
        }
        int read = 0;
        try (var reader = new ArrowStreamReader(new ByteArrayInputStream(out.toByteArray()),
                memory)) {
            while (reader.loadNextBatch()) {
                var ids = reader.getVectorSchemaRoot().getVector("id");
                for (int i = 0; i < ids.getValueCount(); i++) {
                    assertThat(ids.getObject(i).toString()).isEqualTo(long_ + read++);
                }
            }
        }
        assertThat(read).isEqualTo(500);
    }
}

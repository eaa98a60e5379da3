package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Debezium's change events in Protobuf, where the contract knows the rows alone. */
class ProtobufEnvelopeTest {
    private static final RecordType STOCK = RecordType.of("depot.Stock",
            List.of(new Field("price", Type.Scalar.of(ScalarKind.DECIMAL), true),
                    new Field("id", Type.Scalar.of(ScalarKind.INT64), true),
                    new Field("due", Type.Scalar.of(ScalarKind.DATE), true),
                    new Field("seen", Type.Scalar.of(ScalarKind.TIMESTAMP), true)));
    /** As a connector writes it: other numbers, another name, more fields. */
    private static final String CONNECTOR = """
            syntax = "proto3";
            package shop.public.stock;
            import "google/protobuf/timestamp.proto";
            message Envelope {
              Value before = 1;
              Value after = 2;
              Source source = 3;
              string op = 5;
              optional int64 ts_ms = 6;
            }
            message Value {
              int64 id = 1;
              string price = 2;
              google.protobuf.Timestamp seen = 3;
              string note = 4;
              optional string due = 5;
            }
            message Source {
              string table = 1;
            }
            """;

    private static byte[] event(String text, int id) throws Exception {
        Descriptor envelope = new ProtoFiles(path -> {
            throw new IOException(path);
        }).compile(schema(CONNECTOR)).findMessageTypeByName("Envelope");
        var message = DynamicMessage.newBuilder(envelope);
        TextFormat.merge(text, message);
        var framed = new ByteArrayOutputStream();
        framed.writeBytes(new byte[]{0, 0, 0, 0, (byte) id, 0});
        message.build().writeTo(framed);
        return framed.toByteArray();
    }

    private static SourceSchema schema(String text) {
        return new SourceSchema(SchemaLanguage.PROTOBUF, text, "connector");
    }

    private static ChangeCodec rows(String writer) throws SchemaProblem {
        return Envelopes.debeziumRows(SchemaLanguage.PROTOBUF, STOCK, id -> schema(writer));
    }

    @Test
    void a_connectors_events_are_read_by_the_names_of_their_fields() throws Exception {
        Change change = rows(CONNECTOR)
                .read(event("before { id: 7 price: '1' } after { id: 7 price: '1.10'"
                        + " due: '2024-02-29' seen { seconds: 1 nanos: 5000000 } note: 'n' }"
                        + " source { table: 'stock' } op: 'u' ts_ms: 1709164800000", 1), Map.of())
                .getFirst();

        assertThat(change.after()).isEqualTo(new Row(STOCK, new Object[]{new BigDecimal("1.10"), 7L,
                LocalDate.of(2024, 2, 29), Instant.ofEpochMilli(1005)}));
        assertThat(change.before()).isNotNull();
        assertThat(change.before().get("id")).isEqualTo(7L);
        assertThat(change.time()).contains(Instant.parse("2024-02-29T00:00:00Z"));
        Change gone = rows(CONNECTOR).read(event("before { id: 7 price: '1' } op: 'd'", 1),
                Map.of()).getFirst();
        assertThat(gone.after()).isNull();
        assertThat(gone.before().get("price")).isEqualTo(new BigDecimal("1"));
    }

    @Test
    void what_a_connector_says_wrong_is_told_with_its_place() throws Exception {
        var change = rows(CONNECTOR).read(
                event("after { id: 7 price: '1' seen { nanos: -1 } } op: 'c'", 1), Map.of())
                .getFirst();

        assertThat(change.after().get("seen")).isNull();
        assertThat(change.misfits()).extracting(Misfit::toString)
                .containsExactly("seen: expected a time from year 1 to 9999");
        assertThatThrownBy(
                () -> rows("{}").read(event("after { id: 7 } op: 'c'", 1), Map.of()))
                .isInstanceOf(UnreadablePayload.class).hasMessageStartingWith("schema id 1: ");
    }

    @Test
    void events_of_the_schema_made_for_the_fields_come_back_as_they_were() throws Exception {
        ChangeCodec made = Envelopes.debeziumRows(SchemaLanguage.PROTOBUF, STOCK,
                WriterSchemas.none());
        ChangeCodec registered = rows(made.payload().source().text());
        Row row = new Row(STOCK, new Object[]{new BigDecimal("2.50"), 9L, LocalDate.EPOCH,
                Instant.EPOCH});
        var change = new Change(row, row, Optional.of(Instant.ofEpochMilli(3)), List.of());

        assertThat(made.read(made.write(change, Optional.empty()), Map.of()))
                .containsExactly(change);
        assertThat(registered.read(registered.write(change, Optional.of(4)), Map.of()))
                .containsExactly(change);
        assertThat(made.read(null, Map.of())).containsExactly(Change.delete());
    }
}

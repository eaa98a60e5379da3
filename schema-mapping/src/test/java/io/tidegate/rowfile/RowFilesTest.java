package io.tidegate.rowfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.schema.Change;
import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.Envelopes;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.Type;
import io.tidegate.schema.WriterSchemas;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecordBuilder;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class RowFilesTest {
    private static final RecordType PLACE = RecordType.of("depot.Place",
            List.of(new Field("city", Type.Scalar.of(ScalarKind.STRING), true)));
    private static final RecordType SHELF = RecordType.of("depot.Shelf",
            List.of(new Field("id", Type.Scalar.of(ScalarKind.INT32), false),
                    new Field("price", Type.Scalar.of(ScalarKind.DECIMAL), true),
                    new Field("open", Type.Scalar.of(ScalarKind.BOOLEAN), true),
                    new Field("since", Type.Scalar.of(ScalarKind.DATE), true),
                    new Field("place", PLACE, true),
                    new Field("tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), false),
                            true)));

    private static ChangeCodec product() throws Exception {
        return Envelopes.none(
                Schemas.fromFields(SchemaLanguage.PROTOBUF, SHELF, WriterSchemas.none()));
    }

    private static List<RowRead> read(String name, String text) throws Exception {
        return read(name, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
                product());
    }

    private static List<RowRead> read(String name, InputStream in, ChangeCodec product)
            throws IOException {
        var all = new ArrayList<RowRead>();
        try (RowFile file = RowFiles.open(name, in, product)) {
            for (var row = file.next(); row.isPresent(); row = file.next()) {
                all.add(row.get());
            }
            assertThat(file.next()).isEmpty();
        }
        return all;
    }

    private static RowRead good(long line, Object id, Object... more) {
        Object[] values = new Object[SHELF.fields().size()];
        values[0] = id;
        System.arraycopy(more, 0, values, 1, more.length);
        return new RowRead.Good(line, Change.upsert(new Row(SHELF, values)));
    }

    @Test
    void lines_of_json_are_rows_and_bad_ones_are_named() throws Exception {
        String text = "{\"id\":1}\r\n\n{\"id\":\"secret\"}\n{\"id\":2,\"price\":1.50}\n{\"id\":\n{}";

        List<RowRead> rows = read("a.ndjson", text);

        assertThat(rows).hasSize(5);
        assertThat(rows.get(0)).isEqualTo(good(1, 1));
        assertThat(rows.get(1)).isInstanceOfSatisfying(RowRead.Bad.class, bad -> {
            assertThat(bad.line()).isEqualTo(3);
            assertThat(bad.message()).contains("id").doesNotContain("secret");
        });
        assertThat(rows.get(2)).isEqualTo(good(4, 2, new BigDecimal("1.50")));
        assertThat(rows.get(3)).isInstanceOf(RowRead.Bad.class);
        assertThat(rows.get(4)).isInstanceOf(RowRead.Bad.class);
    }

    @Test
    void an_array_of_json_is_read_element_by_element() throws Exception {
        assertThat(read("a.json", "[\n {\"id\":1},\n {\"id\":2,\n \"open\":true}]"))
                .containsExactly(good(2, 1), good(3, 2, null, true));
        assertThat(read("a.json", "{\n\"id\": 1\n}\n{\n\"id\": 2}")).containsExactly(good(1, 1),
                good(4, 2));
        assertThat(read("a.json", "{\"id\":1}\n{\"id\":2}")).containsExactly(good(1, 1),
                good(2, 2));
        assertThat(read("a.json", "[]")).isEmpty();
        List<RowRead> broken = read("a.json", "[{\"id\":1},\n{\"id\" 2}]");
        assertThat(broken.getFirst()).isEqualTo(good(1, 1));
        assertThat(broken).hasSize(2).last().isInstanceOfSatisfying(RowRead.Bad.class,
                bad -> assertThat(bad.line()).isEqualTo(2));
    }

    @Test
    void a_row_without_an_end_is_bad_and_not_kept() throws Exception {
        InputStream endless = new InputStream() {
            private long left = 40L * 1024 * 1024;
            private boolean started;

            @Override
            public int read() {
                if (!started) {
                    started = true;
                    return '"';
                }
                return left-- > 0 ? 'x' : -1;
            }
        };

        assertThat(read("a.ndjson", endless, product())).singleElement()
                .isEqualTo(new RowRead.Bad(1, "the line is longer than 16777216 bytes"));
    }

    @Test
    void csv_columns_are_fields_by_name_and_by_path() throws Exception {
        String text = "\uFEFFid,price,open,since,place.city,tags,other\n"
                + "1,1.50,TRUE,2024-02-29,Lyon,\"[\"\"a\"\"]\",x\n" + "2,,,,,,\n"
                + "\"3\",,,,\"two\nlines\",,\n" + "x,,,,,,\n" + "4,5\n";

        List<RowRead> rows = read("a.csv", text);

        assertThat(rows).hasSize(5);
        assertThat(rows.get(0)).isEqualTo(good(2, 1, new BigDecimal("1.50"), true,
                LocalDate.of(2024, 2, 29), new Row(PLACE, new Object[]{"Lyon"}), List.of("a")));
        assertThat(rows.get(1)).isEqualTo(good(3, 2));
        assertThat(rows.get(2)).isEqualTo(good(4, 3, null, null, null,
                new Row(PLACE, new Object[]{"two\nlines"})));
        assertThat(rows.get(3)).isInstanceOfSatisfying(RowRead.Bad.class, bad -> {
            assertThat(bad.line()).isEqualTo(6);
            assertThat(bad.message()).contains("id");
        });
        assertThat(rows.get(4)).isEqualTo(new RowRead.Bad(7,
                "expected 7 columns as in the first row but found 2"));
    }

    @Test
    void csv_without_a_known_column_is_one_bad_row() throws Exception {
        assertThat(read("a.csv", "nothing,known\n1,2\n")).singleElement()
                .isInstanceOfSatisfying(RowRead.Bad.class,
                        bad -> assertThat(bad.message()).contains("[id, price, open, since"));
        assertThat(read("a.csv", "")).isEmpty();
        assertThat(read("a.csv", "id,open\n1,\"tru")).last().isInstanceOf(RowRead.Bad.class);
    }

    @Test
    void avro_records_are_matched_by_name_whatever_the_codec() throws Exception {
        Schema schema = new Schema.Parser().parse("""
                {"type":"record","name":"Other","fields":[
                 {"name":"tags","type":{"type":"array","items":"string"}},
                 {"name":"id","type":["null","int"]}, {"name":"more","type":"string"}]}""");
        for (String codec : List.of("null", "deflate", "snappy", "zstandard", "bzip2")) {
            var bytes = new ByteArrayOutputStream();
            try (var out = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
                out.setCodec(CodecFactory.fromString(codec)).create(schema, bytes);
                for (Integer id : new Integer[]{1, null}) {
                    out.append(new GenericRecordBuilder(schema).set("id", id).set("more", "x")
                            .set("tags", new GenericData.Array<>(
                                    schema.getField("tags").schema(), List.of("t")))
                            .build());
                }
            }

            List<RowRead> rows = read("a.avro", new ByteArrayInputStream(bytes.toByteArray()),
                    product());

            assertThat(rows).as(codec).hasSize(2);
            assertThat(rows.getFirst()).isEqualTo(good(1, 1, null, null, null, null, List.of("t")));
            assertThat(rows.getLast()).isInstanceOf(RowRead.Bad.class);
        }
        assertThatThrownBy(() -> read("a.avro", "not avro")).isInstanceOf(IOException.class);
    }

    private static final String FEED = "syntax = \"proto2\"; message Feed { required string name"
            + " = 1; repeated Item item = 2; } message Item { required string id = 1;"
            + " optional int32 n = 2; }";

    private static ChangeCodec items() throws Exception {
        return Envelopes.none(Schemas.open(
                new SourceSchema(SchemaLanguage.PROTOBUF, FEED, "feed.proto"), Optional.of("Item"),
                List.of(), path -> "", WriterSchemas.none()));
    }

    private static byte[] item(String id, int n) {
        return new byte[]{0x0A, 1, (byte) id.charAt(0), 0x10, (byte) n};
    }

    @Test
    void protobuf_messages_come_with_lengths_alone_or_inside_of_another() throws Exception {
        var lengths = new ByteArrayOutputStream();
        var feed = new ByteArrayOutputStream();
        feed.writeBytes(new byte[]{0x0A, 1, 'f'});
        for (byte[] item : List.of(item("a", 1), item("b", 2))) {
            lengths.write(item.length);
            lengths.writeBytes(item);
            feed.write(0x12);
            feed.write(item.length);
            feed.writeBytes(item);
        }

        for (byte[] file : List.of(lengths.toByteArray(), feed.toByteArray())) {
            List<RowRead> rows = read("a.pb", new ByteArrayInputStream(file), items());
            assertThat(rows).extracting(RowRead::line).containsExactly(1L, 2L);
            assertThat(rows).extracting(row -> ((RowRead.Good) row).change().after().get("id"))
                    .containsExactly("a", "b");
        }
        assertThat(read("a.bin", new ByteArrayInputStream(item("c", 3)), items())).singleElement()
                .isInstanceOfSatisfying(RowRead.Good.class, row -> assertThat(
                        row.change().after().get("n")).isEqualTo(3));
        assertThat(read("a.pb", new ByteArrayInputStream(new byte[]{1, 2, 3}), items()))
                .singleElement().isInstanceOf(RowRead.Bad.class);
        assertThat(read("a.pb", new ByteArrayInputStream(new byte[0]), items())).isEmpty();
    }

    @Test
    void a_product_with_an_envelope_takes_bare_rows_and_whole_events() throws Exception {
        ChangeCodec product = Envelopes.debeziumRows(SchemaLanguage.PROTOBUF, SHELF,
                WriterSchemas.none());
        String text = "{\"id\":1}\n{\"op\":\"d\",\"before\":{\"id\":1},\"ts_ms\":5}\n"
                + "{\"op\":\"t\",\"before\":null}\n";

        List<RowRead> rows = read("a.jsonl",
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), product);

        assertThat(rows.get(0)).isEqualTo(good(1, 1));
        assertThat(rows.get(1)).isInstanceOfSatisfying(RowRead.Good.class, row -> {
            assertThat(row.change().after()).isNull();
            assertThat(row.change().before().get("id")).isEqualTo(1);
            assertThat(row.change().time()).contains(Instant.ofEpochMilli(5));
        });
        assertThat(rows.get(2)).isInstanceOf(RowRead.Bad.class);
    }

    @Test
    void files_without_a_known_ending_are_known_by_their_content() throws Exception {
        assertThat(read("rows", "{\"id\":1}\n")).containsExactly(good(1, 1));
        assertThat(read("rows.txt", "id\n1\n")).containsExactly(good(2, 1));
    }

    private static Path sample(String path) {
        Path file = Path.of("../../shared/data").resolve(path);
        Assumptions.assumeTrue(Files.exists(file), "sample files of other projects are not here");
        return file;
    }

    private static ChangeCodec of(Field... fields) throws Exception {
        return Envelopes.none(Schemas.fromFields(SchemaLanguage.PROTOBUF,
                RecordType.of("sample.Row", List.of(fields)), WriterSchemas.none()));
    }

    private static Field field(String name, ScalarKind kind) {
        return new Field(name, Type.Scalar.of(kind), true);
    }

    private static long allGood(Path file, ChangeCodec product) throws IOException {
        long count = 0;
        try (RowFile rows = RowFiles.open(file.toString(), Files.newInputStream(file), product)) {
            for (var row = rows.next(); row.isPresent(); row = rows.next()) {
                assertThat(row.get()).isInstanceOf(RowRead.Good.class);
                count++;
            }
        }
        return count;
    }

    @Test
    void the_files_of_other_projects_are_read_whole() throws Exception {
        assertThat(allGood(sample("events/flights-20k.jsonl"),
                of(field("date", ScalarKind.STRING), field("delay", ScalarKind.INT32),
                        field("distance", ScalarKind.INT32))))
                .isEqualTo(20_000);
        assertThat(allGood(sample("events/usgs_earthquakes.jsonl"),
                of(field("id", ScalarKind.STRING), new Field("properties", new Type.Json(), true))))
                .isEqualTo(1707);
        assertThat(allGood(sample("events/avro/kylo_userdata1.avro"),
                of(field("id", ScalarKind.INT64), field("salary", ScalarKind.FLOAT64),
                        field("first_name", ScalarKind.STRING))))
                .isEqualTo(1000);
    }
}

package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

/** Schemas and records that other projects publish. */
class WildSchemasTest {
    private static final Path DATA = Path.of("../../shared/data");

    private static List<Path> files(String folder, String suffix) throws IOException {
        Path at = DATA.resolve(folder);
        assumeTrue(Files.isDirectory(at), "sample files of other projects are not here");
        try (var files = Files.walk(at)) {
            return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        }
    }

    private static SchemaFiles beside(Path file) {
        return path -> {
            Path found = file.resolveSibling(path);
            if (!Files.exists(found)) {
                throw new FileNotFoundException("there is no file '" + path + "'");
            }
            return Files.readString(found);
        };
    }

    @Test
    void avro_schemas_open() throws Exception {
        var refused = new ArrayList<String>();
        for (String suffix : List.of(".avsc", ".avpr")) {
            for (Path file : files("schemas/avro", suffix)) {
                try {
                    AvroCodec.open(
                            new SourceSchema(SchemaLanguage.AVRO, Files.readString(file),
                                    file.toString()),
                            Optional.empty(), beside(file), WriterSchemas.none());
                } catch (SchemaProblem e) {
                    refused.add(file.getFileName() + ": " + e.getMessage());
                }
            }
        }
        assertThat(refused).isEmpty();
    }

    @Test
    void avro_containers_decode_to_what_avro_itself_reads_and_encode_to_the_same_bytes()
            throws Exception {
        int rows = 0;
        for (Path file : files("events/avro", ".avro")) {
            try (var reader = new DataFileReader<>(new File(file.toString()),
                    new GenericDatumReader<Object>())) {
                Schema schema = reader.getSchema();
                Codec codec = AvroCodecTest.open(schema.toString());
                for (int i = 0; i < 200 && reader.hasNext(); i++, rows++) {
                    Object expected = reader.next();
                    byte[] bytes = bytes(schema, expected);
                    Row row = codec.decode(bytes);
                    assertSame(expected, row, schema, file + " row " + i);
                    assertThat(codec.encode(row, Optional.empty())).isEqualTo(bytes);
                    byte[] json = JsonValuesTest.write(codec.type(), row).getBytes(
                            java.nio.charset.StandardCharsets.UTF_8);
                    assertThat(JsonValues.read(json, codec.type())).isEqualTo(row);
                }
            }
        }
        assertThat(rows).isGreaterThan(500);
    }

    private static byte[] bytes(Schema schema, Object value) throws IOException {
        var out = new ByteArrayOutputStream();
        var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        new GenericDatumWriter<>(schema).write(value, encoder);
        return out.toByteArray();
    }

    private static void assertSame(Object expected, Object actual, Schema schema, String place) {
        switch (expected) {
            case null -> assertThat(actual).as(place).isNull();
            case IndexedRecord record -> {
                Row row = (Row) actual;
                for (Schema.Field field : record.getSchema().getFields()) {
                    assertSame(record.get(field.pos()), row.get(field.name()), field.schema(),
                            place + "." + field.name());
                }
            }
            case List<?> list -> {
                List<?> elements = (List<?>) actual;
                assertThat(elements).as(place).hasSameSizeAs(list);
                for (int i = 0; i < list.size(); i++) {
                    assertSame(list.get(i), elements.get(i), schema, place + "[" + i + "]");
                }
            }
            case Map<?, ?> map -> assertThat((Map<?, ?>) actual).as(place).hasSameSizeAs(map);
            case CharSequence text -> assertThat(actual).as(place).hasToString(text.toString());
            case ByteBuffer buffer -> {
                if (actual instanceof byte[] bytes) {
                    assertThat(ByteBuffer.wrap(bytes)).as(place).isEqualTo(buffer);
                } else {
                    assertThat(actual).as(place).isInstanceOf(java.math.BigDecimal.class);
                }
            }
            case GenericFixed fixed -> {
                if (actual instanceof byte[] bytes) {
                    assertThat(bytes).as(place).isEqualTo(fixed.bytes());
                }
            }
            case Number number when actual instanceof Number ->
                assertThat(actual).as(place).isEqualTo(number);
            // Dates and times: the bytes that they encode to are compared by the caller.
            case Number number ->
                assertThat(actual).as(place).isInstanceOf(java.time.temporal.Temporal.class);
            default -> assertThat(String.valueOf(actual)).as(place).isEqualTo(expected.toString());
        }
    }

    @Test
    void json_schemas_open() throws Exception {
        var refused = new ArrayList<String>();
        for (Path file : files("schemas/jsonschema", ".json")) {
            if (!file.toString().contains("testsuite")) {
                try {
                    JsonCodec.open(
                            new SourceSchema(SchemaLanguage.JSON, Files.readString(file),
                                    file.toString()),
                            Optional.empty(), beside(file));
                } catch (SchemaProblem e) {
                    refused.add(file.getFileName() + ": " + e.getMessage());
                }
            }
        }
        assertThat(refused).isEmpty();
    }

    /** Which payloads are valid is not for the codec to judge; but whatever the schema, it opens or says why not. */
    @Test
    void schemas_of_the_test_suite_open_or_are_refused_and_valid_payloads_keep_their_text()
            throws Exception {
        var json = new ObjectMapper();
        int opened = 0;
        var refused = new ArrayList<String>();
        for (Path file : files("schemas/jsonschema/testsuite", ".json")) {
            for (JsonNode group : json.readTree(file.toFile())) {
                Codec codec;
                try {
                    codec = JsonCodec.open(
                            new SourceSchema(SchemaLanguage.JSON, group.get("schema").toString(),
                                    "suite"),
                            Optional.empty(), beside(file));
                    opened++;
                } catch (SchemaProblem e) {
                    refused.add(file.getFileName() + ": " + group.path("description").asText()
                            + ": " + e.getMessage());
                    continue;
                }
                for (JsonNode test : group.get("tests")) {
                    try {
                        Row row = codec.decode(json.writeValueAsBytes(test.get("data")));
                        assertThat(codec.decode(codec.encode(row, Optional.empty())))
                                .isEqualTo(row);
                    } catch (UnreadablePayload e) {
                        assertThat(e).hasMessageStartingWith("$");
                    }
                }
            }
        }
        assertThat(opened).isGreaterThan(8 * refused.size()).isPositive();
    }

    @Test
    void recorded_wikimedia_names_are_kept() throws Exception {
        Path file = DATA.resolve("schemas/jsonschema/wikimedia_mediawiki_recentchange_1.0.1.json");
        assumeTrue(Files.exists(file), "sample files of other projects are not here");

        Codec codec = JsonCodec.open(
                new SourceSchema(SchemaLanguage.JSON, Files.readString(file), "r"),
                Optional.empty(), beside(file));

        assertThat(codec.type().fields()).extracting(Field::name).contains("$schema", "log_params",
                "timestamp");
        assertThat(codec.type().fields().get(codec.type().position("log_params").getAsInt()).type())
                .isIn(Set.of(new Type.Json()));
    }
}

package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random pairs of schemas, the reader's grown from the writer's: what we read is what Avro's own reader reads, and what it
 * refuses we refuse or tell. The seed is in the test's name.
 */
class AvroResolutionPropertyTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void values_are_those_of_avros_own_reader(long seed) throws Exception {
        int[] outcomes = run(seed, 300);

        // A test that compared nothing would be none.
        assertThat(outcomes[0]).as("equal").isGreaterThan(500);
        assertThat(outcomes[1]).as("refused by both").isPositive();
    }

    @Test
    void values_are_those_of_avros_own_reader_whatever_the_seed() throws Exception {
        long seed = new Random().nextLong();
        assertThat(run(seed, 100)[0]).as("equal, seed %d", seed).isPositive();
    }

    private static int[] run(long seed, int pairs) throws Exception {
        var random = new Random(seed);
        int[] outcomes = new int[2];
        for (int i = 0; i < pairs; i++) {
            var pair = new Pairs(random).root();
            var writer = new Schema.Parser().parse(pair.writer().toString());
            var reader = new Schema.Parser().parse(pair.reader().toString());
            Codec codec = AvroCodecTest.open(reader.toString(),
                    id -> new SourceSchema(SchemaLanguage.AVRO, writer.toString(), "id " + id));
            for (int j = 0; j < 6; j++) {
                Object value = value(random, writer, 0);
                outcomes[compare(codec, writer, reader, value, "seed " + seed + ", pair " + i
                        + "\nwriter " + writer + "\nreader " + reader + "\nvalue " + value)]++;
            }
        }
        return outcomes;
    }

    /** 0 = equal, 1 = refused by both. */
    private static int compare(Codec codec, Schema writer, Schema reader, Object value,
            String about) throws IOException {
        byte[] payload = bytes(writer, value);
        Object expected = null;
        boolean isRefused = false;
        try {
            var avro = new GenericDatumReader<Object>(writer, reader);
            expected = avro.read(null,
                    // Over bytes in memory it bounds arrays by the reader's size of an element, a mistake.
                    DecoderFactory.get().directBinaryDecoder(
                            new ByteArrayInputStream(payload, 5, payload.length - 5), null));
        } catch (AvroRuntimeException e) {
            isRefused = true;
        }
        var misfits = new ArrayList<Misfit>();
        try {
            Row row = codec.decode(payload, misfits::add);
            if (isRefused) {
                assertThat(misfits).as("told. %s", about).isNotEmpty();
                return 1;
            }
            assertThat(plain(row)).as(about).isEqualTo(plain(expected));
            assertThat(misfits).as(about).isEmpty();
            return 0;
        } catch (IncompatibleSchema e) {
            // Avro's reader notices only when such a value comes.
            assertThat(SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType())
                    .as("%s%n%s", e.getMessage(), about)
                    .isEqualTo(SchemaCompatibilityType.INCOMPATIBLE);
            return 1;
        } catch (UnreadablePayload e) {
            if (!isRefused) {
                fail(e.getMessage() + "\n" + about);
            }
            return 1;
        }
    }

    private static byte[] bytes(Schema schema, Object value) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(new byte[]{0, 0, 0, 0, 1});
        var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        new GenericDatumWriter<>(schema).write(value, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    /** Both sides in one form: maps, lists, text, numbers. */
    private static Object plain(Object value) {
        return switch (value) {
            case null -> null;
            case IndexedRecord record -> {
                var members = new LinkedHashMap<String, Object>();
                record.getSchema().getFields().forEach(
                        field -> members.put(field.name(), plain(record.get(field.pos()))));
                yield members;
            }
            case Row row -> {
                var members = new LinkedHashMap<String, Object>();
                row.type().fields().forEach(
                        field -> members.put(field.name(), plain(row.get(field.name()))));
                yield members;
            }
            case List<?> list -> {
                var elements = new ArrayList<Object>();
                list.forEach(element -> elements.add(plain(element)));
                yield elements;
            }
            case Map<?, ?> map -> {
                var entries = new LinkedHashMap<String, Object>();
                map.forEach((key, entry) -> entries.put(key.toString(), plain(entry)));
                yield entries;
            }
            case ByteBuffer buffer -> {
                byte[] copy = new byte[buffer.remaining()];
                buffer.duplicate().get(copy);
                yield plain(copy);
            }
            case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
            case GenericFixed fixed -> plain(fixed.bytes());
            case CharSequence text -> text.toString();
            case GenericEnumSymbol<?> symbol -> symbol.toString();
            case Float number -> Double.parseDouble(number.toString());
            default -> value;
        };
    }

    private static Object value(Random random, Schema schema, int depth) {
        return switch (schema.getType()) {
            case NULL -> null;
            case BOOLEAN -> random.nextBoolean();
            case INT -> random.nextInt();
            case LONG -> random.nextLong() >> random.nextInt(64);
            case FLOAT -> random.nextInt(9) == 0 ? Float.NaN : random.nextInt() / 7f;
            case DOUBLE -> random.nextInt(9) == 0 ? Double.NEGATIVE_INFINITY : random.nextDouble();
            case STRING -> "é" + random.nextInt(1000);
            case BYTES -> ByteBuffer.wrap(("b" + random.nextInt(1000)).getBytes(
                    java.nio.charset.StandardCharsets.UTF_8));
            case FIXED -> {
                byte[] bytes = new byte[schema.getFixedSize()];
                random.nextBytes(bytes);
                yield new GenericData.Fixed(schema, bytes);
            }
            case ENUM -> new GenericData.EnumSymbol(schema, schema.getEnumSymbols()
                    .get(random.nextInt(schema.getEnumSymbols().size())));
            case ARRAY -> {
                var list = new ArrayList<Object>();
                for (int i = random.nextInt(depth > 5 ? 1 : 4); i > 0; i--) {
                    list.add(value(random, schema.getElementType(), depth + 1));
                }
                yield list;
            }
            case MAP -> {
                var map = new LinkedHashMap<String, Object>();
                for (int i = random.nextInt(depth > 5 ? 1 : 4); i > 0; i--) {
                    map.put("k" + i, value(random, schema.getValueType(), depth + 1));
                }
                yield map;
            }
            case UNION -> {
                List<Schema> branches = schema.getTypes();
                yield value(random,
                        depth > 5
                                ? branches.getFirst()
                                : branches.get(random.nextInt(branches.size())),
                        depth + 1);
            }
            case RECORD -> {
                var record = new GenericData.Record(schema);
                for (Schema.Field field : schema.getFields()) {
                    record.put(field.pos(), value(random, field.schema(), depth + 1));
                }
                yield record;
            }
        };
    }

    /** A writer's schema and a reader's, in JSON. */
    private record Pair(JsonNode writer, JsonNode reader) {
    }

    /** Grows pairs of schemas. */
    private static final class Pairs {
        private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
        private static final Map<String, List<String>> PROMOTIONS = Map.of("int",
                List.of("long", "float", "double"), "long", List.of("float", "double"), "float",
                List.of("double"), "string", List.of("bytes"), "bytes", List.of("string"));

        private final Random random;
        private int names;

        Pairs(Random random) {
            this.random = random;
        }

        private boolean oneIn(int times) {
            return random.nextInt(times) == 0;
        }

        Pair root() {
            return record(0);
        }

        private Pair type(int depth, List<String> around) {
            int kind = random.nextInt(depth > 3 ? 6 : 13);
            return switch (kind) {
                case 0, 1, 2, 3 -> primitive();
                case 4 -> enumOf();
                case 5 -> fixed();
                case 6, 7 -> container("array", "items", depth, around);
                case 8 -> container("map", "values", depth, around);
                case 9, 10 -> record(depth + 1);
                case 11 -> nullable(type(depth + 1, around));
                default -> union(depth);
            };
        }

        private Pair primitive() {
            String writer = List.of("int", "long", "float", "double", "string", "bytes", "boolean")
                    .get(random.nextInt(7));
            var promotions = PROMOTIONS.getOrDefault(writer, List.of());
            String reader = promotions.isEmpty() || !oneIn(3)
                    ? writer
                    : promotions.get(random.nextInt(promotions.size()));
            if (oneIn(60)) {
                reader = "boolean";
            }
            return new Pair(NODES.textNode(writer), NODES.textNode(reader));
        }

        private static boolean isUnion(JsonNode schema) {
            return schema.isArray();
        }

        private Pair nullable(Pair pair) {
            if (isUnion(pair.writer()) || isUnion(pair.reader())) {
                return pair;
            }
            var both = new ArrayList<JsonNode>();
            for (JsonNode side : List.of(pair.writer(), pair.reader())) {
                ArrayNode union = NODES.arrayNode().add("null").add(side);
                both.add(union);
            }
            // One side alone may be nullable.
            return new Pair(oneIn(4) ? pair.writer() : both.get(0),
                    oneIn(8) ? pair.reader() : both.get(1));
        }

        private Pair union(int depth) {
            ArrayNode writer = NODES.arrayNode();
            ArrayNode reader = NODES.arrayNode();
            if (oneIn(2)) {
                writer.add("null");
                reader.add("null");
            }
            if (oneIn(2)) {
                for (int i = 0; i < 2; i++) {
                    Pair record = record(depth + 2);
                    writer.add(record.writer());
                    reader.add(record.reader());
                }
            } else {
                writer.add("string").add("long");
                if (oneIn(6)) {
                    reader.add("boolean");
                }
                reader.add(oneIn(3) ? "double" : "long");
                reader.add("string");
                Pair fixed = fixed();
                writer.add(fixed.writer());
                reader.add(fixed.reader());
            }
            return new Pair(writer, reader);
        }

        private Pair container(String type, String of, int depth, List<String> around) {
            Pair inner = type(depth + 1, around);
            ObjectNode writer = NODES.objectNode().put("type", type);
            writer.set(of, inner.writer());
            ObjectNode reader = NODES.objectNode().put("type", type);
            reader.set(of, inner.reader());
            return new Pair(writer, reader);
        }

        private Pair fixed() {
            ObjectNode fixed = NODES.objectNode().put("type", "fixed").put("name", "n.F" + names++)
                    .put("size", random.nextInt(5));
            return new Pair(fixed, fixed.deepCopy());
        }

        private Pair enumOf() {
            ObjectNode writer = NODES.objectNode().put("type", "enum").put("name", "n.E" + names++);
            ObjectNode reader = writer.deepCopy();
            writer.set("symbols", NODES.arrayNode().add("A").add("B").add("C"));
            ArrayNode symbols = reader.putArray("symbols").add("X").add("C").add("A");
            if (!oneIn(3)) {
                symbols.add("B");
            } else if (!oneIn(4)) {
                reader.put("default", "X");
            }
            return new Pair(writer, reader);
        }

        private Pair record(int depth) {
            String name = "n.R" + names++;
            ObjectNode writer = NODES.objectNode().put("type", "record").put("name", name);
            ObjectNode reader = NODES.objectNode().put("type", "record").put("name", name);
            if (oneIn(5)) {
                // The alias tells it is the same record; a writer's union tells records apart by it.
                reader.put("name", "other." + name.substring(2) + "New");
                reader.putArray("aliases").add(name);
            }
            String readersName = reader.get("name").asText();
            var fields = new ArrayList<ObjectNode>();
            ArrayNode written = writer.putArray("fields");
            int count = random.nextInt(depth > 2 ? 3 : 6);
            for (int i = 0; i < count; i++) {
                boolean isSelf = oneIn(8);
                Pair type = isSelf
                        ? new Pair(NODES.arrayNode().add("null").add(name),
                                NODES.arrayNode().add("null").add(readersName))
                        : type(depth + 1, List.of(name));
                written.addObject().put("name", "f" + i).set("type", type.writer());
                // Names that a dropped field defines may be used behind it, so only simple ones go.
                if (type.reader().isTextual() && oneIn(5)) {
                    continue;
                }
                ObjectNode field = NODES.objectNode().put("name", "f" + i);
                if (oneIn(6)) {
                    field.put("name", "g" + i).putArray("aliases").add("f" + i);
                }
                field.set("type", type.reader());
                fields.add(field);
            }
            if (oneIn(2)) {
                ObjectNode added = NODES.objectNode().put("name", "added");
                switch (random.nextInt(5)) {
                    case 0 -> added.put("type", "int").put("default", 7);
                    case 1 -> added.put("type", "string").put("default", "d");
                    case 2 -> {
                        added.putArray("type").add("null").add("long");
                        added.putNull("default");
                    }
                    case 3 -> {
                        added.putObject("type").put("type", "array").put("items", "bytes");
                        added.putArray("default").add("\u00ff");
                    }
                    default -> {
                        added.putObject("type").put("type", "map").put("values", readersName);
                        added.putObject("default");
                    }
                }
                fields.add(added);
            } else if (oneIn(30)) {
                fields.add(NODES.objectNode().put("name", "missing").put("type", "int"));
            }
            // A name is defined where it comes first, so order changes only where nothing is defined.
            if (fields.stream().allMatch(field -> field.get("type").isTextual())) {
                Collections.shuffle(fields, random);
            }
            ArrayNode read = reader.putArray("fields");
            fields.forEach(read::add);
            return new Pair(writer, reader);
        }
    }
}

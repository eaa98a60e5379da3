package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random types and rows of them survive every way out and in again. The seed is in the test's name. */
class RoundTripTest {

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void rows_survive_json_text_avro_and_json_payloads(long seed) throws Exception {
        var random = new Random(seed);
        for (int i = 0; i < 40; i++) {
            RecordType type = new Generator(random).record(0);
            Codec avro = AvroCodec.fromFields(type, WriterSchemas.none());
            Codec json = JsonCodec.fromFields(type);
            for (int j = 0; j < 10; j++) {
                Row row = (Row) value(random, type);
                String text = JsonValuesTest.write(type, row);
                // Compared as text, because arrays of bytes within lists are equal to themselves only.
                Object read = JsonValues.read(text.getBytes(StandardCharsets.UTF_8), type);
                assertThat(JsonValuesTest.write(type, read)).isEqualTo(text);
                Row fromAvro = avro.decode(avro.encode(row, Optional.empty()));
                assertThat(JsonValuesTest.write(type, fromAvro)).isEqualTo(text);
                Row fromJson = json.decode(json.encode(row, Optional.of(7)));
                assertThat(JsonValuesTest.write(type, fromJson)).isEqualTo(text);
            }
        }
    }

    private static final class Generator {
        private final Random random;
        private int names;

        Generator(Random random) {
            this.random = random;
        }

        RecordType record(int depth) {
            var record = new RecordType("gen.R" + names++, "");
            var fields = new ArrayList<Field>();
            int count = random.nextInt(6);
            for (int i = 0; i < count; i++) {
                boolean isSelf = random.nextInt(10) == 0;
                fields.add(isSelf
                        ? new Field("f" + i, record, true)
                        : new Field("f" + i, type(depth + 1), random.nextBoolean()));
            }
            return record.define(fields);
        }

        private Type type(int depth) {
            return switch (random.nextInt(depth > 3 ? 7 : 10)) {
                case 0 -> new Type.EnumOf("gen.E" + names++, "", List.of("A", "B"), false);
                case 7 -> new Type.ListOf(type(depth + 1), random.nextBoolean());
                case 8 -> new Type.MapOf(type(depth + 1), random.nextBoolean());
                case 9 -> record(depth + 1);
                default -> scalar();
            };
        }

        private Type scalar() {
            ScalarKind kind = ScalarKind.values()[random.nextInt(ScalarKind.values().length)];
            return switch (kind) {
                case DECIMAL -> random.nextBoolean()
                        ? new Type.Scalar(kind, 12, random.nextInt(6))
                        : Type.Scalar.of(kind);
                case TIME -> new Type.Scalar(kind, random.nextBoolean() ? 3 : 6, 0);
                case TIMESTAMP, LOCAL_TIMESTAMP ->
                    new Type.Scalar(kind, 3 * (1 + random.nextInt(3)), 0);
                default -> Type.Scalar.of(kind);
            };
        }
    }

    private static Object orNull(Random random, Type type, boolean nullable) {
        return nullable && random.nextInt(3) == 0 ? null : value(random, type);
    }

    private static Object value(Random random, Type type) {
        return switch (type) {
            case RecordType record -> {
                var values = new Object[record.fields().size()];
                for (int i = 0; i < values.length; i++) {
                    Field field = record.fields().get(i);
                    boolean isSelf = field.type() == record;
                    values[i] = isSelf && random.nextInt(3) > 0
                            ? null
                            : orNull(random, field.type(), field.nullable());
                }
                yield new Row(record, values);
            }
            case Type.ListOf list -> {
                var values = new ArrayList<Object>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    values.add(orNull(random, list.element(), list.elementNullable()));
                }
                yield values;
            }
            case Type.MapOf map -> {
                var values = new LinkedHashMap<String, Object>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    values.put(text(random), orNull(random, map.value(), map.valueNullable()));
                }
                yield values;
            }
            case Type.EnumOf symbols ->
                symbols.symbols().get(random.nextInt(symbols.symbols().size()));
            case Type.Scalar scalar -> scalar(random, scalar);
            case Type.Union union -> value(random, union.members().getFirst());
            case Type.Json ignored -> text(random);
        };
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.appendCodePoint(
                    random.nextBoolean() ? 'a' + random.nextInt(26) : 0x1F600 + random.nextInt(10));
        }
        return text.toString();
    }

    private static Object scalar(Random random, Type.Scalar type) {
        // Seconds between the years 1653 and 2286: what nanoseconds in a long can say.
        long seconds = random.nextLong(-9_000_000_000L, 9_000_000_000L);
        int unit = type.precision() == 0 || type.precision() > 9
                ? 1
                : (int) Math.pow(10, 9 - type.precision());
        int nanos = random.nextInt(1_000_000_000) / unit * unit;
        return switch (type.kind()) {
            case BOOLEAN -> random.nextBoolean();
            case INT32 -> random.nextInt();
            case UINT32 -> random.nextLong(1L << 32);
            case INT64 -> random.nextLong();
            case UINT64 -> new BigInteger(64, random);
            case FLOAT32 -> random.nextFloat();
            case FLOAT64 -> random.nextGaussian();
            case DECIMAL -> new BigDecimal(new BigInteger(30, random), type.scale() < 0
                    ? random.nextInt(9)
                    : type.scale());
            case STRING -> text(random);
            case BYTES -> text(random).getBytes(StandardCharsets.UTF_8);
            case UUID -> new UUID(random.nextLong(), random.nextLong());
            case DATE -> LocalDate.ofEpochDay(random.nextInt(-700_000, 700_000));
            case TIME -> LocalTime.ofSecondOfDay(random.nextInt(86_400)).withNano(nanos);
            case TIMESTAMP -> Instant.ofEpochSecond(seconds, nanos);
            case LOCAL_TIMESTAMP -> LocalDateTime.ofEpochSecond(seconds, nanos, ZoneOffset.UTC);
            case DURATION -> "P" + random.nextInt(100) + "D";
        };
    }
}

package io.tidegate.schema;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Finds how values that one schema wrote are read as another: Avro's schema resolution, with two differences. What a value
 * means counts, not how it is encoded: timestamps of another unit and decimals of another scale come out as the same time
 * and the same number. And what only some values would break on (a symbol or a branch of a union that the reader lacks) is
 * a misfit of those values.
 */
final class AvroResolution {
    /** Trying a branch may try branches inside it; schemas that ask for more of that are refused. */
    private static final int ATTEMPTS_MAX = 1_000;

    private final AvroTypes mixed = new AvroTypes();
    private final Map<Pair, AvroReading.OfRecord> records = new HashMap<>();
    /** The keys of {@link #records} in the order of their coming. */
    private final List<Pair> begunRecords = new ArrayList<>();
    private int attempts;
    private final List<Default> defaults = new ArrayList<>();

    private AvroResolution() {
    }

    /**
     * @param type
     *            what the reader's schema has been read into, or was made from
     * @throws SchemaProblem
     *             naming the first place where the two cannot be brought together, and both types
     */
    static AvroReading of(Schema writer, Schema reader, Type type) throws SchemaProblem {
        var resolution = new AvroResolution();
        AvroReading reading = resolution.resolve(writer, reader, type, "$");
        for (var absent : resolution.defaults) {
            absent.set();
        }
        return reading;
    }

    /** By identity: schemas contain themselves. */
    private record Pair(Schema writer, Schema reader, Type type) {
        @Override
        @SuppressWarnings("ReferenceEquality") // schemas that contain themselves are compared at length
        public boolean equals(@Nullable Object other) {
            return other instanceof Pair pair && writer == pair.writer && reader == pair.reader
                    && type == pair.type;
        }

        @Override
        public int hashCode() {
            return 31 * (31 * System.identityHashCode(writer) + System.identityHashCode(reader))
                    + System.identityHashCode(type);
        }
    }

    /** The value of a field that the writer lacks. */
    private record Default(AvroReading.OfRecord record, int position, AvroReading reading,
            byte[] value) {
        void set() throws SchemaProblem {
            try {
                Object read = reading.read(new AvroBytes(value, 0), 0);
                // A default that is none of its logical type is as good as none.
                record.setAbsent(position, AvroBytes.isMisfit(read) ? null : read);
            } catch (IOException e) {
                throw new SchemaProblem("a default cannot be read: " + e.getMessage());
            }
        }
    }

    private AvroReading resolve(Schema writer, Schema reader, Type type, String path)
            throws SchemaProblem {
        if (writer.getType() == Schema.Type.UNION) {
            return writersUnion(writer, reader, type, path);
        }
        if (reader.getType() == Schema.Type.UNION) {
            return readersUnion(writer, reader, type, path);
        }
        return switch (reader.getType()) {
            case NULL -> {
                expect(writer.getType() == Schema.Type.NULL, writer, reader, path);
                yield (in, depth) -> null;
            }
            case RECORD -> {
                expect(writer.getType() == Schema.Type.RECORD, writer, reader, path);
                yield type instanceof RecordType record
                        ? record(writer, reader, record, path)
                        : variableScale(writer, reader, path);
            }
            case ENUM -> {
                expect(writer.getType() == Schema.Type.ENUM && hasName(writer, reader), writer,
                        reader, path);
                yield enumOf(writer, reader);
            }
            case ARRAY -> {
                expect(writer.getType() == Schema.Type.ARRAY, writer, reader, path);
                var list = (Type.ListOf) type;
                yield new AvroReading.OfArray(resolve(writer.getElementType(),
                        reader.getElementType(), list.element(), path + AvroBytes.ELEMENT),
                        list.elementNullable());
            }
            case MAP -> {
                expect(writer.getType() == Schema.Type.MAP, writer, reader, path);
                var map = (Type.MapOf) type;
                yield new AvroReading.OfMap(resolve(writer.getValueType(), reader.getValueType(),
                        map.value(), path + AvroBytes.ENTRY), map.valueNullable());
            }
            default -> scalar(writer, reader, (Type.Scalar) type, path);
        };
    }

    private static void expect(boolean holds, Schema writer, Schema reader, String path)
            throws SchemaProblem {
        if (!holds) {
            throw new SchemaProblem("at " + path + " it has " + described(writer) + " where "
                    + described(reader) + " is expected");
        }
    }

    static String described(Schema schema) {
        return switch (schema.getType()) {
            case RECORD, ENUM -> schema.getType().getName() + " '" + schema.getFullName() + "'";
            case UNION -> "a union of " + String.join(", ",
                    schema.getTypes().stream().map(AvroResolution::described).toList());
            case ARRAY, MAP -> schema.getType().getName();
            case FIXED -> "fixed(" + schema.getFixedSize() + ")" + meaning(schema);
            default -> schema.getType().getName() + meaning(schema);
        };
    }

    private static String meaning(Schema schema) {
        if (schema.getType() == Schema.Type.NULL || !AvroScalar.of(schema).isMeant()) {
            return "";
        }
        var logical = schema.getLogicalType();
        return " of " + (logical == null ? schema.getProp("connect.name") : logical.getName());
    }

    private static boolean hasName(Schema writer, Schema reader) {
        return writer.getName().equals(reader.getName())
                || reader.getAliases().contains(writer.getFullName());
    }

    private AvroReading writersUnion(Schema writer, Schema reader, Type type, String path)
            throws SchemaProblem {
        List<Schema> branches = writer.getTypes();
        var readings = new AvroReading[branches.size()];
        SchemaProblem first = null;
        boolean isReadable = branches.isEmpty();
        boolean hasOthers = false;
        for (int i = 0; i < readings.length; i++) {
            Schema branch = branches.get(i);
            boolean isNull = branch.getType() == Schema.Type.NULL;
            hasOthers |= !isNull;
            int begun = begunRecords.size();
            int pending = defaults.size();
            try {
                readings[i] = resolve(branch, reader, type, path);
                isReadable |= !isNull;
            } catch (SchemaProblem e) {
                forget(begun, pending);
                readings[i] = new AvroReading.OfOther(branch, described(reader));
                first = first == null ? e : first;
            }
        }
        if (first != null && hasOthers && !isReadable) {
            throw first;
        }
        return new AvroReading.OfUnion(readings);
    }

    private AvroReading readersUnion(Schema writer, Schema reader, Type type, String path)
            throws SchemaProblem {
        int branch = branchFor(writer, reader, type, path);
        expect(branch >= 0, writer, reader, path);
        Schema chosen = reader.getTypes().get(branch);
        boolean isMixed = isMixed(reader, type);
        Type typeOfBranch = typeOf(reader, branch, type);
        AvroReading reading = resolve(writer, chosen, typeOfBranch, path);
        return isMixed ? new AvroReading.OfMixed(reading, typeOfBranch) : reading;
    }

    private static boolean isMixed(Schema union, Type type) {
        return type instanceof Type.Json && AvroTypes.branches(union).size() != 1;
    }

    private Type typeOf(Schema union, int branch, Type type) {
        Schema chosen = union.getTypes().get(branch);
        if (chosen.getType() == Schema.Type.NULL) {
            return new Type.Json();
        }
        if (isMixed(union, type)) {
            return mixed.type(chosen, "Value");
        }
        return type instanceof Type.Union members
                ? members.members().get(AvroTypes.branches(union).indexOf(chosen))
                : type;
    }

    /** As Avro's own reader chooses: the same type and name, a record with readable fields, then a promotion. */
    private int branchFor(Schema writer, Schema reader, Type type, String path)
            throws SchemaProblem {
        List<Schema> branches = reader.getTypes();
        boolean isNamed = switch (writer.getType()) {
            case RECORD, ENUM, FIXED -> true;
            default -> false;
        };
        for (int i = 0; i < branches.size(); i++) {
            Schema branch = branches.get(i);
            if (branch.getType() == writer.getType()
                    && (!isNamed || branch.getFullName().equals(writer.getFullName())
                            || branch.getAliases().contains(writer.getFullName()))) {
                return i;
            }
        }
        int structure = -1;
        for (int i = 0; i < branches.size() && isNamed; i++) {
            Schema branch = branches.get(i);
            if (branch.getType() == writer.getType()
                    && (structure < 0 || branch.getName().equals(writer.getName()))
                    && resolves(writer, branch, typeOf(reader, i, type), path)) {
                structure = i;
            }
        }
        for (int i = 0; i < branches.size() && structure < 0; i++) {
            Schema branch = branches.get(i);
            if (branch.getType() != writer.getType()
                    && resolves(writer, branch, typeOf(reader, i, type), path)) {
                structure = i;
            }
        }
        return structure;
    }

    private boolean resolves(Schema writer, Schema reader, Type type, String path)
            throws SchemaProblem {
        if (++attempts > ATTEMPTS_MAX) {
            throw new SchemaProblem("at " + path + " it has " + described(writer)
                    + ", and too many ways to read it as " + described(reader));
        }
        int begun = begunRecords.size();
        int pending = defaults.size();
        try {
            var unused = resolve(writer, reader, type, path);
            return true;
        } catch (SchemaProblem e) {
            return false;
        } finally {
            forget(begun, pending);
        }
    }

    /** Records that were begun since then may not be whole. */
    private void forget(int begun, int pending) {
        var since = begunRecords.subList(begun, begunRecords.size());
        since.forEach(records::remove);
        since.clear();
        defaults.subList(pending, defaults.size()).clear();
    }

    private AvroReading record(Schema writer, Schema reader, RecordType type, String path)
            throws SchemaProblem {
        var pair = new Pair(writer, reader, type);
        var known = records.get(pair);
        if (known != null) {
            return known;
        }
        var record = new AvroReading.OfRecord(type);
        records.put(pair, record);
        begunRecords.add(pair);
        var readings = new ArrayList<AvroReading>();
        var names = new ArrayList<String>();
        var targets = new ArrayList<Integer>();
        var sources = new HashMap<String, Schema.Field>();
        for (Schema.Field field : reader.getFields()) {
            Schema.Field source = source(writer, field);
            if (source != null) {
                // Of two fields that are both meant by one of the writer's, Avro takes the later one.
                sources.put(source.name(), field);
            } else {
                absent(record, reader, field, type.fields().get(field.pos()), path);
            }
        }
        for (Schema.Field source : writer.getFields()) {
            Schema.Field field = sources.get(source.name());
            if (field == null) {
                readings.add(new AvroReading.Skipped(source.schema()));
                names.add(source.name());
                targets.add(AvroReading.OfRecord.skipped());
            } else {
                readings.add(resolve(source.schema(), field.schema(),
                        type.fields().get(field.pos()).type(), path + "." + field.name()));
                names.add(field.name());
                targets.add(field.pos());
            }
        }
        record.set(readings, names, targets);
        return record;
    }

    private static Schema.@Nullable Field source(Schema writer, Schema.Field field) {
        Schema.Field source = writer.getField(field.name());
        for (String alias : field.aliases()) {
            source = source == null ? writer.getField(alias) : source;
        }
        return source;
    }

    private void absent(AvroReading.OfRecord record, Schema reader, Schema.Field field, Field typed,
            String path) throws SchemaProblem {
        if (!field.hasDefaultValue()) {
            throw new SchemaProblem("at " + path + "." + field.name() + " it has no field where "
                    + described(field.schema()) + " is expected, and '" + reader.getFullName()
                    + "' gives no default");
        }
        var value = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(value, null);
        try {
            new GenericDatumWriter<>(field.schema())
                    .write(GenericData.get().getDefaultValue(field), encoder);
            encoder.flush();
        } catch (IOException | AvroRuntimeException e) {
            throw new SchemaProblem("the default of '" + field.name() + "' in '"
                    + reader.getFullName() + "' is no value of " + described(field.schema()));
        }
        defaults.add(new Default(record, field.pos(),
                resolve(field.schema(), field.schema(), typed.type(), path + "." + field.name()),
                value.toByteArray()));
    }

    private static AvroReading enumOf(Schema writer, Schema reader) {
        List<String> written = writer.getEnumSymbols();
        @Nullable
        String[] symbols = new @Nullable String[written.size()];
        for (int i = 0; i < symbols.length; i++) {
            symbols[i] = reader.hasEnumSymbol(written.get(i))
                    ? written.get(i)
                    : reader.getEnumDefault();
        }
        return new AvroReading.OfEnum(symbols, reader.getFullName());
    }

    private static AvroReading scalar(Schema writer, Schema reader, Type.Scalar type, String path)
            throws SchemaProblem {
        boolean isScalar = switch (writer.getType()) {
            case RECORD, ENUM, ARRAY, MAP, NULL, UNION -> false;
            case FIXED -> reader.getType() != Schema.Type.FIXED || hasName(writer, reader)
                    || AvroScalar.of(writer).isMeant();
            default -> true;
        };
        AvroReading reading = isScalar
                ? AvroScalarReading.of(AvroScalar.of(writer), AvroScalar.of(reader).as(type))
                : null;
        expect(reading != null, writer, reader, path);
        return Objects.requireNonNull(reading);
    }

    /** Debezium's record of a scale and digits as the decimal that it means. */
    private static AvroReading variableScale(Schema writer, Schema reader, String path)
            throws SchemaProblem {
        Schema.Field scale = writer.getField("scale");
        Schema.Field value = writer.getField("value");
        expect(scale != null && scale.schema().getType() == Schema.Type.INT
                && value != null && value.schema().getType() == Schema.Type.BYTES, writer, reader,
                path);
        return (in, depth) -> {
            int digits = 0;
            byte[] unscaled = {};
            for (Schema.Field field : writer.getFields()) {
                if (field.equals(scale)) {
                    digits = in.readInt();
                } else if (field.equals(value)) {
                    unscaled = in.readByteArray();
                } else {
                    var unused = new AvroReading.Skipped(field.schema()).read(in, depth + 1);
                }
            }
            return AvroScalarReading.decimal(in, depth, unscaled, digits);
        };
    }
}

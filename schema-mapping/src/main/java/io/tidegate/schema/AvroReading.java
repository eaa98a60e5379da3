package io.tidegate.schema;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Reads what one Avro schema wrote as values of one neutral type. Made once for the two ({@link AvroResolution}), so that
 * no value looks anything up by name.
 */
@FunctionalInterface
interface AvroReading {

    /**
     * @param depth
     *            how many records, arrays and maps this value is in
     * @return the value, or {@link AvroBytes#MISFIT} if it was read to its end and is none of this type
     * @throws IOException
     *             if the bytes are no value of the schema that wrote them
     */
    @Nullable
    Object read(AvroBytes in, int depth) throws IOException;

    private static void check(int depth) throws IOException {
        if (depth > JsonReading.MAX_DEPTH) {
            throw new IOException("it nests deeper than " + JsonReading.MAX_DEPTH + " levels");
        }
    }

    /** A record; its parts are set behind it, because a record may contain itself. */
    final class OfRecord implements AvroReading {
        private static final int SKIPPED = -1;

        private final RecordType type;
        private final boolean[] nullable;
        /** In the writer's order. */
        private AvroReading[] readings = {};
        private String[] names = {};
        /** Where in the row each value belongs. */
        private int[] targets = {};
        /** What stands in the fields that the writer lacks. */
        private @Nullable Object[] absent;

        OfRecord(RecordType type) {
            this.type = type;
            List<Field> fields = type.fields();
            this.nullable = new boolean[fields.size()];
            for (int i = 0; i < nullable.length; i++) {
                nullable[i] = fields.get(i).nullable();
            }
            this.absent = new @Nullable Object[nullable.length];
        }

        void set(List<AvroReading> readings, List<String> names, List<Integer> targets) {
            this.readings = readings.toArray(AvroReading[]::new);
            this.names = names.toArray(String[]::new);
            this.targets = targets.stream().mapToInt(Integer::intValue).toArray();
        }

        void setAbsent(int field, @Nullable Object value) {
            absent[field] = value;
        }

        static int skipped() {
            return SKIPPED;
        }

        @Override
        public Object read(AvroBytes in, int depth) throws IOException {
            check(depth);
            in.beginRecord();
            @Nullable
            Object[] row = absent.clone();
            boolean fits = true;
            for (int i = 0; i < readings.length; i++) {
                in.enter(depth, names[i]);
                Object value = readings[i].read(in, depth + 1);
                int target = targets[i];
                if (target == SKIPPED) {
                    continue;
                }
                if (AvroBytes.isMisfit(value)) {
                    value = null;
                    fits &= nullable[target];
                }
                row[target] = value;
            }
            return fits ? new Row(type, row) : AvroBytes.MISFIT;
        }
    }

    /** An array. */
    record OfArray(AvroReading element, boolean nullable) implements AvroReading {
        @Override
        public Object read(AvroBytes in, int depth) throws IOException {
            check(depth);
            long count = in.readCount();
            var list = new ArrayList<@Nullable Object>((int) Math.min(count, 1 << 16));
            boolean fits = true;
            for (; count > 0; count = in.readCount()) {
                for (long i = 0; i < count; i++) {
                    in.enter(depth, AvroBytes.ELEMENT);
                    Object value = element.read(in, depth + 1);
                    if (AvroBytes.isMisfit(value)) {
                        value = null;
                        fits &= nullable;
                    }
                    list.add(value);
                }
            }
            return fits ? list : AvroBytes.MISFIT;
        }
    }

    /** A map. */
    record OfMap(AvroReading entry, boolean nullable) implements AvroReading {
        @Override
        public Object read(AvroBytes in, int depth) throws IOException {
            check(depth);
            var map = new LinkedHashMap<String, @Nullable Object>();
            boolean fits = true;
            for (long count = in.readCount(); count > 0; count = in.readCount()) {
                for (long i = 0; i < count; i++) {
                    in.enter(depth, AvroBytes.ENTRY);
                    String key = in.readString();
                    Object value = entry.read(in, depth + 1);
                    if (AvroBytes.isMisfit(value)) {
                        value = null;
                        fits &= nullable;
                    }
                    map.put(key, value);
                }
            }
            return fits ? map : AvroBytes.MISFIT;
        }
    }

    /** A union of the writer. */
    record OfUnion(AvroReading[] branches) implements AvroReading {
        @Override
        public @Nullable Object read(AvroBytes in, int depth) throws IOException {
            int branch = in.readInt();
            if (branch < 0 || branch >= branches.length) {
                throw new IOException(
                        "branch " + branch + " of a union with " + branches.length + " branches");
            }
            return branches[branch].read(in, depth);
        }
    }

    /** An enum; a symbol that the reader lacks is null. */
    record OfEnum(@Nullable String[] symbols, String name) implements AvroReading {
        @Override
        public Object read(AvroBytes in, int depth) throws IOException {
            int symbol = in.readInt();
            if (symbol < 0 || symbol >= symbols.length) {
                throw new IOException(
                        "symbol " + symbol + " of an enum with " + symbols.length + " symbols");
            }
            String known = symbols[symbol];
            return known == null ? in.misfit(depth, "a symbol of '" + name + "'") : known;
        }
    }

    /** A value that is carried as JSON, because no neutral type describes its union. */
    record OfMixed(AvroReading reading, Type type) implements AvroReading {
        @Override
        public @Nullable Object read(AvroBytes in, int depth) throws IOException {
            Object value = reading.read(in, depth);
            return AvroBytes.isMisfit(value) ? value : JsonValues.plain(type, value);
        }
    }

    /** A value of the writer that the reader has no type for. */
    record OfOther(Schema written, String expected) implements AvroReading {
        @Override
        public Object read(AvroBytes in, int depth) throws IOException {
            skip(written, in, depth);
            return in.misfit(depth, expected);
        }
    }

    /** A field of the writer that the reader does not have. */
    record Skipped(Schema written) implements AvroReading {
        @Override
        public @Nullable Object read(AvroBytes in, int depth) throws IOException {
            skip(written, in, depth);
            return null;
        }
    }

    private static void skip(Schema schema, AvroBytes in, int depth) throws IOException {
        check(depth);
        switch (schema.getType()) {
            case NULL -> {
            }
            case BOOLEAN -> {
                var unused = in.readBoolean();
            }
            case INT, LONG, ENUM -> {
                var unused = in.readLong();
            }
            case FLOAT -> in.skipFixed(4);
            case DOUBLE -> in.skipFixed(8);
            case STRING, BYTES -> in.skipBytes();
            case FIXED -> in.skipFixed(schema.getFixedSize());
            case UNION -> {
                int branch = in.readInt();
                if (branch < 0 || branch >= schema.getTypes().size()) {
                    throw new IOException("branch " + branch + " of a union with "
                            + schema.getTypes().size() + " branches");
                }
                skip(schema.getTypes().get(branch), in, depth);
            }
            case RECORD -> {
                in.beginRecord();
                for (Schema.Field field : schema.getFields()) {
                    skip(field.schema(), in, depth + 1);
                }
            }
            case ARRAY -> {
                for (long count = in.skipCount(); count > 0; count = in.skipCount()) {
                    for (long i = 0; i < count; i++) {
                        skip(schema.getElementType(), in, depth + 1);
                    }
                }
            }
            case MAP -> {
                for (long count = in.skipCount(); count > 0; count = in.skipCount()) {
                    for (long i = 0; i < count; i++) {
                        in.skipBytes();
                        skip(schema.getValueType(), in, depth + 1);
                    }
                }
            }
        }
    }
}

package io.tidegate.contract;

import io.tidegate.schema.Change;
import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.Codec;
import io.tidegate.schema.Field;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import io.tidegate.schema.UnreadablePayload;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads some whole numbers of a schema as times, and writes those times as the numbers again. The rows of the schema are
 * turned into rows of a type of their own.
 */
final class EpochTimes implements ChangeCodec {
    private final ChangeCodec codec;
    private final Map<RecordType, Map<Integer, EpochUnit>> times;
    /** By the record as the schema has it. */
    private final Map<RecordType, Turned> turned = new HashMap<>();
    /** By the record as partners see it. */
    private final Map<RecordType, Turned> back = new HashMap<>();
    private final RecordType type;

    /** One record in both of its types. */
    private record Turned(RecordType from, RecordType to, Map<Integer, EpochUnit> units) {
    }

    private EpochTimes(ChangeCodec codec, Map<RecordType, Map<Integer, EpochUnit>> times) {
        this.codec = codec;
        this.times = times;
        this.type = record(codec.rowType());
    }

    /** The same codec where there are no such fields. */
    static ChangeCodec of(ChangeCodec codec, Map<RecordType, Map<Integer, EpochUnit>> times) {
        return times.isEmpty() ? codec : new EpochTimes(codec, times);
    }

    @Override
    public RecordType rowType() {
        return type;
    }

    @Override
    public Codec payload() {
        return codec.payload();
    }

    @Override
    public List<Change> read(byte @Nullable [] value, Map<String, byte[]> headers)
            throws UnreadablePayload {
        var changes = codec.read(value, headers);
        if (changes.size() == 1) {
            return List.of(read(changes.getFirst()));
        }
        var read = new ArrayList<Change>(changes.size());
        for (var change : changes) {
            read.add(read(change));
        }
        return read;
    }

    private Change read(Change change) throws UnreadablePayload {
        var misfits = new ArrayList<Misfit>(change.misfits());
        return new Change(read(change.before(), misfits), read(change.after(), misfits),
                change.time(), misfits);
    }

    @Override
    public byte @Nullable [] write(Change change, java.util.Optional<Integer> framing)
            throws UnreadablePayload {
        return codec.write(new Change(written(change.before()), written(change.after()),
                change.time(), change.misfits()), framing);
    }

    private @Nullable Row read(@Nullable Row row, List<Misfit> misfits) throws UnreadablePayload {
        return row == null ? null : (Row) read(row, "", misfits);
    }

    private @Nullable Row written(@Nullable Row row) throws UnreadablePayload {
        return row == null ? null : (Row) written((Object) row);
    }

    private @Nullable Object read(@Nullable Object value, String path, List<Misfit> misfits)
            throws UnreadablePayload {
        return switch (value) {
            case Row row -> readRow(row, path, misfits);
            case List<?> list -> {
                var read = new ArrayList<@Nullable Object>(list.size());
                for (var element : list) {
                    read.add(read(element, path + "[]", misfits));
                }
                yield read;
            }
            case Map<?, ?> map -> {
                var read = new LinkedHashMap<Object, @Nullable Object>();
                for (var entry : map.entrySet()) {
                    read.put(entry.getKey(), read(entry.getValue(), path + "{}", misfits));
                }
                yield read;
            }
            case null, default -> value;
        };
    }

    private Row readRow(Row row, String path, List<Misfit> misfits) throws UnreadablePayload {
        var turned = Objects.requireNonNull(this.turned.get(row.type()), "every record is known");
        var fields = turned.from().fields();
        @Nullable
        Object[] values = new @Nullable Object[fields.size()];
        for (int i = 0; i < values.length; i++) {
            var field = fields.get(i);
            var at = path.isEmpty() ? field.name() : path + "." + field.name();
            var unit = turned.units().get(i);
            if (unit == null) {
                values[i] = field.type() instanceof Type.Json
                        ? row.get(i)
                        : read(row.get(i), at, misfits);
            } else if (row.get(i) instanceof Number count) {
                values[i] = instant(unit, count);
                if (values[i] == null) {
                    if (!field.nullable()) {
                        throw new UnreadablePayload("$." + at + ": expected " + unit.described()
                                + " but found one that no date is that far from");
                    }
                    misfits.add(new Misfit(at, unit.described()));
                }
            }
        }
        return new Row(turned.to(), values);
    }

    private static @Nullable Instant instant(EpochUnit unit, Number count) {
        try {
            return unit.instant(count instanceof BigInteger big
                    ? big.longValueExact()
                    : count.longValue());
        } catch (DateTimeException | ArithmeticException e) {
            return null;
        }
    }

    private @Nullable Object written(@Nullable Object value) throws UnreadablePayload {
        return switch (value) {
            case Row row -> writtenRow(row);
            case List<?> list -> {
                var written = new ArrayList<@Nullable Object>(list.size());
                for (var element : list) {
                    written.add(written(element));
                }
                yield written;
            }
            case Map<?, ?> map -> {
                var written = new LinkedHashMap<Object, @Nullable Object>();
                for (var entry : map.entrySet()) {
                    written.put(entry.getKey(), written(entry.getValue()));
                }
                yield written;
            }
            case null, default -> value;
        };
    }

    private Row writtenRow(Row row) throws UnreadablePayload {
        var turned = Objects.requireNonNull(back.get(row.type()), "every record is known");
        var fields = turned.from().fields();
        @Nullable
        Object[] values = new @Nullable Object[fields.size()];
        for (int i = 0; i < values.length; i++) {
            var field = fields.get(i);
            var unit = turned.units().get(i);
            if (unit == null) {
                values[i] = field.type() instanceof Type.Json ? row.get(i) : written(row.get(i));
            } else if (row.get(i) instanceof Instant instant
                    && field.type() instanceof Type.Scalar scalar) {
                values[i] = number(unit, instant, scalar.kind(), field.name());
            }
        }
        return new Row(turned.from(), values);
    }

    private static Object number(EpochUnit unit, Instant instant, ScalarKind kind, String field)
            throws UnreadablePayload {
        try {
            long count = unit.count(instant);
            return switch (kind) {
                case INT32 -> Math.toIntExact(count);
                case UINT64 -> BigInteger.valueOf(count);
                default -> count;
            };
        } catch (ArithmeticException e) {
            throw new UnreadablePayload("$." + field + ": the time does not fit into the number"
                    + " that the schema has for it");
        }
    }

    private RecordType record(RecordType from) {
        var known = turned.get(from);
        if (known != null) {
            return known.to();
        }
        var to = new RecordType(from.name(), from.doc());
        var units = Map.copyOf(times.getOrDefault(from, Map.of()));
        var both = new Turned(from, to, units);
        turned.put(from, both);
        back.put(to, both);
        var fields = new ArrayList<Field>();
        for (int i = 0; i < from.fields().size(); i++) {
            var field = from.fields().get(i);
            var unit = units.get(i);
            fields.add(new Field(field.name(),
                    unit == null ? type(field.type()) : unit.type(), field.nullable(),
                    field.doc(), field.deprecated()));
        }
        to.define(fields);
        return to;
    }

    private Type type(Type from) {
        return switch (from) {
            case RecordType record -> record(record);
            case Type.ListOf list -> new Type.ListOf(type(list.element()), list.elementNullable());
            case Type.MapOf map -> new Type.MapOf(type(map.value()), map.valueNullable());
            case Type.Union union -> new Type.Union(union.name(),
                    union.members().stream().map(this::record).toList());
            case Type.Scalar scalar -> scalar;
            case Type.EnumOf symbols -> symbols;
            case Type.Json json -> json;
        };
    }
}

package io.tidegate.schema;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Debezium's change events: the row before, the row after, what happened ({@code op}) and when ({@code ts_ms}). */
final class DebeziumEnvelope implements ChangeCodec {
    private final Codec payload;
    private final RecordType rowType;
    private final int before;
    private final int after;
    private final int op;
    private final OptionalInt time;

    private DebeziumEnvelope(Codec payload, RecordType rowType, int before, int after, int op) {
        this.payload = payload;
        this.rowType = rowType;
        this.before = before;
        this.after = after;
        this.op = op;
        this.time = payload.type().position("ts_ms");
    }

    static DebeziumEnvelope of(Codec payload) throws SchemaProblem {
        RecordType type = payload.type();
        int after = position(type, "after");
        if (!(type.fields().get(after).type() instanceof RecordType row)) {
            throw new SchemaProblem("a Debezium envelope's 'after' must be a record, but in '"
                    + type.name() + "' it is not");
        }
        int before = position(type, "before");
        return new DebeziumEnvelope(payload, row, before, after, position(type, "op"));
    }

    private static int position(RecordType type, String name) throws SchemaProblem {
        OptionalInt position = type.position(name);
        if (position.isEmpty()) {
            throw new SchemaProblem("a Debezium envelope has the fields 'before', 'after' and 'op',"
                    + " but '" + type.name() + "' has no '" + name + "': its fields are "
                    + Envelopes.names(type));
        }
        return position.getAsInt();
    }

    @Override
    public RecordType rowType() {
        return rowType;
    }

    @Override
    public Codec payload() {
        return payload;
    }

    @Override
    public List<Change> read(byte @Nullable [] value, Map<String, byte[]> headers)
            throws UnreadablePayload {
        if (value == null) {
            return List.of(Change.delete());
        }
        var misfits = new ArrayList<Misfit>(0);
        return List.of(
                change(payload.decode(value, misfit -> addOfRow(misfit, misfits)), misfits));
    }

    /** Tells a misfit by its path in the row. One that is not in a row has no meaning for the change. */
    private static void addOfRow(Misfit misfit, List<Misfit> misfits) {
        for (String part : List.of("after.", "before.")) {
            if (misfit.path().startsWith(part)) {
                var inRow = new Misfit(misfit.path().substring(part.length()), misfit.expected());
                if (!misfits.contains(inRow)) {
                    misfits.add(inRow);
                }
            }
        }
    }

    /** What an envelope's row says. */
    private Change change(Row envelope, List<Misfit> misfits) throws UnreadablePayload {
        Row old = envelope.get(before) instanceof Row row ? asRow(row) : null;
        Row now = envelope.get(after) instanceof Row row ? row : null;
        String operation = String.valueOf(envelope.get(op));
        return switch (operation) {
            case "c", "r", "u" -> {
                if (now == null && !misfits.isEmpty()) {
                    throw new UnreadablePayload(misfits.getFirst().toString());
                }
                if (now == null) {
                    throw new UnreadablePayload("the Debezium event has op '" + operation
                            + "' but no 'after'");
                }
                yield new Change(old, now, time(envelope), misfits);
            }
            case "d" -> new Change(old, null, time(envelope), misfits);
            case "t" -> throw new UnreadablePayload("the Debezium event is a truncate (op 't'),"
                    + " which says nothing about single rows; skip them at the connector"
                    + " ('skipped.operations=t')");
            case "m" -> throw new UnreadablePayload("the Debezium event is a message (op 'm'), not"
                    + " a change of a row; send those to another topic");
            default -> throw new UnreadablePayload(
                    "the Debezium event has no known 'op'; expected c, r, u, d, t or m");
        };
    }

    /** A schema may spell out the record twice; where both agree, the row before is one of the same rows. */
    private @Nullable Row asRow(Row old) {
        if (old.type() == rowType) {
            return old;
        }
        @Nullable
        Object[] values = new @Nullable Object[rowType.fields().size()];
        for (int i = 0; i < values.length; i++) {
            Field field = rowType.fields().get(i);
            OptionalInt position = old.type().position(field.name());
            if (position.isEmpty() || !old.type().fields().get(position.getAsInt()).type()
                    .equals(field.type())) {
                return null;
            }
            values[i] = old.get(position.getAsInt());
        }
        return new Row(rowType, values);
    }

    private Optional<Instant> time(Row envelope) throws UnreadablePayload {
        if (time.isEmpty()) {
            return Optional.empty();
        }
        return switch (envelope.get(time.getAsInt())) {
            case Instant instant -> Optional.of(instant);
            case Number millis -> {
                try {
                    yield Optional.of(Instant.ofEpochMilli(millis.longValue()));
                } catch (DateTimeException e) {
                    throw new UnreadablePayload("the Debezium event's 'ts_ms' is no time", e);
                }
            }
            case null, default -> Optional.empty();
        };
    }

    @Override
    public byte @Nullable [] write(Change change, Optional<Integer> framing)
            throws UnreadablePayload {
        if (change.before() == null && change.after() == null) {
            return null;
        }
        RecordType type = payload.type();
        @Nullable
        Object[] values = new @Nullable Object[type.fields().size()];
        boolean sameRecord = type.fields().get(before).type() == rowType;
        values[before] = sameRecord ? change.before() : null;
        values[after] = change.after();
        values[op] = change.after() == null ? "d" : change.before() == null ? "c" : "u";
        if (time.isPresent()) {
            Instant at = change.time().orElse(Instant.EPOCH);
            boolean instant = type.fields().get(time.getAsInt())
                    .type() instanceof Type.Scalar scalar
                    && scalar.kind() == ScalarKind.TIMESTAMP;
            values[time.getAsInt()] = instant ? (Object) at : (Object) at.toEpochMilli();
        }
        for (int i = 0; i < values.length; i++) {
            Field field = type.fields().get(i);
            if (values[i] == null && !field.nullable()) {
                values[i] = Absent.of(field.type());
            }
        }
        return payload.encode(new Row(type, values), framing);
    }

    /** What stands in the fields of an envelope that a written change knows nothing about. */
    private static final class Absent {
        private Absent() {
        }

        static @Nullable Object of(Type type) {
            return switch (type) {
                case Type.Scalar scalar -> switch (scalar.kind()) {
                    case STRING -> "";
                    case INT32 -> 0;
                    case INT64, UINT32 -> 0L;
                    case BOOLEAN -> false;
                    case FLOAT32 -> 0f;
                    case FLOAT64 -> 0d;
                    case TIMESTAMP -> Instant.EPOCH;
                    default -> null;
                };
                case Type.EnumOf symbols -> symbols.symbols().getFirst();
                case Type.ListOf list -> List.of();
                case Type.MapOf map -> Map.of();
                case RecordType record -> {
                    @Nullable
                    Object[] values = new @Nullable Object[record.fields().size()];
                    for (int i = 0; i < values.length; i++) {
                        Field field = record.fields().get(i);
                        values[i] = field.nullable() || field.type() == record
                                ? null
                                : of(field.type());
                    }
                    yield new Row(record, values);
                }
                case Type.Union union -> null;
                case Type.Json json -> null;
            };
        }
    }
}

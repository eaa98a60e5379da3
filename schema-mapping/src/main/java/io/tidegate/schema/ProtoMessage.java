package io.tidegate.schema;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.tidegate.schema.ProtoReading.Unfit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of one record type as messages of one descriptor, and back. Completed in two steps, as its record type is. */
final class ProtoMessage {
    private final Descriptor descriptor;
    private final RecordType type;
    private Slot[] slots = {};

    ProtoMessage(Descriptor descriptor, RecordType type) {
        this.descriptor = descriptor;
        this.type = type;
    }

    /** Where the value of one field of the record comes from. */
    sealed interface Slot {
        /**
         * A field of the message.
         *
         * @param defaultWhenAbsent
         *            whether an absent field means its default
         */
        record Value(FieldDescriptor wire, ProtoForms.Form form, boolean defaultWhenAbsent)
                implements
                    Slot {
        }

        /** Which member of a oneof is set. */
        record Case(OneofDescriptor oneof) implements Slot {
        }
    }

    /**
     * @param slots
     *            one a field of the record, in its order
     */
    void define(List<Slot> slots) {
        this.slots = slots.toArray(Slot[]::new);
    }

    RecordType type() {
        return type;
    }

    Descriptor descriptor() {
        return descriptor;
    }

    Row read(Message message, ProtoReading at) throws Unfit {
        @Nullable
        Object[] values = new @Nullable Object[slots.length];
        int depth = at.depth();
        for (int i = 0; i < slots.length; i++) {
            Field field = type.fields().get(i);
            at.enter(field.name());
            Object value = null;
            try {
                value = read(message, slots[i], at);
                if (value == null && !field.nullable()) {
                    throw at.unfit("a value");
                }
            } catch (Unfit e) {
                if (!field.nullable()) {
                    throw e;
                }
                at.tell(e);
            } finally {
                at.leave(depth);
            }
            values[i] = value;
        }
        return new Row(type, values);
    }

    private static @Nullable Object read(Message message, Slot slot, ProtoReading at)
            throws Unfit {
        return switch (slot) {
            case Slot.Value one -> {
                FieldDescriptor wire = one.wire();
                boolean absent = !wire.isRepeated() && wire.hasPresence()
                        && !message.hasField(wire);
                yield absent && !one.defaultWhenAbsent()
                        ? null
                        : one.form().read().apply(message.getField(wire), at);
            }
            case Slot.Case one -> {
                FieldDescriptor set = message.getOneofFieldDescriptor(one.oneof());
                yield set == null ? null : set.getName();
            }
        };
    }

    DynamicMessage write(Row row) throws UnreadablePayload {
        if (row.type() != type) {
            throw new UnreadablePayload("expected a row of the record '" + type.name()
                    + "' but was one of '" + row.type().name() + "'");
        }
        var message = DynamicMessage.newBuilder(descriptor);
        for (int i = 0; i < slots.length; i++) {
            Object value = row.get(i);
            switch (slots[i]) {
                case Slot.Value slot -> write(message, slot, value, i);
                case Slot.Case slot -> checkCase(message, slot.oneof(), value);
            }
        }
        return message.build();
    }

    private void write(DynamicMessage.Builder message, Slot.Value slot, @Nullable Object value,
            int position) throws UnreadablePayload {
        FieldDescriptor wire = slot.wire();
        Object written = value == null ? null : slot.form().write().apply(value);
        if (written == null) {
            if (!type.fields().get(position).nullable()) {
                throw missing(position);
            }
            return;
        }
        OneofDescriptor oneof = wire.getRealContainingOneof();
        if (oneof != null && message.hasOneof(oneof)) {
            throw new UnreadablePayload("only one of the fields of the oneof '"
                    + oneof.getFullName() + "' may have a value");
        }
        message.setField(wire, written);
    }

    private static void checkCase(DynamicMessage.Builder message, OneofDescriptor oneof,
            @Nullable Object value) throws UnreadablePayload {
        FieldDescriptor set = message.getOneofFieldDescriptor(oneof);
        if (value != null && (set == null || !set.getName().equals(value))) {
            throw new UnreadablePayload("the oneof '" + oneof.getFullName()
                    + "' has a case whose field has no value");
        }
    }

    private UnreadablePayload missing(int position) {
        return new UnreadablePayload("the field '" + type.fields().get(position).name() + "' of '"
                + type.name() + "' has no value");
    }
}

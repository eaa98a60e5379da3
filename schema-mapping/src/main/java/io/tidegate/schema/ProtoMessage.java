package io.tidegate.schema;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
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
        /** A field of the message. */
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

    Row read(Message message) throws UnreadablePayload {
        @Nullable
        Object[] values = new @Nullable Object[slots.length];
        for (int i = 0; i < slots.length; i++) {
            Object value = switch (slots[i]) {
                case Slot.Value slot -> read(message, slot);
                case Slot.Case slot -> {
                    FieldDescriptor set = message.getOneofFieldDescriptor(slot.oneof());
                    yield set == null ? null : set.getName();
                }
            };
            if (value == null && !type.fields().get(i).nullable()) {
                throw missing(i);
            }
            values[i] = value;
        }
        return new Row(type, values);
    }

    private static @Nullable Object read(Message message, Slot.Value slot)
            throws UnreadablePayload {
        FieldDescriptor wire = slot.wire();
        boolean absent = !wire.isRepeated() && wire.hasPresence() && !message.hasField(wire);
        if (absent && !slot.defaultWhenAbsent()) {
            return null;
        }
        return slot.form().read().apply(absent ? wire.getDefaultValue() : message.getField(wire));
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

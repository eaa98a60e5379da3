package io.tidegate.schema;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.tidegate.schema.ProtoMessage.Slot;
import io.tidegate.schema.ProtoReading.Unfit;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Chooses, for each descriptor, the neutral type and how its values are read and written. There are two ways in:
 * {@link #natural} derives the type from a descriptor that somebody wrote; {@link #given} fits a type to the descriptor
 * that {@link ProtoSynthesis} made of it.
 */
final class ProtoForms {
    private static final int UUID_LENGTH = 36;
    private static final BigInteger UINT64_MAX = BigInteger.ONE.shiftLeft(64)
            .subtract(BigInteger.ONE);

    private final ProtoWellKnown wellKnown;
    private final Map<String, String> docs;
    private final Map<String, List<FieldDescriptor>> extensions;
    private final Set<String> unverified;
    private final Map<Descriptor, ProtoMessage> natural = new LinkedHashMap<>();
    private final Map<RecordType, ProtoMessage> given = new HashMap<>();

    /**
     * @param docs
     *            descriptions by full name
     * @param extensions
     *            by the full name of the message that they extend
     * @param unverified
     *            see {@link ProtoFiles#unverified}
     */
    ProtoForms(ProtoWellKnown wellKnown, Map<String, String> docs,
            Map<String, List<FieldDescriptor>> extensions, Set<String> unverified) {
        this.wellKnown = wellKnown;
        this.docs = docs;
        this.extensions = extensions;
        this.unverified = unverified;
    }

    /** Messages that the payload can hold, as far as their types have been made. */
    Set<Descriptor> used() {
        return natural.keySet();
    }

    /** Reads one value; null only where the wire itself says null. */
    @FunctionalInterface
    interface Read {
        @Nullable
        Object apply(Object value, ProtoReading at) throws Unfit;
    }

    /** Writes one value; null only where the wire itself says null. */
    @FunctionalInterface
    interface Write {
        @Nullable
        Object apply(Object value) throws UnreadablePayload;
    }

    /**
     * How the values of one field, element or map value look here and on the wire.
     *
     * @param nullable
     *            whether an element of a list or a value of a map can be null: because the wire has a null, or because it
     *            can hold what this type cannot
     */
    record Form(Type type, boolean nullable, Read read, Write write) {
        Form(Type type, Read read, Write write) {
            this(type, false, read, write);
        }
    }

    /** Values of {@code Any} ask for types while payloads are read, on any thread. */
    synchronized ProtoMessage natural(Descriptor message) {
        ProtoMessage known = natural.get(message);
        if (known != null) {
            return known;
        }
        var type = new RecordType(message.getFullName(), doc(message.getFullName()));
        var made = new ProtoMessage(message, type);
        natural.put(message, made);
        var names = new HashSet<String>();
        message.getFields().forEach(field -> names.add(field.getName()));
        var fields = new ArrayList<Field>();
        var slots = new ArrayList<Slot>();
        for (FieldDescriptor wire : message.getFields()) {
            addNatural(wire, wire.getName(), fields, slots);
            var oneof = wire.getRealContainingOneof();
            if (oneof != null && wire == oneof.getFields().getLast()) {
                String name = free(oneof.getName() + "_case", names);
                var members = oneof.getFields().stream().map(FieldDescriptor::getName).toList();
                var cases = new Type.EnumOf(message.getFullName() + "." + name,
                        doc(oneof.getFullName()), members, false);
                fields.add(new Field(name, cases, true));
                slots.add(new Slot.Case(oneof));
            }
        }
        for (FieldDescriptor wire : extensions.getOrDefault(message.getFullName(), List.of())) {
            addNatural(wire, free("ext_" + wire.getName(), names), fields, slots);
        }
        type.define(fields);
        made.define(slots);
        return made;
    }

    private void addNatural(FieldDescriptor wire, String name, List<Field> fields,
            List<Slot> slots) {
        Form form = naturalField(wire);
        boolean always = wire.isRepeated() || wire.isRequired() || !wire.hasPresence()
                || (hasWrittenDefault(wire) && !unverified.contains(wire.getFullName()));
        fields.add(new Field(name, form.type(), !always, fieldDoc(wire),
                wire.getOptions().getDeprecated() ? "deprecated in its schema" : ""));
        slots.add(new Slot.Value(wire, form, hasWrittenDefault(wire)));
    }

    /** A default that the schema spells out is what an absent field means; inside a oneof absent stays absent. */
    private static boolean hasWrittenDefault(FieldDescriptor wire) {
        return wire.hasDefaultValue() && wire.hasPresence()
                && wire.getRealContainingOneof() == null;
    }

    private String fieldDoc(FieldDescriptor wire) {
        String doc = doc(wire.getFullName());
        if (!wire.hasDefaultValue()) {
            return doc;
        }
        String value = unverified.contains(wire.getFullName())
                ? ((ByteString) wire.getDefaultValue()).toStringUtf8()
                : wire.toProto().getDefaultValue();
        return doc + (doc.isEmpty() ? "" : "\n") + "Default: " + value;
    }

    private Form naturalField(FieldDescriptor wire) {
        if (wire.isMapField()) {
            FieldDescriptor key = wire.getMessageType().findFieldByNumber(1);
            return map(wire, scalar(key, unverified.contains(key.getFullName())),
                    naturalValue(wire.getMessageType().findFieldByNumber(2)));
        }
        return wire.isRepeated() ? list(naturalValue(wire)) : naturalValue(wire);
    }

    private Form naturalValue(FieldDescriptor wire) {
        return switch (wire.getJavaType()) {
            case ENUM -> byName(wire.getEnumType());
            case MESSAGE -> {
                Form known = wellKnown.form(wire.getMessageType());
                if (known != null) {
                    yield known;
                }
                ProtoMessage message = natural(wire.getMessageType());
                yield new Form(message.type(), (value, at) -> message.read((Message) value, at),
                        value -> message.write(row(value, wire)));
            }
            default -> scalar(wire, unverified.contains(wire.getFullName()));
        };
    }

    /** Null for a message that is just a message. */
    @Nullable
    Form wellKnown(Descriptor message) {
        return wellKnown.form(message);
    }

    /** Text that Protobuf does not verify; here it is text, or no value. */
    private static Form text(FieldDescriptor wire) {
        return new Form(Type.Scalar.of(ScalarKind.STRING), (value, at) -> {
            var bytes = (ByteString) value;
            if (!bytes.isValidUtf8()) {
                throw at.unfit("text in UTF-8");
            }
            return bytes.toStringUtf8();
        }, value -> ByteString.copyFromUtf8(expect(String.class, value, "STRING", wire)));
    }

    static Form scalar(FieldDescriptor wire) {
        return scalar(wire, false);
    }

    /**
     * @param unverified
     *            whether bytes are text, see {@link ProtoFiles#unverified}
     */
    private static Form scalar(FieldDescriptor wire, boolean unverified) {
        return switch (wire.getType()) {
            case INT32, SINT32, SFIXED32 -> same(ScalarKind.INT32, Integer.class, wire);
            case INT64, SINT64, SFIXED64 -> same(ScalarKind.INT64, Long.class, wire);
            case UINT32, FIXED32 -> unsigned32(wire);
            case UINT64, FIXED64 -> unsigned64(wire);
            case FLOAT -> same(ScalarKind.FLOAT32, Float.class, wire);
            case DOUBLE -> same(ScalarKind.FLOAT64, Double.class, wire);
            case BOOL -> same(ScalarKind.BOOLEAN, Boolean.class, wire);
            case STRING -> same(ScalarKind.STRING, String.class, wire);
            case BYTES -> unverified
                    ? text(wire)
                    : new Form(Type.Scalar.of(ScalarKind.BYTES),
                            (value, at) -> ((ByteString) value).toByteArray(),
                            value -> ByteString
                                    .copyFrom(expect(byte[].class, value, "bytes", wire)));
            case ENUM, MESSAGE, GROUP -> throw new IllegalArgumentException(
                    "'" + wire.getFullName() + "' is no scalar");
        };
    }

    private static <T> Form same(ScalarKind kind, Class<T> carrier, FieldDescriptor wire) {
        return new Form(Type.Scalar.of(kind), (value, at) -> value,
                value -> expect(carrier, value, kind.toString(), wire));
    }

    private static Form unsigned32(FieldDescriptor wire) {
        return new Form(Type.Scalar.of(ScalarKind.UINT32),
                (value, at) -> Integer.toUnsignedLong((Integer) value), value -> {
                    long number = expect(Long.class, value, "UINT32", wire);
                    if (number < 0 || number > 0xFFFF_FFFFL) {
                        throw problem(wire, "expected a number from 0 to 4294967295");
                    }
                    return (int) number;
                });
    }

    private static Form unsigned64(FieldDescriptor wire) {
        return new Form(Type.Scalar.of(ScalarKind.UINT64), (value, at) -> unsigned((Long) value),
                value -> {
                    var number = expect(BigInteger.class, value, "UINT64", wire);
                    if (number.signum() < 0 || number.compareTo(UINT64_MAX) > 0) {
                        throw problem(wire, "expected a number from 0 to " + UINT64_MAX);
                    }
                    return number.longValue();
                });
    }

    private static BigInteger unsigned(long bits) {
        BigInteger number = BigInteger.valueOf(bits);
        return bits < 0 ? number.add(BigInteger.ONE.shiftLeft(64)) : number;
    }

    private Form byName(EnumDescriptor type) {
        var symbols = new LinkedHashSet<String>();
        for (EnumValueDescriptor value : type.getValues()) {
            symbols.add(type.findValueByNumber(value.getNumber()).getName());
        }
        boolean open = !type.isClosed();
        var neutral = new Type.EnumOf(type.getFullName(), doc(type.getFullName()),
                List.copyOf(symbols), open);
        return new Form(neutral, (value, at) -> symbol(type, (EnumValueDescriptor) value),
                value -> {
                    var text = expect(String.class, value, "a symbol", null);
                    EnumValueDescriptor symbol = type.findValueByName(text);
                    if (symbol == null && open && text.matches("-?\\d{1,10}")) {
                        long number = Long.parseLong(text);
                        symbol = number == (int) number
                                ? type.findValueByNumberCreatingIfUnknown((int) number)
                                : null;
                    }
                    if (symbol == null) {
                        throw new UnreadablePayload("the value is no symbol of the enum '"
                                + type.getFullName() + "'");
                    }
                    return symbol;
                });
    }

    private static String symbol(EnumDescriptor type, EnumValueDescriptor value) {
        // Of several names for one number the first is meant.
        EnumValueDescriptor first = type.findValueByNumber(value.getNumber());
        return first == null ? String.valueOf(value.getNumber()) : first.getName();
    }

    private static @Nullable Object readElement(Form element, Object value, ProtoReading at)
            throws Unfit {
        int depth = at.depth();
        try {
            return element.read().apply(value, at);
        } catch (Unfit e) {
            if (!element.nullable()) {
                throw e;
            }
            at.tell(e);
            return null;
        } finally {
            at.leave(depth);
        }
    }

    private static Form list(Form element) {
        return new Form(new Type.ListOf(element.type(), element.nullable()), (value, at) -> {
            var wire = (List<?>) value;
            var list = new ArrayList<@Nullable Object>(wire.size());
            at.enter(ProtoReading.ELEMENT);
            for (Object one : wire) {
                list.add(readElement(element, one, at));
            }
            return list;
        }, value -> {
            var wire = new ArrayList<@Nullable Object>();
            for (Object one : expect(List.class, value, "a list", null)) {
                wire.add(write(element, one));
            }
            return wire;
        });
    }

    private static Form map(FieldDescriptor field, Form key, Form element) {
        Descriptor entry = field.getMessageType();
        FieldDescriptor keyField = entry.findFieldByNumber(1);
        FieldDescriptor valueField = entry.findFieldByNumber(2);
        return new Form(new Type.MapOf(element.type(), element.nullable()), (value, at) -> {
            var map = new LinkedHashMap<String, @Nullable Object>();
            at.enter(ProtoReading.ENTRY);
            for (Object one : (List<?>) value) {
                var pair = (Message) one;
                map.put(String.valueOf(key.read().apply(pair.getField(keyField), at)),
                        readElement(element, pair.getField(valueField), at));
            }
            return map;
        }, value -> {
            var wire = new ArrayList<Message>();
            for (Map.Entry<?, ?> one : ((Map<?, ?>) expect(Map.class, value, "a map", field))
                    .entrySet()) {
                wire.add(DynamicMessage.newBuilder(entry)
                        .setField(keyField, key(String.valueOf(one.getKey()), keyField, key))
                        .setField(valueField, write(element, one.getValue())).build());
            }
            return wire;
        });
    }

    private static Object key(String text, FieldDescriptor field, Form form)
            throws UnreadablePayload {
        try {
            Object key = switch (((Type.Scalar) form.type()).kind()) {
                case BOOLEAN -> Boolean.valueOf(text);
                case INT32 -> Integer.valueOf(text);
                case UINT32, INT64 -> Long.valueOf(text);
                case UINT64 -> new BigInteger(text);
                default -> text;
            };
            Object wire = form.write().apply(key);
            if (wire != null) {
                return wire;
            }
        } catch (NumberFormatException e) {
            throw new UnreadablePayload("a key of the map '"
                    + field.getContainingType().getFullName() + "' is not a number of "
                    + field.getType(), e);
        }
        throw problem(field, "the key is missing");
    }

    private static Object write(Form element, @Nullable Object value) throws UnreadablePayload {
        Object wire = value == null && !element.nullable()
                ? null
                : element.write().apply(value == null ? ProtoWellKnown.NULL : value);
        if (wire == null) {
            throw new UnreadablePayload("a list or map of " + element.type() + " holds a null");
        }
        return wire;
    }

    ProtoMessage given(Descriptor message, RecordType type) throws SchemaProblem {
        ProtoMessage known = given.get(type);
        if (known != null) {
            return known;
        }
        var made = new ProtoMessage(message, type);
        given.put(type, made);
        var slots = new ArrayList<Slot>();
        for (int i = 0; i < type.fields().size(); i++) {
            FieldDescriptor wire = message.getFields().get(i);
            slots.add(new Slot.Value(wire, givenField(wire, type.fields().get(i).type()), false));
        }
        made.define(slots);
        return made;
    }

    private Form givenField(FieldDescriptor wire, Type type) throws SchemaProblem {
        return switch (type) {
            case Type.ListOf list -> retyped(type,
                    list(givenElement(wire, list.element(), list.elementNullable())));
            case Type.MapOf map -> retyped(type, map(wire,
                    scalar(wire.getMessageType().findFieldByNumber(1)),
                    givenElement(wire.getMessageType().findFieldByNumber(2), map.value(),
                            map.valueNullable())));
            default -> givenValue(wire, type);
        };
    }

    private static Form retyped(Type type, Form form) {
        return new Form(type, form.read(), form.write());
    }

    /** What Protobuf cannot repeat (a null, a list, a map) stands in a message of its own, as its one field. */
    private Form givenElement(FieldDescriptor wire, Type type, boolean nullable)
            throws SchemaProblem {
        if (!ProtoSynthesis.isBoxed(type, nullable)) {
            Form form = givenValue(wire, type);
            return new Form(type, nullable, form.read(), form.write());
        }
        Descriptor box = wire.getMessageType();
        FieldDescriptor inside = box.getFields().getFirst();
        Form form = givenField(inside, type);
        return new Form(type, nullable, (value, at) -> {
            var message = (Message) value;
            if (inside.isRepeated() || message.hasField(inside)) {
                return form.read().apply(message.getField(inside), at);
            }
            if (nullable) {
                return null;
            }
            throw at.unfit("a value");
        }, value -> {
            var message = DynamicMessage.newBuilder(box);
            if (!value.equals(ProtoWellKnown.NULL)) {
                Object written = form.write().apply(value);
                if (written != null) {
                    message.setField(inside, written);
                }
            }
            return message.build();
        });
    }

    private Form givenValue(FieldDescriptor wire, Type type) throws SchemaProblem {
        return switch (type) {
            case Type.Scalar scalar -> givenScalar(wire, scalar);
            case Type.EnumOf symbols -> byNumber(wire, symbols);
            case Type.Json json -> wellKnownForm(wire);
            case RecordType record -> {
                ProtoMessage message = given(wire.getMessageType(), record);
                yield new Form(record, (value, at) -> message.read((Message) value, at),
                        value -> message.write(row(value, wire)));
            }
            case Type.Union union -> union(wire, union);
            case Type.ListOf list -> throw new SchemaProblem("unexpected list");
            case Type.MapOf map -> throw new SchemaProblem("unexpected map");
        };
    }

    private Form wellKnownForm(FieldDescriptor wire) throws SchemaProblem {
        Form form = wellKnown.form(wire.getMessageType());
        if (form == null) {
            throw new SchemaProblem("'" + wire.getFullName() + "' has no neutral type");
        }
        return form;
    }

    private Form givenScalar(FieldDescriptor wire, Type.Scalar type) throws SchemaProblem {
        return switch (type.kind()) {
            case TIMESTAMP -> retyped(type, wellKnownForm(wire));
            case DECIMAL -> text(type, ProtoWellKnown.A_DECIMAL, ProtoWellKnown::decimal,
                    ProtoWellKnown::text);
            case UUID -> text(type, "a UUID", ProtoForms::uuid, Object::toString);
            case DATE -> text(type, "a date like 2024-02-29", LocalDate::parse, Object::toString);
            case TIME -> text(type, "a time of day like 23:59:59", LocalTime::parse,
                    Object::toString);
            case LOCAL_TIMESTAMP -> text(type, "a date and time like 2024-02-29T23:59:59",
                    LocalDateTime::parse, Object::toString);
            default -> retyped(type, scalar(wire));
        };
    }

    private interface Parse {
        Object apply(String text);
    }

    private interface Print {
        String apply(Object value);
    }

    private static Form text(Type.Scalar type, String expected, Parse parse, Print print) {
        return new Form(type, (value, at) -> {
            try {
                return parse.apply((String) value);
            } catch (DateTimeException | IllegalArgumentException e) {
                throw at.unfit(expected);
            }
        }, print::apply);
    }

    /** Java reads {@code 1-1-1-1-1} too, which no other reader takes for a UUID. */
    private static UUID uuid(String text) {
        if (text.length() != UUID_LENGTH) {
            throw new IllegalArgumentException("a UUID has " + UUID_LENGTH + " characters");
        }
        return UUID.fromString(text);
    }

    private static Form byNumber(FieldDescriptor wire, Type.EnumOf symbols) {
        EnumDescriptor numbers = wire.getEnumType();
        var positions = new HashMap<String, Integer>();
        for (int i = 0; i < symbols.symbols().size(); i++) {
            positions.putIfAbsent(symbols.symbols().get(i), i + 1);
        }
        return new Form(symbols, (value, at) -> {
            int number = ((EnumValueDescriptor) value).getNumber();
            if (number >= 1 && number <= symbols.symbols().size()) {
                return symbols.symbols().get(number - 1);
            }
            if (symbols.open()) {
                return String.valueOf(number);
            }
            throw at.unfit("a symbol of the enum '" + symbols.name() + "'");
        }, value -> {
            Integer number = positions.get(expect(String.class, value, "a symbol", wire));
            if (number == null) {
                throw problem(wire, "the value is no symbol of the enum '" + symbols.name() + "'");
            }
            return numbers.findValueByNumber(number);
        });
    }

    private Form union(FieldDescriptor wire, Type.Union union) throws SchemaProblem {
        Descriptor holder = wire.getMessageType();
        var members = new ArrayList<ProtoMessage>();
        for (int i = 0; i < union.members().size(); i++) {
            members.add(given(holder.getFields().get(i).getMessageType(), union.members().get(i)));
        }
        return new Form(union, (value, at) -> {
            var message = (Message) value;
            for (int i = 0; i < members.size(); i++) {
                FieldDescriptor field = holder.getFields().get(i);
                if (message.hasField(field)) {
                    return members.get(i).read((Message) message.getField(field), at);
                }
            }
            throw at.unfit("one of the members of '" + union.name() + "'");
        }, value -> {
            Row row = row(value, wire);
            for (int i = 0; i < members.size(); i++) {
                if (members.get(i).type() == row.type()) {
                    return DynamicMessage.newBuilder(holder)
                            .setField(holder.getFields().get(i), members.get(i).write(row))
                            .build();
                }
            }
            throw problem(wire, "the row is no member of '" + union.name() + "'");
        });
    }

    private static Row row(Object value, FieldDescriptor wire) throws UnreadablePayload {
        return expect(Row.class, value, "a record", wire);
    }

    static <T> T expect(Class<T> carrier, Object value, String what,
            @Nullable FieldDescriptor wire) throws UnreadablePayload {
        if (!carrier.isInstance(value)) {
            String message = "expected " + what + " but was a " + value.getClass().getSimpleName();
            throw wire == null ? new UnreadablePayload(message) : problem(wire, message);
        }
        return carrier.cast(value);
    }

    static UnreadablePayload problem(FieldDescriptor wire, String message) {
        return new UnreadablePayload("field '" + wire.getFullName() + "': " + message);
    }

    private static String free(String wanted, Set<String> taken) {
        String name = wanted;
        while (!taken.add(name)) {
            name += "_";
        }
        return name;
    }

    private String doc(String fullName) {
        return docs.getOrDefault(fullName, "");
    }
}

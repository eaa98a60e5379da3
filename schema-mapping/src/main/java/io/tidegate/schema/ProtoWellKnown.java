package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.NullValue;
import io.tidegate.schema.ProtoForms.Form;
import io.tidegate.schema.ProtoForms.Read;
import io.tidegate.schema.ProtoForms.Write;
import io.tidegate.schema.ProtoReading.Unfit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The messages of {@code google.protobuf} and {@code google.type} that mean more than their fields. */
final class ProtoWellKnown {
    /** Stands for a JSON null on its way to the wire, where {@code null} would mean absent. */
    static final Object NULL = new Object();

    private static final long SECONDS_MIN = -62_135_596_800L;
    private static final long SECONDS_MAX = 253_402_300_799L;
    private static final int DIGITS_MAX = 1_000;
    private static final long NANOS_MAX = 999_999_999;
    private static final long DURATION_MAX = 315_576_000_000L;
    private static final int YEAR_MAX = 9_999;
    private static final String A_TIME = "a time from year 1 to 9999";
    private static final String A_DURATION = "a duration of at most 10000 years whose seconds and"
            + " nanos have one sign";
    private static final String A_DATE = "a full date: year, month and day";
    /** What a decimal has to be, in words. */
    static final String A_DECIMAL = "a decimal number of at most " + DIGITS_MAX + " digits";
    private static final long SAFE_INTEGER = 1L << 53;
    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, Descriptor> messages;
    private final ExtensionRegistry extensions;
    private final @Nullable ProtoForms inAny;

    /**
     * @param messages
     *            what an {@code Any} may hold, by full name
     * @param unverified
     *            see {@link ProtoFiles#unverified}
     */
    ProtoWellKnown(Map<String, Descriptor> messages, ExtensionRegistry extensions,
            Map<String, List<FieldDescriptor>> extended, Set<String> unverified) {
        this.messages = Map.copyOf(messages);
        this.extensions = extensions;
        // An Any inside of an Any stays base64: each one starts the library's count of nesting anew.
        this.inAny = new ProtoForms(new ProtoWellKnown(), Map.of(), extended, unverified);
    }

    private ProtoWellKnown() {
        this.messages = Map.of();
        this.extensions = ExtensionRegistry.getEmptyRegistry();
        this.inAny = null;
    }

    /** Null for a message that is just a message. */
    @Nullable
    Form form(Descriptor message) {
        return switch (message.getFullName()) {
            case "google.protobuf.Timestamp" -> timestamp(message);
            case "google.protobuf.Duration" -> duration(message);
            case "google.protobuf.BoolValue", "google.protobuf.Int32Value",
                    "google.protobuf.Int64Value",
                    "google.protobuf.UInt32Value", "google.protobuf.UInt64Value",
                    "google.protobuf.FloatValue", "google.protobuf.DoubleValue",
                    "google.protobuf.StringValue", "google.protobuf.BytesValue" ->
                wrapper(message);
            case "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue" ->
                new Form(new Type.Json(), message.getName().equals("Value"),
                        (value, at) -> json((Message) value), value -> jsonMessage(message, value));
            case "google.protobuf.Any" -> new Form(new Type.Json(),
                    (value, at) -> any((Message) value, at), value -> anyMessage(message, value));
            case "google.protobuf.FieldMask" -> fieldMask(message);
            case "google.type.Date" -> date(message);
            case "google.type.TimeOfDay" -> timeOfDay(message);
            case "google.type.Decimal" -> decimalForm(message);
            default -> null;
        };
    }

    /** A form of what a message can hold and its meaning forbids: as an element, it may be null. */
    private static Form checked(ScalarKind kind, Read read, Write write) {
        return new Form(Type.Scalar.of(kind), true, read, value -> {
            if (value.equals(NULL)) {
                throw new UnreadablePayload("a list or map of " + kind
                        + " holds a null, which Protobuf has no way to say");
            }
            return write.apply(value);
        });
    }

    private static Form timestamp(Descriptor message) {
        return checked(ScalarKind.TIMESTAMP, (value, at) -> {
            long seconds = number((Message) value, 1);
            long nanos = number((Message) value, 2);
            if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanos < 0
                    || nanos > NANOS_MAX) {
                throw at.unfit(A_TIME);
            }
            return Instant.ofEpochSecond(seconds, nanos);
        }, value -> {
            var time = ProtoForms.expect(Instant.class, value, "TIMESTAMP", null);
            if (time.getEpochSecond() < SECONDS_MIN || time.getEpochSecond() > SECONDS_MAX) {
                throw outside(message, A_TIME);
            }
            return message(message, time.getEpochSecond(), time.getNano());
        });
    }

    private static Form duration(Descriptor message) {
        return checked(ScalarKind.DURATION, (value, at) -> {
            long seconds = number((Message) value, 1);
            long nanos = number((Message) value, 2);
            if (Math.abs(seconds) > DURATION_MAX || seconds == Long.MIN_VALUE
                    || Math.abs(nanos) > NANOS_MAX
                    || Long.signum(seconds) * Long.signum(nanos) < 0) {
                throw at.unfit(A_DURATION);
            }
            return Duration.ofSeconds(seconds, nanos).toString();
        }, value -> {
            try {
                Duration duration = Duration
                        .parse(ProtoForms.expect(String.class, value, "DURATION", null));
                long seconds = duration.getSeconds();
                int nanos = duration.getNano();
                if (Math.abs(seconds) > DURATION_MAX || seconds == Long.MIN_VALUE) {
                    throw outside(message, A_DURATION);
                }
                // On the wire both parts have the same sign.
                return seconds < 0 && nanos > 0
                        ? message(message, seconds + 1, nanos - 1_000_000_000)
                        : message(message, seconds, nanos);
            } catch (DateTimeParseException e) {
                throw outside(message, "an ISO 8601 duration of days, hours, minutes, seconds");
            }
        });
    }

    private static Form wrapper(Descriptor message) {
        FieldDescriptor inside = message.findFieldByNumber(1);
        Form form = ProtoForms.scalar(inside);
        return new Form(form.type(),
                (value, at) -> form.read().apply(((Message) value).getField(inside), at),
                value -> {
                    Object written = form.write().apply(value);
                    var made = DynamicMessage.newBuilder(message);
                    return written == null ? made.build() : made.setField(inside, written).build();
                });
    }

    private static Form fieldMask(Descriptor message) {
        FieldDescriptor paths = message.findFieldByNumber(1);
        return new Form(new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), false),
                (value, at) -> List.copyOf((List<?>) ((Message) value).getField(paths)),
                value -> DynamicMessage.newBuilder(message)
                        .setField(paths, ProtoForms.expect(List.class, value, "a list", null))
                        .build());
    }

    private static Form date(Descriptor message) {
        return checked(ScalarKind.DATE, (value, at) -> {
            long year = number((Message) value, 1);
            try {
                if (year >= 1 && year <= YEAR_MAX) {
                    return LocalDate.of((int) year, (int) number((Message) value, 2),
                            (int) number((Message) value, 3));
                }
            } catch (DateTimeException e) {
                throw at.unfit(A_DATE);
            }
            // Without a year it is a birthday or the like.
            throw at.unfit(A_DATE);
        }, value -> {
            var date = ProtoForms.expect(LocalDate.class, value, "DATE", null);
            if (date.getYear() < 1 || date.getYear() > YEAR_MAX) {
                throw outside(message, A_DATE);
            }
            return message(message, date.getYear(), date.getMonthValue(), date.getDayOfMonth());
        });
    }

    private static Form timeOfDay(Descriptor message) {
        return checked(ScalarKind.TIME, (value, at) -> {
            try {
                return LocalTime.of((int) number((Message) value, 1),
                        (int) number((Message) value, 2), (int) number((Message) value, 3),
                        (int) number((Message) value, 4));
            } catch (DateTimeException e) {
                throw at.unfit("a time of day from 00:00 to 23:59:59.999999999");
            }
        }, value -> {
            var time = ProtoForms.expect(LocalTime.class, value, "TIME", null);
            return message(message, time.getHour(), time.getMinute(), time.getSecond(),
                    time.getNano());
        });
    }

    private static Form decimalForm(Descriptor message) {
        FieldDescriptor inside = message.findFieldByNumber(1);
        return checked(ScalarKind.DECIMAL, (value, at) -> {
            try {
                // Its definition says that no text is a zero.
                var text = (String) ((Message) value).getField(inside);
                return text.isEmpty() ? BigDecimal.ZERO : decimal(text);
            } catch (IllegalArgumentException e) {
                throw at.unfit(A_DECIMAL);
            }
        }, value -> DynamicMessage.newBuilder(message).setField(inside, text(value)).build());
    }

    /**
     * A decimal of bounded length, written out: {@code 1e999999999} would fill the memory as plain digits.
     *
     * @throws IllegalArgumentException
     *             if it is none
     */
    static BigDecimal decimal(String text) {
        if (text.length() > DIGITS_MAX) {
            throw new IllegalArgumentException("too long");
        }
        var decimal = new BigDecimal(text);
        if (Math.abs((long) decimal.scale()) > DIGITS_MAX) {
            throw new IllegalArgumentException("too long when written out");
        }
        return decimal;
    }

    static String text(Object decimal) {
        return ((BigDecimal) decimal).toPlainString();
    }

    private static @Nullable Object json(Message message) {
        return switch (message.getDescriptorForType().getName()) {
            case "Struct" -> {
                var map = new LinkedHashMap<String, @Nullable Object>();
                for (Object one : (List<?>) field(message, 1)) {
                    var entry = (Message) one;
                    map.put((String) field(entry, 1), json((Message) field(entry, 2)));
                }
                yield map;
            }
            case "ListValue" -> {
                var list = new ArrayList<@Nullable Object>();
                for (Object one : (List<?>) field(message, 1)) {
                    list.add(json((Message) one));
                }
                yield list;
            }
            default -> {
                FieldDescriptor kind = message.getOneofFieldDescriptor(
                        message.getDescriptorForType().getOneofs().getFirst());
                yield kind == null ? null : switch (kind.getNumber()) {
                    case 2 -> jsonNumber((Double) message.getField(kind));
                    case 3, 4 -> message.getField(kind);
                    case 5, 6 -> json((Message) message.getField(kind));
                    default -> null;
                };
            }
        };
    }

    private static Object jsonNumber(double number) {
        boolean whole = number == Math.rint(number) && Math.abs(number) <= SAFE_INTEGER;
        return whole ? (Object) (long) number : (Object) number;
    }

    private static Message jsonMessage(Descriptor target, @Nullable Object value)
            throws UnreadablePayload {
        var made = DynamicMessage.newBuilder(target);
        switch (target.getName()) {
            case "Struct" -> {
                FieldDescriptor fields = target.findFieldByNumber(1);
                Descriptor entry = fields.getMessageType();
                for (Map.Entry<?, ?> one : ((Map<?, ?>) ProtoForms.expect(Map.class, nonNull(value),
                        "a JSON object", null)).entrySet()) {
                    made.addRepeatedField(fields, DynamicMessage.newBuilder(entry)
                            .setField(entry.findFieldByNumber(1), String.valueOf(one.getKey()))
                            .setField(entry.findFieldByNumber(2), jsonMessage(
                                    entry.findFieldByNumber(2).getMessageType(), one.getValue()))
                            .build());
                }
            }
            case "ListValue" -> {
                FieldDescriptor values = target.findFieldByNumber(1);
                for (Object one : ProtoForms.expect(List.class, nonNull(value), "a JSON array",
                        null)) {
                    made.addRepeatedField(values, jsonMessage(values.getMessageType(), one));
                }
            }
            default -> jsonValue(target, value, made);
        }
        return made.build();
    }

    private static void jsonValue(Descriptor target, @Nullable Object value,
            DynamicMessage.Builder made) throws UnreadablePayload {
        switch (value) {
            case Boolean bool -> made.setField(target.findFieldByNumber(4), bool);
            case Number number -> made.setField(target.findFieldByNumber(2), asDouble(number));
            case String text -> made.setField(target.findFieldByNumber(3), text);
            case Map<?, ?> map -> made.setField(target.findFieldByNumber(5),
                    jsonMessage(target.findFieldByNumber(5).getMessageType(), map));
            case List<?> list -> made.setField(target.findFieldByNumber(6),
                    jsonMessage(target.findFieldByNumber(6).getMessageType(), list));
            case null, default -> {
                if (value != null && !value.equals(NULL)) {
                    throw new UnreadablePayload("a JSON value is a "
                            + value.getClass().getSimpleName());
                }
                made.setField(target.findFieldByNumber(1), NullValue.NULL_VALUE
                        .getValueDescriptor());
            }
        }
    }

    private static double asDouble(Number number) throws UnreadablePayload {
        double value = number.doubleValue();
        boolean exact = !(number instanceof Long || number instanceof BigInteger)
                || new BigDecimal(value).compareTo(new BigDecimal(number.toString())) == 0;
        if (!exact) {
            throw new UnreadablePayload("google.protobuf.Value cannot hold a whole number beyond"
                    + " 2^53 without losing digits");
        }
        return value;
    }

    private Object any(Message any, ProtoReading at) throws Unfit {
        String url = (String) field(any, 1);
        var bytes = (ByteString) field(any, 2);
        var map = new LinkedHashMap<String, @Nullable Object>();
        map.put("@type", url);
        Descriptor known = messages.get(url.substring(url.lastIndexOf('/') + 1));
        if (known == null || inAny == null) {
            map.put("value", Base64.getEncoder().encodeToString(bytes.toByteArray()));
            return map;
        }
        Message message;
        try {
            message = DynamicMessage.newBuilder(known).mergeFrom(bytes, extensions).buildPartial();
        } catch (InvalidProtocolBufferException e) {
            throw at.unfit("a '" + known.getFullName() + "'");
        }
        Form special = inAny.wellKnown(known);
        if (special != null) {
            map.put("value",
                    JsonValues.plain(special.type(), special.read().apply(message, at)));
        } else {
            Row row = inAny.natural(known).read(message, at);
            for (int i = 0; i < row.type().fields().size(); i++) {
                Field field = row.type().fields().get(i);
                map.put(field.name(), JsonValues.plain(field.type(), row.get(i)));
            }
        }
        return map;
    }

    private Message anyMessage(Descriptor target, Object value) throws UnreadablePayload {
        var map = (Map<?, ?>) ProtoForms.expect(Map.class, value, "a JSON object", null);
        if (!(map.get("@type") instanceof String url)) {
            throw new UnreadablePayload("a google.protobuf.Any needs a '@type'");
        }
        Descriptor known = messages.get(url.substring(url.lastIndexOf('/') + 1));
        ByteString bytes;
        if (known == null || inAny == null) {
            try {
                bytes = ByteString.copyFrom(
                        Base64.getDecoder().decode(String.valueOf(map.get("value"))));
            } catch (IllegalArgumentException e) {
                throw new UnreadablePayload("the value of a google.protobuf.Any of a type that the"
                        + " schema does not hold must be base64", e);
            }
        } else {
            bytes = packed(inAny, known, map);
        }
        return DynamicMessage.newBuilder(target).setField(target.findFieldByNumber(1), url)
                .setField(target.findFieldByNumber(2), bytes).build();
    }

    private static ByteString packed(ProtoForms forms, Descriptor known, Map<?, ?> map)
            throws UnreadablePayload {
        Form special = forms.wellKnown(known);
        if (special == null) {
            ProtoMessage message = forms.natural(known);
            Object row = JsonValues.read(JSON.valueToTree(map), message.type());
            return message.write((Row) nonNull(row)).toByteString();
        }
        JsonNode node = JSON.valueToTree(map.get("value"));
        Object value = JsonValues.read(node, special.type());
        return ((Message) nonNull(special.write().apply(value == null ? NULL : value)))
                .toByteString();
    }

    private static Object nonNull(@Nullable Object value) throws UnreadablePayload {
        if (value == null || value.equals(NULL)) {
            throw new UnreadablePayload("a value is missing");
        }
        return value;
    }

    private static Object field(Message message, int number) {
        return message.getField(message.getDescriptorForType().findFieldByNumber(number));
    }

    private static long number(Message message, int field) {
        return ((Number) field(message, field)).longValue();
    }

    private static Message message(Descriptor target, Number... numbers) {
        var made = DynamicMessage.newBuilder(target);
        for (int i = 0; i < numbers.length; i++) {
            made.setField(target.findFieldByNumber(i + 1), numbers[i]);
        }
        return made.build();
    }

    private static UnreadablePayload outside(Descriptor message, String expected) {
        return new UnreadablePayload(
                "a " + message.getFullName() + " is not " + expected);
    }
}

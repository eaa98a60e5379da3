package io.tidegate.schema;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Protobuf messages compared as they are on the wire: by the numbers and the encodings of their fields. */
final class ProtoEvolution {
    private final List<String> found = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();

    /** How a value is on the wire, as far as readers can exchange one type for another. */
    private enum Encoding {
        VARINT, ZIGZAG, FIXED32, FIXED64, FLOAT, DOUBLE, TEXT, MESSAGE, GROUP
    }

    List<String> objections(Descriptor reader, Descriptor writer) {
        messages(reader, writer, "");
        return List.copyOf(found);
    }

    private void object(String path, String why) {
        if (found.size() < Evolution.OBJECTIONS_MAX) {
            found.add((path.isEmpty() ? "" : path + ": ") + why);
        }
    }

    private void messages(Descriptor reader, Descriptor writer, String path) {
        if (!seen.add(reader.getFullName() + " " + writer.getFullName())) {
            return;
        }
        for (var field : writer.getFields()) {
            var same = reader.findFieldByNumber(field.getNumber());
            if (same != null) {
                fields(same, field, join(path, field.getName()));
            } else if (reader.findFieldByName(field.getName()) != null) {
                object(join(path, field.getName()), "has number " + field.getNumber()
                        + " for the writer and "
                        + reader.findFieldByName(field.getName()).getNumber()
                        + " for the reader");
            }
        }
        for (var field : reader.getFields()) {
            var same = writer.findFieldByNumber(field.getNumber());
            if (field.isRequired() && (same == null || !same.isRequired())) {
                object(join(path, field.getName()),
                        "is required by the reader and need not be written");
            }
        }
        oneofs(reader, writer, path);
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private void fields(FieldDescriptor reader, FieldDescriptor writer, String path) {
        if (encoding(reader.getType()) != encoding(writer.getType())) {
            object(path, "is '" + text(writer) + "' for the writer and '" + text(reader)
                    + "' for the reader");
            return;
        }
        if (writer.isRepeated() && !reader.isRepeated() && writer.isPackable()) {
            object(path, "is repeated for the writer and single for the reader");
        }
        if (reader.getType() == FieldDescriptor.Type.STRING
                && writer.getType() == FieldDescriptor.Type.BYTES) {
            object(path, "may be any bytes for the writer and has to be text for the reader");
        }
        if (reader.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            messages(reader.getMessageType(), writer.getMessageType(), path);
        }
    }

    private static String text(FieldDescriptor field) {
        var type = field.getType().name().toLowerCase(java.util.Locale.ROOT);
        return (field.isRepeated() ? "repeated " : "") + switch (field.getJavaType()) {
            case MESSAGE -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            default -> type;
        };
    }

    /** Fields that the writer may set together must not exclude each other for the reader. */
    private void oneofs(Descriptor reader, Descriptor writer, String path) {
        for (var oneof : reader.getRealOneofs()) {
            Map<Object, FieldDescriptor> groups = new HashMap<>();
            for (var field : oneof.getFields()) {
                var same = writer.findFieldByNumber(field.getNumber());
                if (same != null) {
                    var group = same.getRealContainingOneof();
                    groups.putIfAbsent(group == null ? same : group, same);
                }
            }
            if (groups.size() > 1) {
                object(join(path, oneof.getName()),
                        "the writer may set several fields of which the reader keeps one");
            }
        }
    }

    private static Encoding encoding(FieldDescriptor.Type type) {
        return switch (type) {
            case INT32, INT64, UINT32, UINT64, BOOL, ENUM -> Encoding.VARINT;
            case SINT32, SINT64 -> Encoding.ZIGZAG;
            case FIXED32, SFIXED32 -> Encoding.FIXED32;
            case FIXED64, SFIXED64 -> Encoding.FIXED64;
            case FLOAT -> Encoding.FLOAT;
            case DOUBLE -> Encoding.DOUBLE;
            case STRING, BYTES -> Encoding.TEXT;
            case MESSAGE -> Encoding.MESSAGE;
            case GROUP -> Encoding.GROUP;
        };
    }
}

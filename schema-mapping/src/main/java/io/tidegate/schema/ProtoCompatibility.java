package io.tidegate.schema;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether what was written as one message can be read as another, by Protobuf's rules of evolution: fields are the same if
 * their numbers are, and types of one group may stand for each other.
 */
final class ProtoCompatibility {
    private static final int PAIRS_MAX = 10_000;

    private final Set<List<Descriptor>> compared = new HashSet<>();

    private ProtoCompatibility() {
    }

    /** The first field whose values would be lost or mistaken, with both of its types; empty if there is none. */
    static Optional<String> conflict(Descriptor writer, Descriptor reader) {
        return new ProtoCompatibility().conflict("", writer, reader);
    }

    private Optional<String> conflict(String path, Descriptor writer, Descriptor reader) {
        if (compared.size() >= PAIRS_MAX || !compared.add(List.of(writer, reader))) {
            return Optional.empty();
        }
        for (FieldDescriptor read : reader.getFields()) {
            FieldDescriptor written = writer.findFieldByNumber(read.getNumber());
            if (written != null) {
                var conflict = conflict(path + (path.isEmpty() ? "" : ".") + read.getName(),
                        written, read);
                if (conflict.isPresent()) {
                    return conflict;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<String> conflict(String path, FieldDescriptor written, FieldDescriptor read) {
        if (group(written) != group(read) || isLost(written, read)) {
            return Optional.of("the field '" + path + "' with the number " + read.getNumber()
                    + " is '" + type(written) + "' there and '" + type(read) + "' here");
        }
        return isMessage(written) && isMessage(read)
                ? conflict(path, written.getMessageType(), read.getMessageType())
                : Optional.empty();
    }

    private static boolean isMessage(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
    }

    /** What a reader of one value makes of packed ones: nothing. */
    private static boolean isLost(FieldDescriptor written, FieldDescriptor read) {
        return written.isPacked() && !read.isRepeated();
    }

    private enum Group {
        VARINT, ZIGZAG, BITS32, BITS64, FLOAT, DOUBLE, BYTES, MESSAGE, DELIMITED
    }

    private static Group group(FieldDescriptor field) {
        return switch (field.getType()) {
            case INT32, UINT32, INT64, UINT64, BOOL, ENUM -> Group.VARINT;
            case SINT32, SINT64 -> Group.ZIGZAG;
            case FIXED32, SFIXED32 -> Group.BITS32;
            case FIXED64, SFIXED64 -> Group.BITS64;
            case FLOAT -> Group.FLOAT;
            case DOUBLE -> Group.DOUBLE;
            case STRING, BYTES -> Group.BYTES;
            case MESSAGE -> Group.MESSAGE;
            case GROUP -> Group.DELIMITED;
        };
    }

    private static String type(FieldDescriptor field) {
        String name = switch (field.getType()) {
            case MESSAGE, GROUP -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            default -> field.toProto().getType().name().substring("TYPE_".length())
                    .toLowerCase(java.util.Locale.ROOT);
        };
        return (field.isRepeated() && !field.isMapField() ? "repeated " : "") + name;
    }
}

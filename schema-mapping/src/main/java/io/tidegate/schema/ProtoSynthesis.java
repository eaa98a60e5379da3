package io.tidegate.schema;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Writes the proto3 text that a record type means, for contracts that have only fields. The numbers of fields and symbols
 * are their positions, so the text is the same each time, and appending a field stays compatible.
 *
 * <p>
 * Names that Protobuf forbids are replaced; the contract's own name then stands in {@code json_name}. Decimals, dates,
 * UUIDs and durations are strings, as they are in JSON. A list or map that may be absent cannot be told from an empty one.
 */
final class ProtoSynthesis {
    private final StringBuilder body = new StringBuilder();
    private final StringBuilder later = new StringBuilder();
    private final Map<RecordType, String> messages = new HashMap<>();
    private final Map<Type, String> others = new HashMap<>();
    private final Deque<RecordType> pending = new ArrayDeque<>();
    private final Set<String> types = new HashSet<>();
    private final Set<String> symbols = new HashSet<>();
    private final String packageName;

    private ProtoSynthesis(RecordType root) {
        int dot = root.name().lastIndexOf('.');
        var parts = new StringBuilder();
        for (String part : (dot < 0 ? "tidegate" : root.name().substring(0, dot)).split("\\.",
                -1)) {
            parts.append(parts.isEmpty() ? "" : ".").append(word(part));
        }
        this.packageName = parts.toString();
    }

    /** The text; its first message is the record. */
    static String text(RecordType root) {
        var synthesis = new ProtoSynthesis(root);
        synthesis.message(root);
        while (!synthesis.pending.isEmpty()) {
            synthesis.define(synthesis.pending.remove());
        }
        String text = synthesis.body.append(synthesis.later).toString();
        var head = new StringBuilder("syntax = \"proto3\";\n\npackage " + synthesis.packageName
                + ";\n");
        for (String file : new String[]{"struct", "timestamp"}) {
            String used = file.equals("struct")
                    ? "google.protobuf.Value"
                    : "google.protobuf.Timestamp";
            if (text.contains(" ." + used + " ") || text.contains(" ." + used + ">")) {
                head.append("\nimport \"google/protobuf/").append(file).append(".proto\";");
            }
        }
        return head + "\n" + text;
    }

    /** Whether an element of this type needs a message of its own around it. */
    static boolean isBoxed(Type element, boolean nullable) {
        return nullable || element instanceof Type.ListOf || element instanceof Type.MapOf;
    }

    private void define(RecordType record) {
        comment("", record.doc());
        body.append("message ").append(simple(messages.getOrDefault(record, ""))).append(" {\n");
        var names = new HashSet<String>();
        var boxes = new StringBuilder();
        int number = 0;
        for (Field field : record.fields()) {
            number++;
            String name = free(word(field.name()), names);
            comment("  ", field.doc());
            body.append("  ").append(fieldType(field.type(), hint(record, field), boxes))
                    .append(' ').append(name).append(" = ").append(number)
                    .append(options(field, name)).append(";\n");
        }
        body.append("}\n").append(boxes);
    }

    private static String hint(RecordType record, Field field) {
        return word(record.simpleName()) + "_" + word(field.name());
    }

    private static String options(Field field, String name) {
        String options = jsonName(name).equals(field.name())
                ? ""
                : "json_name = \"" + quoted(field.name()) + "\"";
        if (!field.deprecated().isEmpty()) {
            options += (options.isEmpty() ? "" : ", ") + "deprecated = true";
        }
        return options.isEmpty() ? "" : " [" + options + "]";
    }

    private String fieldType(Type type, String hint, StringBuilder boxes) {
        return switch (type) {
            case Type.ListOf list -> "repeated " + element(list.element(),
                    list.elementNullable(), hint, boxes);
            case Type.MapOf map -> "map<string, " + element(map.value(), map.valueNullable(), hint,
                    boxes) + ">";
            default -> "optional " + single(type);
        };
    }

    private String element(Type type, boolean nullable, String hint, StringBuilder boxes) {
        if (!isBoxed(type, nullable)) {
            return single(type);
        }
        String box = free(hint + "_value", types);
        String inside = fieldType(type, box, boxes);
        boxes.append("\nmessage ").append(box).append(" {\n  ").append(inside)
                .append(" value = 1;\n}\n");
        return "." + packageName + "." + box;
    }

    private String single(Type type) {
        return switch (type) {
            case Type.Scalar scalar -> scalar(scalar.kind());
            case Type.Json json -> ".google.protobuf.Value";
            case RecordType record -> message(record);
            case Type.EnumOf symbols -> enumeration(symbols);
            case Type.Union union -> union(union);
            case Type.ListOf list -> throw new IllegalStateException("a list is no single value");
            case Type.MapOf map -> throw new IllegalStateException("a map is no single value");
        };
    }

    private static String scalar(ScalarKind kind) {
        return switch (kind) {
            case BOOLEAN -> "bool";
            case INT32 -> "int32";
            case UINT32 -> "uint32";
            case INT64 -> "int64";
            case UINT64 -> "uint64";
            case FLOAT32 -> "float";
            case FLOAT64 -> "double";
            case BYTES -> "bytes";
            case TIMESTAMP -> ".google.protobuf.Timestamp";
            case DECIMAL, STRING, UUID, DATE, TIME, LOCAL_TIMESTAMP, DURATION -> "string";
        };
    }

    private String message(RecordType record) {
        return messages.computeIfAbsent(record, one -> {
            pending.add(one);
            return "." + packageName + "." + free(word(one.simpleName()), types);
        });
    }

    private String enumeration(Type.EnumOf type) {
        String known = others.get(type);
        if (known != null) {
            return known;
        }
        String name = free(word(type.name().substring(type.name().lastIndexOf('.') + 1)), types);
        String prefix = name.toUpperCase(Locale.ROOT) + "_";
        var text = new StringBuilder("\nenum " + name + " {\n  ");
        text.append(free(prefix + "UNSPECIFIED", symbols)).append(" = 0;\n");
        int number = 0;
        for (String symbol : type.symbols()) {
            number++;
            text.append("  ").append(free(prefix + word(symbol), symbols)).append(" = ")
                    .append(number).append(";\n");
        }
        later.append(text).append("}\n");
        String fullName = "." + packageName + "." + name;
        others.put(type, fullName);
        return fullName;
    }

    private String union(Type.Union type) {
        String known = others.get(type);
        if (known != null) {
            return known;
        }
        String name = free(word(type.name().substring(type.name().lastIndexOf('.') + 1)), types);
        String fullName = "." + packageName + "." + name;
        others.put(type, fullName);
        var text = new StringBuilder("\nmessage " + name + " {\n  oneof value {\n");
        var names = new HashSet<String>();
        names.add("value");
        int number = 0;
        for (RecordType member : type.members()) {
            number++;
            text.append("    ").append(message(member)).append(' ')
                    .append(free(word(member.simpleName()).toLowerCase(Locale.ROOT), names))
                    .append(" = ").append(number).append(";\n");
        }
        later.append(text).append("  }\n}\n");
        return fullName;
    }

    private void comment(String indent, String doc) {
        if (indent.isEmpty()) {
            body.append('\n');
        }
        if (!doc.isEmpty()) {
            for (String line : doc.split("\\R", -1)) {
                body.append(indent).append("// ").append(line.strip()).append('\n');
            }
        }
    }

    /** What Protobuf makes of a name by itself. */
    private static String jsonName(String name) {
        var json = new StringBuilder();
        boolean upper = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_') {
                upper = true;
            } else {
                json.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return json.toString();
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format(Locale.ROOT, "\\%03o", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.toString();
    }

    private static String word(String name) {
        String word = name.replaceAll("[^A-Za-z0-9_]", "_");
        return word.isEmpty() || Character.isDigit(word.charAt(0)) ? "_" + word : word;
    }

    private static String simple(String fullName) {
        return fullName.substring(fullName.lastIndexOf('.') + 1);
    }

    private static String free(String wanted, Set<String> taken) {
        String name = wanted;
        for (int i = 2; !taken.add(name.toLowerCase(Locale.ROOT)); i++) {
            name = wanted + "_" + i;
        }
        return name;
    }
}

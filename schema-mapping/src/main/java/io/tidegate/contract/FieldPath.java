package io.tidegate.contract;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A way through nested records to one field, resolved against a type.
 *
 * @param text
 *            names joined by dots, as in a contract
 * @param fields
 *            the fields passed, outermost first; at least one
 * @param positions
 *            of those fields in their records
 */
public record FieldPath(String text, List<Field> fields, List<Integer> positions) {
    /** Longer texts are no paths, and following them has its price where a type contains itself. */
    private static final int LENGTH_MAX = 500;

    public FieldPath {
        fields = List.copyOf(fields);
        positions = List.copyOf(positions);
    }

    /** Of the text alone: a field's type may be large, and a path is hashed often. */
    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** Finds {@code a.b.c} in a type; a name that contains dots itself is found as it stands. Empty if there is none. */
    public static Optional<FieldPath> resolve(RecordType type, String path) {
        var fields = new ArrayList<Field>();
        var positions = new ArrayList<Integer>();
        return path.length() <= LENGTH_MAX && walk(type, path, fields, positions)
                ? Optional.of(new FieldPath(path, fields, positions))
                : Optional.empty();
    }

    /**
     * The types at the end of a path that may also pass through the elements of lists, the values of maps and the members
     * of unions, which have no name in it: {@code people.name} of a list of people. Of a union every member that has the
     * field counts. Empty if there is none.
     */
    public static List<Type> ends(RecordType type, String path) {
        var ends = new ArrayList<Type>();
        if (path.length() <= LENGTH_MAX) {
            collect(type, path, ends);
        }
        return List.copyOf(ends);
    }

    private static void collect(Type type, String path, List<Type> ends) {
        switch (type) {
            case RecordType record -> {
                var whole = record.position(path);
                if (whole.isPresent()) {
                    ends.add(record.fields().get(whole.getAsInt()).type());
                    return;
                }
                for (int dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
                    var head = record.position(path.substring(0, dot));
                    if (head.isPresent()) {
                        collect(record.fields().get(head.getAsInt()).type(),
                                path.substring(dot + 1), ends);
                    }
                }
            }
            case Type.ListOf list -> collect(list.element(), path, ends);
            case Type.MapOf map -> collect(map.value(), path, ends);
            case Type.Union union ->
                union.members().forEach(member -> collect(member, path, ends));
            case Type.Scalar scalar -> {
            }
            case Type.EnumOf symbols -> {
            }
            case Type.Json json -> {
            }
        }
    }

    private static boolean walk(RecordType type, String path, List<Field> fields,
            List<Integer> positions) {
        var whole = type.position(path);
        if (whole.isPresent()) {
            fields.add(type.fields().get(whole.getAsInt()));
            positions.add(whole.getAsInt());
            return true;
        }
        for (int dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
            var head = type.position(path.substring(0, dot));
            if (head.isPresent()
                    && type.fields().get(head.getAsInt()).type() instanceof RecordType inner) {
                fields.add(type.fields().get(head.getAsInt()));
                positions.add(head.getAsInt());
                if (walk(inner, path.substring(dot + 1), fields, positions)) {
                    return true;
                }
                fields.removeLast();
                positions.removeLast();
            }
        }
        return false;
    }

    /** The type at the end of the path. */
    public Type type() {
        return fields.getLast().type();
    }

    /** The value at the end of the path, null where any step is absent. */
    public @Nullable Object get(Row row) {
        Row at = row;
        for (int i = 0; i < positions.size() - 1; i++) {
            if (!(at.get(positions.get(i)) instanceof Row next)) {
                return null;
            }
            at = next;
        }
        return at.get(positions.getLast());
    }
}

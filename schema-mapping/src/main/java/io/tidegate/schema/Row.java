package io.tidegate.schema;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A decoded record: one value a field, in the order of its type, each carried by the Java class that {@link Type} and
 * {@link ScalarKind} name. Not to be changed once it has left its decoder.
 */
public final class Row {
    private final RecordType type;
    private final @Nullable Object[] values;

    /**
     * @param values
     *            one a field, owned by the row from now on
     */
    public Row(RecordType type, @Nullable Object[] values) {
        this.type = Objects.requireNonNull(type, "type");
        if (values.length != type.fields().size()) {
            throw new IllegalArgumentException(
                    values.length + " values for the " + type.fields().size() + " fields of '"
                            + type.name() + "'");
        }
        this.values = values;
    }

    public RecordType type() {
        return type;
    }

    /** The value of the field at this position, null where it is absent. */
    public @Nullable Object get(int position) {
        return values[position];
    }

    /** The value of the field of this name, null where it is absent or the type has no such field. */
    public @Nullable Object get(String field) {
        var position = type.position(field);
        return position.isPresent() ? values[position.getAsInt()] : null;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Row row && type == row.type
                && Arrays.deepEquals(values, row.values);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(values);
    }

    @Override
    public String toString() {
        return type.simpleName() + Arrays.deepToString(values);
    }
}

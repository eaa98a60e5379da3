package io.tidegate.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * A record: a full name and fields in order. It has identity and is completed in two steps, because a record may contain
 * itself; {@link #define} must be called once before the type leaves the reader that builds it.
 */
public final class RecordType implements Type.Named {
    /** Name of the field that holds the members of a JSON object that its schema does not declare. */
    public static final String EXTRA = "_extra";

    private final String name;
    private final String doc;
    private List<Field> fields = List.of();
    private Map<String, Integer> positions = Map.of();
    private boolean defined;
    private int extra = -1;

    /**
     * @param name
     *            full name in its own schema language, dots between its parts
     * @param doc
     *            the schema's description, empty if it has none
     */
    public RecordType(String name, String doc) {
        this.name = Objects.requireNonNull(name, "name");
        this.doc = Objects.requireNonNull(doc, "doc");
    }

    /** A record that does not contain itself. */
    public static RecordType of(String name, List<Field> fields) {
        return new RecordType(name, "").define(fields);
    }

    /** Gives this record its fields, once. */
    public RecordType define(List<Field> fields) {
        if (defined) {
            throw new IllegalStateException("record '" + name + "' is already defined");
        }
        var byName = new HashMap<String, Integer>();
        for (int i = 0; i < fields.size(); i++) {
            if (byName.put(fields.get(i).name(), i) != null) {
                throw new IllegalArgumentException(
                        "record '" + name + "' has two fields named '" + fields.get(i).name()
                                + "'");
            }
        }
        this.fields = List.copyOf(fields);
        this.positions = Map.copyOf(byName);
        this.defined = true;
        return this;
    }

    /**
     * Gives this record its fields, once, and one more, {@value #EXTRA}, that holds whatever members an object has beside
     * them.
     */
    RecordType defineOpen(List<Field> declared) {
        var all = new ArrayList<>(declared);
        all.add(new Field(EXTRA, new Type.Json(), true,
                "Members of the object that its schema does not declare.", ""));
        define(all);
        extra = declared.size();
        return this;
    }

    /** Position of the field that holds undeclared members; negative if there is none. */
    int extra() {
        return extra;
    }

    /**
     * Replaces what is said of a field, not what it is. Like {@link #define} only before the type is in use.
     *
     * @param doc
     *            see {@link Field#doc}
     * @param deprecated
     *            see {@link Field#deprecated}
     */
    public void describe(int position, String doc, String deprecated) {
        var described = new ArrayList<>(fields);
        var field = fields.get(position);
        described.set(position,
                new Field(field.name(), field.type(), field.nullable(), doc, deprecated,
                        field.limits()));
        fields = List.copyOf(described);
    }

    public String name() {
        return name;
    }

    /** The part of the name behind the last dot. */
    public String simpleName() {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    public String doc() {
        return doc;
    }

    public List<Field> fields() {
        return fields;
    }

    /** Where in a {@link Row} the field of this name stands. */
    public OptionalInt position(String field) {
        Integer at = positions.get(field);
        return at == null ? OptionalInt.empty() : OptionalInt.of(at);
    }

    @Override
    public String toString() {
        return "record " + name + fields.stream().map(Field::name).toList();
    }
}

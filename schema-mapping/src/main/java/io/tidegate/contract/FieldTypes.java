package io.tidegate.contract;

import io.tidegate.contract.DataProduct.Envelope;
import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the type names of a contract mean: {@link FieldSpec}s become a {@link RecordType}. */
final class FieldTypes {
    /** Every type name, in the order in which messages list them. */
    static final List<String> NAMES = List.of("string", "boolean", "integer", "long", "float",
            "double",
            "decimal", "timestamp", "local-timestamp", "date", "time", "duration", "uuid", "bytes",
            "enum",
            "object", "array", "map", "json");
    private static final Map<String, String> OTHER_SPELLINGS = Map.of("int", "integer", "number",
            "double",
            "bool", "boolean");

    private final boolean mayRequire;
    /** Times that are written as numbers are numbers then. */
    private final boolean isWire;
    private final Set<String> taken = new HashSet<>();

    private FieldTypes(boolean mayRequire, boolean isWire) {
        this.mayRequire = mayRequire;
        this.isWire = isWire;
    }

    /** The type's one name, whichever spelling is written; empty if there is no such type. */
    static Optional<String> canonical(String written) {
        var name = OTHER_SPELLINGS.getOrDefault(written, written);
        return NAMES.contains(name) ? Optional.of(name) : Optional.empty();
    }

    /** The record that a product's fields describe. Of fields with the same name the first one counts. */
    static RecordType of(DataProduct product) {
        return of(product, false);
    }

    /** Likewise, as it is on the topic: a time with a {@code format} is a number there. */
    static RecordType wire(DataProduct product) {
        return of(product, true);
    }

    private static RecordType of(DataProduct product, boolean isWire) {
        var id = product.id();
        // A JSON payload can lack any field, and Debezium leaves out what did not change: nothing may rely on them.
        boolean mayRequire = product.schema().language() != SchemaLanguage.JSON
                && product.stream().envelope() != Envelope.DEBEZIUM;
        return new FieldTypes(mayRequire, isWire).record(
                id.domain().replace('-', '_') + "." + Names.pascal(id.product()), "",
                product.fields());
    }

    private RecordType record(String wanted, String doc, List<FieldSpec> specs) {
        var name = unique(wanted);
        var fields = new ArrayList<Field>();
        var names = new HashSet<String>();
        for (var spec : specs) {
            if (names.add(spec.name())) {
                fields.add(
                        new Field(spec.name(), type(name, spec), !(mayRequire && spec.required()),
                                spec.description(), spec.deprecated().orElse("")));
            }
        }
        return new RecordType(name, doc).define(fields);
    }

    private Type type(String owner, FieldSpec spec) {
        return switch (spec.type()) {
            case "boolean" -> Type.Scalar.of(ScalarKind.BOOLEAN);
            case "integer" -> Type.Scalar.of(ScalarKind.INT32);
            case "long" -> Type.Scalar.of(ScalarKind.INT64);
            case "float" -> Type.Scalar.of(ScalarKind.FLOAT32);
            case "double" -> Type.Scalar.of(ScalarKind.FLOAT64);
            case "decimal" -> new Type.Scalar(ScalarKind.DECIMAL, spec.precision().orElse(0),
                    spec.scale().orElse(spec.precision().isPresent() ? 0 : -1));
            case "timestamp" -> Type.Scalar.of(isWire && spec.format().isPresent()
                    ? ScalarKind.INT64
                    : ScalarKind.TIMESTAMP);
            case "local-timestamp" -> Type.Scalar.of(ScalarKind.LOCAL_TIMESTAMP);
            case "date" -> Type.Scalar.of(ScalarKind.DATE);
            case "time" -> Type.Scalar.of(ScalarKind.TIME);
            case "duration" -> Type.Scalar.of(ScalarKind.DURATION);
            case "uuid" -> Type.Scalar.of(ScalarKind.UUID);
            case "bytes" -> Type.Scalar.of(ScalarKind.BYTES);
            case "enum" -> spec.values().isEmpty()
                    ? Type.Scalar.of(ScalarKind.STRING)
                    : new Type.EnumOf(unique(inner(owner, spec)), spec.description(), spec.values(),
                            false);
            case "object" -> spec.fields().isEmpty()
                    ? new Type.Json()
                    : record(inner(owner, spec), spec.description(), spec.fields());
            case "array" -> new Type.ListOf(element(owner, spec), elementNullable(spec));
            case "map" -> new Type.MapOf(element(owner, spec), elementNullable(spec));
            case "json" -> new Type.Json();
            default -> Type.Scalar.of(ScalarKind.STRING);
        };
    }

    private Type element(String owner, FieldSpec spec) {
        if (spec.items().isEmpty()) {
            return new Type.Json();
        }
        var items = spec.items().get();
        // An element has no name of its own: what is declared in it is named after the field that holds it.
        return type(owner, items.name().isEmpty() ? items.named(spec.name()) : items);
    }

    private boolean elementNullable(FieldSpec spec) {
        return !mayRequire || spec.items().map(items -> !items.required()).orElse(true);
    }

    private static String inner(String owner, FieldSpec spec) {
        var name = Names.pascal(spec.name());
        return owner + (name.isEmpty() ? "Field" : name);
    }

    private String unique(String wanted) {
        var name = wanted;
        for (int i = 2; !taken.add(name); i++) {
            name = wanted + "_" + i;
        }
        return name;
    }
}

package io.tidegate.gateway.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.predicate.CelFilters;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import io.tidegate.schema.UnreadablePayload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The words of query strings, checked against a product as one caller may see it. Streams and pull queries have them in
 * common. What is hidden from the caller is treated as what does not exist.
 */
public final class PlainArguments {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FIELDS_MAX = 200;
    private static final int NAMES_MAX = 500;
    private static final int DEPTH_MAX = 4;
    private static final int ECHO_CHARS = 60;

    private PlainArguments() {
    }

    /**
     * @throws Refusal.Thrown
     *             naming the first that is not known, and what was meant perhaps
     */
    public static void requireKnown(Set<String> given, Set<String> known) {
        for (var name : new TreeSet<>(given)) {
            if (!known.contains(name)) {
                throw invalid("There is no parameter '" + shortened(name) + "'"
                        + Suggestion.nearest(name, new TreeSet<>(known))
                                .map(near -> ", did you mean '" + near + "'").orElse("")
                        + "? Known are " + String.join(", ", new TreeSet<>(known)) + ".");
            }
        }
    }

    /**
     * A CEL expression over the event.
     *
     * @throws Refusal.Thrown
     *             if it is none, or names what the caller may not compare
     */
    public static Predicate filter(String text, ProductSchema schema, Permit permit,
            Instant now) {
        try {
            return CelFilters.compile(text, schema.rowType(), permit.masks().keySet(), Map.of(),
                    Optional.of(now));
        } catch (FilterProblem e) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.FILTER_INVALID,
                    "The filter cannot be used"
                            + (e.column() > 0 ? " (column " + e.column() + ")" : "") + ": "
                            + e.getMessage() + "."));
        }
    }

    /** One key field's text, or a JSON object of all of them, as a condition. */
    public static Predicate key(String text, ProductSchema schema, Permit permit) {
        var values = keyValues(text, schema, permit);
        var terms = new ArrayList<Predicate>();
        for (int i = 0; i < values.size(); i++) {
            terms.add(new Predicate.Compare(schema.key().get(i), Predicate.Comparison.EQ,
                    values.get(i)));
        }
        return terms.size() == 1 ? terms.getFirst() : new Predicate.And(terms);
    }

    /** The values of {@link #key} in the order of the contract. */
    public static List<Object> keyValues(String text, ProductSchema schema, Permit permit) {
        var paths = schema.key();
        if (paths.isEmpty()) {
            throw invalid("The product has no key; use 'filter'.");
        }
        var values = new ArrayList<Object>();
        var object = paths.size() == 1 ? null : parse(text);
        for (FieldPath path : paths) {
            if (permit.isOpaque(path.text())) {
                throw invalid(
                        "The key is masked for this token, so nothing can be selected by it.");
            }
            JsonNode part = object == null ? TextNode.valueOf(text) : object.path(path.text());
            try {
                var value = JsonValues.read(part, path.type());
                if (value == null) {
                    throw invalid("'key' lacks '" + path.text() + "'.");
                }
                values.add(value);
            } catch (UnreadablePayload e) {
                throw invalid(
                        "'key' does not fit '" + path.text() + "': " + e.getMessage() + ".");
            }
        }
        return values;
    }

    private static JsonNode parse(String text) {
        try {
            var node = JSON.readTree(text);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            // Said below.
        }
        throw invalid("'key' must be a JSON object of the product's key fields.");
    }

    /**
     * Paths of fields, separated by commas; empty = all.
     *
     * @throws Refusal.Thrown
     *             naming what is no field for this caller
     */
    public static Set<String> fields(String text, ProductSchema schema, Permit permit) {
        var fields = new LinkedHashSet<String>();
        for (var name : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            if (fields.size() >= FIELDS_MAX) {
                throw invalid("'fields' names more than " + FIELDS_MAX + " fields.");
            }
            fields.add(field("fields", name.trim(), schema, permit).text());
        }
        return Set.copyOf(fields);
    }

    /**
     * A field that values may be compared by: it is there, and shown as it is.
     *
     * @param parameter
     *            that names it
     */
    public static FieldPath comparable(String parameter, String path, ProductSchema schema,
            Permit permit) {
        var found = field(parameter, path, schema, permit);
        if (permit.isOpaque(path)
                || permit.opaque().stream().anyMatch(masked -> masked.startsWith(path + "."))) {
            throw invalid("'" + parameter + "' names '" + shortened(path)
                    + "', which is masked for this token, so that nothing can be found out by it.");
        }
        return found;
    }

    private static FieldPath field(String parameter, String path, ProductSchema schema,
            Permit permit) {
        boolean isHidden = permit.hidden().stream()
                .anyMatch(h -> path.equals(h) || path.startsWith(h + "."));
        var found = isHidden
                ? Optional.<FieldPath>empty()
                : FieldPath.resolve(schema.rowType(), path);
        return found.orElseThrow(() -> invalid(
                "'" + parameter + "' names what is no field of the product: '" + shortened(path)
                        + "'" + Suggestion.nearest(path, names(schema, permit))
                                .map(near -> "; did you mean '" + near + "'?").orElse(".")));
    }

    /** What there is to name, as far as the caller may see it, and not all of what is very large. */
    private static List<String> names(ProductSchema schema, Permit permit) {
        var names = new ArrayList<String>();
        collect(schema.rowType(), "", permit.hidden(), names, 1);
        return names;
    }

    private static void collect(RecordType type, String prefix, Set<String> hidden,
            List<String> names, int depth) {
        for (var field : type.fields()) {
            var path = prefix + field.name();
            if (names.size() >= NAMES_MAX || hidden.contains(path)) {
                continue;
            }
            names.add(path);
            if (depth < DEPTH_MAX && field.type() instanceof RecordType inner) {
                collect(inner, path + ".", hidden, names, depth + 1);
            }
        }
    }

    /** Whether a type has one value, so that it can be ordered and grouped. */
    public static boolean isSingle(Type type) {
        return type instanceof Type.Scalar || type instanceof Type.EnumOf;
    }

    /** What a client wrote, short enough to be said back. */
    public static String shortened(String text) {
        return text.length() > ECHO_CHARS ? text.substring(0, ECHO_CHARS) + "…" : text;
    }

    /** The refusal of a parameter. */
    public static Refusal.Thrown invalid(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID, detail));
    }
}

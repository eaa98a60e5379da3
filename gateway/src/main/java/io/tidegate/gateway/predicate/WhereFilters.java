package io.tidegate.gateway.predicate;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Predicate.TextTest;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * GraphQL's {@code where} arguments as predicates. Everything in one object must hold; {@code eq: null} asks for absence.
 * Bounded by {@link #DEPTH_MAX} and {@link #TERMS_MAX}. Pure.
 */
public final class WhereFilters {
    /** How deep {@code and}, {@code or}, {@code not} and records may nest. */
    public static final int DEPTH_MAX = 32;
    /** The most operators and listed values in one argument. */
    public static final int TERMS_MAX = 2_000;

    private static final Set<String> OPERATORS = Set.of("eq", "ne", "in", "gt", "gte", "lt", "lte",
            "contains", "startsWith", "matches", "isNull");

    private final Set<String> hidden;
    private final WhereNames names;
    private int terms;

    private WhereFilters(Set<String> hidden, WhereNames names) {
        this.hidden = hidden;
        this.names = names;
    }

    /** Compiles for a caller from whom nothing is hidden. */
    public static Predicate compile(Map<String, Object> where, RecordType type, WhereNames names)
            throws FilterProblem {
        return compile(where, type, Set.of(), names);
    }

    /**
     * @param where
     *            as graphql-java coerced it
     * @param hidden
     *            paths, in the schema's own names, that do not exist for the caller
     * @throws FilterProblem
     *             if a name, an operator or a value does not fit the type; the column is not known
     */
    public static Predicate compile(Map<String, Object> where, RecordType type, Set<String> hidden,
            WhereNames names) throws FilterProblem {
        return new WhereFilters(hidden, names).object(where, type, List.of(), "", 0);
    }

    private Predicate object(Map<?, ?> where, RecordType type, List<Step> path, String shown,
            int depth) throws FilterProblem {
        if (depth > DEPTH_MAX) {
            throw new FilterProblem("the filter is nested deeper than " + DEPTH_MAX + " levels", 0);
        }
        var found = new ArrayList<Predicate>();
        for (var entry : where.entrySet()) {
            String name = String.valueOf(entry.getKey());
            Object value = entry.getValue();
            var position = names.position(type, name);
            if (position.isPresent()) {
                found.add(field(type, position.getAsInt(), name, value, path, shown, depth));
                continue;
            }
            switch (name) {
                case "and", "or" -> {
                    if (value != null) {
                        found.add(branches(name, value, type, path, shown, depth));
                    }
                }
                case "not" -> {
                    if (value != null) {
                        found.add(new Predicate.Not(
                                object(map(name, value), type, path, shown, depth + 1)));
                    }
                }
                default -> throw unknown(shown + name);
            }
        }
        return all(found);
    }

    private Predicate branches(String name, Object value, RecordType type, List<Step> path,
            String shown, int depth) throws FilterProblem {
        var found = new ArrayList<Predicate>();
        for (Object branch : value instanceof Collection<?> list ? list : List.of(value)) {
            found.add(object(map(name, branch), type, path, shown, depth + 1));
        }
        return name.equals("and") ? all(found) : any(found);
    }

    private Predicate field(RecordType type, int position, String name, @Nullable Object value,
            List<Step> path, String shown, int depth) throws FilterProblem {
        Field field = type.fields().get(position);
        var steps = new ArrayList<>(path);
        steps.add(new Step(field, position));
        var at = new FieldPath(
                String.join(".", steps.stream().map(step -> step.field().name()).toList()),
                steps.stream().map(Step::field).toList(),
                steps.stream().map(Step::position).toList());
        if (isHidden(at.text(), hidden)) {
            throw unknown(shown + name);
        }
        if (value == null) {
            return Predicate.ALL;
        }
        Map<?, ?> operators = map(shown + name, value);
        if (field.type() instanceof RecordType record) {
            return record(record, at, operators, steps, shown + name, depth);
        }
        return operators(at, operators);
    }

    private Predicate record(RecordType record, FieldPath at, Map<?, ?> where, List<Step> steps,
            String shown, int depth) throws FilterProblem {
        var rest = new java.util.LinkedHashMap<Object, Object>(where);
        var found = new ArrayList<Predicate>();
        if (names.position(record, "isNull").isEmpty() && rest.containsKey("isNull")) {
            found.add(operator(at, "isNull", rest.remove("isNull")));
        }
        found.add(object(rest, record, steps, shown + ".", depth + 1));
        return all(found);
    }

    private Predicate operators(FieldPath field, Map<?, ?> operators) throws FilterProblem {
        var found = new ArrayList<Predicate>();
        for (var entry : operators.entrySet()) {
            found.add(operator(field, String.valueOf(entry.getKey()), entry.getValue()));
        }
        return all(found);
    }

    private Predicate operator(FieldPath field, String name, @Nullable Object operand)
            throws FilterProblem {
        count(1);
        if (operand == null) {
            return switch (name) {
                case "eq" -> new Predicate.IsNull(field);
                case "ne" -> new Predicate.Not(new Predicate.IsNull(field));
                // an operator that a client left out, as a null variable does
                default -> Predicate.ALL;
            };
        }
        return switch (name) {
            case "eq" -> new Predicate.Compare(field, Comparison.EQ, literal(field, operand));
            case "ne" -> new Predicate.Compare(field, Comparison.NE, literal(field, operand));
            case "gt" -> ordered(field, Comparison.GT, operand);
            case "gte" -> ordered(field, Comparison.GTE, operand);
            case "lt" -> ordered(field, Comparison.LT, operand);
            case "lte" -> ordered(field, Comparison.LTE, operand);
            case "in" -> in(field, operand);
            case "isNull" -> {
                if (!(operand instanceof Boolean absent)) {
                    throw new FilterProblem("isNull of field '" + field.text()
                            + "' expects true or false, not " + Literals.shown(operand), 0);
                }
                Predicate isNull = new Predicate.IsNull(field);
                yield absent ? isNull : new Predicate.Not(isNull);
            }
            case "contains" -> contains(field, operand);
            case "startsWith" -> new Predicate.Text(field, TextTest.STARTS_WITH,
                    text(field, name, operand));
            case "matches" -> new Predicate.Text(field, TextTest.MATCHES,
                    Literals.pattern(field, text(field, name, operand), 0));
            default ->
                throw new FilterProblem("field '" + field.text() + "' has no operator '" + name
                        + "'; there are " + String.join(", ", new java.util.TreeSet<>(OPERATORS)),
                        0);
        };
    }

    private Predicate ordered(FieldPath field, Comparison comparison, Object operand)
            throws FilterProblem {
        if (!Literals.isOrdered(field.type())) {
            throw new FilterProblem(
                    "field '" + field.text() + "' is " + Literals.named(field.type())
                            + ", which has no greater and less; use eq, ne or in",
                    0);
        }
        return new Predicate.Compare(field, comparison, literal(field, operand));
    }

    private Predicate in(FieldPath field, Object operand) throws FilterProblem {
        var values = new ArrayList<Object>();
        boolean orAbsent = false;
        for (Object value : operand instanceof Collection<?> list ? list : List.of(operand)) {
            count(1);
            if (value == null) {
                orAbsent = true;
            } else {
                values.add(literal(field, value));
            }
        }
        Predicate in = new Predicate.In(field, values);
        return orAbsent ? new Predicate.Or(List.of(in, new Predicate.IsNull(field))) : in;
    }

    private Predicate contains(FieldPath field, Object operand) throws FilterProblem {
        if (field.type() instanceof Type.ListOf list) {
            return new Predicate.Text(field, TextTest.CONTAINS,
                    literal(field, list.element(), operand));
        }
        return new Predicate.Text(field, TextTest.CONTAINS, text(field, "contains", operand));
    }

    private Object literal(FieldPath field, Object operand) throws FilterProblem {
        return literal(field, field.type(), operand);
    }

    private Object literal(FieldPath field, Type type, Object operand) throws FilterProblem {
        Object given = type instanceof Type.EnumOf symbols && operand instanceof String literal
                ? names.symbol(symbols, literal)
                : operand;
        return Literals.convert(field, type, given, 0);
    }

    private static String text(FieldPath field, String operator, Object operand)
            throws FilterProblem {
        if (!Literals.isText(field.type())) {
            throw new FilterProblem("'" + operator + "' is for text, but field '" + field.text()
                    + "' is " + Literals.named(field.type()), 0);
        }
        if (operand instanceof String text) {
            return text;
        }
        throw new FilterProblem("'" + operator + "' of field '" + field.text()
                + "' expects text, not " + Literals.shown(operand), 0);
    }

    private void count(int more) throws FilterProblem {
        terms += more;
        if (terms > TERMS_MAX) {
            throw new FilterProblem(
                    "the filter has more than " + TERMS_MAX + " operators and values", 0);
        }
    }

    private static Map<?, ?> map(String name, @Nullable Object value) throws FilterProblem {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new FilterProblem("'" + name + "' expects an object"
                + (value == null ? "" : ", not " + Literals.shown(value)), 0);
    }

    /** The same sentence for what is hidden and for what is not there, so that it tells nothing. */
    static FilterProblem unknown(String name) {
        return new FilterProblem("there is no field '" + name + "'", 0);
    }

    static boolean isHidden(String path, Set<String> hidden) {
        if (hidden.contains(path)) {
            return true;
        }
        for (int dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
            if (hidden.contains(path.substring(0, dot))) {
                return true;
            }
        }
        return false;
    }

    static Predicate all(List<Predicate> terms) {
        return terms.size() == 1
                ? terms.getFirst()
                : terms.isEmpty() ? Predicate.ALL : new Predicate.And(terms);
    }

    static Predicate any(List<Predicate> terms) {
        return terms.size() == 1
                ? terms.getFirst()
                : terms.isEmpty() ? Predicate.NONE : new Predicate.Or(terms);
    }

    /** One step of a path. */
    private record Step(Field field, int position) {
    }
}

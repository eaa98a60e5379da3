package io.tidegate.gateway.predicate;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Predicate.TextTest;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
    private static final Set<String> LIST_OPERATORS = Set.of("contains", "containsAny",
            "containsAll", "any", "all", "none", "isEmpty", "length", "isNull");
    private static final Set<String> MAP_OPERATORS = Set.of("hasKey", "entry", "any", "all", "none",
            "isEmpty", "length", "isNull");
    private static final Set<String> LENGTH_OPERATORS = Set.of("eq", "ne", "in", "gt", "gte", "lt",
            "lte", "isNull");

    private final Set<String> hidden;
    private final WhereNames names;
    private int terms;

    private WhereFilters(Set<String> hidden, WhereNames names) {
        this.hidden = hidden;
        this.names = names;
    }

    /** Compiles for a caller from whom nothing is hidden. */
    public static Predicate compile(Map<String, ?> where, RecordType type, WhereNames names)
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
    public static Predicate compile(Map<String, ?> where, RecordType type, Set<String> hidden,
            WhereNames names) throws FilterProblem {
        return new WhereFilters(hidden, names).object(where, type, null, "", 0);
    }

    /**
     * @param holder
     *            the record's own place; null for the row
     */
    private Predicate object(Map<?, ?> where, RecordType type, @Nullable FieldPath holder,
            String shown, int depth) throws FilterProblem {
        if (depth > DEPTH_MAX) {
            throw tooDeep();
        }
        var found = new ArrayList<Predicate>();
        for (var entry : where.entrySet()) {
            String name = String.valueOf(entry.getKey());
            Object value = entry.getValue();
            var position = names.position(type, name);
            if (position.isPresent()) {
                found.add(field(type, position.getAsInt(), name, value, holder, shown, depth));
                continue;
            }
            switch (name) {
                case "and", "or" -> {
                    if (value != null) {
                        found.add(branches(name, value, type, holder, shown, depth));
                    }
                }
                case "not" -> {
                    if (value != null) {
                        found.add(new Predicate.Not(
                                object(map(name, value), type, holder, shown, depth + 1)));
                    }
                }
                default -> throw unknown(shown + name);
            }
        }
        return all(found);
    }

    private Predicate branches(String name, Object value, RecordType type,
            @Nullable FieldPath holder, String shown, int depth) throws FilterProblem {
        var found = new ArrayList<Predicate>();
        for (Object branch : value instanceof Collection<?> list ? list : List.of(value)) {
            found.add(object(map(name, branch), type, holder, shown, depth + 1));
        }
        return name.equals("and") ? all(found) : any(found);
    }

    private Predicate field(RecordType type, int position, String name, @Nullable Object value,
            @Nullable FieldPath holder, String shown, int depth) throws FilterProblem {
        var at = below(holder, type.fields().get(position), position);
        // Elements and entries have no name in a path, so this sees through lists and maps.
        if (isHidden(at.text(), hidden)) {
            throw unknown(shown + name);
        }
        return value == null
                ? Predicate.ALL
                : value(at, map(shown + name, value), shown + name, depth);
    }

    private static FieldPath below(@Nullable FieldPath holder, Field field, int position) {
        if (holder == null) {
            return new FieldPath(field.name(), List.of(field), List.of(position));
        }
        var fields = new ArrayList<>(holder.fields());
        fields.add(field);
        var positions = new ArrayList<>(holder.positions());
        positions.add(position);
        return new FieldPath(holder.text() + "." + field.name(), fields, positions);
    }

    /** Conditions on what stands at a place: a field's value, an element or an entry's value. */
    private Predicate value(FieldPath at, Map<?, ?> conditions, String shown, int depth)
            throws FilterProblem {
        if (depth > DEPTH_MAX) {
            throw tooDeep();
        }
        return switch (at.type()) {
            case RecordType record -> record(record, at, conditions, shown, depth);
            case Type.ListOf list -> list(at, conditions, shown, depth);
            case Type.MapOf map -> entries(at, conditions, shown, depth);
            default -> operators(at, conditions);
        };
    }

    private Predicate record(RecordType record, FieldPath at, Map<?, ?> where, String shown,
            int depth) throws FilterProblem {
        var rest = new LinkedHashMap<Object, @Nullable Object>(where);
        var found = new ArrayList<Predicate>();
        if (names.position(record, "isNull").isEmpty() && rest.containsKey("isNull")) {
            found.add(operator(at, "isNull", rest.remove("isNull")));
        }
        found.add(object(rest, record, at, shown + ".", depth + 1));
        return all(found);
    }

    private Predicate list(FieldPath at, Map<?, ?> conditions, String shown, int depth)
            throws FilterProblem {
        var found = new ArrayList<Predicate>();
        for (var entry : conditions.entrySet()) {
            String name = String.valueOf(entry.getKey());
            Object operand = entry.getValue();
            count(1);
            if (operand == null) {
                requireOperator(at, name, LIST_OPERATORS);
                continue;
            }
            found.add(switch (name) {
                case "contains" -> contains(at, operand);
                case "containsAny" -> any(eachContained(at, operand));
                case "containsAll" -> {
                    var each = eachContained(at, operand);
                    yield each.isEmpty() ? new Predicate.Not(new Predicate.IsNull(at)) : all(each);
                }
                case "any" -> new Predicate.Any(at, inside(Predicate.Inside.element(at), operand,
                        shown + ".any", depth));
                case "all" -> Predicate.every(at, inside(Predicate.Inside.element(at), operand,
                        shown + ".all", depth));
                case "none" -> Predicate.none(at, inside(Predicate.Inside.element(at), operand,
                        shown + ".none", depth));
                default -> held(at, name, operand, LIST_OPERATORS);
            });
        }
        return all(found);
    }

    private Predicate entries(FieldPath at, Map<?, ?> conditions, String shown, int depth)
            throws FilterProblem {
        var found = new ArrayList<Predicate>();
        for (var entry : conditions.entrySet()) {
            String name = String.valueOf(entry.getKey());
            Object operand = entry.getValue();
            count(1);
            if (operand == null) {
                requireOperator(at, name, MAP_OPERATORS);
                continue;
            }
            found.add(switch (name) {
                case "hasKey" -> new Predicate.Any(at, hasKey(at, name, operand));
                case "entry" -> {
                    var wanted = map(shown + ".entry", operand);
                    var value = wanted.get("value");
                    Predicate key = hasKey(at, "entry", wanted.get("key"));
                    yield new Predicate.Any(at, value == null
                            ? key
                            : new Predicate.And(List.of(key, inside(Predicate.Inside.value(at),
                                    value, shown + ".entry.value", depth))));
                }
                case "any" -> new Predicate.Any(at, inside(Predicate.Inside.value(at), operand,
                        shown + ".any", depth));
                case "all" -> Predicate.every(at, inside(Predicate.Inside.value(at), operand,
                        shown + ".all", depth));
                case "none" -> Predicate.none(at, inside(Predicate.Inside.value(at), operand,
                        shown + ".none", depth));
                default -> held(at, name, operand, MAP_OPERATORS);
            });
        }
        return all(found);
    }

    /** What lists and maps have in common. */
    private Predicate held(FieldPath at, String name, Object operand, Set<String> operators)
            throws FilterProblem {
        return switch (name) {
            case "isNull" -> operator(at, name, operand);
            case "isEmpty" -> {
                if (!(operand instanceof Boolean isEmpty)) {
                    throw new FilterProblem("isEmpty of field '" + at.text()
                            + "' expects true or false, not " + Literals.shown(operand), 0);
                }
                yield new Predicate.Size(at, isEmpty ? Comparison.EQ : Comparison.GT, 0);
            }
            case "length" -> length(at, map("length", operand));
            default -> throw noOperator(at, name, operators);
        };
    }

    private Predicate length(FieldPath at, Map<?, ?> operators) throws FilterProblem {
        var found = new ArrayList<Predicate>();
        for (var entry : operators.entrySet()) {
            String name = String.valueOf(entry.getKey());
            Object operand = entry.getValue();
            count(1);
            found.add(switch (name) {
                case "isNull" -> operator(at, name, operand);
                case "in" -> {
                    if (operand == null) {
                        yield Predicate.ALL;
                    }
                    var sizes = new ArrayList<Predicate>();
                    for (Object size : operand instanceof Collection<?> list
                            ? list
                            : List.of(operand)) {
                        count(1);
                        sizes.add(size == null
                                ? new Predicate.IsNull(at)
                                : new Predicate.Size(at, Comparison.EQ, size(at, size)));
                    }
                    yield any(sizes);
                }
                case "eq", "ne", "gt", "gte", "lt", "lte" -> operand == null
                        ? operator(at, name, null)
                        : new Predicate.Size(at,
                                Comparison.valueOf(name.toUpperCase(Locale.ROOT)),
                                size(at, operand));
                default -> throw noOperator(at, "length." + name, LENGTH_OPERATORS);
            });
        }
        return all(found);
    }

    private static long size(FieldPath at, Object operand) throws FilterProblem {
        if (operand instanceof Integer || operand instanceof Long) {
            return ((Number) operand).longValue();
        }
        throw new FilterProblem("length of field '" + at.text()
                + "' expects a whole number, not " + Literals.shown(operand), 0);
    }

    private static Predicate hasKey(FieldPath at, String operator, @Nullable Object key)
            throws FilterProblem {
        if (key instanceof String text) {
            return new Predicate.Compare(Predicate.Inside.key(at), Comparison.EQ, text);
        }
        throw new FilterProblem("'" + operator + "' of field '" + at.text() + "' expects a key"
                + (key == null ? "" : ", not " + Literals.shown(key)), 0);
    }

    private Predicate inside(FieldPath element, Object conditions, String shown, int depth)
            throws FilterProblem {
        return value(element, map(shown, conditions), shown, depth + 1);
    }

    private List<Predicate> eachContained(FieldPath at, Object operand) throws FilterProblem {
        var each = new ArrayList<Predicate>();
        for (Object value : operand instanceof Collection<?> list ? list : List.of(operand)) {
            count(1);
            if (value == null) {
                throw new FilterProblem("field '" + at.text()
                        + "' cannot be asked for absent elements so; use any: {isNull: true}", 0);
            }
            each.add(contains(at, value));
        }
        return each;
    }

    private static void requireOperator(FieldPath at, String name, Set<String> operators)
            throws FilterProblem {
        if (!operators.contains(name)) {
            throw noOperator(at, name, operators);
        }
    }

    private static FilterProblem noOperator(FieldPath field, String name, Set<String> operators) {
        return new FilterProblem("field '" + field.text() + "' has no operator '" + name
                + "'; there are " + String.join(", ", new TreeSet<>(operators)), 0);
    }

    private static FilterProblem tooDeep() {
        return new FilterProblem("the filter is nested deeper than " + DEPTH_MAX + " levels", 0);
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
            default -> throw noOperator(field, name, OPERATORS);
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

    /**
     * The operand of a comparison with one field, as the Java class that carries the field's type.
     *
     * @throws FilterProblem
     *             if it does not fit, or the comparison means nothing for the type
     */
    public static Object operand(FieldPath field, Comparison comparison, Object given,
            WhereNames names) throws FilterProblem {
        return ((Predicate.Compare) new WhereFilters(Set.of(), names).operator(field,
                comparison.name().toLowerCase(Locale.ROOT), given)).value();
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
}

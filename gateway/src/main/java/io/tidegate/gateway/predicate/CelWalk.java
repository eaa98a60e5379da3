package io.tidegate.gateway.predicate;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Predicate.TextTest;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One walk through a parsed expression, from its root to a predicate. Used once. */
final class CelWalk {
    private static final String POSSIBLE = "possible are == != < <= > >= in && || ! has() contains() startsWith() matches()"
            + " exists() all() size()";

    /** Names that a variable of exists() and all() would take from what they mean elsewhere. */
    private static final Set<String> RESERVED = Set.of("event", "value", "claims", "now");

    private final CelAbstractSyntaxTree ast;
    private final RecordType type;
    private final Set<String> hidden;
    /** null = claims of any name are fine, and what they hold is not known. */
    private final @Nullable Map<String, Object> claims;
    private final @Nullable Instant now;
    private boolean usesNow;
    private boolean closed;
    /** Of a list that is a claim something does not fit: it is less than it may have been meant to be. */
    private boolean isCut;
    /** Variables of the exists() and all() around the term, innermost first, and what they stand for. */
    private final Deque<Map.Entry<String, FieldPath>> variables = new ArrayDeque<>();

    CelWalk(CelAbstractSyntaxTree ast, RecordType type, Set<String> hidden,
            @Nullable Map<String, Object> claims, @Nullable Instant now) {
        this.ast = ast;
        this.type = type;
        this.hidden = hidden;
        this.claims = claims;
        this.now = now;
    }

    Predicate predicate() throws FilterProblem {
        var predicate = condition(ast.getExpr(), true, 0);
        return closed ? Predicate.NONE : predicate;
    }

    boolean usesNow() {
        return usesNow;
    }

    /**
     * @param positive
     *            whether an even number of negations is around the term
     */
    private Predicate condition(CelExpr expr, boolean positive, int depth) throws FilterProblem {
        if (depth > CelFilters.DEPTH_MAX) {
            throw problem(expr, "the expression is nested deeper than " + CelFilters.DEPTH_MAX
                    + " levels");
        }
        if (expr.getKind() == CelExpr.ExprKind.Kind.CALL) {
            var call = expr.call();
            switch (call.function()) {
                case "_&&_" -> {
                    return joined(call, true, positive, depth);
                }
                case "_||_" -> {
                    return joined(call, false, positive, depth);
                }
                case "!_" -> {
                    var term = condition(call.args().getFirst(), !positive, depth + 1);
                    return term instanceof Predicate.Constant constant
                            ? new Predicate.Constant(!constant.value())
                            : new Predicate.Not(term);
                }
                default -> {
                    // a term, below
                }
            }
        }
        try {
            if (expr.getKind() == CelExpr.ExprKind.Kind.COMPREHENSION) {
                return quantified(expr, expr.comprehension(), positive, depth);
            }
            isCut = false;
            var term = term(expr);
            closed |= isCut && !positive;
            return term;
        } catch (MissingClaim e) {
            closed |= !positive;
            return Predicate.NONE;
        }
    }

    /** {@code list.exists(x, …)} and {@code list.all(x, …)}, as the parser's macros expand them. */
    private Predicate quantified(CelExpr expr, CelExpr.CelComprehension loop, boolean positive,
            int depth) throws FilterProblem, MissingClaim {
        var name = loop.iterVar();
        if (RESERVED.contains(name)) {
            throw problem(expr, "'" + name + "' already means something; name the variable"
                    + " otherwise, as in event.tags.exists(tag, tag == 'x')");
        }
        boolean isAll = loop.accuInit().constantOrDefault()
                .getKind() == CelConstant.Kind.BOOLEAN_VALUE
                && loop.accuInit().constant().booleanValue();
        if (!(side(loop.iterRange()) instanceof Side.OfField held)) {
            throw unsupported(expr, "exists() or all() of anything but a field");
        }
        var field = held.path();
        var variable = switch (field.type()) {
            case Type.ListOf list -> Predicate.Inside.element(field);
            case Type.MapOf map -> Predicate.Inside.key(field);
            default -> throw problem(expr, "field '" + field.text() + "' is "
                    + Literals.named(field.type()) + ", neither a list nor a map");
        };
        variables.push(Map.entry(name, variable));
        // That all of nothing satisfy a term says nothing of the term, so a claim that it lacks must not open the row.
        var inside = condition(loop.loopStep().call().args().get(1), positive && !isAll,
                depth + 1);
        variables.pop();
        return isAll ? Predicate.every(field, inside) : new Predicate.Any(field, inside);
    }

    private Predicate joined(CelExpr.CelCall call, boolean all, boolean positive, int depth)
            throws FilterProblem {
        var terms = new ArrayList<Predicate>();
        for (var arg : call.args()) {
            var term = condition(arg, positive, depth + 1);
            switch (term) {
                case Predicate.And and when all -> terms.addAll(and.terms());
                case Predicate.Or or when !all -> terms.addAll(or.terms());
                case Predicate.Constant constant when constant.value() == all -> {
                    // true && x is x, false || x is x
                }
                default -> terms.add(term);
            }
        }
        Predicate decided = all ? Predicate.NONE : Predicate.ALL;
        if (terms.contains(decided)) {
            return decided;
        }
        return all ? WhereFilters.all(terms) : WhereFilters.any(terms);
    }

    private Predicate term(CelExpr expr) throws FilterProblem, MissingClaim {
        return switch (expr.getKind()) {
            case CALL -> call(expr, expr.call());
            case SELECT -> expr.select().testOnly() ? has(expr) : truth(expr);
            case CONSTANT, IDENT -> truth(expr);
            default -> throw unsupported(expr, "this kind of expression");
        };
    }

    private Predicate call(CelExpr expr, CelExpr.CelCall call) throws FilterProblem, MissingClaim {
        return switch (call.function()) {
            case "_==_" -> compare(expr, call, Comparison.EQ);
            case "_!=_" -> compare(expr, call, Comparison.NE);
            case "_<_" -> compare(expr, call, Comparison.LT);
            case "_<=_" -> compare(expr, call, Comparison.LTE);
            case "_>_" -> compare(expr, call, Comparison.GT);
            case "_>=_" -> compare(expr, call, Comparison.GTE);
            case "@in" -> in(expr, call);
            case "contains" -> text(expr, call, TextTest.CONTAINS);
            case "startsWith" -> text(expr, call, TextTest.STARTS_WITH);
            case "matches" -> text(expr, call, TextTest.MATCHES);
            case "_[_]", "size" -> truth(expr);
            case "_?_:_" -> throw unsupported(expr, "the conditional operator ?:");
            default -> throw unsupported(expr, "'" + call.function() + "'");
        };
    }

    /** A boolean field, claim or literal that stands alone. */
    private Predicate truth(CelExpr expr) throws FilterProblem, MissingClaim {
        var side = side(expr);
        return switch (side) {
            case Side.OfField field -> {
                if (field.path().type() instanceof Type.Scalar scalar
                        && scalar.kind() == ScalarKind.BOOLEAN) {
                    yield new Predicate.Compare(field.path(), Comparison.EQ, true);
                }
                throw problem(expr, "field '" + field.path().text() + "' is "
                        + Literals.named(field.path().type())
                        + " and does not stand alone as a condition; compare it with something");
            }
            case Side.OfValue value -> {
                if (value.value() instanceof Boolean truth) {
                    yield new Predicate.Constant(truth);
                }
                if (value.claim()) {
                    throw new MissingClaim();
                }
                throw problem(expr, "expected a condition, found "
                        + (value.value() == null ? "null" : Literals.shown(value.value())));
            }
            case Side.OfSize size -> throw problem(expr, "size() of field '" + size.path().text()
                    + "' is a number; compare it with another");
        };
    }

    private Predicate has(CelExpr expr) throws FilterProblem {
        var names = names(expr);
        if (names.getFirst().equals("claims")) {
            try {
                return new Predicate.Constant(claim(names) != null);
            } catch (MissingClaim e) {
                return Predicate.NONE;
            }
        }
        return new Predicate.Not(new Predicate.IsNull(field(expr, names)));
    }

    private Predicate compare(CelExpr expr, CelExpr.CelCall call, Comparison comparison)
            throws FilterProblem, MissingClaim {
        var left = side(call.args().get(0));
        var right = side(call.args().get(1));
        if (left instanceof Side.OfField field && right instanceof Side.OfValue value) {
            return compare(expr, field.path(), comparison, value);
        }
        if (left instanceof Side.OfValue value && right instanceof Side.OfField field) {
            return compare(expr, field.path(), mirrored(comparison), value);
        }
        if (left instanceof Side.OfSize size && right instanceof Side.OfValue value) {
            return size(expr, size.path(), comparison, value);
        }
        if (left instanceof Side.OfValue value && right instanceof Side.OfSize size) {
            return size(expr, size.path(), mirrored(comparison), value);
        }
        if (left instanceof Side.OfValue a && right instanceof Side.OfValue b) {
            return constant(expr, a, comparison, b);
        }
        throw unsupported(expr, "comparing two fields with each other");
    }

    private Predicate compare(CelExpr expr, FieldPath field, Comparison comparison,
            Side.OfValue value) throws FilterProblem, MissingClaim {
        boolean isEquality = comparison == Comparison.EQ || comparison == Comparison.NE;
        if (value.value() == null && !value.claim()) {
            if (!isEquality) {
                throw problem(expr, "null has no greater and less; use == or !=");
            }
            Predicate isNull = new Predicate.IsNull(field);
            return comparison == Comparison.EQ ? isNull : new Predicate.Not(isNull);
        }
        if (!isEquality && !Literals.isOrdered(field.type())) {
            throw problem(expr, "field '" + field.text() + "' is " + Literals.named(field.type())
                    + ", which has no greater and less; use ==, != or in");
        }
        if (value.value() == null) {
            unknownClaim(expr, field, field.type());
        }
        return new Predicate.Compare(field, comparison, literal(expr, field, field.type(),
                Objects.requireNonNull(value.value()), value.claim()));
    }

    private Predicate size(CelExpr expr, FieldPath field, Comparison comparison,
            Side.OfValue value) throws FilterProblem, MissingClaim {
        if (value.value() instanceof Long size) {
            return new Predicate.Size(field, comparison, size);
        }
        if (value.value() instanceof Integer size) {
            return new Predicate.Size(field, comparison, size);
        }
        if (value.claim()) {
            throw new MissingClaim();
        }
        throw problem(expr, "size() is compared with a whole number");
    }

    /** A literal that the author wrote must fit; a claim that does not fit counts as missing. */
    private Object literal(CelExpr expr, FieldPath field, Type type, Object given, boolean claim)
            throws FilterProblem, MissingClaim {
        try {
            return Literals.convert(field, type, given, column(expr));
        } catch (FilterProblem e) {
            if (claim && isComparable(type)) {
                throw new MissingClaim();
            }
            throw e;
        }
    }

    private static boolean isComparable(Type type) {
        return type instanceof Type.Scalar || type instanceof Type.EnumOf;
    }

    /** Of a claim whose value is not known only the field can be checked. */
    private void unknownClaim(CelExpr expr, FieldPath field, Type type)
            throws FilterProblem, MissingClaim {
        if (isComparable(type)) {
            throw new MissingClaim();
        }
        throw problem(expr, "field '" + field.text() + "' is " + Literals.named(field.type())
                + ": values of it cannot be compared, only tested for null");
    }

    private Predicate constant(CelExpr expr, Side.OfValue a, Comparison comparison, Side.OfValue b)
            throws FilterProblem, MissingClaim {
        if (isUnknown() && (a.claim() || b.claim())) {
            throw new MissingClaim();
        }
        Object left = a.value();
        Object right = b.value();
        if (left == null || right == null) {
            boolean same = left == null && right == null;
            return switch (comparison) {
                case EQ -> new Predicate.Constant(same);
                case NE -> new Predicate.Constant(!same);
                default -> throw problem(expr, "null has no greater and less; use == or !=");
            };
        }
        int order;
        try {
            order = Values.compare(left, right);
        } catch (IllegalArgumentException e) {
            if (a.claim() || b.claim()) {
                throw new MissingClaim();
            }
            throw problem(expr, Literals.shown(left) + " cannot be compared with "
                    + Literals.shown(right));
        }
        return new Predicate.Constant(comparison.holds(order));
    }

    private Predicate in(CelExpr expr, CelExpr.CelCall call) throws FilterProblem, MissingClaim {
        var element = side(call.args().get(0));
        var list = side(call.args().get(1));
        if (list instanceof Side.OfField field) {
            if (!(element instanceof Side.OfValue value)) {
                throw unsupported(expr, "comparing two fields with each other");
            }
            if (field.path().type() instanceof Type.MapOf) {
                if (value.value() instanceof String key) {
                    return new Predicate.Any(field.path(), new Predicate.Compare(
                            Predicate.Inside.key(field.path()), Comparison.EQ, key));
                }
                if (value.claim()) {
                    throw new MissingClaim();
                }
                throw problem(expr, "the keys of field '" + field.path().text() + "' are text");
            }
            if (!(field.path().type() instanceof Type.ListOf listType)) {
                throw problem(expr, "field '" + field.path().text() + "' is "
                        + Literals.named(field.path().type()) + ", not a list");
            }
            if (value.value() == null) {
                if (value.claim()) {
                    unknownClaim(expr, field.path(), listType.element());
                }
                throw unsupported(expr, "looking for null in a list");
            }
            return new Predicate.Text(field.path(), TextTest.CONTAINS, literal(expr, field.path(),
                    listType.element(), value.value(), value.claim()));
        }
        if (!(list instanceof Side.OfValue values)) {
            throw problem(expr, "expected a list after 'in'");
        }
        boolean unknown = isUnknown() && values.claim();
        if (!unknown && !(values.value() instanceof Collection<?>)) {
            if (values.claim()) {
                throw new MissingClaim();
            }
            throw problem(expr, "expected a list after 'in'");
        }
        return switch (element) {
            case Side.OfField field -> {
                if (unknown) {
                    unknownClaim(expr, field.path(), field.path().type());
                }
                yield fieldIn(expr, field.path(), values);
            }
            case Side.OfValue value -> {
                if (unknown || (isUnknown() && value.claim())) {
                    throw new MissingClaim();
                }
                yield new Predicate.Constant(isElement(value, values));
            }
            case Side.OfSize size -> throw unsupported(expr, "looking for a size in a list");
        };
    }

    private Predicate fieldIn(CelExpr expr, FieldPath field, Side.OfValue list)
            throws FilterProblem {
        var values = new ArrayList<Object>();
        boolean orAbsent = false;
        for (Object value : (Collection<?>) Objects.requireNonNull(list.value())) {
            if (value == null) {
                orAbsent = true;
                continue;
            }
            try {
                values.add(literal(expr, field, field.type(), value, list.claim()));
            } catch (MissingClaim e) {
                // a value that the field cannot have: the others still count
                isCut = true;
            }
        }
        Predicate in = new Predicate.In(field, values);
        return orAbsent ? new Predicate.Or(List.of(in, new Predicate.IsNull(field))) : in;
    }

    private boolean isElement(Side.OfValue element, Side.OfValue list) {
        Object wanted = element.value();
        for (Object value : (Collection<?>) Objects.requireNonNull(list.value())) {
            if (wanted == null || value == null) {
                if (wanted == null && value == null) {
                    return true;
                }
            } else if (!isAlike(wanted, value)) {
                isCut |= element.claim() || list.claim();
            } else if (Values.compare(wanted, value) == 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAlike(Object a, Object b) {
        return (a instanceof Number && b instanceof Number)
                || (a instanceof String && b instanceof String)
                || (a instanceof Boolean && b instanceof Boolean)
                || (a instanceof Instant && b instanceof Instant);
    }

    private Predicate text(CelExpr expr, CelExpr.CelCall call, TextTest test)
            throws FilterProblem, MissingClaim {
        if (call.target().isEmpty() || call.args().size() != 1) {
            throw problem(expr,
                    "write it as a method with one text, as in event.name." + call.function()
                            + "('…')");
        }
        if (!(side(call.target().get()) instanceof Side.OfField field)) {
            throw unsupported(expr, "'" + call.function() + "' of anything but a field");
        }
        if (!(side(call.args().getFirst()) instanceof Side.OfValue value)) {
            throw unsupported(expr, "comparing two fields with each other");
        }
        if (!Literals.isText(field.path().type())) {
            throw problem(expr, "'" + call.function() + "' is for text, but field '"
                    + field.path().text() + "' is " + Literals.named(field.path().type()));
        }
        if (value.claim() && (isUnknown() || !(value.value() instanceof String))) {
            throw new MissingClaim();
        }
        if (!(value.value() instanceof String part)) {
            throw problem(expr, "'" + call.function() + "' expects text");
        }
        if (test == TextTest.MATCHES) {
            try {
                Literals.pattern(field.path(), part, column(expr));
            } catch (FilterProblem e) {
                if (value.claim()) {
                    throw new MissingClaim();
                }
                throw e;
            }
        }
        return new Predicate.Text(field.path(), test, part);
    }

    private Side side(CelExpr expr) throws FilterProblem, MissingClaim {
        return switch (expr.getKind()) {
            case CONSTANT -> new Side.OfValue(constant(expr, expr.constant()), false);
            case LIST -> list(expr);
            case IDENT, SELECT -> named(expr);
            case CALL -> computed(expr, expr.call());
            default -> throw unsupported(expr, "this kind of expression");
        };
    }

    private Side named(CelExpr expr) throws FilterProblem, MissingClaim {
        if (expr.getKind() == CelExpr.ExprKind.Kind.SELECT && expr.select().testOnly()) {
            throw unsupported(expr, "comparing has() with something");
        }
        var names = names(expr);
        if (names.getFirst().equals("claims") && names.size() > 1) {
            return new Side.OfValue(claim(names), true);
        }
        if (names.size() == 1 && names.getFirst().equals("now")) {
            usesNow = true;
            if (now == null) {
                throw problem(expr, "'now' cannot be used here: compare with a timestamp('…')");
            }
            return new Side.OfValue(now, false);
        }
        return new Side.OfField(field(expr, names));
    }

    private Side list(CelExpr expr) throws FilterProblem, MissingClaim {
        var values = new ArrayList<@Nullable Object>();
        boolean claim = false;
        for (var element : expr.list().elements()) {
            if (!(side(element) instanceof Side.OfValue value)) {
                throw unsupported(element, "a field inside of a list");
            }
            claim |= value.claim();
            values.add(value.value());
        }
        return new Side.OfValue(values, claim);
    }

    private Side computed(CelExpr expr, CelExpr.CelCall call) throws FilterProblem, MissingClaim {
        return switch (call.function()) {
            case "_[_]" -> named(expr);
            case "timestamp", "duration" -> time(expr, call);
            case "size" -> {
                var of = call.target().or(() -> call.args().stream().findFirst());
                if (of.isPresent() && side(of.get()) instanceof Side.OfField field
                        && (field.path().type() instanceof Type.ListOf
                                || field.path().type() instanceof Type.MapOf)) {
                    yield new Side.OfSize(field.path());
                }
                throw problem(expr, "size() is for lists and maps");
            }
            case "_+_", "_-_" -> {
                var left = side(call.args().get(0));
                var right = side(call.args().get(1));
                if (left instanceof Side.OfValue a && a.value() instanceof Instant instant
                        && right instanceof Side.OfValue b && b.value() instanceof Duration by) {
                    yield new Side.OfValue(moved(expr, instant, call.function(), by),
                            a.claim() || b.claim());
                }
                throw unsupported(expr,
                        "arithmetic with anything but a timestamp and a duration()");
            }
            default -> throw unsupported(expr, "'" + call.function() + "' in this place");
        };
    }

    private Side time(CelExpr expr, CelExpr.CelCall call) throws FilterProblem, MissingClaim {
        if (call.args().size() == 1
                && side(call.args().getFirst()) instanceof Side.OfValue value) {
            if (value.value() instanceof String text) {
                return new Side.OfValue(time(expr, call.function(), text, value.claim()),
                        value.claim());
            }
            if (value.claim()) {
                throw new MissingClaim();
            }
        }
        throw problem(expr, call.function() + "() expects a text, as in "
                + (call.function().equals("timestamp")
                        ? "timestamp('2026-03-01T14:30:00Z')"
                        : "duration('90s')"));
    }

    private Object time(CelExpr expr, String function, String text, boolean claim)
            throws FilterProblem, MissingClaim {
        try {
            return function.equals("timestamp") ? timestamp(expr, text) : duration(expr, text);
        } catch (FilterProblem e) {
            if (claim) {
                throw new MissingClaim();
            }
            throw e;
        }
    }

    private Instant moved(CelExpr expr, Instant instant, String sign, Duration by)
            throws FilterProblem {
        try {
            return sign.equals("_+_") ? instant.plus(by) : instant.minus(by);
        } catch (DateTimeException | ArithmeticException e) {
            throw problem(expr, "the time is out of range");
        }
    }

    private Instant timestamp(CelExpr expr, String text) throws FilterProblem {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw problem(expr, Literals.shown(text)
                    + " is not an RFC 3339 time such as '2026-03-01T14:30:00Z'");
        }
    }

    /** CEL's own spelling: numbers with h, m, s, ms, us or ns. */
    private Duration duration(CelExpr expr, String text) throws FilterProblem {
        var parts = java.util.regex.Pattern.compile("([0-9]{1,9})(h|ms|us|ns|m|s)");
        boolean negative = text.startsWith("-");
        String rest = negative ? text.substring(1) : text;
        var matcher = parts.matcher(rest);
        var sum = Duration.ZERO;
        int end = 0;
        while (matcher.find() && matcher.start() == end) {
            long number = Long.parseLong(String.valueOf(matcher.group(1)));
            sum = sum.plus(switch (String.valueOf(matcher.group(2))) {
                case "h" -> Duration.ofHours(number);
                case "m" -> Duration.ofMinutes(number);
                case "s" -> Duration.ofSeconds(number);
                case "ms" -> Duration.ofMillis(number);
                case "us" -> Duration.ofNanos(number * 1_000);
                default -> Duration.ofNanos(number);
            });
            end = matcher.end();
        }
        if (end == 0 || end != rest.length()) {
            throw problem(expr,
                    Literals.shown(text) + " is not a duration such as '90s' or '1h30m'");
        }
        return negative ? sum.negated() : sum;
    }

    private @Nullable Object constant(CelExpr expr, CelConstant constant) throws FilterProblem {
        return switch (constant.getKind()) {
            case NULL_VALUE -> null;
            case BOOLEAN_VALUE -> constant.booleanValue();
            case INT64_VALUE -> constant.int64Value();
            case UINT64_VALUE -> constant.uint64Value().bigIntegerValue();
            case DOUBLE_VALUE -> constant.doubleValue();
            case STRING_VALUE -> constant.stringValue();
            case BYTES_VALUE -> constant.bytesValue().toByteArray();
            default -> throw unsupported(expr, "this kind of literal");
        };
    }

    /** {@code a.b['c']} as a, b, c. */
    private List<String> names(CelExpr expr) throws FilterProblem {
        var names = new ArrayList<String>();
        var at = expr;
        while (true) {
            switch (at.getKind()) {
                case IDENT -> {
                    String name = at.ident().name();
                    names.addFirst(name.startsWith(".") ? name.substring(1) : name);
                    return names;
                }
                case SELECT -> {
                    names.addFirst(at.select().field());
                    at = at.select().operand();
                }
                case CALL -> {
                    if (!at.call().function().equals("_[_]")
                            || at.call().args().get(1)
                                    .getKind() != CelExpr.ExprKind.Kind.CONSTANT
                            || at.call().args().get(1).constant()
                                    .getKind() != CelConstant.Kind.STRING_VALUE) {
                        throw unsupported(at, "reaching into the result of an expression");
                    }
                    names.addFirst(at.call().args().get(1).constant().stringValue());
                    at = at.call().args().get(0);
                }
                default -> throw unsupported(at, "reaching into the result of an expression");
            }
        }
    }

    private FieldPath field(CelExpr expr, List<String> names) throws FilterProblem {
        if (!variables.isEmpty()) {
            return within(expr, names);
        }
        boolean rooted = names.size() > 1
                && (names.getFirst().equals("event") || names.getFirst().equals("value"));
        String whole = String.join(".", names);
        String path = rooted ? String.join(".", names.subList(1, names.size())) : whole;
        var found = visible(path);
        if (found.isEmpty() && rooted) {
            found = visible(whole);
        }
        if (found.isEmpty()) {
            throw new FilterProblem(
                    String.valueOf(WhereFilters.unknown(path).getMessage()), column(expr));
        }
        return found.get();
    }

    /** What a name means inside of exists() and all(): conditions there are on the element alone. */
    private FieldPath within(CelExpr expr, List<String> names) throws FilterProblem {
        var variable = Objects.requireNonNull(variables.peek(), "asked for where there is one");
        var element = variable.getValue();
        if (!names.getFirst().equals(variable.getKey())) {
            throw problem(expr, "inside of exists() and all() only '" + variable.getKey()
                    + "' can be tested, not '" + String.join(".", names) + "'");
        }
        if (names.size() == 1) {
            return element;
        }
        var rest = String.join(".", names.subList(1, names.size()));
        var text = element.text() + "." + rest;
        var found = element.type() instanceof RecordType record
                && !WhereFilters.isHidden(text, hidden)
                        ? FieldPath.resolve(record, rest)
                        : Optional.<FieldPath>empty();
        if (found.isEmpty()) {
            throw new FilterProblem(
                    String.valueOf(WhereFilters.unknown(text).getMessage()), column(expr));
        }
        var fields = new ArrayList<>(element.fields());
        fields.addAll(found.get().fields());
        var positions = new ArrayList<>(element.positions());
        positions.addAll(found.get().positions());
        return new FieldPath(text, fields, positions);
    }

    private Optional<FieldPath> visible(String path) {
        return WhereFilters.isHidden(path, hidden)
                ? Optional.empty()
                : FieldPath.resolve(type, path);
    }

    private @Nullable Object claim(List<String> names) throws MissingClaim {
        if (claims == null) {
            return null;
        }
        String whole = String.join(".", names.subList(1, names.size()));
        if (claims.containsKey(whole)) {
            return present(claims.get(whole));
        }
        Object at = claims;
        for (String name : names.subList(1, names.size())) {
            at = at instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return present(at);
    }

    private static Object present(@Nullable Object claim) throws MissingClaim {
        if (claim == null) {
            throw new MissingClaim();
        }
        return claim;
    }

    private boolean isUnknown() {
        return claims == null;
    }

    private static Comparison mirrored(Comparison comparison) {
        return switch (comparison) {
            case EQ, NE -> comparison;
            case GT -> Comparison.LT;
            case GTE -> Comparison.LTE;
            case LT -> Comparison.GT;
            case LTE -> Comparison.GTE;
        };
    }

    private FilterProblem unsupported(CelExpr expr, String what) {
        return problem(expr, what + " is not possible in a filter; " + POSSIBLE);
    }

    private FilterProblem problem(CelExpr expr, String message) {
        return new FilterProblem(message, column(expr));
    }

    private int column(CelExpr expr) {
        return CelFilters.column(ast, expr);
    }

    /** One side of a comparison. */
    private sealed interface Side {
        record OfField(FieldPath path) implements Side {
        }

        /** The number of elements of a list, or of entries of a map. */
        record OfSize(FieldPath path) implements Side {
        }

        /**
         * @param claim
         *            whether a claim is in it, so that not fitting is the caller's lack and not the author's mistake
         */
        record OfValue(@Nullable Object value, boolean claim) implements Side {
        }
    }

    /** The caller lacks a claim that a term needs. */
    private static final class MissingClaim extends Exception {
        MissingClaim() {
            super(null, null, false, false);
        }
    }
}

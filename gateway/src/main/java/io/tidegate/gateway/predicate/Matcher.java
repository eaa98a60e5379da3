package io.tidegate.gateway.predicate;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A predicate made ready to be asked once for each event. Thread-safe; allocates nothing but for {@code MATCHES} and what
 * looks into lists and maps. */
@FunctionalInterface
public interface Matcher {

    /** The most characters of a pattern for {@code MATCHES}. */
    int PATTERN_CHARS_MAX = 512;

    boolean matches(Row row);

    /**
     * @throws IllegalArgumentException
     *             if the predicate has a pattern that is not RE2 or longer than {@link #PATTERN_CHARS_MAX}; the filters'
     *             compilers never make one
     */
    static Matcher compile(Predicate predicate) {
        return switch (predicate) {
            case Predicate.Constant constant -> {
                boolean value = constant.value();
                yield row -> value;
            }
            case Predicate.And and -> all(and.terms());
            case Predicate.Or or -> any(or.terms());
            case Predicate.Not not -> {
                var term = compile(not.term());
                yield row -> !term.matches(row);
            }
            case Predicate.Compare compare -> compare(compare);
            case Predicate.In in -> in(in);
            case Predicate.IsNull isNull -> {
                var field = Access.to(isNull.field());
                yield row -> !Values.isPresent(field.get(row));
            }
            case Predicate.Text text -> text(text);
            case Predicate.Size size -> size(size);
            case Predicate.Any any -> any(any);
        };
    }

    private static Matcher all(List<Predicate> terms) {
        var matchers = terms.stream().map(Matcher::compile).toArray(Matcher[]::new);
        return row -> {
            for (var matcher : matchers) {
                if (!matcher.matches(row)) {
                    return false;
                }
            }
            return true;
        };
    }

    private static Matcher any(List<Predicate> terms) {
        var matchers = terms.stream().map(Matcher::compile).toArray(Matcher[]::new);
        return row -> {
            for (var matcher : matchers) {
                if (matcher.matches(row)) {
                    return true;
                }
            }
            return false;
        };
    }

    private static Matcher compare(Predicate.Compare compare) {
        var field = Access.to(compare.field());
        Object wanted = compare.value();
        if (compare.comparison() == Comparison.EQ && wanted instanceof String text) {
            return row -> text.equals(field.get(row));
        }
        Comparison comparison = compare.comparison();
        return row -> {
            Object value = field.get(row);
            if (value == null || !Values.isPresent(value)) {
                return false;
            }
            int order = Values.compare(value, wanted);
            return comparison.holds(order);
        };
    }

    private static Matcher in(Predicate.In in) {
        var field = Access.to(in.field());
        Set<Object> wanted = new HashSet<>();
        in.values().forEach(value -> wanted.add(Values.canonical(value)));
        return row -> {
            Object value = field.get(row);
            return value != null && Values.isPresent(value)
                    && wanted.contains(Values.canonical(value));
        };
    }

    private static Matcher text(Predicate.Text text) {
        var field = Access.to(text.field());
        Object wanted = text.value();
        return switch (text.test()) {
            case CONTAINS -> row -> {
                Object value = field.get(row);
                if (value instanceof List<?> list) {
                    return hasElement(list, wanted);
                }
                return value instanceof String string && wanted instanceof String part
                        && string.contains(part);
            };
            case STARTS_WITH -> {
                String start = (String) wanted;
                yield row -> field.get(row) instanceof String string && string.startsWith(start);
            }
            case MATCHES -> {
                Pattern pattern = pattern((String) wanted);
                yield row -> field.get(row) instanceof String string
                        && pattern.matcher(string).find();
            }
        };
    }

    private static boolean hasElement(List<?> list, Object wanted) {
        for (Object element : list) {
            if (element != null && Values.isPresent(element)
                    && Values.compare(element, wanted) == 0) {
                return true;
            }
        }
        return false;
    }

    private static Matcher size(Predicate.Size size) {
        var field = Access.to(size.field());
        return row -> switch (field.get(row)) {
            case List<?> list -> size.comparison().holds(Long.compare(list.size(), size.value()));
            case Map<?, ?> map -> size.comparison().holds(Long.compare(map.size(), size.value()));
            case null, default -> false;
        };
    }

    private static Matcher any(Predicate.Any any) {
        var field = Access.to(any.field());
        var inside = compile(any.inside());
        boolean isMap = any.field().type() instanceof Type.MapOf;
        var type = isMap
                ? RecordType.of("entry",
                        Stream.of(Predicate.Inside.key(any.field()),
                                Predicate.Inside.value(any.field()))
                                .map(path -> path.fields().getFirst()).toList())
                : RecordType.of("element", Predicate.Inside.element(any.field()).fields());
        return row -> switch (field.get(row)) {
            case List<?> list when !isMap -> {
                for (Object element : list) {
                    if (inside.matches(new Row(type, new @Nullable Object[]{element}))) {
                        yield true;
                    }
                }
                yield false;
            }
            case Map<?, ?> map when isMap -> {
                for (var entry : map.entrySet()) {
                    if (inside.matches(new Row(type,
                            new @Nullable Object[]{String.valueOf(entry.getKey()),
                                    entry.getValue()}))) {
                        yield true;
                    }
                }
                yield false;
            }
            case null, default -> false;
        };
    }

    private static Pattern pattern(String text) {
        if (text.length() > PATTERN_CHARS_MAX) {
            throw new IllegalArgumentException("the pattern has " + text.length()
                    + " characters; at most " + PATTERN_CHARS_MAX + " are accepted");
        }
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not an RE2 pattern: " + e.getDescription(), e);
        }
    }

    /** The way to one field's value. */
    @FunctionalInterface
    interface Access {
        @Nullable
        Object get(Row row);

        /** A way whose steps are known beforehand. */
        static Access to(FieldPath path) {
            int last = path.positions().getLast();
            if (path.positions().size() == 1) {
                return row -> row.get(last);
            }
            int[] steps = path.positions().subList(0, path.positions().size() - 1).stream()
                    .mapToInt(Integer::intValue).toArray();
            return row -> {
                Row at = row;
                for (int step : steps) {
                    if (!(at.get(step) instanceof Row next)) {
                        return null;
                    }
                    at = next;
                }
                return at.get(last);
            };
        }
    }
}

package io.tidegate.gateway.predicate;

import io.tidegate.contract.FieldPath;
import io.tidegate.schema.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds whose predicates hold for a row without asking each of them: a reader that wants one value of a field (or one of a
 * few) stands under that value, so that a thousand such readers cost one look-up; the other predicates are evaluated once
 * each, however many readers share one. Cost grows with matches and with distinct predicates that no value stands for.
 *
 * <p>
 * Not thread-safe.
 *
 * @param <T>
 *            a reader, told apart by {@code equals}
 */
public final class PredicateIndex<T> {
    private final Map<Predicate, Group<T>> groups = new HashMap<>();
    /** By the field's place in the row. */
    private final Map<List<Integer>, ByValue<T>> byField = new LinkedHashMap<>();
    /** Predicates that ask for no value. */
    private final List<Group<T>> scanned = new ArrayList<>();

    /** The readers of one predicate. */
    private static final class Group<T> {
        private final Matcher matcher;
        private final @Nullable Term term;
        private final List<T> readers = new ArrayList<>(1);

        Group(Matcher matcher, @Nullable Term term) {
            this.matcher = matcher;
            this.term = term;
        }
    }

    /** A part of a predicate without which it does not hold: the field has one of these values, in canonical form. */
    private record Term(FieldPath field, List<Object> values) {
    }

    /** Those who ask for a value of one field. */
    private static final class ByValue<T> {
        private final Matcher.Access access;
        private final Map<Object, List<Group<T>>> groups = new HashMap<>();

        ByValue(FieldPath field) {
            access = Matcher.Access.to(field);
        }
    }

    public void add(Predicate predicate, T reader) {
        groups.computeIfAbsent(predicate, this::group).readers.add(reader);
    }

    private Group<T> group(Predicate predicate) {
        var term = term(predicate);
        var group = new Group<T>(Matcher.compile(predicate), term);
        if (term == null) {
            scanned.add(group);
        } else {
            var field = byField.computeIfAbsent(term.field().positions(),
                    ignored -> new ByValue<>(term.field()));
            term.values().forEach(value -> field.groups
                    .computeIfAbsent(value, ignored -> new ArrayList<>(1)).add(group));
        }
        return group;
    }

    /** Forgets one addition of this reader; nothing happens if there was none. */
    public void remove(Predicate predicate, T reader) {
        var group = groups.get(predicate);
        if (group == null || !group.readers.remove(reader) || !group.readers.isEmpty()) {
            return;
        }
        groups.remove(predicate);
        var term = group.term;
        if (term == null) {
            scanned.remove(group);
            return;
        }
        var field = byField.get(term.field().positions());
        if (field == null) {
            return;
        }
        for (var value : term.values()) {
            field.groups.computeIfPresent(value, (ignored, standing) -> {
                standing.remove(group);
                return standing.isEmpty() ? null : standing;
            });
        }
        if (field.groups.isEmpty()) {
            byField.remove(term.field().positions());
        }
    }

    /** Whether there is no reader. */
    public boolean isEmpty() {
        return groups.isEmpty();
    }

    /**
     * Tells every reader whose predicate holds for the row, each once for each addition. The index must not be changed
     * meanwhile.
     */
    public void matching(Row row, Consumer<? super T> found) {
        for (var field : byField.values()) {
            Object value = field.access.get(row);
            if (value != null && Values.isPresent(value)) {
                var standing = field.groups.get(Values.canonical(value));
                if (standing != null) {
                    tell(standing, row, found);
                }
            }
        }
        tell(scanned, row, found);
    }

    private static <T> void tell(List<Group<T>> standing, Row row, Consumer<? super T> found) {
        for (var group : standing) {
            // Asked in full: a value is what the predicate begins with, not all of it.
            if (group.matcher.matches(row)) {
                group.readers.forEach(found);
            }
        }
    }

    /**
     * The part of the predicate to look it up by: of several, that on the field with the most values so far, and the last
     * one where they are alike, since what a reader asks for itself stands behind what its permit adds.
     */
    private @Nullable Term term(Predicate predicate) {
        return switch (predicate) {
            case Predicate.Compare(var field, var comparison, var value) when comparison == Predicate.Comparison.EQ ->
                new Term(field, List.of(Values.canonical(value)));
            case Predicate.In(var field, var values) ->
                new Term(field, values.stream().map(Values::canonical).distinct().toList());
            case Predicate.And(var terms) -> {
                Term best = null;
                for (var part : terms) {
                    var term = term(part);
                    if (term != null && (best == null || standing(term) >= standing(best))) {
                        best = term;
                    }
                }
                yield best;
            }
            default -> null;
        };
    }

    private int standing(Term term) {
        var field = byField.get(term.field().positions());
        return field == null ? 0 : field.groups.size();
    }
}

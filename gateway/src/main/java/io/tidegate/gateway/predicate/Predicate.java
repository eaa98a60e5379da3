package io.tidegate.gateway.predicate;

import io.tidegate.contract.FieldPath;
import java.util.List;

/**
 * A condition on a row. Two-valued: a comparison with an absent value is false, and {@code not} inverts that. Equal
 * conditions are equal objects, so that alike readers can share one.
 */
public sealed interface Predicate {

    /** Holds for every row ({@code true}) or for none. */
    record Constant(boolean value) implements Predicate {
    }

    /** All of them hold; an empty list holds. */
    record And(List<Predicate> terms) implements Predicate {
        public And {
            terms = List.copyOf(terms);
        }
    }

    /** One of them holds; an empty list does not. */
    record Or(List<Predicate> terms) implements Predicate {
        public Or {
            terms = List.copyOf(terms);
        }
    }

    /** The term does not hold. */
    record Not(Predicate term) implements Predicate {
    }

    /**
     * The field compares so with the value.
     *
     * @param value
     *            carried by the Java class of the field's type (numbers and times already converted)
     */
    record Compare(FieldPath field, Comparison comparison, Object value) implements Predicate {
    }

    /** The field equals one of the values. */
    record In(FieldPath field, List<Object> values) implements Predicate {
        public In {
            values = List.copyOf(values);
        }
    }

    /** The field is absent. */
    record IsNull(FieldPath field) implements Predicate {
    }

    /**
     * The field holds the text, begins with it, or matches it as an RE2 pattern; for a list field {@code CONTAINS} means
     * that it has the value as an element.
     */
    record Text(FieldPath field, TextTest test, Object value) implements Predicate {
    }

    /** How two values compare. */
    enum Comparison {
        EQ, NE, GT, GTE, LT, LTE;

        /**
         * Whether two values compare so.
         *
         * @param order
         *            of the first and the second, as a {@link java.util.Comparator} tells it
         */
        public boolean holds(int order) {
            return switch (this) {
                case EQ -> order == 0;
                case NE -> order != 0;
                case GT -> order > 0;
                case GTE -> order >= 0;
                case LT -> order < 0;
                case LTE -> order <= 0;
            };
        }
    }

    /** What is asked of a text. */
    enum TextTest {
        CONTAINS, STARTS_WITH, MATCHES
    }

    /** Every row. */
    Predicate ALL = new Constant(true);

    /** No row. */
    Predicate NONE = new Constant(false);

    /** Both hold, without needless nesting. */
    static Predicate both(Predicate a, Predicate b) {
        if (a.equals(ALL)) {
            return b;
        }
        if (b.equals(ALL)) {
            return a;
        }
        return new And(List.of(a, b));
    }
}

package io.tidegate.gateway.predicate;

import io.tidegate.contract.FieldPath;
import io.tidegate.schema.Field;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
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

    /**
     * The list has so many elements, absent ones counted, or the map so many entries. False where the list or map itself is
     * absent, whatever the comparison: it is not empty, it is not there.
     *
     * @param field
     *            a list or a map
     * @param value
     *            0 or more
     */
    record Size(FieldPath field, Comparison comparison, long value) implements Predicate {
    }

    /**
     * Some element of the list, or some entry of the map, satisfies the condition. False where the list or map is absent or
     * empty.
     *
     * <p>
     * The condition is one on an {@link Inside}: its paths begin there and not at the row, and their {@code text} is that of
     * the contract (which does not name elements), so only {@code positions} tell where they lead. An absent element, or an
     * entry without a value, is an absent value to the condition: {@code IsNull} holds for it. Conditions nest: an element
     * may hold lists itself.
     *
     * @param field
     *            a list or a map
     * @param inside
     *            what the element, or the entry, satisfies
     */
    record Any(FieldPath field, Predicate inside) implements Predicate {
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

    /**
     * Where the paths of a condition within {@link Any} begin: {@code {element}} for a list, {@code {key, value}} for a map.
     * The first of a path's {@code positions} is therefore {@link #ELEMENT}, {@link #KEY} or {@link #VALUE}; further ones lead
     * into the record that stands there.
     */
    final class Inside {
        /** Position of a list's element. */
        public static final int ELEMENT = 0;
        /** Position of an entry's key, a text. */
        public static final int KEY = 0;
        /** Position of an entry's value. */
        public static final int VALUE = 1;

        private static final Field KEY_FIELD = new Field("key", Type.Scalar.of(ScalarKind.STRING),
                false);

        private Inside() {
        }

        /**
         * The element of a list, as a path for a condition on it.
         *
         * @throws IllegalArgumentException
         *             if the field is no list
         */
        public static FieldPath element(FieldPath list) {
            if (list.type() instanceof Type.ListOf of) {
                return new FieldPath(list.text(),
                        List.of(new Field("element", of.element(), of.elementNullable())),
                        List.of(ELEMENT));
            }
            throw new IllegalArgumentException("'" + list.text() + "' is no list");
        }

        /** The key of a map's entry, likewise. */
        public static FieldPath key(FieldPath map) {
            return new FieldPath(map.text(), List.of(KEY_FIELD), List.of(KEY));
        }

        /**
         * The value of a map's entry, likewise.
         *
         * @throws IllegalArgumentException
         *             if the field is no map
         */
        public static FieldPath value(FieldPath map) {
            if (map.type() instanceof Type.MapOf of) {
                return new FieldPath(map.text(),
                        List.of(new Field("value", of.value(), of.valueNullable())),
                        List.of(VALUE));
            }
            throw new IllegalArgumentException("'" + map.text() + "' is no map");
        }
    }

    /** Every element or entry satisfies the condition: true of an empty list, false of an absent one. */
    static Predicate every(FieldPath field, Predicate inside) {
        return none(field, new Not(inside));
    }

    /** No element or entry satisfies the condition: true of an empty list, false of an absent one. */
    static Predicate none(FieldPath field, Predicate inside) {
        return new And(List.of(new Not(new IsNull(field)), new Not(new Any(field, inside))));
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

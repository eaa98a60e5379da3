package io.tidegate.contract;

import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * GraphQL names that a product has given out and keeps: they stay with their sources, and names of sources that are gone
 * stay reserved.
 *
 * @param names
 *            GraphQL name by source
 */
public record LockedNames(Map<Source, String> names) {
    /** Nothing has been locked. */
    public static final LockedNames NONE = new LockedNames(Map.of());

    public LockedNames {
        names = Collections.unmodifiableMap(new TreeMap<>(names));
    }

    /** What a name was given to. */
    public enum Kind {
        /** A record, enum or union; by its full name. */
        TYPE("types"),
        /** A field of a record. */
        FIELD("fields"),
        /** The same field in conditions, where it is called otherwise than in the output. */
        CONDITION("conditions"),
        /** A symbol of an enum. */
        SYMBOL("symbols"),
        /** The entries of a map that a field of a record holds. */
        ENTRY("entries"),
        /** A path by which rows can be ordered. */
        ORDER("orders");

        private final String section;

        Kind(String section) {
            this.section = section;
        }

        /** Its key in {@code names.lock}. */
        public String section() {
            return section;
        }

        /** Whether its names belong to a record or an enum, and are unique in there alone. */
        public boolean isOwned() {
            return this != TYPE && this != ORDER;
        }
    }

    /**
     * Something that has a GraphQL name.
     *
     * @param owner
     *            full name of the record or enum; empty for types and orders
     * @param name
     *            as the product's schema spells it
     */
    public record Source(Kind kind, String owner, String name) implements Comparable<Source> {
        private static final Comparator<Source> ORDER = Comparator.comparing(Source::kind)
                .thenComparing(Source::owner).thenComparing(Source::name);

        @Override
        public int compareTo(Source other) {
            return ORDER.compare(this, other);
        }

        /** {@code field '$id' of 'sales.Order'}. */
        @Override
        public String toString() {
            var what = switch (kind) {
                case TYPE -> "type";
                case FIELD -> "field";
                case CONDITION -> "condition on";
                case SYMBOL -> "symbol";
                case ENTRY -> "entries of";
                case ORDER -> "order by";
            };
            return what + " '" + Names.shown(name) + "'"
                    + (owner.isEmpty() ? "" : " of '" + Names.shown(owner) + "'");
        }
    }

    public Optional<String> name(Source source) {
        return Optional.ofNullable(names.get(source));
    }

    /** Every name that is kept among those of this owner, whether its source is still there or not. */
    public Set<String> kept(Kind kind, String owner) {
        return names.entrySet().stream()
                .filter(entry -> entry.getKey().kind() == kind
                        && entry.getKey().owner().equals(owner))
                .map(Map.Entry::getValue).collect(Collectors.toUnmodifiableSet());
    }
}

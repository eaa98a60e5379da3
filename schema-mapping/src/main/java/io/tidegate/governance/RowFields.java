package io.tidegate.governance;

import io.tidegate.governance.Glob.Subject;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Every field of a row, through records, lists, maps and unions. A record that contains itself is entered once; the field
 * that leads back to it stands for all that can be reached through it.
 */
final class RowFields {
    /** Fields of one product that are judged; types that branch at each level would have no end of paths. */
    static final int MOST = 10_000;
    /** Deeper records are judged as a whole, like ones that contain themselves. */
    private static final int DEPTH_MAX = 40;

    private final List<Reached> reached = new ArrayList<>();
    private final Set<RecordType> entered = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean complete = true;

    private RowFields() {
    }

    /**
     * The fields of a type.
     *
     * @param complete
     *            false = the type has more paths than are judged
     */
    record Found(List<Reached> fields, boolean complete) {
        Found {
            fields = List.copyOf(fields);
        }
    }

    /**
     * A field and the way to it.
     *
     * @param path
     *            names from the row down, joined by dots; elements of lists, values of maps and members of unions add
     *            nothing to it
     * @param shownBy
     *            paths that masks can name and that show the field: of each record around it, and its own where no list,
     *            map or union is in between
     * @param within
     *            names of fields that can be reached through it and are not listed themselves
     * @param paths
     *            the path, to be compared with patterns
     * @param names
     *            the field's name, likewise
     */
    record Reached(String path, Field field, List<String> shownBy, Set<String> within,
            Subject paths, Subject names) {
        Reached {
            shownBy = List.copyOf(shownBy);
            within = Set.copyOf(within);
        }

        Reached(String path, Field field, List<String> shownBy, Set<String> within) {
            this(path, field, shownBy, within, Subject.of(path), Subject.of(field.name()));
        }

        String name() {
            return field.name();
        }

        /** Whether a pattern means this field itself. */
        boolean isNamed(Glob pattern) {
            return pattern.matchesField(paths, names);
        }

        /** Whether a pattern means this field, or one that is reached through it alone. */
        boolean isMeantBy(Glob pattern) {
            if (isNamed(pattern)) {
                return true;
            }
            // Which way these are reached is not known, so of a pattern with dots the last name counts.
            var last = new Glob(pattern.lastName());
            return within.stream().map(Subject::of)
                    .anyMatch(inner -> last.matchesField(inner, inner));
        }
    }

    static Found of(RecordType row) {
        var walk = new RowFields();
        walk.enter(row, "", List.of(), true);
        return new Found(walk.reached, walk.complete);
    }

    /**
     * @param named
     *            whether a path leads here: no list, map or union is in between
     */
    private void enter(RecordType type, String prefix, List<String> shownBy, boolean named) {
        entered.add(type);
        for (var field : type.fields()) {
            if (reached.size() >= MOST) {
                complete = false;
                break;
            }
            var path = prefix + field.name();
            var shown = new ArrayList<>(shownBy);
            if (named) {
                shown.add(path);
            }
            var records = records(field.type());
            var within = new LinkedHashSet<String>();
            boolean back = entered.size() >= DEPTH_MAX
                    || records.stream().anyMatch(entered::contains);
            if (back) {
                records.forEach(record -> names(record, within));
            }
            reached.add(new Reached(path, field, shown, within));
            if (!back) {
                for (var record : records) {
                    enter(record, path + ".", shown, named && field.type() instanceof RecordType);
                }
            }
        }
        entered.remove(type);
    }

    /** The records that a value of this type holds directly. */
    private static List<RecordType> records(Type type) {
        return switch (type) {
            case RecordType record -> List.of(record);
            case Type.ListOf list -> records(list.element());
            case Type.MapOf map -> records(map.value());
            case Type.Union union -> union.members();
            case Type.Scalar scalar -> List.of();
            case Type.EnumOf symbols -> List.of();
            case Type.Json json -> List.of();
        };
    }

    private static void names(RecordType start, Set<String> names) {
        Set<RecordType> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<RecordType> next = new ArrayDeque<>(List.of(start));
        while (!next.isEmpty()) {
            var type = next.pop();
            if (seen.add(type)) {
                for (var field : type.fields()) {
                    names.add(field.name());
                    next.addAll(records(field.type()));
                }
            }
        }
    }
}

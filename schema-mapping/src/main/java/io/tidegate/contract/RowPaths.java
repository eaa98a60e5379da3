package io.tidegate.contract;

import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The fields that a contract names by path, looked up in the type of its rows. */
final class RowPaths {
    private static final Set<ScalarKind> MOMENTS = Set.of(ScalarKind.TIMESTAMP,
            ScalarKind.LOCAL_TIMESTAMP,
            ScalarKind.DATE);
    /** Suggestions come from paths of this many steps, and from this many of them: a type may contain itself. */
    private static final int DEPTH_MAX = 6;
    private static final int PATHS_MAX = 2_000;

    /** Misspelt paths that get a suggestion: comparing one with all known ones has its price. */
    private static final int SUGGESTIONS_MAX = 50;

    private final RecordType row;
    private final List<Problem> problems;
    private int suggestions;

    private RowPaths(RecordType row, List<Problem> problems) {
        this.row = row;
        this.problems = problems;
    }

    /**
     * The paths that were found.
     *
     * @param personal
     *            see {@link ProductSchema#personal}
     */
    record Found(List<FieldPath> key, Optional<FieldPath> eventTime, Set<String> personal) {
    }

    /** Looks up every path of a contract, and reports the ones that are not there or cannot be used. */
    static Found check(DataProduct product, RecordType row, List<Problem> problems) {
        return new RowPaths(row, problems).check(product);
    }

    private Found check(DataProduct product) {
        var key = new ArrayList<FieldPath>();
        for (var path : product.stream().key()) {
            find("stream.key", path.text(), path.place())
                    .filter(found -> keyFits(found, path.place()))
                    .ifPresent(key::add);
        }
        var eventTime = product.stream().eventTime().flatMap(
                path -> find("stream.eventTime", path.text(), path.place())
                        .filter(found -> momentFits(found, path.place())));
        for (int i = 0; i < product.access().size(); i++) {
            var grant = product.access().get(i);
            var at = "access[" + i + "]";
            grant.masks().entrySet().stream().sorted(Map.Entry.comparingByKey())
                    .forEach(mask -> ends(at + ".mask", mask.getKey(), grant)
                            .forEach(end -> maskFits(at, mask.getKey(), end, mask.getValue(),
                                    grant.placeOf(mask.getKey()))));
        }
        var personal = new TreeSet<String>();
        personal(product.fields(), "", "", personal);
        for (int i = 0; i < product.access().size(); i++) {
            var grant = product.access().get(i);
            for (var path : grant.open()) {
                if (!ends("access[" + i + "].open", path, grant).isEmpty()) {
                    opened("access[" + i + "].open", path, personal, grant.placeOf(path));
                }
            }
        }
        relations(product);
        return new Found(key, eventTime, personal);
    }

    /** The row's own side of relations; the other side is another contract's. */
    private void relations(DataProduct product) {
        for (int i = 0; i < product.relations().size(); i++) {
            var setting = "relations[" + i + "].by";
            for (var match : product.relations().get(i).by()) {
                find(setting, match.own().text(), match.own().place())
                        .filter(found -> !RelationTypes.canLead(found.type()))
                        .ifPresent(found -> problems.add(Problem.error(match.own().place(),
                                "relations", setting + ": field '"
                                        + Names.shown(match.own().text()) + "' is "
                                        + described(found.type())
                                        + ": a relation follows texts, enums, whole numbers, booleans,"
                                        + " uuids, dates and timestamps")));
            }
        }
    }

    /** Opening a field opens that field alone: what is personal within it is named by its own path. */
    private void opened(String setting, String path, Set<String> personal, Place place) {
        if (personal.contains(path)) {
            return;
        }
        var within = personal.stream().filter(inner -> inner.startsWith(path + ".")).toList();
        problems.add(Problem.warning(place, "access", setting + ": field '" + Names.shown(path)
                + "' is not personal, so there is nothing to open" + (within.isEmpty()
                        ? ""
                        : ", but within it is: name '" + String.join("', '", within) + "'")));
    }

    private List<Type> ends(String setting, String path, DataProduct.Grant grant) {
        var ends = FieldPath.ends(row, path);
        if (ends.isEmpty()) {
            unknown(setting, path, grant.placeOf(path));
        }
        return ends;
    }

    private Optional<FieldPath> find(String setting, String path, Place place) {
        var found = FieldPath.resolve(row, path);
        if (found.isEmpty()) {
            if (FieldPath.ends(row, path).isEmpty()) {
                unknown(setting, path, place);
            } else {
                problems.add(Problem.error(place, "key-type", setting + ": field '"
                        + Names.shown(path)
                        + "' is within a list, a map or a union, so a row can have several of it:"
                        + " name a field that a row has once"));
            }
        }
        return found;
    }

    private void unknown(String setting, String path, Place place) {
        problems.add(
                Problem.error(place, "unknown-field", setting + ": field '" + Names.shown(path)
                        + "' is not in the schema"
                        + (++suggestions > SUGGESTIONS_MAX
                                ? ""
                                : Suggestion.didYouMean(path, known()))));
    }

    private boolean keyFits(FieldPath path, Place place) {
        if (path.type() instanceof Type.Scalar || path.type() instanceof Type.EnumOf) {
            return true;
        }
        problems.add(Problem.error(place, "key-type", "stream.key: field '" + path.text() + "' is "
                + described(path.type()) + ": a key has to be a single value"));
        return false;
    }

    private boolean momentFits(FieldPath path, Place place) {
        if (path.type() instanceof Type.Scalar scalar
                && (MOMENTS.contains(scalar.kind()) || scalar.kind() == ScalarKind.INT64)) {
            return true;
        }
        problems.add(Problem.error(place, "event-time-type",
                "stream.eventTime: field '" + path.text() + "' is "
                        + described(path.type())
                        + ": expected a timestamp, a date or a long of milliseconds since 1970"));
        return false;
    }

    private void maskFits(String grant, String path, Type type, Mask mask, Place place) {
        if (mask == Mask.YEAR
                && !(innermost(type) instanceof Type.Scalar scalar
                        && MOMENTS.contains(scalar.kind()))) {
            problems.add(Problem.error(place, "mask-type",
                    grant + ".mask: field '" + path + "' is "
                            + described(type)
                            + ": only a date or a timestamp can be masked to its year"));
        }
    }

    /**
     * Collects the personal fields. Where the schema cannot tell a field apart (it is within any JSON), the nearest one
     * around it that it can is personal: better hidden too much than shown too much.
     *
     * @param holder
     *            the nearest path around the fields that the schema has; empty = the row
     */
    private void personal(List<FieldSpec> specs, String prefix, String holder,
            Set<String> paths) {
        for (var spec : specs) {
            personal(spec, prefix + spec.name(), holder, paths);
        }
    }

    private void personal(FieldSpec spec, String path, String holder, Set<String> paths) {
        var known = FieldPath.ends(row, path).isEmpty() ? holder : path;
        if (spec.pii().orElse(false)) {
            if (!known.isEmpty()) {
                paths.add(known);
            }
            return;
        }
        personal(spec.fields(), path + ".", known, paths);
        spec.items().ifPresent(items -> personal(items, path, known, paths));
    }

    /** A mask of a list or a map is one of each of its values. */
    private static Type innermost(Type type) {
        return switch (type) {
            case Type.ListOf list -> innermost(list.element());
            case Type.MapOf map -> innermost(map.value());
            default -> type;
        };
    }

    private List<String> known() {
        var paths = new ArrayList<String>();
        collect(row, "", 1, paths);
        return paths;
    }

    private static void collect(Type type, String prefix, int depth, List<String> paths) {
        switch (type) {
            case RecordType record -> {
                for (var field : record.fields()) {
                    if (paths.size() >= PATHS_MAX) {
                        return;
                    }
                    paths.add(prefix + field.name());
                    if (depth < DEPTH_MAX) {
                        collect(field.type(), prefix + field.name() + ".", depth + 1, paths);
                    }
                }
            }
            case Type.ListOf list -> collect(list.element(), prefix, depth, paths);
            case Type.MapOf map -> collect(map.value(), prefix, depth, paths);
            case Type.Union union ->
                union.members().forEach(member -> collect(member, prefix, depth, paths));
            case Type.Scalar scalar -> {
            }
            case Type.EnumOf symbols -> {
            }
            case Type.Json json -> {
            }
        }
    }

    /** A type in the words of the short form. */
    static String described(Type type) {
        return switch (type) {
            case Type.Scalar scalar -> "of type " + switch (scalar.kind()) {
                case BOOLEAN -> "boolean";
                case INT32 -> "integer";
                case UINT32 -> "unsigned integer";
                case INT64 -> "long";
                case UINT64 -> "unsigned long";
                case FLOAT32 -> "float";
                case FLOAT64 -> "double";
                case DECIMAL -> "decimal";
                case STRING -> "string";
                case BYTES -> "bytes";
                case UUID -> "uuid";
                case DATE -> "date";
                case TIME -> "time";
                case TIMESTAMP -> "timestamp";
                case LOCAL_TIMESTAMP -> "local-timestamp";
                case DURATION -> "duration";
            };
            case Type.EnumOf symbols -> "an enum";
            case Type.ListOf list -> "an array";
            case Type.MapOf map -> "a map";
            case Type.Union union -> "a union";
            case Type.Json json -> "of type json";
            case RecordType record -> "an object";
        };
    }
}

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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
                    .forEach(mask -> find(at + ".mask", mask.getKey(), grant.place())
                            .ifPresent(
                                    found -> maskFits(at, found, mask.getValue(), grant.place())));
            grant.open().forEach(path -> find(at + ".open", path, grant.place()));
        }
        var personal = new LinkedHashSet<String>();
        personal(product.fields(), "", personal);
        return new Found(key, eventTime, personal);
    }

    private Optional<FieldPath> find(String setting, String path, Place place) {
        var found = FieldPath.resolve(row, path);
        if (found.isEmpty()) {
            problems.add(
                    Problem.error(place, "unknown-field", setting + ": field '" + Names.shown(path)
                            + "' is not in the schema"
                            + (++suggestions > SUGGESTIONS_MAX
                                    ? ""
                                    : Suggestion.didYouMean(path, known()))));
        }
        return found;
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

    private void maskFits(String grant, FieldPath path, Mask mask, Place place) {
        if (mask == Mask.YEAR && !(path.type() instanceof Type.Scalar scalar
                && MOMENTS.contains(scalar.kind()))) {
            problems.add(Problem.error(place, "mask-type",
                    grant + ".mask: field '" + path.text() + "' is "
                            + described(path.type())
                            + ": only a date or a timestamp can be masked to its year"));
        }
    }

    /**
     * Collects the personal fields. One inside of a list or a map has no path of its own, so the whole list or map is
     * personal: better hidden too much than shown too much.
     */
    private void personal(List<FieldSpec> specs, String prefix, Set<String> paths) {
        for (var spec : specs) {
            var path = prefix + spec.name();
            if (spec.pii().orElse(false)
                    || spec.items().filter(RowPaths::holdsPersonal).isPresent()) {
                if (FieldPath.resolve(row, path).isPresent()) {
                    paths.add(path);
                }
            } else {
                personal(spec.fields(), path + ".", paths);
            }
        }
    }

    private static boolean holdsPersonal(FieldSpec spec) {
        return spec.pii().orElse(false) || spec.fields().stream().anyMatch(RowPaths::holdsPersonal)
                || spec.items().filter(RowPaths::holdsPersonal).isPresent();
    }

    private List<String> known() {
        var paths = new ArrayList<String>();
        collect(row, "", 1, paths);
        return paths;
    }

    private static void collect(RecordType type, String prefix, int depth, List<String> paths) {
        for (var field : type.fields()) {
            if (paths.size() >= PATHS_MAX) {
                return;
            }
            paths.add(prefix + field.name());
            if (field.type() instanceof RecordType inner && depth < DEPTH_MAX) {
                collect(inner, prefix + field.name() + ".", depth + 1, paths);
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

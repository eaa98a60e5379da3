package io.tidegate.contract;

import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a contract says of the fields of a schema that is not its own: descriptions and deprecations, which go into the
 * schema's type; numbers that are times; and types, which are compared with the schema's. Where the same record stands at
 * several places, the first place in the contract that says something of a field counts for all.
 */
final class FieldNotes {
    private static final List<ScalarKind> WHOLE = List.of(ScalarKind.INT32, ScalarKind.UINT32,
            ScalarKind.INT64, ScalarKind.UINT64);

    private final String source;
    private final boolean isOwnSchema;
    private final List<Problem> problems;
    private final Map<RecordType, Map<Integer, EpochUnit>> times = new HashMap<>();

    private FieldNotes(String source, boolean isOwnSchema, List<Problem> problems) {
        this.source = source;
        this.isOwnSchema = isOwnSchema;
        this.problems = problems;
    }

    /**
     * Writes the contract's words into the type, and reports listed fields that are not in it or are something else there.
     *
     * @param source
     *            which schema it is, for messages
     * @param isOwnSchema
     *            whether the type was made from these fields, and so is as they say
     * @return the fields whose numbers are times: by record, by position
     */
    static Map<RecordType, Map<Integer, EpochUnit>> apply(List<FieldSpec> specs, RecordType type,
            String source, boolean isOwnSchema, List<Problem> problems) {
        var notes = new FieldNotes(source, isOwnSchema, problems);
        notes.record(specs, type, "");
        return notes.times;
    }

    private void record(List<FieldSpec> specs, RecordType type, String prefix) {
        for (var spec : specs) {
            var position = type.position(spec.name());
            if (position.isEmpty()) {
                problems.add(Problem.error(spec.place(), "unknown-field", "field '"
                        + Names.shown(prefix + spec.name()) + "' is not in schema " + source
                        + Suggestion.didYouMean(spec.name(),
                                type.fields().stream().map(Field::name).toList())));
            } else {
                field(spec, type, position.getAsInt(), prefix + spec.name());
            }
        }
    }

    private void field(FieldSpec spec, RecordType type, int position, String path) {
        var field = type.fields().get(position);
        if (!isOwnSchema && (!spec.description().isEmpty() || spec.deprecated().isPresent())) {
            type.describe(position, spec.description().isEmpty() ? field.doc() : spec.description(),
                    spec.deprecated().orElse(field.deprecated()));
        }
        if (spec.format().isPresent()) {
            time(spec, type, position, path);
        } else if (!isOwnSchema) {
            compare(spec, field.type(), path);
        }
        nested(spec, field.type(), path);
    }

    private void time(FieldSpec spec, RecordType type, int position, String path) {
        var actual = type.fields().get(position).type();
        if (actual instanceof Type.Scalar scalar && WHOLE.contains(scalar.kind())) {
            EpochUnit.of(spec.format().orElse("")).ifPresent(unit -> times
                    .computeIfAbsent(type, none -> new LinkedHashMap<>())
                    .putIfAbsent(position, unit));
        } else {
            problems.add(Problem.error(spec.place(), "field-type", "field '" + Names.shown(path)
                    + "' has 'format: " + spec.format().orElse("") + "' but is "
                    + RowPaths.described(actual) + " in schema " + source
                    + ": only a whole number can be read as a time so; remove the format"));
        }
    }

    private void compare(FieldSpec spec, Type actual, String path) {
        if (fits(spec.type(), actual)) {
            return;
        }
        boolean isTime = spec.type().equals("timestamp") && actual instanceof Type.Scalar scalar
                && WHOLE.contains(scalar.kind());
        problems.add(Problem.warning(spec.place(), "field-type", "field '" + Names.shown(path)
                + "' is of type " + spec.type() + " in the contract but "
                + RowPaths.described(actual) + " in schema " + source + ": the schema counts"
                + (isTime
                        ? "; if the number is a time, say so with 'format: epoch-millis'"
                        : "")));
    }

    /** Whether a contract's type is a fair word for a schema's: how wide a number is does not matter to its readers. */
    private static boolean fits(String stated, Type actual) {
        return switch (actual) {
            case Type.Scalar scalar -> switch (scalar.kind()) {
                case BOOLEAN -> stated.equals("boolean");
                case INT32, UINT32, INT64, UINT64 ->
                    List.of("integer", "long", "decimal", "double").contains(stated);
                case FLOAT32, FLOAT64, DECIMAL ->
                    List.of("float", "double", "decimal").contains(stated);
                case STRING -> List.of("string", "enum", "uuid", "duration").contains(stated);
                case UUID -> List.of("uuid", "string").contains(stated);
                case DURATION -> List.of("duration", "string").contains(stated);
                case BYTES -> stated.equals("bytes");
                case DATE -> stated.equals("date");
                case TIME -> stated.equals("time");
                case TIMESTAMP -> stated.equals("timestamp");
                case LOCAL_TIMESTAMP -> stated.equals("local-timestamp");
            };
            case Type.EnumOf symbols -> List.of("enum", "string").contains(stated);
            case Type.ListOf list -> List.of("array", "json").contains(stated);
            case Type.MapOf map -> List.of("map", "object", "json").contains(stated);
            case Type.Union union -> List.of("object", "json").contains(stated);
            case RecordType record -> List.of("object", "json").contains(stated);
            case Type.Json json -> true;
        };
    }

    private void nested(FieldSpec spec, Type type, String path) {
        switch (type) {
            case RecordType inner -> record(spec.fields(), inner, path + ".");
            case Type.ListOf list -> element(spec, list.element(), path);
            case Type.MapOf map -> element(spec, map.value(), path);
            case Type.Union union -> spec.fields().forEach(field -> member(field, union, path));
            case Type.Scalar scalar -> {
            }
            case Type.EnumOf symbols -> {
            }
            case Type.Json json -> {
            }
        }
    }

    private void element(FieldSpec spec, Type element, String path) {
        spec.items().ifPresent(items -> {
            if (!isOwnSchema && items.format().isEmpty()) {
                compare(items, element, path + "[]");
            }
            nested(items, element, path + "[]");
        });
        // A list of records may be described like a record: its fields, without 'items'.
        if (spec.items().isEmpty() && !spec.fields().isEmpty()) {
            nested(spec, element, path);
        }
    }

    /** A union's fields are those of its members; one that several members have is said of each of them. */
    private void member(FieldSpec spec, Type.Union union, String path) {
        Optional<RecordType> found = Optional.empty();
        for (var member : union.members()) {
            var position = member.position(spec.name());
            if (position.isPresent()) {
                field(spec, member, position.getAsInt(), path + "." + spec.name());
                found = Optional.of(member);
            }
        }
        if (found.isEmpty()) {
            problems.add(Problem.error(spec.place(), "unknown-field", "field '"
                    + Names.shown(path + "." + spec.name())
                    + "' is in no member of the union in schema " + source
                    + Suggestion.didYouMean(spec.name(), union.members().stream()
                            .flatMap(member -> member.fields().stream()).map(Field::name)
                            .distinct().toList())));
        }
    }
}

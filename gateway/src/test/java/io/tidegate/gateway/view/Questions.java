package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Predicate.Inside;
import io.tidegate.gateway.predicate.Predicate.TextTest;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;

/** Random rows of any type, and random predicates on them. */
final class Questions {
    private static final RecordType STOP = RecordType.of("test.Stop", List.of(
            new Field("place", Type.Scalar.of(ScalarKind.STRING), true),
            new Field("minutes", Type.Scalar.of(ScalarKind.INT32), true),
            new Field("ratio", Type.Scalar.of(ScalarKind.FLOAT64), true),
            new Field("city", Samples.CITY, true),
            new Field("seals", new Type.ListOf(Type.Scalar.of(ScalarKind.INT64), true), true)));
    /** Lists of records, lists of lists, maps of single values, records and lists. */
    static final RecordType TOUR = RecordType.of("test.Tour", List.of(
            new Field("stops", new Type.ListOf(STOP, true), true),
            new Field("grid", new Type.ListOf(
                    new Type.ListOf(new Type.Scalar(ScalarKind.DECIMAL, 12, 2), true), true), true),
            new Field("labels", new Type.MapOf(Type.Scalar.of(ScalarKind.STRING), true), true),
            new Field("depots", new Type.MapOf(STOP, true), true),
            new Field("codes", new Type.MapOf(
                    new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), false), true), true),
            new Field("days", new Type.ListOf(Type.Scalar.of(ScalarKind.TIMESTAMP), true), true),
            new Field("hex", new Type.ListOf(Type.Scalar.of(ScalarKind.BYTES), true), true),
            new Field("status", new Type.ListOf(Samples.STATUS, false), true)));

    private final Random random;

    Questions(Random random) {
        this.random = random;
    }

    Row row(RecordType type) {
        var values = new Object[type.fields().size()];
        for (int i = 0; i < values.length; i++) {
            var field = type.fields().get(i);
            values[i] = field.nullable() && random.nextInt(6) == 0 ? null : value(field.type());
        }
        return new Row(type, values);
    }

    private Object value(Type type) {
        return switch (type) {
            case RecordType record -> row(record);
            case Type.ListOf list -> {
                var elements = new ArrayList<Object>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    elements.add(list.elementNullable() && random.nextInt(5) == 0
                            ? null
                            : value(list.element()));
                }
                yield elements;
            }
            case Type.MapOf map -> {
                var entries = new LinkedHashMap<String, Object>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    entries.put(random.nextBoolean() ? "a" : "b",
                            random.nextInt(5) == 0 ? null : value(map.value()));
                }
                yield entries;
            }
            default -> Samples.value(type, random);
        };
    }

    Predicate predicate(RecordType type, int depth) {
        return predicate(fields(type, List.of(), List.of()), depth);
    }

    private static List<FieldPath> fields(RecordType type, List<Field> above,
            List<Integer> positionsAbove) {
        var paths = new ArrayList<FieldPath>();
        for (int i = 0; i < type.fields().size(); i++) {
            var field = type.fields().get(i);
            var through = new ArrayList<>(above);
            through.add(field);
            var positions = new ArrayList<>(positionsAbove);
            positions.add(i);
            paths.add(new FieldPath(String.join(".", through.stream().map(Field::name).toList()),
                    through, positions));
            if (field.type() instanceof RecordType record) {
                paths.addAll(fields(record, through, positions));
            }
        }
        return paths;
    }

    /** A path within a list or map, and all that goes on from it. */
    private static List<FieldPath> within(FieldPath many) {
        var paths = new ArrayList<FieldPath>();
        if (many.type() instanceof Type.MapOf) {
            paths.add(Inside.key(many));
        }
        var held = many.type() instanceof Type.MapOf ? Inside.value(many) : Inside.element(many);
        paths.add(held);
        if (held.type() instanceof RecordType record) {
            paths.addAll(fields(record, held.fields(), held.positions()));
        }
        return paths;
    }

    private Predicate predicate(List<FieldPath> paths, int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> new Predicate.IsNull(one(paths));
            case 1, 2, 3, 4, 5 -> leaf(one(paths), depth);
            case 6 -> new Predicate.Not(predicate(paths, depth - 1));
            case 7 -> new Predicate.And(terms(paths, depth));
            default -> new Predicate.Or(terms(paths, depth));
        };
    }

    private List<Predicate> terms(List<FieldPath> paths, int depth) {
        var terms = new ArrayList<Predicate>();
        for (int i = random.nextInt(4); i > 0; i--) {
            terms.add(predicate(paths, depth - 1));
        }
        return terms;
    }

    FieldPath one(List<FieldPath> paths) {
        return paths.get(random.nextInt(paths.size()));
    }

    private Predicate leaf(FieldPath path, int depth) {
        return switch (path.type()) {
            case Type.ListOf list when Column.isSingle(list.element())
                    && random.nextInt(3) == 0 ->
                new Predicate.Text(path, TextTest.CONTAINS, literal(list.element()));
            case Type.ListOf ignored -> many(path, depth);
            case Type.MapOf ignored -> many(path, depth);
            case Type.Scalar scalar when scalar.kind() == ScalarKind.STRING
                    && random.nextBoolean() ->
                text(path);
            case Type.Scalar ignored -> single(path);
            case Type.EnumOf ignored -> single(path);
            default -> new Predicate.Not(new Predicate.IsNull(path));
        };
    }

    private Predicate many(FieldPath path, int depth) {
        if (random.nextInt(3) == 0) {
            return new Predicate.Size(path, comparison(), random.nextInt(3));
        }
        var inside = predicate(within(path), depth > 0 ? depth - 1 : 0);
        return switch (random.nextInt(4)) {
            case 0 -> Predicate.every(path, inside);
            case 1 -> Predicate.none(path, inside);
            default -> new Predicate.Any(path, inside);
        };
    }

    private Predicate text(FieldPath path) {
        String[] patterns = {"a", "^a", "b$", "^$", ".", "[^a]", "é|B", "(?i)b", "a.b", "\\%",
                "^.$"};
        return switch (random.nextInt(3)) {
            case 0 -> new Predicate.Text(path, TextTest.MATCHES,
                    patterns[random.nextInt(patterns.length)]);
            case 1 -> new Predicate.Text(path, TextTest.STARTS_WITH,
                    Samples.value(path.type(), random));
            default -> new Predicate.Text(path, TextTest.CONTAINS,
                    Samples.value(path.type(), random));
        };
    }

    private Predicate single(FieldPath path) {
        if (random.nextInt(4) == 0) {
            var values = new ArrayList<Object>();
            for (int i = random.nextInt(4); i > 0; i--) {
                values.add(literal(path.type()));
            }
            return new Predicate.In(path, values);
        }
        return new Predicate.Compare(path, comparison(), literal(path.type()));
    }

    Comparison comparison() {
        return Comparison.values()[random.nextInt(Comparison.values().length)];
    }

    Object literal(Type type) {
        if (type instanceof Type.Scalar scalar && scalar.kind() == ScalarKind.DECIMAL) {
            String[] numbers = {"0", "1", "1.005", "-1.001", "0.01", "1E+40", "-1E+40",
                    "9999999999.99", "1E-999999999", "-1E-999999999",
                    "9999999999.995", "-9999999999.999", "123456789.123456789", "-119.5"};
            return new BigDecimal(numbers[random.nextInt(numbers.length)]);
        }
        while (true) {
            Object value = Samples.value(type, random);
            if (!(value instanceof Double d && !Double.isFinite(d)
                    || value instanceof Float f && !Float.isFinite(f))) {
                return value;
            }
        }
    }
}

package io.tidegate.gateway.predicate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Random conditions, as GraphQL's {@code where} and as CEL, choose the rows that an evaluator chooses which knows nothing of
 * predicates. {@code -Dtidegate.seed=} repeats a run.
 */
class FiltersOfAnyKindTest {
    private static final long SEED = Long.getLong("tidegate.seed", System.nanoTime());
    private static final int CASES = Integer.getInteger("tidegate.cases", 2_000);
    private static final int ROWS = 20;
    private static final List<String> PATTERNS = List.of("a", "^a", "b$", "^$", "[a-z]+", "%",
            "a.b", "é|ß");

    private final Random random = new Random(SEED);

    /** A condition as people think of it. */
    private sealed interface Condition {
        record All(List<Condition> terms) implements Condition {
        }

        record Any(List<Condition> terms) implements Condition {
        }

        record None(Condition term) implements Condition {
        }

        /** The operand is what a client sends, null where it sends null. */
        record Test(List<String> path, String operator, Object operand) implements Condition {
        }
    }

    @Test
    void choose_the_rows_that_the_condition_describes() throws FilterProblem {
        int chosen = 0;
        int inCel = 0;
        for (int i = 0; i < CASES; i++) {
            var condition = condition(0);
            var where = Matcher.compile(WhereFilters.compile(where(condition), Samples.PARCEL,
                    WhereNames.own()));
            var text = cel(condition);
            var cel = text.isEmpty()
                    ? Optional.<Matcher>empty()
                    : Optional.of(Matcher.compile(CelFilters.compile(text.get(), Samples.PARCEL,
                            Set.of(), Map.of(), Optional.empty())));
            inCel += cel.isPresent() ? 1 : 0;
            for (int j = 0; j < ROWS; j++) {
                var row = Samples.random(random);
                boolean holds = holds(condition, row);
                chosen += holds ? 1 : 0;
                assertThat(where.matches(row)).as("-Dtidegate.seed=%d: %s of %s", SEED,
                        where(condition), io.tidegate.gateway.shape.RandomRows.describe(row))
                        .isEqualTo(holds);
                if (cel.isPresent()) {
                    assertThat(cel.get().matches(row)).as("-Dtidegate.seed=%d: %s of %s", SEED,
                            text.get(), io.tidegate.gateway.shape.RandomRows.describe(row))
                            .isEqualTo(holds);
                }
            }
        }

        // Neither all of the rows nor none, or nothing has been compared.
        assertThat(chosen).isBetween(CASES * ROWS / 10, CASES * ROWS * 9 / 10);
        assertThat(inCel).isGreaterThan(CASES / 20);
    }

    // ---- conditions ----

    private Condition condition(int depth) {
        return switch (random.nextInt(depth > 2 ? 5 : 9)) {
            case 5, 6 -> new Condition.All(conditions(depth));
            case 7 -> new Condition.Any(conditions(depth));
            case 8 -> new Condition.None(condition(depth + 1));
            default -> test();
        };
    }

    private List<Condition> conditions(int depth) {
        var conditions = new ArrayList<Condition>();
        for (int i = random.nextInt(4); i > 0; i--) {
            conditions.add(condition(depth + 1));
        }
        return conditions;
    }

    private Condition test() {
        var field = Samples.PARCEL.fields().get(random.nextInt(Samples.PARCEL.fields().size()));
        var path = List.of(field.name());
        var type = field.type();
        if (type instanceof RecordType record) {
            var inner = record.fields().get(random.nextInt(record.fields().size()));
            path = List.of(field.name(), inner.name());
            type = inner.type();
        }
        if (type instanceof Type.ListOf list && random.nextBoolean()) {
            return new Condition.Test(path, "contains", Samples.value(list.element(), random));
        }
        if (!(type instanceof Type.Scalar) && !(type instanceof Type.EnumOf)
                || random.nextInt(10) == 0) {
            return new Condition.Test(path, "isNull", random.nextBoolean());
        }
        var operators = new ArrayList<>(List.of("eq", "ne", "in"));
        if (Literals.isOrdered(type)) {
            operators.addAll(List.of("gt", "gte", "lt", "lte"));
        }
        if (Literals.isText(type)) {
            operators.addAll(List.of("contains", "startsWith", "matches"));
        }
        var operator = operators.get(random.nextInt(operators.size()));
        if (operator.equals("matches")) {
            return new Condition.Test(path, operator,
                    PATTERNS.get(random.nextInt(PATTERNS.size())));
        }
        if (operator.equals("in")) {
            return new Condition.Test(path, operator, Arrays.asList(operand(type),
                    random.nextInt(8) == 0 ? null : operand(type), operand(type)));
        }
        return new Condition.Test(path, operator,
                random.nextInt(12) == 0 ? null : operand(type));
    }

    /** As a client may send it: finite, and no number narrower than GraphQL has it. */
    private Object operand(Type type) {
        Object value = Samples.value(type, random);
        while (value instanceof Number number && !(value instanceof BigDecimal)
                && !Double.isFinite(number.doubleValue())) {
            value = Samples.value(type, random);
        }
        return value instanceof Float number ? (Object) number.doubleValue() : value;
    }

    // ---- as a client writes them ----

    private static Map<String, Object> where(Condition condition) {
        return switch (condition) {
            case Condition.All(var terms) ->
                Map.of("and", terms.stream().map(FiltersOfAnyKindTest::where).toList());
            case Condition.Any(var terms) ->
                Map.of("or", terms.stream().map(FiltersOfAnyKindTest::where).toList());
            case Condition.None(var term) -> Map.of("not", where(term));
            case Condition.Test(var path, var operator, var operand) -> {
                Map<String, Object> where = new java.util.HashMap<>();
                where.put(operator, operand);
                for (var name : path.reversed()) {
                    where = Map.of(name, where);
                }
                yield where;
            }
        };
    }

    /** Empty for what CEL has no literal of. */
    private static Optional<String> cel(Condition condition) {
        return switch (condition) {
            case Condition.All(var terms) -> joined(terms, " && ");
            case Condition.Any(var terms) -> joined(terms, " || ");
            case Condition.None(var term) -> cel(term).map(text -> "!(" + text + ")");
            case Condition.Test(var path, var operator, var operand) -> {
                var field = "event." + String.join(".", path);
                yield field.contains(" ") ? Optional.empty() : switch (operator) {
                    case "eq" -> literal(operand).map(text -> field + " == " + text);
                    case "ne" -> literal(operand).map(text -> field + " != " + text);
                    case "gt" -> literal(operand).map(text -> field + " > " + text);
                    case "gte" -> literal(operand).map(text -> field + " >= " + text);
                    case "lt" -> literal(operand).map(text -> field + " < " + text);
                    case "lte" -> literal(operand).map(text -> field + " <= " + text);
                    case "isNull" -> Optional.of((Boolean.TRUE.equals(operand) ? "!" : "")
                            + "has(" + field + ")");
                    case "in" -> {
                        var values = ((List<?>) operand).stream()
                                .map(FiltersOfAnyKindTest::literal).toList();
                        yield values.stream().allMatch(Optional::isPresent)
                                ? Optional.of(field + " in ["
                                        + String.join(", ",
                                                values.stream().map(Optional::get).toList())
                                        + "]")
                                : Optional.empty();
                    }
                    default -> Optional.empty();
                };
            }
        };
    }

    private static Optional<String> joined(List<Condition> terms, String operator) {
        var texts = terms.stream().map(FiltersOfAnyKindTest::cel).toList();
        return texts.isEmpty() || texts.stream().anyMatch(Optional::isEmpty)
                ? Optional.empty()
                : Optional.of(String.join(operator,
                        texts.stream().map(text -> "(" + text.get() + ")").toList()));
    }

    private static Optional<String> literal(Object value) {
        return switch (value) {
            case Boolean bool -> Optional.of(bool.toString());
            case Integer number -> Optional.of(number.toString());
            case String text when text.matches("[\\w %;-]*") -> Optional.of("'" + text + "'");
            case null, default -> Optional.empty();
        };
    }

    // ---- what they mean ----

    private static boolean holds(Condition condition, Row row) {
        return switch (condition) {
            case Condition.All(var terms) -> terms.stream().allMatch(term -> holds(term, row));
            case Condition.Any(var terms) -> terms.stream().anyMatch(term -> holds(term, row));
            case Condition.None(var term) -> !holds(term, row);
            case Condition.Test test -> holds(test, row);
        };
    }

    private static boolean holds(Condition.Test test, Row row) {
        Object value = row;
        Type type = Samples.PARCEL;
        for (var name : test.path()) {
            int at = ((RecordType) type).position(name).orElseThrow();
            type = ((RecordType) type).fields().get(at).type();
            value = value instanceof Row record ? record.get(at) : null;
        }
        boolean isThere = value != null && !(value instanceof Double d && !Double.isFinite(d))
                && !(value instanceof Float f && !Float.isFinite(f));
        var operand = test.operand();
        if (operand == null) {
            return switch (test.operator()) {
                case "eq" -> !isThere;
                case "ne" -> isThere;
                default -> true;
            };
        }
        var of = type;
        return switch (test.operator()) {
            case "isNull" -> operand.equals(!isThere);
            case "in" -> isThere
                    ? ((List<?>) operand).stream().anyMatch(each -> each != null
                            && ranked(of, test(test, row)).equals(ranked(of, each)))
                    : ((List<?>) operand).contains(null);
            case "contains" -> isThere && (value instanceof List<?> list
                    ? list.contains(operand)
                    : ((String) value).contains((String) operand));
            case "startsWith" -> isThere && ((String) value).startsWith((String) operand);
            case "matches" -> isThere && java.util.regex.Pattern.compile((String) operand)
                    .matcher((String) value).find();
            default -> isThere && ordered(test.operator(),
                    ranked(of, value).compareTo(ranked(of, operand)));
        };
    }

    private static Object test(Condition.Test test, Row row) {
        Object value = row;
        for (var name : test.path()) {
            var record = (Row) value;
            value = record.get(record.type().position(name).orElseThrow());
        }
        return value;
    }

    private static boolean ordered(String operator, int order) {
        return switch (operator) {
            case "eq" -> order == 0;
            case "ne" -> order != 0;
            case "gt" -> order > 0;
            case "gte" -> order >= 0;
            case "lt" -> order < 0;
            default -> order <= 0;
        };
    }

    /** Where a value stands among those of its type. */
    private static Rank ranked(Type type, Object value) {
        boolean isSingle = type instanceof Type.Scalar scalar
                && scalar.kind() == ScalarKind.FLOAT32;
        return switch (value) {
            case Boolean bool -> Rank.of(bool ? 1 : 0);
            case BigDecimal number -> new Rank(number.stripTrailingZeros(), "");
            case BigInteger number -> new Rank(new BigDecimal(number).stripTrailingZeros(), "");
            case Double number -> new Rank(
                    new BigDecimal(isSingle ? number.floatValue() : number).stripTrailingZeros(),
                    "");
            case Float number -> new Rank(new BigDecimal(number).stripTrailingZeros(), "");
            case Number number -> Rank.of(number.longValue());
            case LocalDate day -> Rank.of(day.toEpochDay());
            case LocalTime time -> Rank.of(time.toNanoOfDay());
            case Instant time -> Rank.of(time);
            case LocalDateTime time -> Rank.of(time.toInstant(ZoneOffset.UTC));
            // A byte as a character: such texts compare as the bytes do.
            case byte[] bytes ->
                new Rank(BigDecimal.ZERO, new String(bytes, StandardCharsets.ISO_8859_1));
            default -> new Rank(BigDecimal.ZERO,
                    new String(value.toString().getBytes(StandardCharsets.UTF_8),
                            StandardCharsets.ISO_8859_1));
        };
    }

    private record Rank(BigDecimal number, String text) implements Comparable<Rank> {
        static Rank of(long number) {
            return new Rank(BigDecimal.valueOf(number).stripTrailingZeros(), "");
        }

        static Rank of(Instant time) {
            return new Rank(BigDecimal.valueOf(time.getEpochSecond())
                    .add(BigDecimal.valueOf(time.getNano(), 9)).stripTrailingZeros(), "");
        }

        @Override
        public int compareTo(Rank other) {
            int order = number.compareTo(other.number);
            return order != 0 ? order : text.compareTo(other.text);
        }
    }
}

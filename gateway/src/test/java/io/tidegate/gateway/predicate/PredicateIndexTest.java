package io.tidegate.gateway.predicate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PredicateIndexTest {
    private static final List<String> FIELDS = List.of("id", "flag", "small", "unsigned", "big",
            "huge", "single", "ratio", "price", "amount", "bytes", "uuid", "day", "clock", "at",
            "local", "status", "city.name", "city.zip", "odd name");

    private record Reader(Predicate predicate, int number) {
    }

    private static Predicate eq(String field, Object value) {
        return new Predicate.Compare(path(field), Comparison.EQ, value);
    }

    private static FieldPath path(String field) {
        return FieldPath.resolve(Samples.PARCEL, field).orElseThrow();
    }

    private static Object present(FieldPath field, Random random) {
        while (true) {
            var value = Samples.value(field.fields().getLast().type(), random);
            if (Values.isPresent(value)) {
                return value;
            }
        }
    }

    private static Predicate random(Random random, int depth) {
        var field = path(FIELDS.get(random.nextInt(FIELDS.size())));
        return switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0, 1 -> new Predicate.Compare(field, Comparison.EQ, present(field, random));
            case 2 -> new Predicate.Compare(field,
                    Comparison.values()[random.nextInt(Comparison.values().length)],
                    present(field, random));
            case 3 -> new Predicate.In(field,
                    List.of(present(field, random), present(field, random)));
            case 4 -> new Predicate.IsNull(field);
            case 5 -> random.nextBoolean() ? Predicate.ALL : Predicate.NONE;
            case 6 -> new Predicate.Or(
                    List.of(random(random, depth - 1), random(random, depth - 1)));
            case 7 -> new Predicate.Not(random(random, depth - 1));
            default -> new Predicate.And(
                    List.of(random(random, depth - 1), random(random, depth - 1)));
        };
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void finds_exactly_those_whose_predicate_holds(long seed) {
        var random = new Random(seed);
        var index = new PredicateIndex<Reader>();
        var readers = new ArrayList<Reader>();
        for (int round = 0; round < 400; round++) {
            if (readers.isEmpty() || random.nextInt(3) > 0) {
                var predicate = readers.isEmpty() || random.nextInt(4) > 0
                        ? random(random, 2)
                        : readers.get(random.nextInt(readers.size())).predicate();
                var reader = new Reader(predicate, round);
                readers.add(reader);
                index.add(predicate, reader);
            } else {
                var gone = readers.remove(random.nextInt(readers.size()));
                index.remove(gone.predicate(), gone);
            }
            var row = Samples.random(random);

            var found = new ArrayList<Reader>();
            index.matching(row, found::add);

            assertThat(found).as("seed %s, round %s", seed, round)
                    .containsExactlyInAnyOrderElementsOf(readers.stream().filter(
                            reader -> Matcher.compile(reader.predicate()).matches(row)).toList());
        }
        readers.forEach(reader -> index.remove(reader.predicate(), reader));
        assertThat(index.isEmpty()).as("seed %s", seed).isTrue();
    }

    @Test
    void asks_nobody_who_wants_another_value() {
        var index = new PredicateIndex<Integer>();
        for (int i = 0; i < 1000; i++) {
            // Would fail if it were asked: a text does not compare with a number.
            index.add(new Predicate.And(List.of(eq("id", "wanted by " + i),
                    new Predicate.Compare(path("small"), Comparison.GT, "no number"))), i);
        }
        index.add(eq("id", "a"), -1);
        var found = new ArrayList<Integer>();

        index.matching(Samples.parcel(Map.of("id", "a", "small", 1)), found::add);

        assertThat(found).containsExactly(-1);
    }

    @Test
    void looks_up_by_the_field_that_tells_readers_apart() {
        var index = new PredicateIndex<Integer>();
        for (int i = 0; i < 1000; i++) {
            index.add(new Predicate.And(List.of(eq("status", "created"), eq("id", "k" + i),
                    new Predicate.Compare(path("small"), Comparison.GT, "no number"))), i);
        }
        var found = new ArrayList<Integer>();

        index.matching(Samples.parcel(Map.of("status", "created", "id", "k", "small", 1)),
                found::add);

        assertThat(found).isEmpty();
    }

    @Test
    void tells_a_reader_once_that_wants_several_values_which_are_equal() {
        var index = new PredicateIndex<String>();
        index.add(new Predicate.In(path("amount"),
                List.of(new java.math.BigDecimal("1"), new java.math.BigDecimal("1.0"))), "once");
        var found = new ArrayList<String>();

        index.matching(Samples.parcel(Map.of("amount", new java.math.BigDecimal("1.000"))),
                found::add);

        assertThat(found).containsExactly("once");
    }
}

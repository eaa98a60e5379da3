package io.tidegate.gateway.shape;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.shape.PlainShape.Form;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Whatever the schema, the wish and the masks: plain streams write the fields that were asked for and may be seen, each with
 * the value that the row has or that its mask makes of it, and nothing else. {@code -Dtidegate.seed=} repeats a run.
 */
class PlainShapesOfAnySchemaTest {
    private static final long SEED = Long.getLong("tidegate.seed", System.nanoTime());
    private static final int CASES = Integer.getInteger("tidegate.cases", 2_000);
    private static final int WISHES = 20;
    private static final Masker MASKER = new Masker(new byte[32]);
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true)).build();

    /** What one reader gets to see. */
    private record Sight(Set<String> fields, Map<String, Mask> masks) {
        boolean isHidden(String path) {
            return masks.get(path) == Mask.HIDE;
        }

        boolean isWanted(String path) {
            return fields.isEmpty() || fields.stream().anyMatch(field -> field.equals(path)
                    || field.startsWith(path + ".") || path.startsWith(field + "."));
        }
    }

    @Test
    void write_what_was_asked_for_and_may_be_seen_and_nothing_else() {
        int cases = 0;
        for (int round = 0; cases < CASES; round++) {
            long seed = SEED + round;
            var random = new Random(seed);
            var made = RandomSchemas.next(random);
            var row = made.schema().rowType();
            var paths = new LinkedHashSet<String>();
            RandomSchemas.paths(row, "", 0, paths);
            for (int i = 0; i < WISHES; i++) {
                var sight = new Sight(some(paths, random),
                        RandomSchemas.masks(row, paths, 5, random));
                var event = new RandomRows(random, false).event(made.schema());
                check(seed, made, sight, event);
                cases++;
            }
        }
    }

    private static Set<String> some(Set<String> paths, Random random) {
        var all = List.copyOf(paths);
        var some = new TreeSet<String>();
        // A record may have no fields at all.
        for (int i = all.isEmpty() ? 0 : random.nextInt(4); i > 0; i--) {
            some.add(all.get(random.nextInt(all.size())));
        }
        return some;
    }

    private static void check(long seed, RandomSchemas.Made made, Sight sight, Event event) {
        var hidden = new TreeSet<>(sight.masks().keySet());
        hidden.removeIf(path -> !sight.isHidden(path));
        var shape = new PlainShape(made.schema(), Form.EVENT, sight.fields(), hidden,
                PathMasks.of(made.schema(), sight.masks(), MASKER), "https://data.example.com");
        var written = read(new String(shape.render(event, event.op(), "CURSOR"),
                StandardCharsets.UTF_8));

        var expected = JSON.createObjectNode();
        expected.put("cursor", "CURSOR");
        expected.put("op", PlainShape.name(event.op()));
        expected.set("key", key(made, sight, event));
        expected.put("time", event.time().toString());
        expected.set("value", event.value() == null
                ? JSON.nullNode()
                : row(event.value(), "", sight));
        assertThat(written.toString()).as("""
                -Dtidegate.seed=%d -Dtidegate.cases=1
                %s
                %s
                %s
                %s""", seed, sight, RandomRows.describe(event), made.contract(), made.text())
                .isEqualTo(expected.toString());
    }

    private static JsonNode key(RandomSchemas.Made made, Sight sight, Event event) {
        var key = JSON.createObjectNode();
        if (made.schema().key().isEmpty()) {
            key.put("_partition", (Integer) event.key().get(0));
            key.put("_offset", event.key().get(1).toString());
        }
        for (int i = 0; i < made.schema().key().size(); i++) {
            var path = made.schema().key().get(i);
            var holders = sight.masks().keySet().stream()
                    .filter(each -> path.text().startsWith(each + ".")).toList();
            if (sight.isHidden(path.text()) || holders.stream().anyMatch(sight::isHidden)) {
                continue;
            }
            var mask = sight.masks().getOrDefault(path.text(),
                    holders.stream().min(Comparator.comparingInt(String::length))
                            .map(sight.masks()::get).orElse(null));
            var value = event.key().get(i);
            key.set(path.text(), leaf(path.type(),
                    mask == null ? value : MASKER.apply(mask, path.type(), value)));
        }
        return key;
    }

    private static JsonNode row(Row row, String prefix, Sight sight) {
        var object = JSON.createObjectNode();
        for (int i = 0; i < row.type().fields().size(); i++) {
            var field = row.type().fields().get(i);
            var path = prefix + field.name();
            if (!sight.isHidden(path) && sight.isWanted(path)) {
                var mask = sight.masks().get(path);
                object.set(field.name(), value(field.type(), mask == null
                        ? row.get(i)
                        : MASKER.apply(mask, field.type(), row.get(i)), path, sight));
            }
        }
        return object;
    }

    private static JsonNode value(Type type, Object value, String path, Sight sight) {
        if (value == null) {
            return JSON.nullNode();
        }
        return switch (type) {
            case RecordType record -> row((Row) value, path + ".", sight);
            case Type.Union union -> row((Row) value, path + ".", sight);
            case Type.ListOf list -> {
                var array = JSON.createArrayNode();
                ((List<?>) value)
                        .forEach(each -> array.add(value(list.element(), each, path, sight)));
                yield array;
            }
            case Type.MapOf map -> {
                var object = JSON.createObjectNode();
                ((Map<?, ?>) value).forEach((key, each) -> object.set((String) key,
                        value(map.value(), each, path, sight)));
                yield object;
            }
            default -> leaf(type, value);
        };
    }

    /** As the row's own JSON has it. */
    private static JsonNode leaf(Type type, Object value) {
        var out = new StringWriter();
        try (var generator = new JsonFactory().createGenerator(out)) {
            JsonValues.write(generator, type, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read(out.toString());
    }

    private static JsonNode read(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }
}

package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The text of a JSON Schema, in JSON or YAML, as a tree; and where in the text each part of the tree stands. */
final class JsonSchemaText {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final String origin;
    private final String text;
    private final JsonNode root;
    /** Of a JSON text found when it is asked for the first time, because most texts are never asked. */
    private @Nullable Spot spots;

    private JsonSchemaText(String origin, String text, JsonNode root, @Nullable Spot spots) {
        this.origin = origin;
        this.text = text;
        this.root = root;
        this.spots = spots;
    }

    /** Where a value stands: its key, or itself in an array. */
    private static final class Spot {
        private final int line;
        private final int column;
        private final Map<String, Spot> below = new HashMap<>();

        Spot(int line, int column) {
            this.line = line;
            this.column = column;
        }
    }

    /**
     * Reads a text; one whose origin ends like a YAML file is YAML.
     *
     * @throws SchemaProblem
     *             if it is neither, or no schema by its looks
     */
    static JsonSchemaText parse(String origin, String text) throws SchemaProblem {
        String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
        String name = origin.toLowerCase(Locale.ROOT);
        JsonSchemaText parsed = name.endsWith(".yaml") || name.endsWith(".yml")
                ? yaml(origin, plain)
                : json(origin, plain);
        if (!parsed.root.isObject() && !parsed.root.isBoolean()) {
            throw new SchemaProblem("'" + origin + "' is not a JSON Schema: expected an object but"
                    + " found " + (parsed.root.isArray() ? "an array" : "a single value"), origin,
                    1, 1);
        }
        return parsed;
    }

    private static JsonSchemaText json(String origin, String text) throws SchemaProblem {
        try {
            return new JsonSchemaText(origin, text, JSON.readTree(text), null);
        } catch (JsonProcessingException e) {
            throw BrokenJson.problem(origin, "a JSON Schema", e);
        } catch (NumberFormatException e) {
            throw new SchemaProblem("'" + origin
                    + "' has a number whose exponent is beyond every decimal, expected a smaller"
                    + " one");
        }
    }

    private static JsonSchemaText yaml(String origin, String text) throws SchemaProblem {
        var problems = new ArrayList<Problem>();
        var node = YamlFile.parse(origin, text, problems);
        for (Problem problem : problems) {
            if (problem.isError()) {
                throw new SchemaProblem(
                        "'" + origin + "' is not the YAML of a JSON Schema: " + problem.message(),
                        origin, problem.place().line(), problem.place().column());
            }
        }
        YamlNode top = node.orElseThrow(() -> new SchemaProblem("'" + origin + "' is empty"));
        var spot = new Spot(1, 1);
        return new JsonSchemaText(origin, "", tree(top, spot), spot);
    }

    private static JsonNode tree(YamlNode node, Spot spot) {
        return switch (node) {
            case YamlNode.Scalar scalar -> scalar(scalar);
            case YamlNode.Sequence sequence -> {
                var array = NODES.arrayNode();
                for (YamlNode item : sequence.items()) {
                    var at = spot(item.place());
                    spot.below.put(Integer.toString(array.size()), at);
                    array.add(tree(item, at));
                }
                yield array;
            }
            case YamlNode.Mapping mapping -> {
                var object = NODES.objectNode();
                mapping.entries().forEach((key, entry) -> {
                    var at = spot(entry.keyPlace());
                    spot.below.put(key, at);
                    object.set(key, tree(entry.value(), at));
                });
                yield object;
            }
        };
    }

    private static Spot spot(Place place) {
        return new Spot(place.line(), place.column());
    }

    /** As YAML's core schema reads it. */
    private static JsonNode scalar(YamlNode.Scalar scalar) {
        if (scalar.quoted()) {
            return NODES.textNode(scalar.text());
        }
        if (scalar.isNull()) {
            return NODES.nullNode();
        }
        return switch (scalar.text()) {
            case "true", "True", "TRUE" -> NODES.booleanNode(true);
            case "false", "False", "FALSE" -> NODES.booleanNode(false);
            default -> number(scalar.text());
        };
    }

    private static JsonNode number(String text) {
        if (text.length() > 100 || !text.matches(
                "[-+]?([.][0-9]+|[0-9]+([.][0-9]*)?)([eE][-+]?[0-9]{1,3})?")) {
            return NODES.textNode(text);
        }
        var number = new BigDecimal(text);
        return text.matches("[-+]?[0-9]+")
                ? NODES.numberNode(number.toBigInteger())
                : NODES.numberNode(number);
    }

    String origin() {
        return origin;
    }

    JsonNode root() {
        return root;
    }

    /** The part of the text that a pointer means, or the nearest around it: line and column from 1. */
    int[] position(String pointer) {
        if (spots == null) {
            spots = scan();
        }
        Spot at = spots;
        if (!pointer.isEmpty()) {
            for (String step : pointer.split("/", -1)) {
                Spot next = at.below.get(step.replace("~1", "/").replace("~0", "~"));
                if (next == null) {
                    break;
                }
                at = next;
            }
        }
        return new int[]{at.line, at.column};
    }

    private Spot scan() {
        var top = new Spot(1, 1);
        try (JsonParser in = JSON.getFactory().createParser(text)) {
            in.nextToken();
            scan(in, top);
        } catch (IOException e) {
            // It has been read before, so there is nothing to tell; what was found is what there is.
            return top;
        }
        return top;
    }

    /** No deeper than the tree, whose reading has a bound. */
    private static void scan(JsonParser in, Spot spot) throws IOException {
        if (in.currentToken() == JsonToken.START_OBJECT) {
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                var at = spot(in.currentTokenLocation());
                spot.below.put(in.currentName(), at);
                in.nextToken();
                scan(in, at);
            }
        } else if (in.currentToken() == JsonToken.START_ARRAY) {
            for (int i = 0; in.nextToken() != JsonToken.END_ARRAY; i++) {
                var at = spot(in.currentTokenLocation());
                spot.below.put(Integer.toString(i), at);
                scan(in, at);
            }
        }
    }

    private static Spot spot(JsonLocation location) {
        return new Spot(location.getLineNr(), location.getColumnNr());
    }
}

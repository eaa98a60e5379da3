package io.tidegate.gateway;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Every place of a GraphQL schema where a client may put a value, found by asking the schema itself. */
final class Spots {
    static final String INTROSPECTION = """
            { __schema { types { kind name
                fields { name args { name type { ...T } } type { ...T } }
                inputFields { name defaultValue type { ...T } } enumValues { name } } } }
            fragment T on __Type { kind name ofType { kind name ofType { kind name
                ofType { kind name ofType { kind name } } } } }
            """;
    private static final int NESTED_MAX = 4;

    private final Map<String, JsonObject> types = new HashMap<>();

    /**
     * @param fields
     *            from the root down to the one that has the argument
     * @param argument
     *            null only of the root's
     * @param within
     *            names of members, and 0 for the one element of a list
     * @param type
     *            name of the scalar or enum that belongs there
     */
    record Spot(List<String> fields, String argument, JsonObject argumentType, List<Object> within,
            String type, boolean isEnum) {
        @Override
        public String toString() {
            return String.join(".", fields) + "(" + argument + within + ": " + type + ")";
        }
    }

    Spots(JsonObject schema) {
        schema.getJsonArray("types").forEach(each -> types
                .put(((JsonObject) each).getString("name"), (JsonObject) each));
    }

    List<String> symbols(String type) {
        return types.get(type).getJsonArray("enumValues").stream()
                .map(each -> ((JsonObject) each).getString("name")).toList();
    }

    /** Below a field of a root type. */
    List<Spot> of(String rootType, String field) {
        var spots = new ArrayList<Spot>();
        visit(rootType, field, List.of(), spots, new HashSet<>());
        return spots;
    }

    private void visit(String type, String only, List<String> above, List<Spot> spots,
            Set<String> seen) {
        if (!seen.add(type) || types.get(type).getJsonArray("fields") == null) {
            return;
        }
        for (var each : objects(types.get(type).getJsonArray("fields"))) {
            if (only != null && !only.equals(each.getString("name"))) {
                continue;
            }
            var path = new ArrayList<>(above);
            path.add(each.getString("name"));
            for (var argument : objects(each.getJsonArray("args"))) {
                inputs(argument.getJsonObject("type"), List.of(), (within, leaf) -> spots.add(
                        new Spot(path, argument.getString("name"), argument.getJsonObject("type"),
                                within, leaf.getString("name"),
                                "ENUM".equals(leaf.getString("kind")))));
            }
            visit(bare(each.getJsonObject("type")).getString("name"), null, path, spots, seen);
        }
    }

    private interface Leaf {
        void found(List<Object> within, JsonObject type);
    }

    private void inputs(JsonObject type, List<Object> within, Leaf leaf) {
        switch (type.getString("kind")) {
            case "NON_NULL" -> inputs(type.getJsonObject("ofType"), within, leaf);
            case "LIST" -> inputs(type.getJsonObject("ofType"), plus(within, 0), leaf);
            case "INPUT_OBJECT" -> {
                if (within.stream().filter(String.class::isInstance).count() >= NESTED_MAX) {
                    return;
                }
                for (var member : members(type)) {
                    var name = member.getString("name");
                    // Once deep enough, "and", "or" and "not" have nothing new.
                    if (!within.isEmpty() && Set.of("and", "or", "not").contains(name)) {
                        continue;
                    }
                    inputs(member.getJsonObject("type"), plus(within, name), leaf);
                }
            }
            default -> leaf.found(within, type);
        }
    }

    private List<JsonObject> members(JsonObject type) {
        return objects(types.get(type.getString("name")).getJsonArray("inputFields"));
    }

    private static List<Object> plus(List<Object> list, Object last) {
        var longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    private static List<JsonObject> objects(JsonArray array) {
        return array == null ? List.of() : array.stream().map(JsonObject.class::cast).toList();
    }

    private static JsonObject bare(JsonObject type) {
        return type.getJsonObject("ofType") == null ? type : bare(type.getJsonObject("ofType"));
    }

    static String written(JsonObject type) {
        return switch (type.getString("kind")) {
            case "NON_NULL" -> written(type.getJsonObject("ofType")) + "!";
            case "LIST" -> "[" + written(type.getJsonObject("ofType")) + "]";
            default -> type.getString("name");
        };
    }

    /** The argument with this value at the spot, and whatever else has to be there. */
    Object argument(Spot spot, Object value) {
        return build(spot.argumentType(), spot.within(), value);
    }

    private Object build(JsonObject type, List<Object> within, Object value) {
        return switch (type.getString("kind")) {
            case "NON_NULL" -> build(type.getJsonObject("ofType"), within, value);
            case "LIST" -> within.isEmpty()
                    ? value
                    : new JsonArray().add(build(type.getJsonObject("ofType"),
                            within.subList(1, within.size()), value));
            case "INPUT_OBJECT" -> {
                var object = required(type);
                if (!within.isEmpty()) {
                    var name = (String) within.getFirst();
                    var member = members(type).stream()
                            .filter(each -> each.getString("name").equals(name)).findFirst()
                            .orElseThrow();
                    object.put(name, build(member.getJsonObject("type"),
                            within.subList(1, within.size()), value));
                }
                yield object;
            }
            default -> value;
        };
    }

    private JsonObject required(JsonObject type) {
        var object = new JsonObject();
        for (var member : members(type)) {
            if (member.getJsonObject("type").getString("kind").equals("NON_NULL")
                    && member.getString("defaultValue") == null) {
                object.put(member.getString("name"), usual(member.getJsonObject("type")));
            }
        }
        return object;
    }

    /** A value that is good enough for what has to be there. */
    Object usual(JsonObject type) {
        return switch (type.getString("kind")) {
            case "NON_NULL" -> usual(type.getJsonObject("ofType"));
            case "LIST" -> new JsonArray().add(usual(type.getJsonObject("ofType")));
            case "INPUT_OBJECT" -> required(type);
            case "ENUM" -> symbols(type.getString("name")).getFirst();
            default -> switch (type.getString("name")) {
                case "Int" -> 1;
                case "Float" -> 0.5;
                case "Boolean" -> true;
                case "String" -> Vault.id(4);
                default -> "1";
            };
        };
    }

    /** A document that asks for what lies on the way to the spot, with its argument as the variable {@code v}. */
    String document(String rootType, String operation, Spot spot) {
        return operation + "($v: " + written(spot.argumentType()) + ") "
                + way(rootType, spot.fields(), spot.argument());
    }

    private String way(String type, List<String> fields, String argument) {
        var field = objects(types.get(type).getJsonArray("fields")).stream()
                .filter(each -> each.getString("name").equals(fields.getFirst())).findFirst()
                .orElseThrow();
        boolean isLast = fields.size() == 1;
        var arguments = objects(field.getJsonArray("args")).stream()
                .filter(each -> isLast && each.getString("name").equals(argument)
                        || each.getJsonObject("type").getString("kind").equals("NON_NULL"))
                .map(each -> each.getString("name") + ": "
                        + (isLast && each.getString("name").equals(argument)
                                ? "$v"
                                : literal(usual(each.getJsonObject("type")))))
                .collect(Collectors.joining(", "));
        var bare = bare(field.getJsonObject("type")).getString("name");
        return "{ " + (above(type, fields.getFirst())) + fields.getFirst()
                + (arguments.isEmpty() ? "" : "(" + arguments + ")")
                + (isLast
                        ? selection(bare, 3)
                        : " " + way(bare, fields.subList(1, fields.size()),
                                argument))
                + " }";
    }

    /** Whatever tells which row or group it is. */
    private String above(String type, String below) {
        return objects(types.get(type).getJsonArray("fields")).stream()
                .map(each -> each.getString("name"))
                .filter(name -> !name.equals(below)
                        && Set.of("id", "status", "count", "totalCount").contains(name))
                .map(name -> name + " ").collect(Collectors.joining());
    }

    private static String literal(Object value) {
        return switch (value) {
            case JsonObject object -> object.stream()
                    .map(entry -> entry.getKey() + ": " + literal(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
            case String text -> "\"" + text + "\"";
            default -> String.valueOf(value);
        };
    }

    private String selection(String type, int depth) {
        var fields = types.get(type).getJsonArray("fields");
        if (fields == null) {
            return "";
        }
        var selected = new ArrayList<String>();
        for (var each : objects(fields)) {
            boolean needsArgument = objects(each.getJsonArray("args")).stream().anyMatch(
                    one -> one.getJsonObject("type").getString("kind").equals("NON_NULL"));
            var bare = bare(each.getJsonObject("type"));
            boolean isObject = bare.getString("kind").equals("OBJECT");
            if (needsArgument || isObject && depth == 0
            // Rows lead to rows; what is asked for is enough.
                    || Set.of("contract", "parent", "children", "nodes").contains(
                            each.getString("name"))) {
                continue;
            }
            selected.add(each.getString("name")
                    + (isObject ? selection(bare.getString("name"), depth - 1) : ""));
        }
        return " { " + String.join(" ", selected) + " }";
    }
}

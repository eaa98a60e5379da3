package io.tidegate.contract;

import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.yaml.YamlMapping;
import io.tidegate.yaml.YamlNode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the Open Data Contract Standard asks of a contract, part by part: keys, kinds of values, closed lists of words. All
 * of it becomes warnings, because the standard's own examples break it; what Tidegate needs is asked for by
 * {@link OdcsForm}.
 */
final class OdcsRules {
    private static final Map<String, List<String>> OPTIONS = Map.of("string",
            List.of("minLength", "maxLength", "pattern", "format"), "date",
            List.of("format", "exclusiveMaximum", "maximum", "exclusiveMinimum", "minimum"),
            "timestamp",
            List.of("format", "exclusiveMaximum", "maximum", "exclusiveMinimum", "minimum",
                    "timezone", "defaultTimezone"),
            "time",
            List.of("format", "exclusiveMaximum", "maximum", "exclusiveMinimum", "minimum",
                    "timezone", "defaultTimezone"),
            "integer",
            List.of("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
                    "format"),
            "number",
            List.of("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
                    "format"),
            "object", List.of("maxProperties", "minProperties", "required"), "array",
            List.of("maxItems", "minItems", "uniqueItems"));

    /** From 3.1 on: a team has a name, quality names a {@code metric}, bounds are values. */
    private final boolean isFrom31;
    private final List<Problem> problems;
    /** Where something was said already: one mistake is one line. */
    private final Set<Place> said = new HashSet<>();
    private final Set<String> missing = new HashSet<>();

    /** Looks at one value. */
    private interface Check {
        void look(YamlNode value, String path);
    }

    private OdcsRules(int minor, List<Problem> already, List<Problem> problems) {
        this.isFrom31 = minor >= 1;
        this.problems = problems;
        already.forEach(problem -> {
            said.add(problem.place());
            if (problem.rule().equals("missing-key")) {
                missing.add(problem.message().replaceAll("^key '(.*?)' .*", "$1"));
            }
        });
    }

    /**
     * @param minor
     *            of the standard's version 3
     * @param already
     *            what was said of the contract, which is not said again
     * @param problems
     *            gets warnings
     */
    static void check(YamlNode.Mapping root, int minor, List<Problem> already,
            List<Problem> problems) {
        new OdcsRules(minor, already, problems).contract(root);
    }

    private void contract(YamlNode.Mapping root) {
        Check description = (value, path) -> part(value, path, List.of(),
                Map.of("purpose", this::text, "usage", this::text, "limitations", this::text,
                        "authoritativeDefinitions", list(this::definition), "customProperties",
                        list(this::custom)));
        var keys = new LinkedHashMap<String, Check>();
        for (var key : List.of("version", "kind", "apiVersion", "id", "name", "tenant", "status",
                "dataProduct", "domain", "slaDefaultElement", "contractCreatedTs")) {
            keys.put(key, this::text);
        }
        keys.put("tags", list(this::text));
        keys.put("servers", list(this::server));
        keys.put("description", description);
        keys.put("schema", list(this::object));
        keys.put("support", list((value, path) -> part(value, path, List.of("channel"),
                texts("id", "channel", "url", "description", "tool", "scope", "invitationUrl",
                        "customProperties"))));
        keys.put("price", (value, path) -> part(value, path, List.of(), Map.of("id", this::text,
                "priceAmount", this::number, "priceCurrency", this::text, "priceUnit",
                this::text)));
        keys.put("team", this::team);
        keys.put("roles", list((value, path) -> part(value, path, List.of("role"),
                texts("id", "role", "description", "access", "firstLevelApprovers",
                        "secondLevelApprovers", "customProperties"))));
        keys.put("slaProperties", list((value, path) -> part(value, path,
                List.of("property", "value"),
                texts("id", "property", "value", "valueExt", "unit", "element", "driver",
                        "description", "scheduler", "schedule", "customProperties",
                        "authoritativeDefinitions"))));
        keys.put("authoritativeDefinitions", list(this::definition));
        keys.put("customProperties", list(this::custom));
        keys.put("context", OdcsRules::anything);
        part(root, "", List.of("version", "apiVersion", "kind", "id", "status"), keys);
    }

    private void server(YamlNode value, String path) {
        boolean kafka = value instanceof YamlNode.Mapping mapping
                && mapping.get("type") instanceof YamlNode.Scalar type
                && type.text().equals("kafka");
        if (!kafka) {
            required(value, path, List.of("server", "type"));
            return;
        }
        var keys = texts("id", "server", "type", "description", "environment", "host", "format",
                "catalogUrl", "namespace", "encoding", "customProperties");
        keys.put("port", OdcsRules::anything);
        keys.put("roles", OdcsRules::anything);
        part(value, path, List.of("server", "type", "host"), keys);
    }

    private void team(YamlNode value, String path) {
        if (value instanceof YamlNode.Sequence) {
            list(this::member).look(value, path);
        } else if (!isFrom31) {
            say(value.place(), path + ": before version 3.1 of the standard a team is a list");
        } else {
            var keys = texts("id", "name", "description");
            keys.put("members", list(this::member));
            keys.put("tags", list(this::text));
            keys.put("customProperties", list(this::custom));
            keys.put("authoritativeDefinitions", list(this::definition));
            part(value, path, List.of(), keys);
        }
    }

    private void member(YamlNode value, String path) {
        var keys = texts("id", "username", "name", "description", "role", "replacedByUsername",
                "comment");
        keys.put("dateIn", this::date);
        keys.put("dateOut", this::date);
        keys.put("tags", list(this::text));
        keys.put("customProperties", list(this::custom));
        keys.put("authoritativeDefinitions", list(this::definition));
        part(value, path, List.of("username"), keys);
    }

    private void definition(YamlNode value, String path) {
        part(value, path, List.of("url", "type"), texts("id", "url", "type", "description"));
    }

    private void custom(YamlNode value, String path) {
        var keys = texts("id", "property", "description");
        keys.put("value", OdcsRules::anything);
        part(value, path, List.of("property", "value"), keys);
    }

    private void object(YamlNode value, String path) {
        var keys = element();
        keys.put("logicalType", words("object"));
        keys.put("dataGranularityDescription", this::text);
        keys.put("relationships", list(OdcsRules::anything));
        keys.put("properties", list((property, at) -> property(property, at, List.of("name"))));
        part(value, path, List.of("name"), keys);
    }

    private void property(YamlNode value, String path, List<String> required) {
        var keys = element();
        keys.put("logicalType", isFrom31
                ? words("string", "date", "timestamp", "time", "number", "integer", "object",
                        "array", "map", "boolean")
                : words("string", "date", "number", "integer", "object", "array", "boolean"));
        for (var key : List.of("classification", "encryptedName", "transformLogic",
                "transformDescription")) {
            keys.put(key, this::text);
        }
        for (var key : List.of("required", "unique", "primaryKey", "partitioned",
                "criticalDataElement")) {
            keys.put(key, this::flag);
        }
        keys.put("primaryKeyPosition", this::whole);
        keys.put("partitionKeyPosition", this::whole);
        keys.put("transformSourceObjects", list(this::text));
        keys.put("examples", list(OdcsRules::anything));
        keys.put("relationships", list(OdcsRules::anything));
        keys.put("enum", OdcsRules::anything);
        keys.put("map", OdcsRules::anything);
        keys.put("logicalTypeOptions", (options, at) -> options(options, at, value));
        keys.put("items", (items, at) -> property(items, at, List.of()));
        keys.put("properties", list((inner, at) -> property(inner, at, List.of("name"))));
        part(value, path, required, keys);
    }

    private Map<String, Check> element() {
        var keys = texts("id", "name", "physicalName", "physicalType", "businessName",
                "description", "semanticType", "synonyms", "context");
        keys.put("synonyms", OdcsRules::anything);
        keys.put("context", OdcsRules::anything);
        keys.put("deprecated", OdcsRules::anything);
        keys.put("tags", list(this::text));
        keys.put("authoritativeDefinitions", list(this::definition));
        keys.put("customProperties", list(this::custom));
        keys.put("quality", list(this::quality));
        return keys;
    }

    private void options(YamlNode value, String path, YamlNode property) {
        var type = property instanceof YamlNode.Mapping mapping
                && mapping.get("logicalType") instanceof YamlNode.Scalar scalar
                        ? scalar.text()
                        : "";
        var keys = new LinkedHashMap<String, Check>();
        OPTIONS.getOrDefault(type, List.of()).forEach(key -> keys.put(key, OdcsRules::anything));
        if (keys.isEmpty()) {
            return;
        }
        if (!isFrom31) {
            keys.replaceAll((key, check) -> key.startsWith("exclusive") ? this::flag : check);
        }
        part(value, path, List.of(), keys);
    }

    private void quality(YamlNode value, String path) {
        if (!(value instanceof YamlNode.Mapping rule)) {
            part(value, path, List.of(), Map.of());
            return;
        }
        var type = rule.get("type") instanceof YamlNode.Scalar scalar ? scalar.text() : "library";
        var needed = switch (type) {
            case "library" -> isFrom31
                    ? rule.get("rule") == null ? List.of("metric") : List.<String>of()
                    : List.of("rule");
            case "sql" -> List.of("query");
            case "custom" -> List.of("engine", "implementation");
            default -> List.<String>of();
        };
        required(value, path, needed);
        Optional.ofNullable(rule.get("type")).ifPresent(
                written -> words("text", "library", "sql", "custom").look(written,
                        path + ".type"));
        Optional.ofNullable(rule.get("dimension")).ifPresent(written -> words("accuracy",
                "completeness", "conformity", "consistency", "coverage", "timeliness",
                "uniqueness").look(written, path + ".dimension"));
    }

    private void part(YamlNode value, String path, List<String> required,
            Map<String, Check> keys) {
        if (!(value instanceof YamlNode.Mapping mapping)) {
            say(value.place(), path + ": the standard has a mapping here but this is '"
                    + value.shown() + "'");
            return;
        }
        required(value, path, required);
        var known = new YamlMapping(mapping, path, problems);
        known.mayHave(keys.keySet());
        known.doneOpen();
        mapping.entries().forEach((key, entry) -> {
            var check = keys.get(key);
            boolean nothing = entry.value() instanceof YamlNode.Scalar scalar && scalar.isNull();
            if (check != null && !nothing) {
                check.look(entry.value(), path.isEmpty() ? key : path + "." + key);
            }
        });
    }

    private void required(YamlNode value, String path, Collection<String> required) {
        if (!(value instanceof YamlNode.Mapping mapping)) {
            return;
        }
        for (var key : required) {
            var at = path.isEmpty() ? key : path + "." + key;
            if (!mapping.entries().containsKey(key) && missing.add(at)) {
                problems.add(Problem.warning(value.place(), "missing-key",
                        "key '" + at + "' is missing, which the standard requires"));
            }
        }
    }

    private Map<String, Check> texts(String... names) {
        var keys = new LinkedHashMap<String, Check>();
        for (var name : names) {
            boolean isText = !List.of("customProperties", "authoritativeDefinitions", "value",
                    "valueExt").contains(name);
            keys.put(name, isText
                    ? this::text
                    : name.equals("customProperties") ? list(this::custom) : OdcsRules::anything);
        }
        return keys;
    }

    private Check list(Check element) {
        return (value, path) -> {
            if (!(value instanceof YamlNode.Sequence sequence)) {
                say(value.place(), path + ": the standard has a list here but this is '"
                        + value.shown() + "'");
                return;
            }
            for (int i = 0; i < sequence.items().size(); i++) {
                element.look(sequence.items().get(i), path + "[" + i + "]");
            }
        };
    }

    private Check words(String... words) {
        return (value, path) -> {
            if (!(value instanceof YamlNode.Scalar scalar)
                    || !List.of(words).contains(scalar.text())) {
                say(value.place(), path + ": the standard has " + Suggestion.oneOf(List.of(words))
                        + " here but this is '" + value.shown() + "'");
            }
        };
    }

    private void text(YamlNode value, String path) {
        if (!(value instanceof YamlNode.Scalar scalar)) {
            say(value.place(), path + ": the standard has a text here but this is '"
                    + value.shown() + "'");
        } else if (!scalar.quoted() && scalar.text().matches("[-+]?\\d{1,18}(\\.\\d{1,18})?")) {
            say(value.place(), path + ": the standard has a text here but this is the number "
                    + scalar.text() + ": put it in quotes");
        }
    }

    private void number(YamlNode value, String path) {
        if (!(value instanceof YamlNode.Scalar scalar)
                || !scalar.text().matches("[-+]?\\d{1,18}(\\.\\d{1,18})?([eE][-+]?\\d{1,3})?")) {
            say(value.place(), path + ": the standard has a number here but this is '"
                    + value.shown() + "'");
        }
    }

    private void whole(YamlNode value, String path) {
        if (!(value instanceof YamlNode.Scalar scalar)
                || !scalar.text().matches("[-+]?\\d{1,18}")) {
            say(value.place(), path + ": the standard has a whole number here but this is '"
                    + value.shown() + "'");
        }
    }

    private void flag(YamlNode value, String path) {
        if (!(value instanceof YamlNode.Scalar scalar) || scalar.quoted()
                || !scalar.text().matches("true|false|True|False|TRUE|FALSE")) {
            say(value.place(), path + ": the standard has true or false here but this is '"
                    + value.shown() + "'");
        }
    }

    private void date(YamlNode value, String path) {
        try {
            if (value instanceof YamlNode.Scalar scalar) {
                LocalDate.parse(scalar.text());
                return;
            }
        } catch (DateTimeException e) {
            // Said below, with what is no single value at all.
        }
        say(value.place(), path + ": the standard has a date such as 2027-01-31 here but this is '"
                + value.shown() + "'");
    }

    private static void anything(YamlNode value, String path) {
        // Whatever stands here, the standard allows it.
    }

    private void say(Place place, String message) {
        if (said.add(place)) {
            problems.add(Problem.warning(place, "standard", message));
        }
    }
}

package io.tidegate.gateway.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.access.PlainArguments;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.view.AggregateQuery.Function;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateQuery.Unit;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a query string writes what GraphQL has as objects: each method makes an argument of {@link Questions} of one
 * parameter's text. What it means is judged there; here it is only read, and fields are looked for, so that a misspelt one is
 * told as it was written.
 */
record QueryText(ProductSchema schema, Permit permit, Questions questions) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TERMS_MAX = 100;
    private static final List<String> FUNCTIONS = List.of("count", "sum", "avg", "min", "max",
            "distinct", "percentile");
    private static final Pattern BUCKET = Pattern.compile("(\\d{0,6})([A-Za-z]{1,10})");
    private static final Pattern CALL = Pattern.compile("([A-Za-z]{1,20})\\((.*)\\)");
    private static final Pattern CONDITION = Pattern
            .compile("([^<>=!]+)(>=|<=|!=|==|=|>|<)(.+)");

    /** The parts between commas that are not within parentheses. */
    static List<String> terms(String name, String text) {
        var terms = new ArrayList<String>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == ',' && depth == 0) {
                terms.add(text.substring(from, i).trim());
                from = i + 1;
            }
        }
        if (!text.isEmpty()) {
            terms.add(text.substring(from).trim());
        }
        if (terms.size() > TERMS_MAX) {
            throw PlainArguments.invalid("'" + name + "' has more than " + TERMS_MAX + " parts.");
        }
        return terms;
    }

    /** The key's fields: the text of the only one, or a JSON object of all of them. */
    Map<String, Object> key(String text) {
        var paths = schema.key();
        if (paths.isEmpty()) {
            throw PlainArguments.invalid("The product has no key; use 'filter'.");
        }
        if (paths.size() == 1) {
            return Map.of(paths.getFirst().text(), text);
        }
        var key = new HashMap<String, Object>();
        for (var member : object(text).properties()) {
            if (member.getValue().isValueNode() && !member.getValue().isNull()) {
                key.put(member.getKey(), member.getValue().asText());
            }
        }
        return key;
    }

    private static JsonNode object(String text) {
        try {
            var node = JSON.readTree(text);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            // Said below.
        }
        throw PlainArguments.invalid("'key' must be a JSON object of the product's key fields.");
    }

    private FieldPath single(String parameter, String name) {
        var path = PlainArguments.comparable(parameter, name, schema, permit);
        if (!PlainArguments.isSingle(path.type())) {
            throw PlainArguments.invalid("'" + parameter + "' names '" + path.text()
                    + "', which is no single value.");
        }
        return path;
    }

    List<String> groupBy(String text) {
        return terms("groupBy", text).stream().map(name -> single("groupBy", name).text())
                .toList();
    }

    /** Of rows. */
    List<Map<String, Object>> orderBy(String text) {
        return terms("orderBy", text).stream().map(Sorted::of)
                .map(sorted -> Map.<String, Object>of("field",
                        single("orderBy", sorted.name()).text(), "direction", sorted.direction()))
                .toList();
    }

    /**
     * Of groups, by the answer's columns or by other figures.
     *
     * @param columns
     *            of figures, by their names
     */
    List<Map<String, Object>> orderBy(String text, List<String> groupBy, boolean hasBucket,
            Map<String, Measure> columns) {
        var order = new ArrayList<Map<String, Object>>();
        for (var term : terms("orderBy", text)) {
            var sorted = Sorted.of(term);
            var name = sorted.name();
            var measure = columns.get(name.replace(" ", ""));
            if (groupBy.contains(name)) {
                order.add(Map.of("group", name, "direction", sorted.direction()));
            } else if (hasBucket && name.equals("bucket")) {
                order.add(Map.of("bucket", sorted.direction()));
            } else if (measure != null || name.equals("count") || CALL.matcher(name).matches()) {
                order.add(argument(measure == null ? measure("orderBy", name) : measure,
                        "direction", sorted.direction()));
            } else {
                var known = new ArrayList<>(groupBy);
                known.addAll(columns.keySet());
                if (hasBucket) {
                    known.add("bucket");
                }
                throw PlainArguments.invalid("'orderBy' names '" + PlainArguments.shortened(name)
                        + "', which is no column of the answer; there are "
                        + Suggestion.oneOf(known) + ".");
            }
        }
        return order;
    }

    /** A figure as an argument, with one more member. */
    private static Map<String, Object> argument(Measure measure, String name, Object value) {
        var argument = new HashMap<String, Object>();
        argument.put("measure", measure.function().name());
        measure.field().ifPresent(field -> argument.put("field", field.text()));
        if (measure.function() == Function.PERCENTILE) {
            argument.put("percentile", BigDecimal.valueOf(measure.percentile()));
        }
        argument.put(name, value);
        return argument;
    }

    /** One figure, as {@code sum(x)}. */
    Measure measure(String parameter, String term) {
        if (term.equals("count") || term.equals("count()")) {
            return Measure.COUNT;
        }
        var call = CALL.matcher(term);
        if (!call.matches()) {
            throw PlainArguments.invalid("'" + parameter + "' has '"
                    + PlainArguments.shortened(term)
                    + "'; expected count, sum(x), avg(x), min(x), max(x), distinct(x) or"
                    + " percentile(x,0.95).");
        }
        var word = call.group(1);
        var inside = call.group(2).trim();
        if (!FUNCTIONS.contains(word)) {
            throw PlainArguments.invalid("There is no measure '" + PlainArguments.shortened(word)
                    + "'" + Suggestion.nearest(word, FUNCTIONS)
                            .map(near -> ", did you mean '" + near + "'").orElse("")
                    + "? There are " + Suggestion.oneOf(FUNCTIONS) + ".");
        }
        boolean isPercentile = word.equals("percentile");
        int comma = isPercentile ? inside.lastIndexOf(',') : -1;
        @Nullable
        String share = comma < 0 ? null : inside.substring(comma + 1).trim();
        var field = single(parameter, comma < 0 ? inside : inside.substring(0, comma).trim());
        return questions.measure(
                word.equals("distinct") ? "COUNT_DISTINCT" : word.toUpperCase(Locale.ROOT),
                Optional.of(field.text()), share);
    }

    /** How a column is called: as the measure is written, without blanks. */
    static String name(Measure measure) {
        var field = measure.field().map(FieldPath::text).orElse("");
        return switch (measure.function()) {
            case COUNT -> "count";
            case COUNT_DISTINCT -> "distinct(" + field + ")";
            case PERCENTILE -> "percentile(" + field + "," + BigDecimal
                    .valueOf(measure.percentile()).stripTrailingZeros().toPlainString() + ")";
            case SUM, AVG, MIN, MAX -> measure.function().name().toLowerCase(Locale.ROOT) + "("
                    + field + ")";
        };
    }

    List<Map<String, Object>> having(String text) {
        var having = new ArrayList<Map<String, Object>>();
        for (var term : terms("having", text)) {
            var condition = CONDITION.matcher(term);
            if (!condition.matches()) {
                throw PlainArguments.invalid("'having' has '" + PlainArguments.shortened(term)
                        + "'; expected conditions such as count>=10 or sum(x)<5.");
            }
            having.add(argument(measure("having", condition.group(1).trim()),
                    comparison(condition.group(2)), condition.group(3).trim()));
        }
        return having;
    }

    private static String comparison(String sign) {
        return switch (sign) {
            case ">=" -> "gte";
            case "<=" -> "lte";
            case ">" -> "gt";
            case "<" -> "lt";
            case "!=" -> "ne";
            default -> "eq";
        };
    }

    /**
     * @param field
     *            of the parameter {@code bucketField}
     * @param zone
     *            of the parameter {@code timeZone}
     */
    Map<String, Object> bucket(String text, Optional<String> field, Optional<String> zone) {
        var match = BUCKET.matcher(text);
        var unit = match.matches() ? unit(match.group(2)) : Optional.<Unit>empty();
        if (unit.isEmpty()) {
            throw PlainArguments.invalid("'bucket' is '" + PlainArguments.shortened(text)
                    + "'; expected second, minute, hour, day, week, month, quarter or year,"
                    + " or several as in 15m, 6h, 2month.");
        }
        var bucket = new HashMap<String, Object>();
        bucket.put("unit", unit.get().name());
        bucket.put("size", match.group(1).isEmpty() ? "1" : match.group(1));
        field.ifPresent(name -> bucket.put("field", time(name)));
        // A plus sign in a query string arrives as a space.
        zone.ifPresent(name -> bucket.put("timeZone", name.replace(' ', '+')));
        return bucket;
    }

    private String time(String name) {
        var path = PlainArguments.comparable("bucketField", name, schema, permit);
        boolean isTime = path.type() instanceof Type.Scalar scalar
                && Set.of(ScalarKind.DATE, ScalarKind.TIMESTAMP, ScalarKind.LOCAL_TIMESTAMP)
                        .contains(scalar.kind());
        if (!isTime) {
            throw PlainArguments.invalid("'bucketField' names '" + path.text()
                    + "', which is no date and no time stamp.");
        }
        return path.text();
    }

    private static Optional<Unit> unit(String word) {
        var lower = word.toLowerCase(Locale.ROOT);
        return switch (lower) {
            case "s" -> Optional.of(Unit.SECOND);
            case "m" -> Optional.of(Unit.MINUTE);
            case "h" -> Optional.of(Unit.HOUR);
            case "d" -> Optional.of(Unit.DAY);
            case "w" -> Optional.of(Unit.WEEK);
            default -> Arrays.stream(Unit.values())
                    .filter(unit -> lower.equals(unit.name().toLowerCase(Locale.ROOT))
                            || lower.equals(unit.name().toLowerCase(Locale.ROOT) + "s"))
                    .findFirst();
        };
    }

    /** A name and a direction. */
    private record Sorted(String name, String direction) {
        static Sorted of(String term) {
            int colon = term.lastIndexOf(':');
            if (colon < 0) {
                return new Sorted(term, "ASC");
            }
            var word = term.substring(colon + 1).toUpperCase(Locale.ROOT);
            if (!word.equals("ASC") && !word.equals("DESC")) {
                throw PlainArguments.invalid("'orderBy' has '" + PlainArguments.shortened(term)
                        + "'; expected a name, alone or with :asc or :desc.");
            }
            return new Sorted(term.substring(0, colon), word);
        }
    }
}

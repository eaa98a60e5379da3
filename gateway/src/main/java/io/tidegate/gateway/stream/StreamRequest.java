package io.tidegate.gateway.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.predicate.CelFilters;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.subscription.StreamParameters;
import io.tidegate.gateway.subscription.Tempo;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.UnreadablePayload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a client of a plain stream asks for, checked against the product as the client may see it.
 *
 * @param fields
 *            paths that are wanted; empty = all
 * @param isCloudEvents
 *            whether events are CloudEvents
 */
record StreamRequest(From from, Predicate where, Predicate key, Set<String> fields, Tempo tempo,
        boolean hasSnapshot,
        boolean isCloudEvents) {
    /** Which events the client wants: the filter can be changed on the way, the key cannot. */
    Predicate wanted() {
        return Predicate.both(key, where);
    }

    /** The same stream from another place, with another filter. */
    StreamRequest after(String cursor, Predicate filter) {
        return new StreamRequest(new From.After(cursor), filter, key, fields, tempo, false,
                isCloudEvents);
    }

    /** The same stream with the current state before it. */
    StreamRequest withSnapshot() {
        return new StreamRequest(from, where, key, fields, tempo, true, isCloudEvents);
    }

    static final Set<String> NAMES = Set.of("from", "where", "filter", "fields", "key", "snapshot",
            "conflate",
            "onSlow", "format", "name");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FIELDS_MAX = 200;

    /**
     * @param parameters
     *            by name, as they came
     *            ({@code name} is {@link NamedStreams}' to judge)
     * @param resume
     *            the cursor that the transport brings
     * @throws Refusal.Thrown
     *             naming the parameter that cannot be used
     */
    static StreamRequest of(Map<String, String> parameters, Optional<String> resume,
            Catalog.Granted granted,
            Instant now) {
        for (var name : new TreeSet<>(parameters.keySet())) {
            if (!NAMES.contains(name)) {
                throw StreamParameters.invalid("There is no parameter '" + shortened(name) + "'"
                        + Suggestion.nearest(name, NAMES)
                                .map(near -> ", did you mean '" + near + "'").orElse("")
                        + "? Known are " + String.join(", ", new TreeSet<>(NAMES)) + ".");
            }
        }
        var where = Predicate.ALL;
        var key = Predicate.ALL;
        for (var name : List.of("filter", "where")) {
            if (parameters.containsKey(name)) {
                where = Predicate.both(where, filter(parameters.get(name), granted, now));
            }
        }
        if (parameters.containsKey("key")) {
            key = key(parameters.get("key"), granted);
        }
        return new StreamRequest(StreamParameters.from(text(parameters, "from"), resume), where,
                key,
                fields(text(parameters, "fields"), granted),
                StreamParameters.tempo(text(parameters, "conflate"), text(parameters, "onSlow"),
                        !granted.product().schema().key().isEmpty()),
                flag(parameters, "snapshot"), format(text(parameters, "format")));
    }

    /** What a client wrote, short enough to be said back. */
    private static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    private static Optional<String> text(Map<String, String> parameters, String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
    }

    private static boolean flag(Map<String, String> parameters, String name) {
        return switch (text(parameters, name).orElse("false")) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw StreamParameters.invalid("'" + name + "' must be true or false.");
        };
    }

    private static boolean format(Optional<String> word) {
        return switch (word.orElse("json")) {
            case "json" -> false;
            case "cloudevents" -> true;
            default -> throw StreamParameters.invalid("'format' must be 'json' or 'cloudevents'.");
        };
    }

    static Predicate filter(String text, Catalog.Granted granted, Instant now) {
        try {
            return CelFilters.compile(text, granted.product().schema().rowType(),
                    granted.permit().masks().keySet(),
                    Map.of(), Optional.of(now));
        } catch (FilterProblem e) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.FILTER_INVALID,
                    "The filter cannot be used"
                            + (e.column() > 0 ? " (column " + e.column() + ")" : "") + ": "
                            + e.getMessage() + "."));
        }
    }

    /** One key field's text, or a JSON object of all of them. */
    private static Predicate key(String text, Catalog.Granted granted) {
        var paths = granted.product().schema().key();
        if (paths.isEmpty()) {
            throw StreamParameters.invalid("The product has no key; use 'filter'.");
        }
        var terms = new ArrayList<Predicate>();
        var object = paths.size() == 1 ? null : parse(text);
        for (FieldPath path : paths) {
            if (granted.permit().isOpaque(path.text())) {
                throw StreamParameters.invalid(
                        "The key is masked for this token, so nothing can be selected by it.");
            }
            JsonNode part = object == null ? TextNode.valueOf(text) : object.path(path.text());
            try {
                var value = JsonValues.read(part, path.type());
                if (value == null) {
                    throw StreamParameters.invalid("'key' lacks '" + path.text() + "'.");
                }
                terms.add(new Predicate.Compare(path, Predicate.Comparison.EQ, value));
            } catch (UnreadablePayload e) {
                throw StreamParameters.invalid(
                        "'key' does not fit '" + path.text() + "': " + e.getMessage() + ".");
            }
        }
        return terms.size() == 1 ? terms.getFirst() : new Predicate.And(terms);
    }

    private static JsonNode parse(String text) {
        try {
            var node = JSON.readTree(text);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            // Said below.
        }
        throw StreamParameters.invalid("'key' must be a JSON object of the product's key fields.");
    }

    private static Set<String> fields(Optional<String> text, Catalog.Granted granted) {
        var fields = new LinkedHashSet<String>();
        for (var name : text.map(t -> t.split(",", -1)).orElseGet(() -> new String[0])) {
            var path = name.trim();
            if (fields.size() >= FIELDS_MAX) {
                throw StreamParameters
                        .invalid("'fields' names more than " + FIELDS_MAX + " fields.");
            }
            boolean isHidden = granted.permit().hidden().stream()
                    .anyMatch(h -> path.equals(h) || path.startsWith(h + "."));
            if (isHidden
                    || FieldPath.resolve(granted.product().schema().rowType(), path).isEmpty()) {
                throw StreamParameters.invalid("'fields' names what is no field of the product: '"
                        + shortened(path) + "'.");
            }
            fields.add(path);
        }
        return Set.copyOf(fields);
    }
}

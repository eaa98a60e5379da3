package io.tidegate.gateway.stream;

import io.tidegate.gateway.access.PlainArguments;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.subscription.StreamParameters;
import io.tidegate.gateway.subscription.Tempo;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

    /**
     * @param parameters
     *            by name, as they came
     *            ({@code name} is {@link NamedStreams}' to judge)
     * @param resume
     *            the cursor that the transport brings
     * @throws io.tidegate.gateway.refusal.Refusal.Thrown
     *             naming the parameter that cannot be used
     */
    static StreamRequest of(Map<String, String> parameters, Optional<String> resume,
            Catalog.Granted granted,
            Instant now) {
        PlainArguments.requireKnown(parameters.keySet(), NAMES);
        var where = Predicate.ALL;
        var key = Predicate.ALL;
        for (var name : List.of("filter", "where")) {
            if (parameters.containsKey(name)) {
                where = Predicate.both(where, filter(parameters.get(name), granted, now));
            }
        }
        if (parameters.containsKey("key")) {
            key = PlainArguments.key(parameters.get("key"), granted.product().schema(),
                    granted.permit());
        }
        return new StreamRequest(StreamParameters.from(text(parameters, "from"), resume), where,
                key,
                PlainArguments.fields(text(parameters, "fields").orElse(""),
                        granted.product().schema(), granted.permit()),
                StreamParameters.tempo(text(parameters, "conflate"), text(parameters, "onSlow"),
                        !granted.product().schema().key().isEmpty()),
                flag(parameters, "snapshot"), format(text(parameters, "format")));
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
        return PlainArguments.filter(text, granted.product().schema(), granted.permit(), now);
    }
}

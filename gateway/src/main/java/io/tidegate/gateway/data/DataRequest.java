package io.tidegate.gateway.data;

import io.tidegate.gateway.access.PlainArguments;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A pull query, read from a query string. What it asks is worked out by {@link Questions}, as for GraphQL.
 *
 * @param isPage
 *            whether it is one page of an answer; else it is the whole answer
 * @param atLeast
 *            a position that the state has to count
 * @param hasTotal
 *            whether all rows are counted too
 * @param isDownload
 *            whether a browser shall save it
 */
record DataRequest(Format format, Ask ask, boolean isPage, Optional<Position> atLeast,
        boolean hasTotal, boolean isDownload, CsvRows.Options csv) {
    /** Largest page. */
    static final int PAGE_MAX = 10_000;
    static final int PAGE_DEFAULT = 1_000;
    /** No cursor is shorter. */
    private static final int CURSOR_CHARS_MIN = 16;

    private static final Set<String> NAMES = Set.of("format", "filter", "where", "fields", "key",
            "orderBy", "limit", "after", "groupBy", "bucket", "bucketField", "timeZone",
            "measures", "having", "events", "from", "to", "atLeast", "totalCount", "download",
            "csv.safe", "csv.bom", "csv.delimiter");
    private static final Set<String> OF_GROUPS = Set.of("groupBy", "bucket", "bucketField",
            "timeZone", "measures", "having");

    /**
     * @param parameters
     *            by name, as they came
     * @param format
     *            what the client wants
     * @throws io.tidegate.gateway.refusal.Refusal.Thrown
     *             naming the parameter that cannot be used
     */
    static DataRequest of(Map<String, String> parameters, Format format, Catalog.Granted granted,
            Instant now) {
        PlainArguments.requireKnown(parameters.keySet(), NAMES);
        var questions = new Questions(granted, PAGE_MAX);
        return new Reading(parameters, format, granted, questions,
                new QueryText(granted.product().schema(), granted.permit(), questions), now)
                .request();
    }

    /** The word of the parameter {@code format}. */
    static Optional<String> format(Map<String, String> parameters) {
        return Optional.ofNullable(parameters.get("format")).filter(word -> !word.isEmpty());
    }

    private record Reading(Map<String, String> parameters, Format format, Catalog.Granted granted,
            Questions questions, QueryText texts, Instant now) {

        DataRequest request() {
            boolean hasEvents = flag("events");
            boolean hasGroups = OF_GROUPS.stream().anyMatch(name -> text(name).isPresent());
            if (hasEvents && hasGroups) {
                throw PlainArguments.invalid("'events' and '"
                        + OF_GROUPS.stream().filter(name -> text(name).isPresent()).sorted()
                                .findFirst().orElse("groupBy")
                        + "' do not go together: changes are not grouped.");
            }
            boolean isPage = format == Format.JSON || text("limit").isPresent();
            if (!isPage && text("after").isPresent()) {
                throw PlainArguments.invalid(
                        "'after' goes on with pages; say with 'limit' how many rows one has.");
            }
            boolean hasTotal = flag("totalCount");
            if (hasTotal && (hasEvents || hasGroups)) {
                throw PlainArguments.invalid(
                        "'totalCount' counts rows; leave it out of groups and changes.");
            }
            var arguments = new HashMap<String, Object>();
            arguments.put("first", limit());
            text("after").ifPresent(after -> arguments.put("after", after));
            var ask = hasEvents
                    ? events(arguments)
                    : hasGroups ? groups(arguments) : items(arguments);
            return new DataRequest(format, ask, isPage,
                    text("atLeast").map(cursor -> position("atLeast", cursor)), hasTotal,
                    flag("download"), new CsvRows.Options(flag("csv.safe"), flag("csv.bom"),
                            delimiter()));
        }

        private Ask items(Map<String, Object> arguments) {
            only("of changes; add 'events=true'", "from", "to");
            text("orderBy").ifPresent(words -> arguments.put("orderBy", texts.orderBy(words)));
            return new Ask.Items(questions.items(arguments, own()), fields());
        }

        private Ask events(Map<String, Object> arguments) {
            only("of rows and groups; changes come in the order of the log", "orderBy");
            key().ifPresent(words -> arguments.put("key", texts.key(words)));
            for (var name : List.of("from", "to")) {
                text(name).ifPresent(words -> arguments.put(name, bound(name, words)));
            }
            text("after").ifPresent(cursor -> position("after", cursor));
            return new Ask.Events(questions.events(arguments, filter()), fields());
        }

        private Ask groups(Map<String, Object> arguments) {
            only("of rows; groups have the columns of 'groupBy' and 'measures'", "fields");
            only("of changes; add 'events=true'", "from", "to");
            var columns = new LinkedHashMap<String, Measure>();
            var taken = new HashSet<String>();
            var groupBy = texts.groupBy(text("groupBy").orElse(""));
            var measures = QueryText.terms("measures", text("measures").orElse("count")).stream()
                    .map(term -> texts.measure("measures", term)).toList();
            Stream.of(groupBy.stream(), measures.stream().map(QueryText::name),
                    text("bucket").isPresent() ? Stream.of("bucket") : Stream.<String>empty())
                    .flatMap(names -> names).forEach(name -> {
                        if (!taken.add(name)) {
                            throw PlainArguments.invalid("The answer would have two columns named '"
                                    + PlainArguments.shortened(name) + "'.");
                        }
                    });
            measures.forEach(measure -> columns.put(QueryText.name(measure), measure));
            arguments.put("groupBy", groupBy);
            text("bucket").ifPresentOrElse(
                    words -> arguments.put("bucket",
                            texts.bucket(words, text("bucketField"), text("timeZone"))),
                    () -> only("of 'bucket', which is missing", "bucketField", "timeZone"));
            text("having").ifPresent(words -> arguments.put("having", texts.having(words)));
            text("orderBy").ifPresent(words -> arguments.put("orderBy",
                    texts.orderBy(words, groupBy, text("bucket").isPresent(), columns)));
            return new Ask.Groups(questions.aggregate(arguments, measures, own()),
                    List.copyOf(columns.keySet()));
        }

        private void only(String what, String... names) {
            for (var name : names) {
                if (text(name).isPresent()) {
                    throw PlainArguments.invalid("'" + name + "' is a parameter " + what + ".");
                }
            }
        }

        /** The caller's own conditions on rows. */
        private Predicate own() {
            return Predicate.both(key().map(texts::key).map(questions::keyCondition)
                    .orElse(Predicate.ALL), filter());
        }

        private Predicate filter() {
            var where = Predicate.ALL;
            for (var name : List.of("filter", "where")) {
                if (text(name).isPresent()) {
                    where = Predicate.both(where, questions.filter(text(name).get(), now));
                }
            }
            return where;
        }

        private Set<String> fields() {
            return PlainArguments.fields(text("fields").orElse(""), granted.product().schema(),
                    granted.permit());
        }

        private int limit() {
            var words = text("limit");
            if (words.isEmpty()) {
                return format == Format.JSON ? PAGE_DEFAULT : PAGE_MAX;
            }
            try {
                int limit = Integer.parseInt(words.get());
                if (limit >= 1 && limit <= PAGE_MAX) {
                    return limit;
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
            throw PlainArguments.invalid("A page has 1 to " + PAGE_MAX + " rows, not '"
                    + PlainArguments.shortened(words.get()) + "'"
                    + (format == Format.JSON ? "." : "; without 'limit' the answer is whole."));
        }

        /** A time, or a cursor that looks like one. */
        private String bound(String name, String words) {
            boolean isTime = Character.isDigit(words.charAt(0)) && words.indexOf('-') == 4;
            if (!isTime && !words.equals("earliest")) {
                position(name, words);
            }
            return words;
        }

        private Position position(String name, String cursor) {
            if (cursor.length() < CURSOR_CHARS_MIN || cursor.indexOf(' ') >= 0) {
                throw PlainArguments.invalid("'" + name + "' is '"
                        + PlainArguments.shortened(cursor) + "', which is no cursor"
                        + (name.equals("from") || name.equals("to")
                                ? " and no RFC 3339 time."
                                : "."));
            }
            return granted.product().feed().position(cursor);
        }

        private char delimiter() {
            return switch (text("csv.delimiter").orElse("comma")) {
                case "comma", "," -> ',';
                case "semicolon", ";" -> ';';
                case "tab" -> '\t';
                default -> throw PlainArguments
                        .invalid("'csv.delimiter' must be comma, semicolon or tab.");
            };
        }

        private Optional<String> text(String name) {
            return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
        }

        /** An empty text is a key like others. */
        private Optional<String> key() {
            return Optional.ofNullable(parameters.get("key"));
        }

        private boolean flag(String name) {
            return switch (text(name).orElse("false")) {
                case "true", "1" -> true;
                case "false", "0" -> false;
                default -> throw PlainArguments
                        .invalid("'" + name + "' must be true or false.");
            };
        }
    }
}

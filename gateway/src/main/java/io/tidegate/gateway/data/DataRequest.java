package io.tidegate.gateway.data;

import com.fasterxml.jackson.databind.node.TextNode;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.access.PlainArguments;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.view.AggregateQuery;
import io.tidegate.gateway.view.AggregateQuery.Bucket;
import io.tidegate.gateway.view.AggregateQuery.Function;
import io.tidegate.gateway.view.AggregateQuery.Having;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateQuery.Unit;
import io.tidegate.gateway.view.EventsQuery;
import io.tidegate.gateway.view.ItemsQuery;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import io.tidegate.schema.UnreadablePayload;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A pull query, read from a query string and checked against the product as the caller may see it.
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
    private static final int TERMS_MAX = 20;

    private static final Set<String> NAMES = Set.of("format", "filter", "where", "fields", "key",
            "orderBy", "limit", "after", "groupBy", "bucket", "bucketField", "timeZone",
            "measures", "having", "events", "from", "to", "atLeast", "totalCount", "download",
            "csv.safe", "csv.bom", "csv.delimiter");
    private static final Set<String> OF_GROUPS = Set.of("groupBy", "bucket", "bucketField",
            "timeZone", "measures", "having");
    private static final List<String> FUNCTIONS = List.of("count", "sum", "avg", "min", "max",
            "distinct", "percentile");
    private static final Pattern BUCKET = Pattern.compile("(\\d{0,6})([A-Za-z]{1,10})");
    private static final Pattern CALL = Pattern.compile("([A-Za-z]{1,20})\\((.*)\\)");
    private static final Pattern CONDITION = Pattern
            .compile("(.+?)\\s*(>=|<=|!=|==|=|>|<)\\s*(.+)");

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
        return new Reading(parameters, format, granted.product().schema(), granted.permit(),
                granted.product().feed(), now).request();
    }

    /** The word of the parameter {@code format}. */
    static Optional<String> format(Map<String, String> parameters) {
        return Optional.ofNullable(parameters.get("format")).filter(word -> !word.isEmpty());
    }

    private record Reading(Map<String, String> parameters, Format format, ProductSchema schema,
            Permit permit, Feed feed, Instant now) {

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
            int limit = limit();
            var ask = hasEvents ? events(limit) : hasGroups ? groups(limit) : items(limit);
            return new DataRequest(format, ask, isPage,
                    text("atLeast").map(cursor -> position("atLeast", cursor)), hasTotal,
                    flag("download"), new CsvRows.Options(flag("csv.safe"), flag("csv.bom"),
                            delimiter()));
        }

        private Optional<String> place() {
            return text("after").map(sealed -> Questions.place(feed, sealed));
        }

        private Ask items(int limit) {
            only("of changes; add 'events=true'", "from", "to");
            return new Ask.Items(
                    new ItemsQuery(where(), order(), limit, place(), false),
                    fields());
        }

        private Ask events(int limit) {
            only("of rows and groups; changes come in the order of the log", "orderBy");
            var after = text("after").map(cursor -> position("after", cursor));
            var key = text("key").map(words -> PlainArguments.keyValues(words, schema, permit));
            return new Ask.Events(new EventsQuery(key,
                    permit.rows(), filter(), bound("from"), bound("to"), after, limit),
                    fields());
        }

        private void only(String what, String... names) {
            for (var name : names) {
                if (text(name).isPresent()) {
                    throw PlainArguments.invalid("'" + name + "' is a parameter " + what + ".");
                }
            }
        }

        // ---- rows ----

        private Predicate where() {
            var key = text("key").map(words -> PlainArguments.key(words, schema, permit))
                    .orElse(Predicate.ALL);
            return Predicate.both(permit.rows(), Predicate.both(key, filter()));
        }

        private Predicate filter() {
            var where = Predicate.ALL;
            for (var name : List.of("filter", "where")) {
                if (text(name).isPresent()) {
                    where = Predicate.both(where, PlainArguments.filter(text(name).get(), schema,
                            permit, now));
                }
            }
            return where;
        }

        private Set<String> fields() {
            return PlainArguments.fields(text("fields").orElse(""), schema, permit);
        }

        private List<ItemsQuery.Order> order() {
            var order = new ArrayList<ItemsQuery.Order>();
            for (var term : terms("orderBy")) {
                var sorted = Sorted.of(term);
                var path = PlainArguments.comparable("orderBy", sorted.name(), schema, permit);
                requireSingle("orderBy", path);
                order.add(new ItemsQuery.Order(path, sorted.isDescending()));
            }
            return order;
        }

        private static void requireSingle(String parameter, FieldPath path) {
            if (!PlainArguments.isSingle(path.type())) {
                throw PlainArguments.invalid("'" + parameter + "' names '" + path.text()
                        + "', which is no single value.");
            }
        }

        // ---- groups ----

        private Ask groups(int limit) {
            only("of rows; groups have the columns of 'groupBy' and 'measures'", "fields");
            only("of changes; add 'events=true'", "from", "to");
            var groupBy = new ArrayList<FieldPath>();
            for (var name : terms("groupBy")) {
                var path = PlainArguments.comparable("groupBy", name, schema, permit);
                requireSingle("groupBy", path);
                groupBy.add(path);
            }
            var measures = new ArrayList<Measure>();
            var names = new ArrayList<String>();
            for (var term : text("measures").isPresent() ? terms("measures") : List.of("count")) {
                var measure = measure("measures", term);
                measures.add(measure);
                names.add(name(measure));
            }
            var bucket = bucket();
            requireDistinct(groupBy, bucket.isPresent(), names);
            return new Ask.Groups(
                    new AggregateQuery(where(), groupBy, bucket, measures,
                            having(measures, names),
                            groupOrder(groupBy, bucket.isPresent(), names), limit, place()),
                    names);
        }

        private static void requireDistinct(List<FieldPath> groupBy, boolean hasBucket,
                List<String> names) {
            var columns = new HashSet<String>();
            if (hasBucket) {
                columns.add("bucket");
            }
            for (var column : java.util.stream.Stream
                    .concat(groupBy.stream().map(FieldPath::text), names.stream()).toList()) {
                if (!columns.add(column)) {
                    throw PlainArguments.invalid("The answer would have two columns named '"
                            + PlainArguments.shortened(column) + "'.");
                }
            }
        }

        private Measure measure(String parameter, String term) {
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
            return switch (word) {
                case "sum" -> numeric(parameter, word, Function.SUM, inside, 0);
                case "avg" -> numeric(parameter, word, Function.AVG, inside, 0);
                case "min" -> single(parameter, Function.MIN, inside);
                case "max" -> single(parameter, Function.MAX, inside);
                case "distinct" -> single(parameter, Function.COUNT_DISTINCT, inside);
                case "percentile" -> {
                    int comma = inside.lastIndexOf(',');
                    yield numeric(parameter, word, Function.PERCENTILE,
                            comma < 0 ? inside : inside.substring(0, comma).trim(),
                            share(comma < 0 ? "" : inside.substring(comma + 1).trim()));
                }
                default -> throw PlainArguments.invalid("There is no measure '"
                        + PlainArguments.shortened(word) + "'"
                        + Suggestion.nearest(word, FUNCTIONS)
                                .map(near -> ", did you mean '" + near + "'").orElse("")
                        + "? There are " + Suggestion.oneOf(FUNCTIONS) + ".");
            };
        }

        private static double share(String text) {
            try {
                double share = Double.parseDouble(text);
                if (share >= 0 && share <= 1) {
                    return share;
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
            throw PlainArguments.invalid(
                    "A percentile needs a number between 0 and 1, as in percentile(x,0.95).");
        }

        private Measure single(String parameter, Function function, String name) {
            var path = PlainArguments.comparable(parameter, name, schema, permit);
            requireSingle(parameter, path);
            return new Measure(function, Optional.of(path), 0);
        }

        private Measure numeric(String parameter, String word, Function function, String name,
                double percentile) {
            var path = PlainArguments.comparable(parameter, name, schema, permit);
            boolean isNumber = path.type() instanceof Type.Scalar scalar && switch (scalar.kind()) {
                case INT32, UINT32, INT64, UINT64, FLOAT32, FLOAT64, DECIMAL -> true;
                default -> false;
            };
            if (!isNumber) {
                throw PlainArguments.invalid("'" + parameter + "' has " + word + "(" + path.text()
                        + "), and '" + path.text() + "' is no number.");
            }
            return new Measure(function, Optional.of(path), percentile);
        }

        /** How a column is called: as the measure is written, without blanks. */
        private static String name(Measure measure) {
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

        private List<Having> having(List<Measure> measures, List<String> names) {
            var having = new ArrayList<Having>();
            for (var term : terms("having")) {
                var condition = CONDITION.matcher(term);
                if (!condition.matches()) {
                    throw PlainArguments.invalid("'having' has '" + PlainArguments.shortened(term)
                            + "'; expected conditions such as count>=10 or sum(x)<5.");
                }
                var name = name(measure("having", condition.group(1).trim()));
                int index = names.indexOf(name);
                if (index < 0) {
                    throw PlainArguments.invalid("'having' names '" + name
                            + "', which 'measures' does not.");
                }
                having.add(new Having(index, comparison(condition.group(2)),
                        value(measures.get(index), condition.group(3).trim())));
            }
            return having;
        }

        private static Comparison comparison(String sign) {
            return switch (sign) {
                case ">=" -> Comparison.GTE;
                case "<=" -> Comparison.LTE;
                case ">" -> Comparison.GT;
                case "<" -> Comparison.LT;
                case "!=" -> Comparison.NE;
                default -> Comparison.EQ;
            };
        }

        private static Object value(Measure measure, String text) {
            boolean isOfField = measure.function() == Function.MIN
                    || measure.function() == Function.MAX;
            try {
                if (isOfField && measure.field().isPresent()) {
                    var value = JsonValues.read(TextNode.valueOf(text),
                            measure.field().get().type());
                    if (value != null) {
                        return value;
                    }
                } else if (text.length() <= 100) {
                    var number = new BigDecimal(text);
                    if (Math.abs((long) number.scale()) <= 400) {
                        return number;
                    }
                }
            } catch (NumberFormatException | UnreadablePayload e) {
                // Said below.
            }
            throw PlainArguments.invalid("'having' compares " + name(measure) + " with '"
                    + PlainArguments.shortened(text) + "', which is "
                    + (isOfField ? "no value of that field." : "no number."));
        }

        private List<AggregateQuery.Order> groupOrder(List<FieldPath> groupBy, boolean hasBucket,
                List<String> names) {
            var order = new ArrayList<AggregateQuery.Order>();
            for (var term : terms("orderBy")) {
                var sorted = Sorted.of(term);
                order.add(new AggregateQuery.Order(by(sorted.name(), groupBy, hasBucket, names),
                        sorted.isDescending()));
            }
            return order;
        }

        private static AggregateQuery.By by(String name, List<FieldPath> groupBy,
                boolean hasBucket, List<String> names) {
            int figure = names.indexOf(name.replace(" ", ""));
            if (figure >= 0) {
                return new AggregateQuery.By.Figure(figure);
            }
            var paths = groupBy.stream().map(FieldPath::text).toList();
            if (paths.contains(name)) {
                return new AggregateQuery.By.Group(paths.indexOf(name));
            }
            if (hasBucket && name.equals("bucket")) {
                return new AggregateQuery.By.Time();
            }
            var known = new ArrayList<>(paths);
            known.addAll(names);
            if (hasBucket) {
                known.add("bucket");
            }
            throw PlainArguments.invalid("'orderBy' names '" + PlainArguments.shortened(name)
                    + "', which is no column of the answer; there are "
                    + Suggestion.oneOf(known) + ".");
        }

        private Optional<Bucket> bucket() {
            var words = text("bucket");
            if (words.isEmpty()) {
                only("of 'bucket', which is missing", "bucketField", "timeZone");
                return Optional.empty();
            }
            var match = BUCKET.matcher(words.get());
            var unit = match.matches()
                    ? unit(match.group(2))
                    : Optional.<Unit>empty();
            int size = unit.isEmpty() || match.group(1).isEmpty()
                    ? 1
                    : Integer.parseInt(match.group(1));
            if (unit.isEmpty() || size < 1) {
                throw PlainArguments.invalid("'bucket' is '"
                        + PlainArguments.shortened(words.get())
                        + "'; expected second, minute, hour, day, week, month, quarter or year,"
                        + " or several as in 15m, 6h, 2month.");
            }
            return Optional.of(new Bucket(text("bucketField").map(this::time), unit.get(), size,
                    text("timeZone").map(DataRequest::zone).orElse(ZoneOffset.UTC)));
        }

        private FieldPath time(String name) {
            var path = PlainArguments.comparable("bucketField", name, schema, permit);
            boolean isTime = path.type() instanceof Type.Scalar scalar
                    && Set.of(ScalarKind.DATE, ScalarKind.TIMESTAMP, ScalarKind.LOCAL_TIMESTAMP)
                            .contains(scalar.kind());
            if (!isTime) {
                throw PlainArguments.invalid("'bucketField' names '" + path.text()
                        + "', which is no date and no time stamp.");
            }
            return path;
        }

        // ---- what they have in common ----

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

        private Optional<EventsQuery.Bound> bound(String name) {
            return text(name).map(words -> {
                if (words.length() >= 20 && Character.isDigit(words.charAt(0))
                        && words.charAt(4) == '-') {
                    try {
                        // A plus sign in a query string arrives as a space.
                        return new EventsQuery.Bound.At(
                                OffsetDateTime.parse(words.replace(' ', '+')).toInstant());
                    } catch (DateTimeException e) {
                        throw PlainArguments.invalid("'" + name
                                + "' is no RFC 3339 time; expected one like"
                                + " 2026-01-31T12:00:00Z.");
                    }
                }
                return new EventsQuery.Bound.Behind(position(name, words));
            });
        }

        private Position position(String name, String cursor) {
            if (cursor.length() < 16 || cursor.indexOf(' ') >= 0) {
                throw PlainArguments.invalid("'" + name + "' is '"
                        + PlainArguments.shortened(cursor) + "', which is no cursor"
                        + (name.equals("from") || name.equals("to")
                                ? " and no RFC 3339 time."
                                : "."));
            }
            return feed.position(cursor);
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

        private boolean flag(String name) {
            return switch (text(name).orElse("false")) {
                case "true", "1" -> true;
                case "false", "0" -> false;
                default -> throw PlainArguments
                        .invalid("'" + name + "' must be true or false.");
            };
        }

        /** The parts between commas that are not within parentheses. */
        private List<String> terms(String name) {
            var terms = new ArrayList<String>();
            var text = text(name).orElse("");
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
                throw PlainArguments
                        .invalid("'" + name + "' has more than " + TERMS_MAX + " parts.");
            }
            return terms;
        }
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

    private static ZoneId zone(String text) {
        try {
            // A plus sign in a query string arrives as a space.
            return ZoneId.of(text.replace(' ', '+'));
        } catch (DateTimeException e) {
            throw PlainArguments.invalid("'timeZone' is '" + PlainArguments.shortened(text)
                    + "', which is no time zone; expected one like Europe/Berlin or UTC.");
        }
    }

    /** A name and a direction. */
    private record Sorted(String name, boolean isDescending) {
        static Sorted of(String term) {
            int colon = term.lastIndexOf(':');
            @Nullable
            String word = colon < 0 ? null : term.substring(colon + 1).toLowerCase(Locale.ROOT);
            if (word == null) {
                return new Sorted(term, false);
            }
            if (!word.equals("asc") && !word.equals("desc")) {
                throw PlainArguments.invalid("'orderBy' has '" + PlainArguments.shortened(term)
                        + "'; expected a name, alone or with :asc or :desc.");
            }
            return new Sorted(term.substring(0, colon), word.equals("desc"));
        }
    }
}

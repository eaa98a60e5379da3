package io.tidegate.gateway.query;

import com.fasterxml.jackson.databind.node.TextNode;
import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.predicate.CelFilters;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Literals;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.WhereFilters;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.view.AggregateQuery;
import io.tidegate.gateway.view.EventsQuery;
import io.tidegate.gateway.view.ItemsQuery;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import io.tidegate.schema.UnreadablePayload;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Arguments of one caller to one product, turned into questions to its view: checked, with the caller's rows bound in, and
 * with every field that the caller may not see as it is refused in the words for one that does not exist.
 *
 * <p>
 * Arguments are maps by the names of GraphQL's arguments, with values as GraphQL coerces them (enum literals as text) or as
 * text. A field is named by its literal of {@code …OrderField}, or by its path as in the contract. Every method fails with
 * {@link Refusal.Thrown}, whose one sentence names the argument. Nothing is read or opened here.
 */
public final class Questions {
    /** Rows or events of a page that asks for no number. */
    public static final int PAGE_DEFAULT = 50;
    static final int ORDERS_MAX = 16;
    private static final int QUOTED_MAX = 60;

    private final Feed feed;
    private final ProductApi api;
    private final Permit permit;
    private final int pageMax;
    private final ProductWhereNames names;

    /**
     * @param pageMax
     *            most rows, groups or events of one page
     */
    public Questions(Catalog.Granted granted, int pageMax) {
        this.feed = granted.product().feed();
        this.api = granted.product().api();
        this.permit = granted.permit();
        this.pageMax = pageMax;
        this.names = new ProductWhereNames(api);
    }

    /**
     * The row of one key: values of the key in the order of the contract.
     *
     * @param arguments
     *            {@code key}
     * @return empty if no row can have this key
     */
    public Optional<List<Object>> latest(Map<String, ?> arguments) {
        return key(map("key", arguments.get("key")));
    }

    /**
     * A page of rows.
     *
     * @param arguments
     *            {@code where, orderBy [{field, direction}], first, after, last, before}
     * @param also
     *            a further condition of the caller's own, such as a {@link #filter}; {@link Predicate#ALL} = none
     * @return its limit is 0 where no row is wanted, only the number of all of them
     */
    public ItemsQuery items(Map<String, ?> arguments, Predicate also) {
        var backwards = number("last", arguments.get("last"));
        var forwards = number("first", arguments.get("first"));
        var after = text("after", arguments.get("after"));
        var before = text("before", arguments.get("before"));
        if (backwards.isPresent()
                ? forwards.isPresent() || after.isPresent()
                : before.isPresent()) {
            throw invalid(
                    "Page forwards with 'first' and 'after', or backwards with 'last' and 'before', not both.");
        }
        int limit = backwards.or(() -> forwards).orElse(Math.min(PAGE_DEFAULT, pageMax));
        if (limit < 0 || limit > pageMax) {
            throw invalid("A page has 0 to " + pageMax + " rows, not " + limit + ".");
        }
        var order = new ArrayList<ItemsQuery.Order>();
        for (var term : terms("orderBy", arguments.get("orderBy"), ORDERS_MAX)) {
            order.add(new ItemsQuery.Order(field(term.get("field"), " to order by"),
                    isDescending("orderBy.direction", term.get("direction"))));
        }
        return new ItemsQuery(rows(arguments, also), order, limit,
                (backwards.isPresent() ? before : after).map(this::place),
                backwards.isPresent());
    }

    /** A place in an answer that was sealed for its reader. */
    Optional<String> place(String name, Map<String, ?> arguments) {
        return text(name, arguments.get(name)).map(this::place);
    }

    /**
     * The place in an answer that a page cursor stands for.
     *
     * @throws Refusal.Thrown
     *             if the gateway did not give it out for this product
     */
    private String place(String sealed) {
        return feed.cursors().unseal(api.id(), sealed)
                .orElseThrow(() -> new Refusal.Thrown(Refusal.of(
                        RefusalCode.CURSOR_MALFORMED,
                        "the page cursor is not one of this gateway; take 'endCursor' or 'startCursor' of a"
                                + " page, or leave it out to begin anew")));
    }

    /**
     * Groups of rows and their figures.
     *
     * @param arguments
     *            {@code where, groupBy [field], bucket {unit, size, timeZone, field}, having [{measure, field, percentile,
     *            eq…}], orderBy [{bucket | group | measure, field, percentile, direction}], first, after}
     * @param measures
     *            what is wanted of each group; those that only {@code having} and {@code orderBy} speak of come behind them
     */
    public AggregateQuery aggregate(Map<String, ?> arguments,
            List<AggregateQuery.Measure> measures, Predicate also) {
        return new Figures(this, measures).query(arguments, rows(arguments, also));
    }

    /**
     * One figure, for {@link #aggregate}.
     *
     * @param function
     *            a literal of {@code Measure}
     * @param field
     *            none for {@code COUNT}
     * @param percentile
     *            only for {@code PERCENTILE}; a number or its text
     */
    public AggregateQuery.Measure measure(String function, Optional<String> field,
            @Nullable Object percentile) {
        return Figures.measure(this, function, field.orElse(null), percentile);
    }

    /**
     * A page of changes.
     *
     * @param arguments
     *            {@code key, where, from, to, first, after}
     */
    public EventsQuery events(Map<String, ?> arguments, Predicate also) {
        var key = arguments.get("key") == null
                ? Optional.<List<Object>>empty()
                : key(map("key", arguments.get("key")));
        // A key that no row can have, such as a number beyond its type.
        boolean isNobodys = arguments.get("key") != null && key.isEmpty();
        return new EventsQuery(key, permit.rows(),
                isNobodys ? Predicate.NONE : own(arguments, also),
                text("from", arguments.get("from")).filter(word -> !word.equals("earliest"))
                        .map(word -> bound("from", word)),
                text("to", arguments.get("to")).map(word -> bound("to", word)),
                text("after", arguments.get("after")).map(feed::position),
                limit("events", arguments.get("first"), PAGE_DEFAULT));
    }

    private EventsQuery.Bound bound(String name, String text) {
        if (!text.isEmpty() && Character.isDigit(text.charAt(0))) {
            try {
                // A plus sign in a query string arrives as a space.
                return new EventsQuery.Bound.At(
                        OffsetDateTime.parse(text.replace(' ', '+')).toInstant());
            } catch (DateTimeException e) {
                throw invalid("'" + name
                        + "' is no RFC 3339 time; expected one like 2026-01-31T12:00:00Z.");
            }
        }
        return new EventsQuery.Bound.Behind(feed.position(text));
    }

    /** Which rows there are for the caller: those of its permit that its own conditions hold for. */
    public Predicate rows(Map<String, ?> arguments, Predicate also) {
        return Predicate.both(permit.rows(), own(arguments, also));
    }

    private Predicate own(Map<String, ?> arguments, Predicate also) {
        return Predicate.both(arguments.get("where") == null
                ? Predicate.ALL
                : where(map("where", arguments.get("where"))), also);
    }

    /** The caller's own {@code where}. */
    public Predicate where(Map<String, ?> where) {
        try {
            return WhereFilters.compile(where, api.schema().rowType(), permit.masks().keySet(),
                    names);
        } catch (FilterProblem e) {
            throw new Refusal.Thrown(
                    Refusal.of(RefusalCode.FILTER_INVALID, String.valueOf(e.getMessage())));
        }
    }

    /** The caller's own condition in CEL, as streams have it. */
    public Predicate filter(String cel, Instant now) {
        try {
            return CelFilters.compile(cel, api.schema().rowType(), permit.masks().keySet(),
                    Map.of(), Optional.of(now));
        } catch (FilterProblem e) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.FILTER_INVALID,
                    "The filter cannot be used"
                            + (e.column() > 0 ? " (column " + e.column() + ")" : "") + ": "
                            + e.getMessage() + "."));
        }
    }

    /**
     * Values of a key in the order of the contract.
     *
     * @param argument
     *            a value for each key field, by its GraphQL name or its path, each as GraphQL coerces it or as text
     * @return empty if no row can have this key
     */
    public Optional<List<Object>> key(Map<String, ?> argument) {
        requireKeyInSight();
        if (api.key().isEmpty()) {
            return Optional.of(List.of(
                    keyValue(argument, "_partition", "_partition",
                            Type.Scalar.of(ScalarKind.INT32)).orElseThrow(),
                    keyValue(argument, "_offset", "_offset", Type.Scalar.of(ScalarKind.INT64))
                            .orElseThrow(() -> invalid("'key' has no such '_offset'."))));
        }
        var values = new ArrayList<Object>();
        for (var field : api.key()) {
            var value = keyValue(argument, field.name(), field.path().text(), field.path().type());
            if (value.isEmpty()) {
                return Optional.empty();
            }
            values.add(value.get());
        }
        return Optional.of(values);
    }

    private Optional<Object> keyValue(Map<String, ?> argument, String name, String path,
            Type type) {
        Object value = argument.containsKey(name) ? argument.get(name) : argument.get(path);
        if (value == null) {
            throw invalid("'key' lacks '" + path + "'.");
        }
        if (type instanceof Type.EnumOf symbols) {
            // As GraphQL names it, or as the contract does.
            return api.carried(type, value).or(() -> symbols.symbols().contains(value.toString())
                    ? Optional.of(value.toString())
                    : Optional.empty());
        }
        if (!(value instanceof String text)) {
            return api.carried(type, value);
        }
        try {
            return Optional.ofNullable(JsonValues.read(TextNode.valueOf(text), type));
        } catch (UnreadablePayload e) {
            throw invalid("'key' does not fit '" + path + "': " + e.getMessage() + ".");
        }
    }

    /** The condition that a row has this key, for streams. */
    public Predicate keyCondition(Map<String, ?> argument) {
        requireKeyInSight();
        if (api.key().isEmpty()) {
            throw invalid("The product has no key to select by.");
        }
        var values = key(argument);
        if (values.isEmpty()) {
            return Predicate.NONE;
        }
        var terms = new ArrayList<Predicate>();
        for (int i = 0; i < api.key().size(); i++) {
            terms.add(new Predicate.Compare(api.key().get(i).path(), Comparison.EQ,
                    values.get().get(i)));
        }
        return terms.size() == 1 ? terms.getFirst() : new Predicate.And(terms);
    }

    private void requireKeyInSight() {
        if (api.key().stream().anyMatch(field -> permit.isOpaque(field.path().text()))) {
            throw invalid("The key is masked for this token, so nothing can be selected by it.");
        }
    }

    // ---- what the arguments are made of ----

    /**
     * A single-valued field that the caller may see as it is.
     *
     * @param purpose
     *            ends the sentence that refuses any other
     */
    FieldPath field(@Nullable Object name, String purpose) {
        var text = String.valueOf(name);
        var found = api.orderFields().get(text);
        if (found == null) {
            found = api.orderFields().values().stream().filter(path -> path.text().equals(text))
                    .findFirst().orElse(null);
        }
        if (found == null || permit.isOpaque(found.text())) {
            throw invalid("There is no field " + quoted(text) + purpose + ".");
        }
        return found;
    }

    ProductWhereNames names() {
        return names;
    }

    int pageMax() {
        return pageMax;
    }

    /** A page that has something on it. */
    int limit(String what, @Nullable Object first, int without) {
        int limit = number("first", first).orElse(Math.min(without, pageMax));
        if (limit < 1 || limit > pageMax) {
            throw invalid("A page has 1 to " + pageMax + " " + what + ", not " + limit + ".");
        }
        return limit;
    }

    static Optional<Integer> number(String name, @Nullable Object value) {
        return switch (value) {
            case null -> Optional.empty();
            case Integer number -> Optional.of(number);
            case String text when text.matches("-?[0-9]{1,9}") ->
                Optional.of(Integer.parseInt(text));
            default -> throw invalid("'" + name + "' expects a whole number, not "
                    + shown(value) + ".");
        };
    }

    static Optional<String> text(String name, @Nullable Object value) {
        return switch (value) {
            case null -> Optional.empty();
            case String text -> Optional.of(text);
            default -> throw invalid("'" + name + "' expects text, not " + shown(value) + ".");
        };
    }

    @SuppressWarnings("unchecked") // keys are looked up by name only
    static Map<String, ?> map(String name, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, ?>) map;
        }
        throw invalid("'" + name + "' expects an object"
                + (value == null ? "" : ", not " + shown(value)) + ".");
    }

    /** The objects of a list; one alone may stand for a list of it. */
    static List<Map<String, ?>> terms(String name, @Nullable Object value, int max) {
        var terms = new ArrayList<Map<String, ?>>();
        for (Object each : list(name, value, max)) {
            terms.add(map(name, each));
        }
        return terms;
    }

    static List<?> list(String name, @Nullable Object value, int max) {
        var list = switch (value) {
            case null -> List.of();
            case Collection<?> many -> new ArrayList<>(many);
            default -> List.of(value);
        };
        if (list.size() > max) {
            throw invalid("'" + name + "' has " + list.size() + " parts; at most " + max
                    + " are accepted.");
        }
        return list;
    }

    static boolean isDescending(String name, @Nullable Object direction) {
        return switch (direction) {
            case null -> false;
            case String word when word.equals("ASC") -> false;
            case String word when word.equals("DESC") -> true;
            default -> throw invalid("'" + name + "' must be ASC or DESC.");
        };
    }

    /** What somebody wrote, short and on one line. */
    static String quoted(String text) {
        var clean = text.replaceAll("\\p{Cntrl}", " ");
        return "'" + (clean.length() > QUOTED_MAX ? clean.substring(0, QUOTED_MAX) + "…" : clean)
                + "'";
    }

    static String shown(Object value) {
        return value instanceof String text ? quoted(text) : Literals.shown(value);
    }

    static Refusal.Thrown invalid(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID, detail));
    }
}

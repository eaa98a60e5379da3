package io.tidegate.gateway.graphql;

import graphql.execution.CoercedVariables;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.Selection;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Relations;
import io.tidegate.mapping.Relations.Link;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What queries cost, told before they run, from their documents and arguments alone: 1 for each product that is asked and
 * each row by key; 1 for every hundred values that a page may hold, and at least 1; {@link #SCAN} for whatever looks at all
 * rows: a total, or an aggregate with {@link #FIGURE} for each figure and 1 for every ten groups that there may be. What is
 * related to rows is a page that holds as many times more rows as there may be rows around it.
 */
final class QueryCost {
    /** Of looking at all rows once. */
    static final long SCAN = 10;
    /** Of each figure of an aggregate. */
    static final long FIGURE = 2;
    private static final long VALUES_OF_ONE = 100;
    private static final int ROWS_DEFAULT = 50;
    private static final int GROUPS_DEFAULT = 1_000;

    private final CoercedVariables variables;
    private final Relations relations;
    private final int relatedMax;
    private final Map<ProductId, Long> costs = new HashMap<>();
    private long related;

    private QueryCost(CoercedVariables variables, Relations relations, int relatedMax) {
        this.variables = variables;
        this.relations = relations;
        this.relatedMax = relatedMax;
    }

    /**
     * What a subscription leads to.
     *
     * @param rows
     *            that one event may hold by way of relations
     * @param costs
     *            of them, by product
     */
    record OfEvent(long rows, Map<ProductId, Long> costs) {
    }

    /**
     * Of one event.
     *
     * @param root
     *            the subscription's one field
     * @throws Refusal.Thrown
     *             if more rows may be related than a query may hold
     */
    static OfEvent ofEvent(Selection root, CoercedVariables variables, Relations relations,
            int relatedMax) {
        var cost = new QueryCost(variables, relations, relatedMax);
        cost.related(root, 1);
        return new OfEvent(cost.related, cost.costs);
    }

    /**
     * By product; what belongs to none costs nothing.
     *
     * @param relatedMax
     *            rows that the query may hold by way of relations
     * @throws Refusal.Thrown
     *             if more rows may be related than that
     */
    static Map<ProductId, Long> of(List<Selection> roots, CoercedVariables variables,
            Map<String, ProductApi> apis, Relations relations, int relatedMax) {
        var cost = new QueryCost(variables, relations, relatedMax);
        for (var root : roots) {
            var api = apis.get(root.fieldName());
            if (api != null) {
                cost.add(api.id(), 1);
                for (var field : root.only()) {
                    cost.add(api.id(), cost.of(field));
                    cost.related(field, cost.rowsOf(field));
                }
            }
        }
        return cost.costs;
    }

    private void add(ProductId product, long cost) {
        costs.merge(product, cost, Long::sum);
    }

    private long of(Selection field) {
        return switch (field.fieldName()) {
            case "latest" -> values(1, leaves(field));
            case "items" -> page(field, 1);
            case "events" -> page(field, 1);
            case "aggregate" -> {
                var arguments = field.arguments(variables);
                boolean isOneGroup = arguments.get("groupBy") == null
                        && arguments.get("bucket") == null;
                // Groups are few beside the rows that were looked at for them.
                yield SCAN + FIGURE * leaves(field)
                        + (isOneGroup ? 1 : values(rows(arguments, GROUPS_DEFAULT), 10));
            }
            default -> 0;
        };
    }

    /** @param parents that have such a page each */
    private long page(Selection field, long parents) {
        boolean isCounted = field.only().stream()
                .anyMatch(member -> member.fieldName().equals("totalCount"));
        return values(parents * rows(field.arguments(variables), ROWS_DEFAULT), leaves(field))
                + (isCounted ? SCAN : 0);
    }

    /** How many rows a field of a product may hold that relations lead away from. */
    private long rowsOf(Selection field) {
        return switch (field.fieldName()) {
            case "latest" -> 1;
            case "items", "events" -> rows(field.arguments(variables), ROWS_DEFAULT);
            default -> 0;
        };
    }

    /** @param rows how many there may be of what this is selected of */
    private void related(Selection selection, long rows) {
        selection.members().forEach((type, members) -> {
            for (var member : members) {
                var link = relations.at(type, member.fieldName());
                related(member, link.isEmpty() ? rows : followed(link.get(), member, rows));
            }
        });
    }

    /** How many rows there may be at the end of a relation; they are counted, and so is what they cost. */
    private long followed(Link link, Selection field, long parents) {
        long rows = link.isMany()
                ? parents * rows(field.arguments(variables), ROWS_DEFAULT)
                : parents;
        add(link.to().id(),
                link.isMany() ? page(field, parents) : values(rows, leaves(field)));
        related += rows;
        if (related > relatedMax) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.QUERY_TOO_COMPLEX,
                    "The query may hold more than " + relatedMax
                            + " related rows; ask for smaller pages, with 'first' at each of"
                            + " them."));
        }
        return rows;
    }

    private static long values(long rows, long columns) {
        return Math.max(1, Math.ceilDiv(rows * columns, VALUES_OF_ONE));
    }

    private static long rows(Map<String, Object> arguments, int otherwise) {
        return Math.max(0, number(arguments.get("first"),
                number(arguments.get("last"), otherwise)));
    }

    private static int number(@Nullable Object value, int otherwise) {
        return value instanceof Integer number ? number : otherwise;
    }

    /** Values that one row of this selection has, without what is related to it; of a union those of its largest member. */
    private long leaves(Selection field) {
        if (field.members().isEmpty()) {
            return 1;
        }
        long most = 0;
        for (var members : field.members().entrySet()) {
            long sum = 0;
            for (var member : members.getValue()) {
                if (relations.at(members.getKey(), member.fieldName()).isEmpty()) {
                    sum += leaves(member);
                }
            }
            most = Math.max(most, sum);
        }
        return most;
    }
}

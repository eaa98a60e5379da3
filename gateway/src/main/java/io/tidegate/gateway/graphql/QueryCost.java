package io.tidegate.gateway.graphql;

import graphql.execution.CoercedVariables;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.shape.Selection;
import io.tidegate.mapping.ProductApi;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What queries cost, told before they run, from their documents and arguments alone: 1 for each product that is asked and
 * each row by key; 1 for every hundred values that a page may hold, and at least 1; {@link #SCAN} for whatever looks at all
 * rows: a total, or an aggregate with {@link #FIGURE} for each figure. Pure.
 */
final class QueryCost {
    /** Of looking at all rows once. */
    static final long SCAN = 10;
    /** Of each figure of an aggregate. */
    static final long FIGURE = 2;

    private static final long VALUES_OF_ONE = 100;
    private static final int ROWS_DEFAULT = 50;
    private static final int GROUPS_DEFAULT = 1_000;

    private QueryCost() {
    }

    /** By product; what belongs to none costs nothing. */
    static Map<ProductId, Long> of(List<Selection> roots, CoercedVariables variables,
            Map<String, ProductApi> apis) {
        var costs = new HashMap<ProductId, Long>();
        for (var root : roots) {
            var api = apis.get(root.fieldName());
            if (api != null) {
                long cost = 1;
                for (var field : root.only()) {
                    cost += of(field, variables);
                }
                costs.merge(api.id(), cost, Long::sum);
            }
        }
        return costs;
    }

    private static long of(Selection field, CoercedVariables variables) {
        return switch (field.fieldName()) {
            case "latest" -> values(1, leaves(field));
            case "items", "events" -> {
                var arguments = field.arguments(variables);
                boolean isCounted = field.only().stream()
                        .anyMatch(member -> member.fieldName().equals("totalCount"));
                yield values(rows(arguments, ROWS_DEFAULT), leaves(field))
                        + (isCounted ? SCAN : 0);
            }
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

    /** Values that one row of this selection has; of a union those of its largest member. */
    private static long leaves(Selection field) {
        if (field.members().isEmpty()) {
            return 1;
        }
        long most = 0;
        for (var members : field.members().values()) {
            long sum = 0;
            for (var member : members) {
                sum += leaves(member);
            }
            most = Math.max(most, sum);
        }
        return most;
    }
}

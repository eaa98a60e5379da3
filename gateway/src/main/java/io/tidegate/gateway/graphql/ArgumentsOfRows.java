package io.tidegate.gateway.graphql;

import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.view.ItemsQuery;
import java.util.List;
import java.util.Map;

/** As the fetchers of graphql-java read them. */
record ArgumentsOfRows(GraphQlLimits limits) implements RowQuestions {
    @Override
    public List<Object> key(Catalog.Granted granted, Map<String, Object> arguments) {
        return ViewFetchers.key(granted, arguments);
    }

    @Override
    public ItemsQuery items(Catalog.Granted granted, Map<String, Object> arguments) {
        return ViewFetchers.items(granted, arguments, limits);
    }
}

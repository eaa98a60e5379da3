package io.tidegate.gateway.graphql;

import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.view.ItemsQuery;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** As the fetchers of graphql-java read them. */
record ArgumentsOfRows(GraphQlLimits limits) implements RowQuestions {
    @Override
    public Optional<List<Object>> key(Catalog.Granted granted, Map<String, Object> arguments) {
        return new Questions(granted, limits.pageRows()).latest(arguments);
    }

    @Override
    public ItemsQuery items(Catalog.Granted granted, Map<String, Object> arguments) {
        return new Questions(granted, limits.pageRows()).items(arguments, Predicate.ALL);
    }
}

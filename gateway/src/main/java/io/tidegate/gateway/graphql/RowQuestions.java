package io.tidegate.gateway.graphql;

import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.view.ItemsQuery;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the arguments of a query of rows mean; fails with {@link io.tidegate.gateway.refusal.Refusal.Thrown}. */
interface RowQuestions {

    /** The key that {@code latest} asks for; empty if no row can have it. */
    Optional<List<Object>> key(Catalog.Granted granted, Map<String, Object> arguments);

    /** The page that {@code items} asks for, with the caller's rows bound in. */
    ItemsQuery items(Catalog.Granted granted, Map<String, Object> arguments);
}

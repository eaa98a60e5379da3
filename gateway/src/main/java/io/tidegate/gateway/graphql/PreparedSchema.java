package io.tidegate.gateway.graphql;

import com.github.benmanes.caffeine.cache.Cache;
import graphql.GraphQL;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.schema.GraphQLSchema;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Relations;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The schema of one kind of caller, and what has been made for it.
 *
 * @param apis
 *            of its products, by the field of each
 * @param relations
 *            that this caller can follow
 * @param events
 *            answers the events of subscriptions that follow relations; made when it is first needed
 */
record PreparedSchema(GraphQLSchema schema, GraphQL engine, Map<String, ProductApi> apis,
        Relations relations,
        Cache<String, PreparsedDocumentEntry> documents, Cache<ShapeKey, Shape> shapes,
        Cache<PlanKey, QueryPlan> plans, Supplier<GraphQL> events) {

    /** A compiled subscription. */
    record ShapeKey(String selection, Map<String, Mask> masks) {
    }

    /**
     * A compiled query.
     *
     * @param variables
     *            those that are true or false; empty unless what is selected may depend on them
     */
    record PlanKey(String document, Optional<String> operation, Map<String, Object> variables) {
    }
}

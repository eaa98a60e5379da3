package io.tidegate.mapping;

import graphql.schema.GraphQLNamedSchemaElement;
import graphql.schema.GraphQLSchemaElement;
import graphql.schema.GraphqlTypeComparatorEnvironment;
import graphql.schema.GraphqlTypeComparatorRegistry;
import java.util.Comparator;

/** The order of a printed schema: types by name; fields, arguments and symbols as their product's schema has them. */
enum TypesByName implements GraphqlTypeComparatorRegistry {
    FIELDS_AS_THEY_STAND;

    @Override
    public <T extends GraphQLSchemaElement> Comparator<? super T> getComparator(
            GraphqlTypeComparatorEnvironment environment) {
        return environment.getParentType() == null
                ? Comparator.comparing(TypesByName::name)
                : AS_IS_REGISTRY.getComparator(environment);
    }

    private static String name(GraphQLSchemaElement element) {
        return element instanceof GraphQLNamedSchemaElement named ? named.getName() : "";
    }
}

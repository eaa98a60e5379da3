package io.tidegate.mapping;

import graphql.Scalars;
import graphql.schema.DataFetcher;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLCodeRegistry;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeReference;
import io.tidegate.contract.DataProduct;
import io.tidegate.contract.FieldPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Data products become one GraphQL schema: as much of it as one kind of caller may see. */
public final class GraphQlSchemas {
    private GraphQlSchemas() {
    }

    /**
     * A product, as far as a caller may see it.
     *
     * @param hiddenPaths
     *            fields that do not exist for the caller, in output, conditions and orders; names joined by dots, lists,
     *            maps and unions are passed through
     * @param maskedPaths
     *            fields that are shown changed: they may be null, and can neither be filtered nor ordered by, because that
     *            would tell their value
     */
    public record Visible(ProductApi api, Set<String> hiddenPaths, Set<String> maskedPaths) {
        public Visible {
            hiddenPaths = Set.copyOf(hiddenPaths);
            maskedPaths = Set.copyOf(maskedPaths);
        }

        public Visible(ProductApi api, Set<String> hiddenPaths) {
            this(api, hiddenPaths, Set.of());
        }

        /** Whether the caller sees this field as it is. */
        boolean tells(FieldPath path) {
            var at = new StringBuilder();
            for (var field : path.fields()) {
                at.append(at.isEmpty() ? "" : ".").append(field.name());
                if (hiddenPaths.contains(at.toString()) || maskedPaths.contains(at.toString())) {
                    return false;
                }
            }
            return true;
        }
    }

    /** The schema alone; rows can be read from it, root fields have no source. */
    public static GraphQLSchema build(List<Visible> visible) {
        return build(visible, registry -> {
            // Nothing but rows can be fetched.
        });
    }

    /**
     * The schema with whatever fetchers the caller adds. Installed already: every field of a row (its source is a
     * {@link io.tidegate.schema.Row}), of a key (a {@code List} of the key's values), of map entries, the {@code contract}
     * field and all of {@code Contract}, and the type resolvers of unions.
     *
     * @throws IllegalArgumentException
     *             if two products claim one name; {@link ProductApi#conflicts} finds that when a contract is loaded
     */
    public static GraphQLSchema build(List<Visible> visible,
            Consumer<GraphQLCodeRegistry.Builder> fetchers) {
        var products = new ArrayList<>(visible);
        products.sort(Comparator.comparing(product -> product.api().typeName()));
        ProductApi.conflict(products.stream().map(Visible::api).toList()).ifPresent(why -> {
            throw new IllegalArgumentException(why);
        });
        var registry = GraphQLCodeRegistry.newCodeRegistry();
        SharedTypes.fetchers(registry);
        var query = GraphQLObjectType.newObject().name("Query")
                .description("The current state of data products.");
        var subscription = GraphQLObjectType.newObject().name("Subscription")
                .description("The events of data products as they happen.");
        var schema = GraphQLSchema.newSchema().additionalDirective(SharedTypes.source());
        var shared = new HashSet<String>();
        var relations = Relations.of(products);
        for (var product : products) {
            var types = new ProductTypes(product, relations.from(product.api()), registry);
            schema.additionalTypes(types.build());
            shared.addAll(types.shared());
            query.field(queryField(product.api()));
            subscription.field(subscriptionField(product.api(), types));
            // Parents of the contract are products; the engine may give any source to those.
            registry.dataFetcher(
                    FieldCoordinates.coordinates(product.api().productTypeName(), "contract"),
                    (DataFetcher<DataProduct>) environment -> product.api().schema().product());
        }
        if (products.isEmpty()) {
            query.field(f -> f.name("_empty").type(Scalars.GraphQLBoolean)
                    .description("There is no data product that you may see."));
        } else {
            schema.subscription(subscription);
        }
        schema.additionalTypes(SharedTypes.types(shared));
        fetchers.accept(registry);
        return schema.query(query).codeRegistry(registry.build()).build();
    }

    private static GraphQLFieldDefinition queryField(ProductApi api) {
        var field = rootField(api).type(GraphQLNonNull.nonNull(
                GraphQLTypeReference.typeRef(api.productTypeName())));
        if (api.schema().product().view().enabled()) {
            field.argument(GraphQLArgument.newArgument().name("atLeast").type(Scalars.GraphQLString)
                    .description("A cursor of this product: the answer counts everything before"
                            + " it, and waits a little for that if it must.")
                    .build());
        }
        return field.build();
    }

    private static GraphQLFieldDefinition subscriptionField(ProductApi api, ProductTypes types) {
        var field = rootField(api)
                .type(GraphQLNonNull.nonNull(GraphQLTypeReference.typeRef(api.eventTypeName())));
        field.argument(argument("where", api.whereTypeName(api.schema().rowType()),
                "Only events whose row satisfies this."));
        field.argument(GraphQLArgument.newArgument().name("from").type(Scalars.GraphQLString)
                .description(
                        "Where to begin: `latest` (the default), `earliest`, an RFC 3339 time, or a cursor.")
                .build());
        field.argument(GraphQLArgument.newArgument().name("snapshot").type(Scalars.GraphQLBoolean)
                .description("The current state first, then every change, without a gap.").build());
        field.argument(GraphQLArgument.newArgument().name("conflate").type(ScalarTypes.DURATION)
                .description("Only the newest event of each key, at most so often.").build());
        field.argument(
                argument("onSlow", "OnSlow", "What happens when you read slower than the stream."));
        if (types.hasKeyInput()) {
            field.argument(argument("key", api.keyInputTypeName(), "Only events of this key."));
        }
        return field.build();
    }

    private static GraphQLFieldDefinition.Builder rootField(ProductApi api) {
        var product = api.schema().product();
        var field = GraphQLFieldDefinition.newFieldDefinition().name(api.rootField())
                .description(Descriptions.of(product.description()));
        if (product.status() == DataProduct.Status.DEPRECATED) {
            field.deprecate("This product is deprecated"
                    + product.sunset().map(day -> " and ends on " + day).orElse("")
                    + product.successor()
                            .map(next -> "; its successor is " + Descriptions.of(next)).orElse("")
                    + ".");
        }
        return field;
    }

    private static GraphQLArgument argument(String name, String type, String description) {
        return GraphQLArgument.newArgument().name(name).type(GraphQLTypeReference.typeRef(type))
                .description(description).build();
    }
}

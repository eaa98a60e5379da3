package io.tidegate.mapping;

import graphql.Scalars;
import graphql.introspection.Introspection.DirectiveLocation;
import graphql.schema.DataFetcher;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLCodeRegistry;
import graphql.schema.GraphQLDirective;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNamedInputType;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLOutputType;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeReference;
import io.tidegate.contract.DataProduct;
import io.tidegate.schema.ScalarKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The GraphQL types that all products share. */
final class SharedTypes {
    static final String PRESENCE_FILTER = "PresenceFilter";

    private static final List<String> ANY = List.of("eq", "ne", "in");
    private static final List<String> ORDERED = List.of("eq", "ne", "in", "gt", "gte", "lt", "lte");
    private static final List<String> TEXTUAL = List.of("eq", "ne", "in", "gt", "gte", "lt", "lte",
            "contains", "startsWith", "matches");
    private static final Map<String, String> MEANING = Map.of(
            "eq", "Equals this.",
            "ne", "Has a value other than this.",
            "in", "Equals one of these.",
            "gt", "Is greater or later than this.",
            "gte", "Is this, or greater or later.",
            "lt", "Is less or earlier than this.",
            "lte", "Is this, or less or earlier.",
            "contains", "Holds this text.",
            "startsWith", "Begins with this text.",
            "matches", "Matches this RE2 pattern somewhere.");

    private record Filter(String name, String listName, GraphQLNamedInputType of,
            List<String> operators) {
    }

    private static final List<Filter> FILTERS = List.of(
            filter("String", Scalars.GraphQLString, TEXTUAL),
            filter("Int", Scalars.GraphQLInt, ORDERED),
            filter("Long", ScalarTypes.LONG, ORDERED),
            filter("Float", Scalars.GraphQLFloat, ORDERED),
            filter("Decimal", ScalarTypes.DECIMAL, ORDERED),
            filter("DateTime", ScalarTypes.DATE_TIME, ORDERED),
            filter("LocalDateTime", ScalarTypes.LOCAL_DATE_TIME, ORDERED),
            filter("Date", ScalarTypes.DATE, ORDERED),
            filter("Time", ScalarTypes.LOCAL_TIME, ORDERED),
            filter("Boolean", Scalars.GraphQLBoolean, List.of("eq", "ne")),
            filter("UUID", ScalarTypes.UUID_TYPE, ANY),
            filter("Duration", ScalarTypes.DURATION, ANY),
            filter("Base64", ScalarTypes.BASE64, ANY));

    /** Every type name that is no product's: these, and what GraphQL and federation keep for themselves. */
    static final Set<String> NAMES = names();

    private SharedTypes() {
    }

    /**
     * @param filters
     *            names of the filters that products use; the rest would only be noise
     */
    static Set<GraphQLNamedType> types(Set<String> filters) {
        var types = new HashSet<GraphQLNamedType>();
        for (var filter : FILTERS) {
            if (filters.contains(filter.name())) {
                types.add(filterType(filter.name(), filter.of(), filter.operators()));
            }
            if (filters.contains(filter.listName())) {
                types.add(listFilterType(filter.listName(), filter.of()));
            }
        }
        types.add(GraphQLInputObjectType.newInputObject().name(PRESENCE_FILTER)
                .description("A condition on a value that can only be there or not.")
                .field(f -> f.name("isNull").type(Scalars.GraphQLBoolean)
                        .description("Is absent, or is not."))
                .build());
        types.add(pageInfo());
        types.add(contract());
        types.add(serviceLevel());
        types.add(options("OnSlow", "What happens when a reader is slower than the stream.", Map.of(
                "wait", "Nothing is lost: the reader gets everything at its own pace.",
                "conflate", "The reader gets the newest event of each key.",
                "drop", "Events are dropped, and the reader is told how many.",
                "disconnect", "The stream ends with a cursor to come back with."),
                List.of("wait", "conflate", "drop", "disconnect")));
        types.add(options("Operation", "What an event says about the row of its key.", Map.of(
                "SNAPSHOT",
                "The row as it stands, sent because the current state was asked for first.",
                "UPSERT", "The row is new or has changed.",
                "DELETE", "The row is gone."),
                List.of("SNAPSHOT", "UPSERT", "DELETE")));
        types.add(options("Direction", "An order.",
                Map.of("ASC", "Smallest or earliest first.", "DESC",
                        "Largest or latest first."),
                List.of("ASC", "DESC")));
        types.add(options("ContractStatus", "Where in its life a product is.", Map.of(),
                List.of("DRAFT", "ACTIVE", "DEPRECATED", "RETIRED")));
        types.add(options("DataQuality", "How far consumers may rely on the data.", Map.of(),
                List.of("AUTHORITATIVE", "CURATED", "RAW")));
        return types;
    }

    /** {@code @source(name:)}: the name that the schema of the data uses, where GraphQL could not take it. */
    static GraphQLDirective source() {
        return GraphQLDirective.newDirective().name("source")
                .description(
                        "The name that the product's own schema uses, where GraphQL cannot take it.")
                .argument(a -> a.name("name").type(GraphQLNonNull.nonNull(Scalars.GraphQLString)))
                .validLocation(DirectiveLocation.OBJECT).validLocation(DirectiveLocation.UNION)
                .validLocation(DirectiveLocation.ENUM)
                .validLocation(DirectiveLocation.FIELD_DEFINITION)
                .validLocation(DirectiveLocation.INPUT_FIELD_DEFINITION)
                .validLocation(DirectiveLocation.ENUM_VALUE).build();
    }

    static String filterName(ScalarKind kind) {
        return filterPrefix(kind) + "Filter";
    }

    static String listFilterName(ScalarKind kind) {
        return filterPrefix(kind) + "ListFilter";
    }

    static GraphQLInputObjectType filterType(String name, GraphQLInputType of,
            List<String> operators) {
        var filter = GraphQLInputObjectType.newInputObject().name(name)
                .description("Conditions on a value; all that are given must hold.");
        for (var operator : operators) {
            filter.field(f -> f.name(operator).description(MEANING.getOrDefault(operator, ""))
                    .type(operator.equals("in")
                            ? GraphQLList.list(GraphQLNonNull.nonNull(of))
                            : of));
        }
        return filter.field(f -> f.name("isNull").type(Scalars.GraphQLBoolean)
                .description("Is absent, or is not.")).build();
    }

    static GraphQLInputObjectType enumFilterType(String name, GraphQLInputType of) {
        return filterType(name, of, ANY);
    }

    static GraphQLInputObjectType listFilterType(String name, GraphQLInputType of) {
        return GraphQLInputObjectType.newInputObject().name(name)
                .description("Conditions on a list; all that are given must hold.")
                .field(f -> f.name("contains").type(of).description("Has this as an element."))
                .field(f -> f.name("isNull").type(Scalars.GraphQLBoolean)
                        .description("Is absent, or is not."))
                .build();
    }

    /** How a contract's fields are read from a {@link DataProduct}. */
    static void fetchers(GraphQLCodeRegistry.Builder registry) {
        Map<String, Function<DataProduct, @Nullable Object>> fields = Map.of(
                "domain", product -> product.id().domain(),
                "product", product -> product.id().product(),
                "version", DataProduct::version,
                "owner", DataProduct::owner,
                "status", product -> product.status().name(),
                "description", product -> orNull(product.description()),
                "quality", product -> product.quality().name(),
                "sunset", product -> product.sunset().orElse(null),
                "serviceLevels",
                product -> List.copyOf(product.serviceLevels().stated().entrySet()));
        fields.forEach(
                (name, read) -> registry.dataFetcher(FieldCoordinates.coordinates("Contract", name),
                        (DataFetcher<@Nullable Object>) environment -> environment
                                .getSource() instanceof DataProduct product
                                        ? read.apply(product)
                                        : null));
        registry.dataFetcher(FieldCoordinates.coordinates("ServiceLevel", "name"),
                (DataFetcher<@Nullable Object>) environment -> environment
                        .getSource() instanceof Map.Entry<?, ?> level ? level.getKey() : null);
        registry.dataFetcher(FieldCoordinates.coordinates("ServiceLevel", "promised"),
                (DataFetcher<@Nullable Object>) environment -> environment
                        .getSource() instanceof Map.Entry<?, ?> level ? level.getValue() : null);
    }

    private static @Nullable Object orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static String filterPrefix(ScalarKind kind) {
        return switch (kind) {
            case BOOLEAN -> "Boolean";
            case INT32 -> "Int";
            case UINT32, INT64, UINT64 -> "Long";
            case FLOAT32, FLOAT64 -> "Float";
            case DECIMAL -> "Decimal";
            case STRING -> "String";
            case BYTES -> "Base64";
            case UUID -> "UUID";
            case DATE -> "Date";
            case TIME -> "Time";
            case TIMESTAMP -> "DateTime";
            case LOCAL_TIMESTAMP -> "LocalDateTime";
            case DURATION -> "Duration";
        };
    }

    private static Filter filter(String prefix, GraphQLNamedInputType of, List<String> operators) {
        return new Filter(prefix + "Filter", prefix + "ListFilter", of, operators);
    }

    private static GraphQLEnumType options(String name, String description,
            Map<String, String> meaning,
            List<String> values) {
        var type = GraphQLEnumType.newEnum().name(name).description(description);
        for (var value : values) {
            type.value(value, value, meaning.get(value));
        }
        return type.build();
    }

    private static GraphQLObjectType pageInfo() {
        return GraphQLObjectType.newObject().name("PageInfo")
                .description("Where a page stands among its kind.")
                .field(f -> f.name("hasNextPage")
                        .type(GraphQLNonNull.nonNull(Scalars.GraphQLBoolean)))
                .field(f -> f.name("hasPreviousPage")
                        .type(GraphQLNonNull.nonNull(Scalars.GraphQLBoolean)))
                .field(f -> f.name("startCursor").type(Scalars.GraphQLString))
                .field(f -> f.name("endCursor").type(Scalars.GraphQLString)).build();
    }

    private static GraphQLObjectType contract() {
        var type = GraphQLObjectType.newObject().name("Contract")
                .description("What the owner of a data product states and promises.");
        field(type, "domain", "The domain whose team answers for the product.",
                required(Scalars.GraphQLString));
        field(type, "product", "The product's name in its domain.",
                required(Scalars.GraphQLString));
        field(type, "version", "The contract's version, major.minor.",
                required(Scalars.GraphQLString));
        field(type, "owner", "Whom to ask.", required(Scalars.GraphQLString));
        field(type, "status", "Where in its life the product is.", required("ContractStatus"));
        field(type, "description", "What the product is.", Scalars.GraphQLString);
        field(type, "quality", "How far consumers may rely on the data.", required("DataQuality"));
        field(type, "sunset", "The day on which the product ends.", ScalarTypes.DATE);
        field(type, "serviceLevels", "What the owner promises, as written.",
                GraphQLNonNull.nonNull(GraphQLList.list(required("ServiceLevel"))));
        return type.build();
    }

    private static GraphQLObjectType serviceLevel() {
        return GraphQLObjectType.newObject().name("ServiceLevel").description("One promise.")
                .field(f -> f.name("name").type(GraphQLNonNull.nonNull(Scalars.GraphQLString)))
                .field(f -> f.name("promised").type(GraphQLNonNull.nonNull(Scalars.GraphQLString)))
                .build();
    }

    private static void field(GraphQLObjectType.Builder type, String name, String description,
            GraphQLOutputType of) {
        type.field(f -> f.name(name).description(description).type(of));
    }

    private static GraphQLNonNull required(GraphQLType type) {
        return GraphQLNonNull.nonNull(type);
    }

    private static GraphQLNonNull required(String type) {
        return GraphQLNonNull.nonNull(GraphQLTypeReference.typeRef(type));
    }

    private static Set<String> names() {
        var names = new ArrayList<>(List.of("Query", "Mutation", "Subscription", "String", "Int",
                "Float",
                "Boolean", "ID", "Void", "_Any", "_Entity", "_Service", "Contract",
                "ContractStatus",
                "DataQuality", "ServiceLevel", "PageInfo", "Direction", "OnSlow", "Operation",
                "TimeBucket", "Node", PRESENCE_FILTER));
        for (var filter : FILTERS) {
            names.add(filter.name());
            names.add(filter.listName());
        }
        ScalarTypes.all().forEach(scalar -> names.add(scalar.getName()));
        return Set.copyOf(names);
    }
}

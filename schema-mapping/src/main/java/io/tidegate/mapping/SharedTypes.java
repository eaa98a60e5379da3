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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The GraphQL types that all products share. */
final class SharedTypes {
    static final String PRESENCE_FILTER = "PresenceFilter";
    /** Of lists whose elements cannot be filtered by. */
    static final String LIST_FILTER = "ListFilter";
    /** Of maps whose values cannot be filtered by. */
    static final String MAP_FILTER = "MapFilter";
    static final String TIME_BUCKET = "TimeBucket";
    static final String MEASURE = "Measure";

    private static final List<String> ANY = List.of("eq", "ne", "in");
    private static final List<String> ORDERED = List.of("eq", "ne", "in", "gt", "gte", "lt", "lte");
    private static final List<String> TEXTUAL = List.of("eq", "ne", "in", "gt", "gte", "lt", "lte",
            "contains", "startsWith", "matches");
    static final Map<String, String> MEANING = Map.of(
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

    /** One kind of value that can be filtered by. */
    private record Filter(String prefix, GraphQLNamedInputType of, List<String> operators) {
    }

    /**
     * A type that is only there where a product uses it; the rest would only be noise.
     *
     * @param needs
     *            names of those that it uses itself
     */
    private record OnDemand(String name, List<String> needs, Supplier<GraphQLNamedType> type) {
    }

    private static final List<Filter> FILTERS = List.of(
            new Filter("String", Scalars.GraphQLString, TEXTUAL),
            new Filter("Int", Scalars.GraphQLInt, ORDERED),
            new Filter("Long", ScalarTypes.LONG, ORDERED),
            new Filter("Float", Scalars.GraphQLFloat, ORDERED),
            new Filter("Decimal", ScalarTypes.DECIMAL, ORDERED),
            new Filter("DateTime", ScalarTypes.DATE_TIME, ORDERED),
            new Filter("LocalDateTime", ScalarTypes.LOCAL_DATE_TIME, ORDERED),
            new Filter("Date", ScalarTypes.DATE, ORDERED),
            new Filter("Time", ScalarTypes.LOCAL_TIME, ORDERED),
            new Filter("Boolean", Scalars.GraphQLBoolean, List.of("eq", "ne")),
            new Filter("UUID", ScalarTypes.UUID_TYPE, ANY),
            new Filter("Duration", ScalarTypes.DURATION, ANY),
            new Filter("Base64", ScalarTypes.BASE64, ANY));

    private static final Map<String, OnDemand> OPTIONAL = optional();

    /** Every type name that is no product's: these, and what GraphQL and federation keep for themselves. */
    static final Set<String> NAMES = names();

    private SharedTypes() {
    }

    /**
     * @param used
     *            names of those that products use
     */
    static Set<GraphQLNamedType> types(Set<String> used) {
        var types = new HashSet<GraphQLNamedType>();
        var wanted = new ArrayDeque<>(used);
        var met = new HashSet<String>();
        while (!wanted.isEmpty()) {
            var type = OPTIONAL.get(wanted.remove());
            if (type != null && met.add(type.name())) {
                types.add(type.type().get());
                wanted.addAll(type.needs());
            }
        }
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

    /**
     * Conditions on a list.
     *
     * @param element
     *            null where elements cannot be compared
     * @param elementFilter
     *            name of the conditions on an element; null where there are none
     */
    static GraphQLInputObjectType listFilterType(String name, @Nullable GraphQLInputType element,
            @Nullable String elementFilter) {
        var filter = GraphQLInputObjectType.newInputObject().name(name)
                .description("Conditions on a list; all that are given must hold. An absent list"
                        + " satisfies none of them but `isNull: true`.");
        if (element != null) {
            var elements = GraphQLList.list(GraphQLNonNull.nonNull(element));
            condition(filter, "contains", element, "Has this as an element.");
            condition(filter, "containsAny", elements, "Has one of these as an element.");
            condition(filter, "containsAll", elements, "Has each of these as an element.");
        }
        if (elementFilter != null) {
            var on = GraphQLTypeReference.typeRef(elementFilter);
            condition(filter, "any", on, "Some element satisfies this.");
            condition(filter, "all", on,
                    "Every element satisfies this; so does an empty list.");
            condition(filter, "none", on, "No element satisfies this; so does an empty list.");
        }
        condition(filter, "isEmpty", Scalars.GraphQLBoolean, "Has no element, or has some.");
        condition(filter, "length", GraphQLTypeReference.typeRef("IntFilter"),
                "The number of elements.");
        condition(filter, "isNull", Scalars.GraphQLBoolean, "Is absent, or is not.");
        return filter.build();
    }

    /**
     * Conditions on a map.
     *
     * @param entryFilter
     *            name of the conditions on one entry; null where values cannot be filtered by
     * @param valueFilter
     *            name of the conditions on a value; likewise
     */
    static GraphQLInputObjectType mapFilterType(String name, @Nullable String entryFilter,
            @Nullable String valueFilter) {
        var filter = GraphQLInputObjectType.newInputObject().name(name)
                .description("Conditions on a map; all that are given must hold. An absent map"
                        + " satisfies none of them but `isNull: true`.");
        condition(filter, "hasKey", Scalars.GraphQLString, "Has an entry of this key.");
        if (entryFilter != null && valueFilter != null) {
            condition(filter, "entry", GraphQLTypeReference.typeRef(entryFilter),
                    "Has an entry of this key, and its value satisfies this.");
            var on = GraphQLTypeReference.typeRef(valueFilter);
            condition(filter, "any", on, "Some value satisfies this, whatever its key.");
            condition(filter, "all", on, "Every value satisfies this; so does an empty map.");
            condition(filter, "none", on, "No value satisfies this; so does an empty map.");
        }
        condition(filter, "isEmpty", Scalars.GraphQLBoolean, "Has no entry, or has some.");
        condition(filter, "length", GraphQLTypeReference.typeRef("IntFilter"),
                "The number of entries.");
        condition(filter, "isNull", Scalars.GraphQLBoolean, "Is absent, or is not.");
        return filter.build();
    }

    static GraphQLInputObjectType entryFilterType(String name, String valueFilter) {
        var filter = GraphQLInputObjectType.newInputObject().name(name)
                .description("A condition on one entry of a map.");
        condition(filter, "key", GraphQLNonNull.nonNull(Scalars.GraphQLString),
                "The entry's key.");
        condition(filter, "value", GraphQLTypeReference.typeRef(valueFilter),
                "What its value satisfies; left out, the entry only has to be there.");
        return filter.build();
    }

    private static void condition(GraphQLInputObjectType.Builder filter, String name,
            GraphQLInputType type, String description) {
        filter.field(f -> f.name(name).type(type).description(description));
    }

    private static Map<String, OnDemand> optional() {
        var types = new LinkedHashMap<String, OnDemand>();
        for (var each : FILTERS) {
            var name = each.prefix() + "Filter";
            var list = each.prefix() + "ListFilter";
            optional(types, name, List.of(),
                    () -> filterType(name, each.of(), each.operators()));
            optionalList(types, list, each.of(), name);
            optionalMap(types, each.prefix(), name);
            optionalList(types, each.prefix() + "ListListFilter", null, list);
            optionalMap(types, each.prefix() + "List", list);
        }
        optional(types, PRESENCE_FILTER, List.of(), () -> GraphQLInputObjectType.newInputObject()
                .name(PRESENCE_FILTER)
                .description("A condition on a value that can only be there or not.")
                .field(f -> f.name("isNull").type(Scalars.GraphQLBoolean)
                        .description("Is absent, or is not."))
                .build());
        optionalList(types, LIST_FILTER, null, null);
        optional(types, MAP_FILTER, List.of("IntFilter"),
                () -> mapFilterType(MAP_FILTER, null, null));
        optional(types, TIME_BUCKET, List.of("TimeUnit"), SharedTypes::timeBucket);
        optional(types, "TimeUnit", List.of(), () -> options("TimeUnit",
                "A unit of the calendar.",
                Map.of("WEEK", "From Monday on.", "QUARTER", "Three months, from January on."),
                List.of("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")));
        optional(types, MEASURE, List.of(), SharedTypes::measure);
        return types;
    }

    private static void optionalList(Map<String, OnDemand> types, String name,
            @Nullable GraphQLInputType element, @Nullable String elementFilter) {
        optional(types, name,
                elementFilter == null
                        ? List.of("IntFilter")
                        : List.of("IntFilter", elementFilter),
                () -> listFilterType(name, element, elementFilter));
    }

    private static void optionalMap(Map<String, OnDemand> types, String prefix,
            String valueFilter) {
        var entry = prefix + "EntryFilter";
        optional(types, entry, List.of(valueFilter), () -> entryFilterType(entry, valueFilter));
        optional(types, prefix + "MapFilter", List.of("IntFilter", entry, valueFilter),
                () -> mapFilterType(prefix + "MapFilter", entry, valueFilter));
    }

    private static void optional(Map<String, OnDemand> types, String name, List<String> needs,
            Supplier<GraphQLNamedType> type) {
        types.put(name, new OnDemand(name, needs, type));
    }

    private static GraphQLInputObjectType timeBucket() {
        return GraphQLInputObjectType.newInputObject().name(TIME_BUCKET)
                .description("Stretches of time of one length, as groups.")
                .field(f -> f.name("unit").type(required("TimeUnit"))
                        .description("What the length is counted in."))
                .field(f -> f.name("size").type(Scalars.GraphQLInt).defaultValueProgrammatic(1)
                        .description("How many units are one stretch: 15 with `MINUTE` for"
                                + " quarters of an hour."))
                .field(f -> f.name("timeZone").type(Scalars.GraphQLString)
                        .defaultValueProgrammatic("UTC")
                        .description("Whose calendar says where days, weeks and months begin: a"
                                + " name such as `Europe/Berlin`, or an offset such as `+02:00`."))
                .field(f -> f.name("field").type(Scalars.GraphQLString)
                        .description("Which date or time of a row counts, as a path such as"
                                + " `order.placed_at`; the event's own time if it is left out."))
                .build();
    }

    private static GraphQLEnumType measure() {
        var meaning = new LinkedHashMap<String, String>();
        meaning.put("COUNT", "How many rows there are; needs no field.");
        meaning.put("COUNT_DISTINCT", "How many different values there are.");
        meaning.put("SUM", "All values added up; for numbers.");
        meaning.put("AVG", "The mean; for numbers.");
        meaning.put("MIN", "The smallest or earliest value.");
        meaning.put("MAX", "The largest or latest value.");
        meaning.put("PERCENTILE",
                "The value that the share `percentile` of all values does not exceed; for numbers.");
        return options(MEASURE, "A figure of a group of rows. Absent values do not count.",
                meaning, List.copyOf(meaning.keySet()));
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
                product -> product.serviceLevels().stated().entrySet().stream()
                        .map(level -> new StatedLevel(product, level.getKey(), level.getValue()))
                        .toList());
        fields.forEach(
                (name, read) -> registry.dataFetcher(FieldCoordinates.coordinates("Contract", name),
                        (DataFetcher<@Nullable Object>) environment -> environment
                                .getSource() instanceof DataProduct product
                                        ? read.apply(product)
                                        : null));
        Map<String, Function<StatedLevel, @Nullable Object>> levels = Map.of(
                "name", StatedLevel::name,
                "promised", StatedLevel::promised,
                // Measured by whoever serves the product, and nowhere else.
                "measured", level -> null);
        levels.forEach((name, read) -> registry.dataFetcher(
                FieldCoordinates.coordinates("ServiceLevel", name),
                (DataFetcher<@Nullable Object>) environment -> environment
                        .getSource() instanceof StatedLevel level ? read.apply(level) : null));
    }

    private static @Nullable Object orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    static String filterPrefix(ScalarKind kind) {
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
        field(type, "serviceLevels", "What the owner promises, and what is measured of it.",
                GraphQLNonNull.nonNull(GraphQLList.list(required("ServiceLevel"))));
        return type.build();
    }

    private static GraphQLObjectType serviceLevel() {
        var type = GraphQLObjectType.newObject().name("ServiceLevel")
                .description("One promise, and how it is kept.");
        field(type, "name", "What is promised, such as `freshness` or `availability`.",
                required(Scalars.GraphQLString));
        field(type, "promised", "As the owner wrote it.", required(Scalars.GraphQLString));
        field(type, "measured", "What this gateway sees now; null where it does not measure it.",
                Scalars.GraphQLString);
        return type.build();
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
                "Node"));
        names.addAll(OPTIONAL.keySet());
        ScalarTypes.all().forEach(scalar -> names.add(scalar.getName()));
        return Set.copyOf(names);
    }
}

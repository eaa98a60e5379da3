package io.tidegate.mapping;

import graphql.Scalars;
import graphql.schema.DataFetcher;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLAppliedDirective;
import graphql.schema.GraphQLAppliedDirectiveArgument;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLCodeRegistry;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLEnumValueDefinition;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLOutputType;
import graphql.schema.GraphQLTypeReference;
import graphql.schema.GraphQLUnionType;
import io.tidegate.contract.FieldPath;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Builds the GraphQL types of one product for one kind of caller, and installs how their fields are read. */
final class ProductTypes {
    private final ProductApi api;
    private final Reach root;
    private final Collection<Relations.Link> links;
    private final GraphQLCodeRegistry.Builder registry;
    private final Map<String, GraphQLNamedType> types = new LinkedHashMap<>();
    private final Names names;
    private final Map<Variant, String> suffixes = new HashMap<>();
    private final Set<Type> named = new HashSet<>();
    private final Set<String> shared = new HashSet<>();
    private final Deque<Runnable> work = new ArrayDeque<>();

    /** What is hidden and masked below some place of a product; paths are relative to it. */
    private record Reach(Set<String> hidden, Set<String> masked) {
        Reach below(String field) {
            return hidden.isEmpty() && masked.isEmpty()
                    ? this
                    : new Reach(below(hidden, field), below(masked, field));
        }

        boolean shows(FieldPath path) {
            return !covers(hidden, path);
        }

        boolean tells(FieldPath path) {
            return shows(path) && !covers(masked, path);
        }

        private static boolean covers(Set<String> paths, FieldPath path) {
            var at = new StringBuilder();
            for (var field : path.fields()) {
                at.append(at.isEmpty() ? "" : ".").append(field.name());
                if (paths.contains(at.toString())) {
                    return true;
                }
            }
            return false;
        }

        private static Set<String> below(Set<String> paths, String field) {
            var below = new HashSet<String>();
            for (var path : paths) {
                if (path.startsWith(field + ".")) {
                    below.add(path.substring(field.length() + 1));
                }
            }
            return Set.copyOf(below);
        }
    }

    /** A record or union as it looks at one place; the same at every place where the same of it is hidden. */
    private record Variant(Type type, Reach reach) {
    }

    /** @param links fields of the row that lead to other products */
    ProductTypes(GraphQlSchemas.Visible visible, Collection<Relations.Link> links,
            GraphQLCodeRegistry.Builder registry) {
        this.api = visible.api();
        this.links = links;
        this.root = new Reach(visible.hiddenPaths(), visible.maskedPaths());
        this.registry = registry;
        this.names = new Names(api.typeNamesClaimed());
    }

    Set<GraphQLNamedType> build() {
        var rowType = api.schema().rowType();
        name(rowType, root, "");
        finishWork();
        where(rowType, root);
        finishWork();
        key();
        event();
        product();
        if (api.schema().product().view().enabled()) {
            connection();
            order();
            eventConnection();
            aggregate();
        }
        return new HashSet<>(types.values());
    }

    /** Names of the shared types that this product uses, beside those that all do. */
    Set<String> shared() {
        return shared;
    }

    private void finishWork() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    /** Whether callers may name a key: every field of it is theirs to see as it is. */
    boolean hasKeyInput() {
        return api.key().stream()
                .allMatch(key -> root.tells(key.path()) && isPlain(key.path().type()));
    }

    // Output

    /** The name of a record or union at a place; it is built when it is met for the first time. */
    private String name(Type type, Reach reach, String path) {
        var variant = new Variant(type, reach);
        var base = api.typeName(type);
        var known = suffixes.get(variant);
        if (known != null) {
            return base + known;
        }
        // The first place keeps the plain name, so that a field hidden everywhere changes no name.
        var suffix = named.add(type)
                ? ""
                : names.claim(base + ProductApi.VARIANT + path).substring(base.length());
        suffixes.put(variant, suffix);
        switch (type) {
            case RecordType record -> work.add(() -> object(record, reach, suffix, path));
            case Type.Union union -> work.add(() -> union(union, reach, suffix, path));
            case Type.EnumOf of -> work.add(() -> enumeration(of));
            case Type.Scalar scalar ->
                throw new IllegalStateException("a scalar has no name of its own");
            case Type.ListOf list -> throw new IllegalStateException("a list has no name");
            case Type.MapOf map -> throw new IllegalStateException("a map has no name");
            case Type.Json json -> throw new IllegalStateException("JSON has no name of its own");
        }
        return base + suffix;
    }

    private static final Reach EVERYTHING = new Reach(Set.of(), Set.of());

    private void object(RecordType record, Reach reach, String suffix, String path) {
        var name = api.typeName(record) + suffix;
        var object = GraphQLObjectType.newObject().name(name).description(describe(record));
        api.typeSource(record).map(ProductTypes::source).ifPresent(object::withAppliedDirective);
        boolean empty = true;
        for (int i = 0; i < record.fields().size(); i++) {
            var field = record.fields().get(i);
            if (reach.hidden().contains(field.name())) {
                continue;
            }
            empty = false;
            var fieldName = api.fieldName(record, i);
            var place = new Place(record, i, suffix,
                    path.isEmpty() ? fieldName : path + "_" + fieldName);
            var type = output(field.type(), reach.below(field.name()), place, 0);
            var nullable = field.nullable() || reach.masked().contains(field.name())
                    || isNullable(field.type()) || isRecursive(record, field);
            object.field(output(fieldName, field, nullable ? type : GraphQLNonNull.nonNull(type)));
            registry.dataFetcher(FieldCoordinates.coordinates(name, fieldName),
                    new RowFetcher(api, field.type(), i));
        }
        if (empty) {
            object.field(f -> f.name("_empty").type(Scalars.GraphQLBoolean)
                    .description("Always null: this record has no fields."));
            registry.dataFetcher(FieldCoordinates.coordinates(name, "_empty"),
                    (DataFetcher<@Nullable Object>) environment -> null);
        }
        if (record == api.schema().rowType()) {
            links.forEach(link -> object.field(relation(link)));
        }
        add(object.build());
    }

    private static GraphQLFieldDefinition relation(Relations.Link link) {
        var to = link.to();
        var field = GraphQLFieldDefinition.newFieldDefinition().name(link.field())
                .description(Descriptions.of(link.description()));
        if (!link.isMany()) {
            return field.type(GraphQLTypeReference.typeRef(to.typeName())).build();
        }
        // It may be null, so that a product that cannot be asked leaves the rows around it as they are.
        field.type(GraphQLTypeReference.typeRef(to.connectionTypeName()));
        return page(field, to, link.isOrdered()).build();
    }

    /** The arguments of a page of rows. */
    private static GraphQLFieldDefinition.Builder page(GraphQLFieldDefinition.Builder field,
            ProductApi of, boolean isOrdered) {
        field.argument(argument("where",
                GraphQLTypeReference.typeRef(of.whereTypeName(of.schema().rowType())),
                "Only rows that satisfy this."));
        if (isOrdered) {
            field.argument(argument("orderBy", GraphQLList.list(required(of.orderByTypeName())),
                    "Outermost first; rows that are alike come in the order of their keys."));
        }
        return field
                .argument(argument("first", Scalars.GraphQLInt,
                        "At most so many, from the beginning."))
                .argument(argument("after", Scalars.GraphQLString,
                        "Only what is behind this cursor."))
                .argument(argument("last", Scalars.GraphQLInt, "At most so many, from the end."))
                .argument(argument("before", Scalars.GraphQLString,
                        "Only what is in front of this cursor."));
    }

    /** Where a type is met: a field of a record's variant. */
    private record Place(RecordType record, int position, String suffix, String path) {
    }

    private GraphQLOutputType output(Type type, Reach reach, Place place, int maps) {
        return switch (type) {
            case Type.Scalar scalar -> ScalarTypes.of(scalar.kind());
            case Type.Json json -> ScalarTypes.JSON;
            case Type.EnumOf of -> GraphQLTypeReference.typeRef(name(of, EVERYTHING, ""));
            case RecordType record ->
                GraphQLTypeReference.typeRef(name(record, reach, place.path()));
            case Type.Union union -> GraphQLTypeReference.typeRef(name(union, reach, place.path()));
            case Type.ListOf list -> GraphQLList.list(
                    required(output(list.element(), reach, place, maps), list.elementNullable(),
                            list.element()));
            case Type.MapOf map -> GraphQLList.list(GraphQLNonNull.nonNull(
                    GraphQLTypeReference.typeRef(entry(map, reach, place, maps))));
        };
    }

    private String entry(Type.MapOf map, Reach reach, Place place, int maps) {
        var name = api.entryTypeName(place.record(), place.position(), maps) + place.suffix();
        var value = required(output(map.value(), reach, place, maps + 1), map.valueNullable(),
                map.value());
        add(GraphQLObjectType.newObject().name(name)
                .description("One entry of a map; entries come in the order"
                        + " of their keys.")
                .field(f -> f.name("key").type(GraphQLNonNull.nonNull(Scalars.GraphQLString)))
                .field(f -> f.name("value").type(value)).build());
        registry.dataFetcher(FieldCoordinates.coordinates(name, "key"),
                (DataFetcher<@Nullable Object>) environment -> environment
                        .getSource() instanceof RowFetcher.Entry entry ? entry.key() : null);
        registry.dataFetcher(FieldCoordinates.coordinates(name, "value"),
                (DataFetcher<@Nullable Object>) environment -> environment
                        .getSource() instanceof RowFetcher.Entry entry ? entry.value() : null);
        return name;
    }

    private static GraphQLOutputType required(GraphQLOutputType type, boolean nullable, Type of) {
        return nullable || isNullable(of) ? type : GraphQLNonNull.nonNull(type);
    }

    /** Types with values that GraphQL cannot say. */
    private static boolean isNullable(Type type) {
        return switch (type) {
            case Type.Scalar scalar ->
                scalar.kind() == ScalarKind.FLOAT32 || scalar.kind() == ScalarKind.FLOAT64;
            case Type.Json json -> true;
            case Type.EnumOf of -> false;
            case Type.ListOf list -> false;
            case Type.MapOf map -> false;
            case Type.Union union -> false;
            case RecordType record -> false;
        };
    }

    /** Whether the field leads straight back to its own record; no finite row could fill it if it had to be there. */
    private static boolean isRecursive(RecordType record, Field field) {
        if (!(field.type() instanceof RecordType start)) {
            return false;
        }
        var seen = new HashSet<RecordType>();
        var next = new ArrayDeque<RecordType>(List.of(start));
        while (!next.isEmpty()) {
            var at = next.remove();
            if (at == record) {
                return true;
            }
            if (seen.add(at)) {
                at.fields().forEach(inner -> {
                    if (inner.type() instanceof RecordType deeper) {
                        next.add(deeper);
                    }
                });
            }
        }
        return false;
    }

    private void union(Type.Union union, Reach reach, String suffix, String path) {
        var name = api.typeName(union) + suffix;
        var type = GraphQLUnionType.newUnionType().name(name);
        api.typeSource(union).map(ProductTypes::source).ifPresent(type::withAppliedDirective);
        var members = new HashMap<RecordType, String>();
        for (var member : union.members()) {
            var memberName = name(member, reach, path);
            members.put(member, memberName);
            type.possibleType(GraphQLTypeReference.typeRef(memberName));
        }
        registry.typeResolver(name, environment -> {
            var member = environment.getObject() instanceof Row row
                    ? members.get(row.type())
                    : null;
            return member == null ? null : environment.getSchema().getObjectType(member);
        });
        add(type.build());
    }

    private void enumeration(Type.EnumOf of) {
        var type = GraphQLEnumType.newEnum().name(api.typeName(of))
                .description(Descriptions.of(of.doc()));
        api.typeSource(of).map(ProductTypes::source).ifPresent(type::withAppliedDirective);
        for (var symbol : of.symbols()) {
            var literal = api.literal(of, symbol).orElseThrow();
            var value = GraphQLEnumValueDefinition.newEnumValueDefinition().name(literal)
                    .value(literal);
            if (!literal.equals(symbol)) {
                value.withAppliedDirective(source(symbol));
            }
            type.value(value.build());
        }
        api.unrecognized(of).ifPresent(literal -> type.value(literal, literal,
                "A value that the product's schema does not list."));
        add(type.build());
    }

    private static GraphQLFieldDefinition output(String name, Field field, GraphQLOutputType type) {
        var output = GraphQLFieldDefinition.newFieldDefinition().name(name)
                .description(Descriptions.of(field.doc())).type(type);
        if (!field.deprecated().isEmpty()) {
            output.deprecate(Descriptions.of(field.deprecated()));
        }
        if (!name.equals(field.name())) {
            output.withAppliedDirective(source(field.name()));
        }
        return output.build();
    }

    private static GraphQLAppliedDirective source(String name) {
        return GraphQLAppliedDirective.newDirective().name("source")
                .argument(GraphQLAppliedDirectiveArgument.newArgument().name("name")
                        .type(GraphQLNonNull.nonNull(Scalars.GraphQLString)).valueProgrammatic(name)
                        .build())
                .build();
    }

    private @Nullable String describe(RecordType record) {
        var product = api.schema().product();
        return record == api.schema().rowType() && record.doc().isBlank()
                ? Descriptions.of(product.description())
                : Descriptions.of(record.doc());
    }

    // Conditions

    private void where(RecordType record, Reach reach) {
        var name = whereName(record, reach);
        if (types.containsKey(name)) {
            return;
        }
        var where = GraphQLInputObjectType.newInputObject().name(name)
                .description("Conditions on a row; all that are given must hold.");
        var self = GraphQLNonNull.nonNull(GraphQLTypeReference.typeRef(name));
        where.field(
                f -> f.name("and").type(GraphQLList.list(self)).description("All of these hold."));
        where.field(
                f -> f.name("or").type(GraphQLList.list(self)).description("One of these holds."));
        where.field(f -> f.name("not").type(GraphQLTypeReference.typeRef(name))
                .description("This does not hold."));
        for (int i = 0; i < record.fields().size(); i++) {
            var field = record.fields().get(i);
            if (!reach.hidden().contains(field.name()) && !reach.masked().contains(field.name())) {
                where.field(input(api.whereFieldName(record, i), field, reach.below(field.name())));
            }
        }
        add(where.build());
    }

    /** As its output type is named; those have all been met before the first condition is built. */
    private String whereName(RecordType record, Reach reach) {
        return api.whereTypeName(record) + suffix(record, reach);
    }

    private String suffix(RecordType record, Reach reach) {
        return suffixes.getOrDefault(new Variant(record, reach), "");
    }

    private GraphQLInputObjectField input(String name, Field field, Reach reach) {
        var filter = filter(field.type(), reach);
        shared.add(filter);
        var input = GraphQLInputObjectField.newInputObjectField().name(name)
                .type(GraphQLTypeReference.typeRef(filter));
        if (!field.deprecated().isEmpty()) {
            input.deprecate(Descriptions.of(field.deprecated()));
        }
        if (!name.equals(field.name())) {
            input.withAppliedDirective(source(field.name()));
        }
        return input.build();
    }

    private String filter(Type type, Reach reach) {
        return switch (type) {
            case Type.Scalar scalar -> SharedTypes.filterName(scalar.kind());
            case Type.EnumOf of -> {
                add(SharedTypes.enumFilterType(api.filterTypeName(of),
                        GraphQLTypeReference.typeRef(name(of, EVERYTHING, ""))));
                yield api.filterTypeName(of);
            }
            case RecordType record -> {
                work.add(() -> where(record, reach));
                yield whereName(record, reach);
            }
            case Type.ListOf list -> listFilter(list.element(), reach);
            case Type.MapOf map -> mapFilter(map.value(), reach);
            case Type.Union union -> SharedTypes.PRESENCE_FILTER;
            case Type.Json json -> SharedTypes.PRESENCE_FILTER;
        };
    }

    private String listFilter(Type element, Reach reach) {
        return switch (element) {
            case Type.Scalar scalar -> SharedTypes.filterPrefix(scalar.kind()) + "ListFilter";
            case Type.ListOf list when list.element() instanceof Type.Scalar scalar ->
                SharedTypes.filterPrefix(scalar.kind()) + "ListListFilter";
            case Type.EnumOf of -> {
                var name = api.listFilterTypeName(of);
                add(SharedTypes.listFilterType(name,
                        GraphQLTypeReference.typeRef(name(of, EVERYTHING, "")),
                        filter(of, EVERYTHING)));
                shared.add("IntFilter");
                yield name;
            }
            case RecordType record -> {
                var name = api.listFilterTypeName(record) + suffix(record, reach);
                add(SharedTypes.listFilterType(name, null, filter(record, reach)));
                shared.add("IntFilter");
                yield name;
            }
            case Type.ListOf list -> SharedTypes.LIST_FILTER;
            case Type.MapOf map -> SharedTypes.LIST_FILTER;
            case Type.Union union -> SharedTypes.LIST_FILTER;
            case Type.Json json -> SharedTypes.LIST_FILTER;
        };
    }

    private String mapFilter(Type value, Reach reach) {
        return switch (value) {
            case Type.Scalar scalar -> SharedTypes.filterPrefix(scalar.kind()) + "MapFilter";
            case Type.ListOf list when list.element() instanceof Type.Scalar scalar ->
                SharedTypes.filterPrefix(scalar.kind()) + "ListMapFilter";
            case Type.EnumOf of -> mapFilter(of, "", filter(of, EVERYTHING));
            case RecordType record ->
                mapFilter(record, suffix(record, reach), filter(record, reach));
            case Type.ListOf list -> SharedTypes.MAP_FILTER;
            case Type.MapOf map -> SharedTypes.MAP_FILTER;
            case Type.Union union -> SharedTypes.MAP_FILTER;
            case Type.Json json -> SharedTypes.MAP_FILTER;
        };
    }

    private String mapFilter(Type named, String suffix, String valueFilter) {
        var name = api.mapFilterTypeName(named) + suffix;
        var entry = api.entryFilterTypeName(named) + suffix;
        add(SharedTypes.entryFilterType(entry, valueFilter));
        add(SharedTypes.mapFilterType(name, entry, valueFilter));
        shared.add("IntFilter");
        return name;
    }

    // What surrounds the rows

    private void key() {
        var type = GraphQLObjectType.newObject().name(api.keyTypeName());
        if (api.schema().key().isEmpty()) {
            type.description(
                    "The place of an event in the product's log; this product has no key.");
            keyField(type, 0, "_partition", GraphQLNonNull.nonNull(Scalars.GraphQLInt),
                    ScalarKind.INT32);
            keyField(type, 1, "_offset", GraphQLNonNull.nonNull(ScalarTypes.LONG),
                    ScalarKind.INT64);
            add(GraphQLInputObjectType.newInputObject().name(api.keyInputTypeName())
                    .field(f -> f.name("_partition")
                            .type(GraphQLNonNull.nonNull(Scalars.GraphQLInt)))
                    .field(f -> f.name("_offset").type(GraphQLNonNull.nonNull(ScalarTypes.LONG)))
                    .build());
            add(type.build());
            return;
        }
        type.description("What identifies a row.");
        boolean empty = true;
        var input = GraphQLInputObjectType.newInputObject().name(api.keyInputTypeName())
                .description("What identifies a row.");
        for (int i = 0; i < api.key().size(); i++) {
            var key = api.key().get(i);
            if (!root.shows(key.path())) {
                continue;
            }
            empty = false;
            var of = key.path().type();
            var shown = isPlain(of) ? plain(of) : ScalarTypes.JSON;
            boolean nullable = isNullable(of) || !root.tells(key.path()) || !isPlain(of)
                    || key.path().fields().stream().anyMatch(Field::nullable);
            var doc = Descriptions.of(key.path().fields().getLast().doc());
            var output = GraphQLFieldDefinition.newFieldDefinition().name(key.name())
                    .description(doc).type(nullable ? shown : GraphQLNonNull.nonNull(shown));
            boolean isPlainName = key.name().equals(key.path().text().replace('.', '_'));
            if (!isPlainName) {
                output.withAppliedDirective(source(key.path().text()));
            }
            type.field(output.build());
            keyFetcher(i, key.name(), of);
            if (isPlain(of)) {
                var field = GraphQLInputObjectField.newInputObjectField().name(key.name())
                        .description(doc).type(GraphQLNonNull.nonNull(plain(of)));
                if (!isPlainName) {
                    field.withAppliedDirective(source(key.path().text()));
                }
                input.field(field.build());
            }
        }
        if (empty) {
            type.field(f -> f.name("_empty").type(Scalars.GraphQLBoolean)
                    .description("Always null: the key is not yours to see."));
        }
        add(type.build());
        if (hasKeyInput()) {
            add(input.build());
        }
    }

    private void keyField(GraphQLObjectType.Builder type, int index, String name,
            GraphQLOutputType of,
            ScalarKind kind) {
        type.field(f -> f.name(name).type(of));
        keyFetcher(index, name, Type.Scalar.of(kind));
    }

    private void keyFetcher(int index, String name, Type type) {
        var shown = RowFetcher.shown(api, type);
        registry.dataFetcher(FieldCoordinates.coordinates(api.keyTypeName(), name),
                (DataFetcher<@Nullable Object>) environment -> {
                    Object source = environment.getSource();
                    Object value = source instanceof List<?> key ? key.get(index) : null;
                    return value == null ? null : shown.apply(value);
                });
    }

    private static boolean isPlain(Type type) {
        return type instanceof Type.Scalar || type instanceof Type.EnumOf;
    }

    private GraphQLOutputType plain(Type type) {
        return type instanceof Type.Scalar scalar
                ? ScalarTypes.of(scalar.kind())
                : GraphQLTypeReference.typeRef(api.typeName(type));
    }

    private void event() {
        var row = GraphQLTypeReference.typeRef(api.typeName());
        add(GraphQLObjectType.newObject().name(api.eventTypeName())
                .description("One change of one row.")
                .field(f -> f.name("cursor").type(GraphQLNonNull.nonNull(ScalarTypes.CURSOR))
                        .description("The position behind this event."))
                .field(f -> f.name("op").type(required("Operation"))
                        .description("What happened to the row."))
                .field(f -> f.name("time").type(GraphQLNonNull.nonNull(ScalarTypes.DATE_TIME))
                        .description(
                                "The event's own time, else the time at which it was recorded."))
                .field(f -> f.name("key").type(required(api.keyTypeName()))
                        .description("Which row."))
                .field(f -> f.name("value").type(row)
                        .description("The row now; null if it is gone."))
                .field(f -> f.name("previous").type(row)
                        .description("The row before, where the source tells it."))
                .build());
    }

    private void product() {
        var type = GraphQLObjectType.newObject().name(api.productTypeName())
                .description(Descriptions.of(api.schema().product().description()));
        if (api.schema().product().view().enabled()) {
            if (hasKeyInput()) {
                type.field(f -> f.name("latest").type(GraphQLTypeReference.typeRef(api.typeName()))
                        .description("The row of this key, null if there is none.")
                        .argument(GraphQLArgument.newArgument().name("key")
                                .type(required(api.keyInputTypeName())).build()));
            }
            var items = GraphQLFieldDefinition.newFieldDefinition().name("items")
                    .description("The current rows, a page at a time.")
                    .type(required(api.connectionTypeName()));
            page(items, api, !orderFields().isEmpty());
            type.field(items.build());
            type.field(aggregateField());
            type.field(eventsField());
            type.field(f -> f.name("position").type(GraphQLNonNull.nonNull(ScalarTypes.CURSOR))
                    .description(
                            "Everything selected beside it is one consistent state at this position; a stream"
                                    + " continues `from` it exactly."));
        }
        type.field(f -> f.name("contract").type(required("Contract"))
                .description("What the owner states and promises."));
        add(type.build());
    }

    private GraphQLFieldDefinition aggregateField() {
        var orders = !orderFields().isEmpty();
        var field = GraphQLFieldDefinition.newFieldDefinition().name("aggregate")
                .description("The current rows counted and measured, in groups. Without `groupBy`"
                        + " and `bucket` all rows are one group; with them there is one for each"
                        + " combination that rows have.")
                .type(GraphQLNonNull.nonNull(GraphQLList.list(required(api.aggregateTypeName()))))
                .argument(argument("where", GraphQLTypeReference.typeRef(
                        api.whereTypeName(api.schema().rowType())),
                        "Only rows that satisfy this count."));
        if (orders) {
            field.argument(argument("groupBy", GraphQLList.list(required(api.orderFieldTypeName())),
                    "One group for each different value of these; rows without a value are a group"
                            + " of their own."));
        }
        field.argument(argument("bucket", GraphQLTypeReference.typeRef(SharedTypes.TIME_BUCKET),
                "One group for each stretch of time, such as each day."));
        field.argument(argument("having", GraphQLList.list(required(api.aggregateHavingTypeName())),
                "Only groups whose figures satisfy all of these."));
        return field
                .argument(argument("orderBy",
                        GraphQLList.list(required(api.aggregateOrderByTypeName())),
                        "Outermost first; groups that are alike come in the order of their own"
                                + " values, and absent values last."))
                .argument(argument("first", Scalars.GraphQLInt, "At most so many groups."))
                .argument(argument("after", Scalars.GraphQLString,
                        "Only groups behind this cursor of the same question."))
                .build();
    }

    private GraphQLFieldDefinition eventsField() {
        var field = GraphQLFieldDefinition.newFieldDefinition().name("events")
                .description("What happened to the rows, as long as the product keeps it: the"
                        + " events of a stream, a page at a time.")
                .type(required(api.eventConnectionTypeName()));
        if (hasKeyInput()) {
            field.argument(argument("key", GraphQLTypeReference.typeRef(api.keyInputTypeName()),
                    "Only events of this key."));
        }
        return field
                .argument(argument("where",
                        GraphQLTypeReference.typeRef(api.whereTypeName(api.schema().rowType())),
                        "Only events whose row satisfies this."))
                .argument(argument("from", Scalars.GraphQLString,
                        "Not before this: an RFC 3339 time, or a cursor, of which only what is"
                                + " behind it counts."))
                .argument(argument("to", Scalars.GraphQLString,
                        "Before this: an RFC 3339 time, or a cursor, of which what is behind it"
                                + " does not count."))
                .argument(argument("first", Scalars.GraphQLInt, "At most so many."))
                .argument(argument("after", Scalars.GraphQLString,
                        "Only what is behind this cursor of an event."))
                .build();
    }

    private void eventConnection() {
        add(GraphQLObjectType.newObject().name(api.eventConnectionTypeName())
                .description("A page of events; those of one key come in the order in which they"
                        + " happened.")
                .field(f -> f.name("edges").type(GraphQLNonNull.nonNull(
                        GraphQLList.list(required(api.eventEdgeTypeName())))))
                .field(f -> f.name("nodes").type(GraphQLNonNull.nonNull(
                        GraphQLList.list(required(api.eventTypeName())))))
                .field(f -> f.name("pageInfo").type(required("PageInfo")))
                .build());
        add(GraphQLObjectType.newObject().name(api.eventEdgeTypeName())
                .description("An event on a page.")
                .field(f -> f.name("cursor").type(GraphQLNonNull.nonNull(Scalars.GraphQLString))
                        .description("The event's own cursor: a stream continues `from` it, the"
                                + " next page `after` it."))
                .field(f -> f.name("node").type(required(api.eventTypeName()))).build());
    }

    // Figures

    private void aggregate() {
        shared.add(SharedTypes.TIME_BUCKET);
        shared.add(SharedTypes.MEASURE);
        var fields = orderFields();
        var numbers = new LinkedHashMap<>(fields);
        numbers.values().removeIf(path -> !ProductApi.isNumber(path.type()));
        var type = GraphQLObjectType.newObject().name(api.aggregateTypeName())
                .description("A group of rows and its figures.")
                .field(f -> f.name("bucket").type(ScalarTypes.DATE_TIME).description(
                        "When the group's stretch of time begins; null without `bucket`, and for"
                                + " rows without a time."));
        figures(type, "group", api.aggregateGroupTypeName(), fields,
                "What the rows of the group have in common; null for what is not in `groupBy`.",
                path -> plain(path.type()));
        type.field(f -> f.name("count").type(GraphQLNonNull.nonNull(ScalarTypes.LONG))
                .description("How many rows there are."));
        figures(type, "countDistinct", api.aggregateCountsTypeName(), fields,
                "How many different values there are; absent ones do not count.",
                path -> GraphQLNonNull.nonNull(ScalarTypes.LONG));
        figures(type, "sum", api.aggregateSumsTypeName(), numbers,
                "The values added up, exactly except for floating-point numbers; null if there is"
                        + " none.",
                path -> isFloating(path.type()) ? Scalars.GraphQLFloat : ScalarTypes.DECIMAL);
        figures(type, "avg", api.aggregateAveragesTypeName(), numbers,
                "The mean of the values; null if there is none.", path -> Scalars.GraphQLFloat);
        figures(type, "min", api.aggregateValuesTypeName(), fields,
                "The smallest or earliest value; null if there is none.",
                path -> plain(path.type()));
        figures(type, "max", api.aggregateValuesTypeName(), fields,
                "The largest or latest value; null if there is none.", path -> plain(path.type()));
        if (!numbers.isEmpty()) {
            type.field(f -> f.name("percentile")
                    .type(GraphQLTypeReference.typeRef(api.aggregateAveragesTypeName()))
                    .description("The value that the share `p` of all values does not exceed, on"
                            + " the line between two values where it lies between them; null if"
                            + " there is none. Ask for several under names of their own:"
                            + " `p95: percentile(p: 0.95) { … }`.")
                    .argument(argument("p", GraphQLNonNull.nonNull(Scalars.GraphQLFloat),
                            "Between 0 and 1; 0.5 is the median.")));
        }
        type.field(f -> f.name("cursor").type(GraphQLNonNull.nonNull(Scalars.GraphQLString))
                .description("The place of this group in the answer; the next page is `after`"
                        + " it."));
        add(type.build());
        having(!fields.isEmpty());
        aggregateOrder(!fields.isEmpty());
    }

    private static boolean isFloating(Type type) {
        return type instanceof Type.Scalar scalar
                && (scalar.kind() == ScalarKind.FLOAT32 || scalar.kind() == ScalarKind.FLOAT64);
    }

    /** A field of the aggregate that holds one figure for each of some fields of the row; none where there are none. */
    private void figures(GraphQLObjectType.Builder aggregate, String name, String typeName,
            Map<String, FieldPath> fields, String description,
            Function<FieldPath, GraphQLOutputType> figure) {
        if (fields.isEmpty()) {
            return;
        }
        aggregate.field(f -> f.name(name).type(GraphQLTypeReference.typeRef(typeName))
                .description(description));
        var type = GraphQLObjectType.newObject().name(typeName)
                .description("One figure for each field of the row.");
        fields.forEach((literal, path) -> {
            var field = GraphQLFieldDefinition.newFieldDefinition().name(literal)
                    .type(figure.apply(path));
            var deprecated = path.fields().getLast().deprecated();
            if (!deprecated.isEmpty()) {
                field.deprecate(Descriptions.of(deprecated));
            }
            if (!literal.equals(path.text().replace('.', '_'))) {
                field.withAppliedDirective(source(path.text()));
            }
            type.field(field.build());
        });
        add(type.build());
    }

    private void having(boolean hasFields) {
        var having = GraphQLInputObjectType.newInputObject().name(api.aggregateHavingTypeName())
                .description("Conditions on one figure of a group; all that are given must hold. A"
                        + " figure that is null satisfies none.");
        measure(having, true, hasFields);
        for (var operator : List.of("eq", "ne", "gt", "gte", "lt", "lte")) {
            having.field(f -> f.name(operator).type(ScalarTypes.JSON)
                    .description(SharedTypes.MEANING.getOrDefault(operator, "")));
        }
        add(having.build());
    }

    private void aggregateOrder(boolean hasFields) {
        var order = GraphQLInputObjectType.newInputObject().name(api.aggregateOrderByTypeName())
                .description("What groups are ordered by: exactly one of "
                        + (hasFields
                                ? "`bucket`, `group` and `measure`."
                                : "`bucket` and `measure`."))
                .field(f -> f.name("bucket").type(GraphQLTypeReference.typeRef("Direction"))
                        .description("By when their stretch of time begins."));
        if (hasFields) {
            order.field(f -> f.name("group")
                    .type(GraphQLTypeReference.typeRef(api.orderFieldTypeName()))
                    .description("By this field, one of `groupBy`."));
        }
        measure(order, false, hasFields);
        order.field(f -> f.name("direction").type(GraphQLTypeReference.typeRef("Direction"))
                .defaultValueProgrammatic("ASC").description("Of `group` or `measure`."));
        add(order.build());
    }

    private void measure(GraphQLInputObjectType.Builder input, boolean isRequired,
            boolean hasFields) {
        var measure = GraphQLTypeReference.typeRef(SharedTypes.MEASURE);
        input.field(f -> f.name("measure")
                .type(isRequired ? GraphQLNonNull.nonNull(measure) : measure)
                .description(isRequired ? "Which figure." : "By this figure."));
        if (hasFields) {
            input.field(f -> f.name("field")
                    .type(GraphQLTypeReference.typeRef(api.orderFieldTypeName()))
                    .description("The figure's field; every one but `COUNT` has one."));
            input.field(f -> f.name("percentile").type(Scalars.GraphQLFloat)
                    .description("Between 0 and 1, with `PERCENTILE`."));
        }
    }

    private void connection() {
        add(GraphQLObjectType.newObject().name(api.connectionTypeName())
                .description("A page of rows.")
                .field(f -> f.name("edges").type(GraphQLNonNull.nonNull(
                        GraphQLList.list(required(api.edgeTypeName())))))
                .field(f -> f.name("nodes").type(GraphQLNonNull.nonNull(
                        GraphQLList.list(required(api.typeName())))))
                .field(f -> f.name("pageInfo").type(required("PageInfo")))
                .field(f -> f.name("totalCount").type(ScalarTypes.LONG)
                        .description("How many rows satisfy `where`, on all pages."))
                .build());
        add(GraphQLObjectType.newObject().name(api.edgeTypeName()).description("A row on a page.")
                .field(f -> f.name("cursor").type(GraphQLNonNull.nonNull(Scalars.GraphQLString)))
                .field(f -> f.name("node").type(required(api.typeName()))).build());
    }

    private Map<String, FieldPath> orderFields() {
        var visible = new LinkedHashMap<>(api.orderFields());
        visible.values().removeIf(path -> !root.tells(path));
        return visible;
    }

    private void order() {
        var fields = orderFields();
        if (fields.isEmpty()) {
            return;
        }
        var type = GraphQLEnumType.newEnum().name(api.orderFieldTypeName())
                .description("What rows can be ordered by; absent values come last.");
        fields.forEach((name, path) -> {
            var value = GraphQLEnumValueDefinition.newEnumValueDefinition().name(name).value(name)
                    .description(Descriptions.of(path.fields().getLast().doc()));
            Optional.of(path.fields().getLast().deprecated()).filter(reason -> !reason.isEmpty())
                    .ifPresent(reason -> value.deprecationReason(Descriptions.of(reason)));
            if (!name.equals(path.text().replace('.', '_'))) {
                value.withAppliedDirective(source(path.text()));
            }
            type.value(value.build());
        });
        add(type.build());
        add(GraphQLInputObjectType.newInputObject().name(api.orderByTypeName())
                .field(f -> f.name("field").type(required(api.orderFieldTypeName())))
                .field(f -> f.name("direction").type(GraphQLTypeReference.typeRef("Direction"))
                        .defaultValueProgrammatic("ASC"))
                .build());
    }

    private static GraphQLArgument argument(String name, GraphQLInputType type,
            String description) {
        return GraphQLArgument.newArgument().name(name).type(type).description(description).build();
    }

    private static GraphQLNonNull required(String type) {
        return GraphQLNonNull.nonNull(GraphQLTypeReference.typeRef(type));
    }

    private void add(GraphQLNamedType type) {
        types.put(type.getName(), type);
    }
}

package io.tidegate.diff;

import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a product as GraphQL and the stream show them, compared field by field. A record that stands at several
 * places is compared once, at the first of them.
 */
final class RowFaces {
    private final Side before;
    private final Side after;
    private final Findings findings;
    private final Map<Pair, String> seen = new HashMap<>();
    private final Deque<Runnable> work = new ArrayDeque<>();

    /** A product, its API and the schema of a caller who may see everything. */
    private record Side(ProductSchema product, ProductApi api, GraphQLSchema schema) {
        static Side of(ProductSchema product) {
            var api = ProductApi.of(product);
            return new Side(product, api,
                    GraphQlSchemas.build(List.of(new Visible(api, Set.of()))));
        }

        GraphQLObjectType object(String name) {
            return Objects.requireNonNull(schema.getObjectType(name), name);
        }

        @Nullable
        GraphQLFieldDefinition output(RecordType record, int position) {
            return object(api.typeName(record))
                    .getFieldDefinition(api.fieldName(record, position));
        }

        Optional<GraphQLType> condition(RecordType record, int position) {
            return schema.getType(
                    api.whereTypeName(record)) instanceof GraphQLInputObjectType where
                            ? Optional
                                    .ofNullable(where.getField(
                                            api.whereFieldName(record, position)))
                                    .map(field -> field.getType())
                            : Optional.empty();
        }

        /** Own types without the product's name in front, so that a renamed product is one difference and not all. */
        String plain(String typeName) {
            return typeName.startsWith(api.typeName())
                    ? "~" + typeName.substring(api.typeName().length())
                    : typeName;
        }
    }

    /** Types that have been compared, by identity where they have one. */
    private record Pair(Type before, Type after) {
    }

    private RowFaces(ProductSchema before, ProductSchema after, Findings findings) {
        this.before = Side.of(before);
        this.after = Side.of(after);
        this.findings = findings;
    }

    static void compare(ProductSchema before, ProductSchema after, Findings findings) {
        new RowFaces(before, after, findings).compare();
    }

    private void compare() {
        if (!before.api().rootField().equals(after.api().rootField())
                || !before.api().typeName().equals(after.api().typeName())) {
            findings.setting(Rule.PRODUCT_RENAMED, "graphql", before.api().typeName(),
                    after.api().typeName());
        }
        records(before.product().rowType(), after.product().rowType(), "");
        while (!work.isEmpty()) {
            work.remove().run();
        }
        key();
        boolean viewBefore = before.product().product().view().enabled();
        boolean viewAfter = after.product().product().view().enabled();
        if (viewBefore && !viewAfter) {
            findings.setting(Rule.PULL_QUERIES_REMOVED, "view", "a view", "none");
        } else if (!viewBefore && viewAfter) {
            findings.setting(Rule.PULL_QUERIES_ADDED, "view", "none", "a view");
        } else if (viewBefore) {
            orders();
        }
        arguments();
        rowDescription();
    }

    private void rowDescription() {
        if (!describe(before).equals(describe(after))) {
            findings.setting(Rule.DESCRIPTION_CHANGED, "description", describe(before),
                    describe(after));
        }
    }

    private static String describe(Side side) {
        return side.product().product().description();
    }

    // Records

    private void records(RecordType a, RecordType b, String path) {
        var comparedAt = seen.putIfAbsent(new Pair(a, b), path);
        if (comparedAt != null) {
            findings.alias(path, comparedAt);
            return;
        }
        names(a, b, path);
        if (!path.isEmpty() && !a.doc().equals(b.doc())) {
            findings.field(Rule.DESCRIPTION_CHANGED, path, a.doc(), b.doc());
        }
        for (int i = 0; i < a.fields().size(); i++) {
            var field = a.fields().get(i);
            var at = join(path, field.name());
            var position = b.position(field.name());
            if (position.isPresent()) {
                fields(a, i, b, position.getAsInt(), at);
            } else {
                findings.field(Rule.FIELD_REMOVED, at, print(before, a, i), "");
                findings.field(Rule.PAYLOAD_FIELD_REMOVED, at,
                        Payloads.shown(field.type(), field.nullable()), "");
            }
        }
        for (int i = 0; i < b.fields().size(); i++) {
            var field = b.fields().get(i);
            if (a.position(field.name()).isEmpty()) {
                var at = join(path, field.name());
                findings.field(Rule.FIELD_ADDED, at, "", print(after, b, i));
                findings.field(Rule.PAYLOAD_FIELD_ADDED, at, "",
                        Payloads.shown(field.type(), field.nullable()));
            }
        }
    }

    private static String join(String path, String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    private void names(Type a, Type b, String path) {
        var one = before.plain(before.api().typeName(a));
        var other = after.plain(after.api().typeName(b));
        if (!one.equals(other)) {
            findings.field(Rule.TYPE_RENAMED, path, before.api().typeName(a),
                    after.api().typeName(b));
        }
    }

    private static String print(Side side, RecordType record, int position) {
        var output = side.output(record, position);
        return output == null ? "" : GraphQLTypeUtil.simplePrint(output.getType());
    }

    private void fields(RecordType a, int i, RecordType b, int j, String path) {
        var old = a.fields().get(i);
        var now = b.fields().get(j);
        var oldName = before.api().fieldName(a, i);
        var newName = after.api().fieldName(b, j);
        if (!oldName.equals(newName)) {
            findings.field(Rule.FIELD_RENAMED, path, oldName, newName);
        }
        var oldOutput = Objects.requireNonNull(before.output(a, i), "field");
        var newOutput = Objects.requireNonNull(after.output(b, j), "field");
        output(old, oldOutput, now, newOutput, path);
        condition(a, i, b, j, path);
        notes(old, now, path);
        Payloads.compare(old, now, path, findings);
        inner(old.type(), now.type(), path);
    }

    private void notes(Field old, Field now, String path) {
        if (!old.doc().equals(now.doc())) {
            findings.field(Rule.DESCRIPTION_CHANGED, path, old.doc(), now.doc());
        }
        if (!old.deprecated().equals(now.deprecated())) {
            findings.field(
                    now.deprecated().isEmpty() ? Rule.FIELD_REINSTATED : Rule.FIELD_DEPRECATED,
                    path, old.deprecated(), now.deprecated());
        }
    }

    private void output(Field a, GraphQLFieldDefinition old, Field b, GraphQLFieldDefinition now,
            String path) {
        var change = new Nullability();
        var one = GraphQLTypeUtil.simplePrint(old.getType());
        var other = GraphQLTypeUtil.simplePrint(now.getType());
        if (!change.compare(a.type(), old.getType(), b.type(), now.getType())) {
            findings.field(Rule.FIELD_TYPE_CHANGED, path, one, other);
            return;
        }
        if (change.looser) {
            findings.field(Rule.FIELD_NULLABLE, path, one, other);
        }
        if (change.tighter) {
            findings.field(Rule.FIELD_NOT_NULL, path, one, other);
        }
        change.entries.forEach((entry, renamed) -> {
            if (!before.plain(entry).equals(after.plain(renamed))) {
                findings.field(Rule.TYPE_RENAMED, path, entry, renamed);
            }
        });
    }

    /** Compares types but for the places of their {@code !}, which it notes. */
    private static final class Nullability {
        private boolean looser;
        private boolean tighter;
        private final Map<String, String> entries = new LinkedHashMap<>();

        boolean compare(Type a, GraphQLType shownA, Type b, GraphQLType shownB) {
            boolean needsA = shownA instanceof GraphQLNonNull;
            boolean needsB = shownB instanceof GraphQLNonNull;
            looser |= needsA && !needsB;
            tighter |= !needsA && needsB;
            var one = bare(shownA);
            var other = bare(shownB);
            if (a instanceof Type.ListOf listA && b instanceof Type.ListOf listB) {
                return compare(listA.element(), element(one), listB.element(), element(other));
            }
            if (a instanceof Type.MapOf mapA && b instanceof Type.MapOf mapB) {
                var entryA = (GraphQLObjectType) bare(element(one));
                var entryB = (GraphQLObjectType) bare(element(other));
                entries.put(entryA.getName(), entryB.getName());
                return compare(mapA.value(), entryA.getFieldDefinition("value").getType(),
                        mapB.value(), entryB.getFieldDefinition("value").getType());
            }
            if (one instanceof GraphQLNamedType namedA
                    && other instanceof GraphQLNamedType namedB) {
                // Names of records, enums and unions are compared where these are.
                return a.getClass() == b.getClass() && (!(a instanceof Type.Scalar)
                        || namedA.getName().equals(namedB.getName()));
            }
            return false;
        }

        private static GraphQLType bare(GraphQLType type) {
            return type instanceof GraphQLNonNull wrapped ? wrapped.getWrappedType() : type;
        }

        private static GraphQLType element(GraphQLType list) {
            return list instanceof GraphQLList wrapped ? wrapped.getWrappedType() : list;
        }
    }

    private void condition(RecordType a, int i, RecordType b, int j, String path) {
        if (findings.has(Rule.FIELD_TYPE_CHANGED, path)) {
            return;
        }
        var old = before.condition(a, i);
        var now = after.condition(b, j);
        if (old.isPresent() && now.isPresent()) {
            var oldText = conditionText(before, before.api().whereFieldName(a, i), old.get());
            var newText = conditionText(after, after.api().whereFieldName(b, j), now.get());
            // The filter of a renamed field or type is renamed with it.
            boolean isExplained = findings.has(Rule.FIELD_RENAMED, path)
                    || a.fields().get(i).type() instanceof RecordType
                    || isEnum(a.fields().get(i).type());
            if (!oldText.equals(newText) && !isExplained) {
                findings.field(Rule.CONDITION_CHANGED, path, oldText, newText);
            }
        } else if (old.isPresent() && !findings.has(Rule.PULL_QUERIES_REMOVED)) {
            findings.field(Rule.CONDITION_CHANGED, path,
                    conditionText(before, before.api().whereFieldName(a, i), old.get()), "");
        }
    }

    private static boolean isEnum(Type type) {
        return type instanceof Type.EnumOf
                || (type instanceof Type.ListOf list && list.element() instanceof Type.EnumOf);
    }

    private static String conditionText(Side side, String name, GraphQLType type) {
        return name + ": " + side.plain(GraphQLTypeUtil.simplePrint(type)).replace("~", "…");
    }

    private void inner(Type a, Type b, String path) {
        switch (a) {
            case RecordType one when b instanceof RecordType other ->
                work.add(() -> records(one, other, path));
            case Type.EnumOf one when b instanceof Type.EnumOf other -> enums(one, other, path);
            case Type.Union one when b instanceof Type.Union other -> unions(one, other, path);
            case Type.ListOf one when b instanceof Type.ListOf other ->
                inner(one.element(), other.element(), path);
            case Type.MapOf one when b instanceof Type.MapOf other ->
                inner(one.value(), other.value(), path);
            case RecordType other -> {
            }
            case Type.EnumOf other -> {
            }
            case Type.Union other -> {
            }
            case Type.ListOf other -> {
            }
            case Type.MapOf other -> {
            }
            case Type.Scalar other -> {
            }
            case Type.Json other -> {
            }
        }
    }

    private void enums(Type.EnumOf a, Type.EnumOf b, String path) {
        var comparedAt = seen.putIfAbsent(new Pair(a, b), path);
        if (comparedAt != null) {
            findings.alias(path, comparedAt);
            return;
        }
        names(a, b, path);
        for (var symbol : a.symbols()) {
            var old = before.api().literal(a, symbol).orElse(symbol);
            if (!b.symbols().contains(symbol)) {
                findings.field(Rule.ENUM_VALUE_REMOVED, path, old, "");
                findings.field(Rule.PAYLOAD_ENUM_VALUE_REMOVED, path, symbol, "");
                continue;
            }
            var now = after.api().literal(b, symbol).orElse(symbol);
            if (!old.equals(now)) {
                findings.field(Rule.ENUM_VALUE_RENAMED, path, old, now);
            }
        }
        for (var symbol : b.symbols()) {
            if (!a.symbols().contains(symbol)) {
                findings.field(Rule.ENUM_VALUE_ADDED, path, "",
                        after.api().literal(b, symbol).orElse(symbol));
                findings.field(Rule.PAYLOAD_ENUM_VALUE_ADDED, path, "", symbol);
            }
        }
        if (!a.open() && b.open()) {
            findings.field(Rule.ENUM_VALUE_ADDED, path, "", "UNRECOGNIZED");
            findings.field(Rule.PAYLOAD_ENUM_OPENED, path, "listed values", "any number besides");
        } else if (a.open() && !b.open()) {
            findings.field(Rule.ENUM_VALUE_REMOVED, path, "UNRECOGNIZED", "");
            findings.field(Rule.PAYLOAD_ENUM_CLOSED, path, "any number besides", "listed values");
        }
        if (!a.doc().equals(b.doc())) {
            findings.field(Rule.DESCRIPTION_CHANGED, path, a.doc(), b.doc());
        }
    }

    private void unions(Type.Union a, Type.Union b, String path) {
        var comparedAt = seen.putIfAbsent(new Pair(a, b), path);
        if (comparedAt != null) {
            findings.alias(path, comparedAt);
            return;
        }
        names(a, b, path);
        var old = members(a);
        var now = members(b);
        old.forEach((name, member) -> {
            var same = now.get(name);
            if (same == null) {
                findings.field(Rule.UNION_MEMBER_REMOVED, path, before.api().typeName(member), "");
                findings.field(Rule.PAYLOAD_UNION_MEMBER_REMOVED, path, member.name(), "");
            } else {
                work.add(() -> records(member, same, path));
            }
        });
        now.forEach((name, member) -> {
            if (!old.containsKey(name)) {
                findings.field(Rule.UNION_MEMBER_ADDED, path, "", after.api().typeName(member));
                findings.field(Rule.PAYLOAD_UNION_MEMBER_ADDED, path, "", member.name());
            }
        });
    }

    private static Map<String, RecordType> members(Type.Union union) {
        var members = new LinkedHashMap<String, RecordType>();
        union.members().forEach(member -> members.put(member.name(), member));
        return members;
    }

    // What surrounds the rows

    private void key() {
        var old = before.product().key().stream().map(FieldPath::text).toList();
        var now = after.product().key().stream().map(FieldPath::text).toList();
        if (!old.equals(now)) {
            findings.setting(Rule.KEY_CHANGED, "stream.key", keyText(old), keyText(now));
            findings.setting(Rule.STREAM_KEY_CHANGED, "stream.key", keyText(old), keyText(now));
            return;
        }
        for (int i = 0; i < old.size(); i++) {
            var one = before.api().key().get(i).name();
            var other = after.api().key().get(i).name();
            if (!one.equals(other) && !findings.has(Rule.FIELD_RENAMED, old.get(i))) {
                findings.field(Rule.FIELD_RENAMED, old.get(i), one, other);
            }
        }
    }

    private static String keyText(List<String> key) {
        return key.isEmpty() ? "partition and offset" : String.join(", ", key);
    }

    private void orders() {
        var old = byPath(before.api());
        var now = byPath(after.api());
        old.forEach((path, literal) -> {
            var same = now.get(path);
            boolean isExplained = findings.has(Rule.FIELD_REMOVED, path)
                    || findings.has(Rule.FIELD_TYPE_CHANGED, path)
                    || findings.has(Rule.FIELD_RENAMED, path);
            if (!literal.equals(same) && !isExplained) {
                findings.field(Rule.ORDER_REMOVED, path, literal, same == null ? "" : same);
            }
        });
        now.forEach((path, literal) -> {
            if (!old.containsKey(path) && !findings.has(Rule.FIELD_ADDED, path)
                    && !findings.has(Rule.FIELD_TYPE_CHANGED, path)) {
                findings.field(Rule.ORDER_ADDED, path, "", literal);
            }
        });
    }

    private static Map<String, String> byPath(ProductApi api) {
        var literals = new LinkedHashMap<String, String>();
        api.orderFields().forEach((literal, path) -> literals.put(path.text(), literal));
        return literals;
    }

    private void arguments() {
        var old = arguments(before);
        var now = arguments(after);
        boolean viewChanged = findings.has(Rule.PULL_QUERIES_REMOVED)
                || findings.has(Rule.PULL_QUERIES_ADDED);
        old.forEach((name, type) -> {
            if (viewChanged && !name.startsWith("subscription")) {
                return;
            }
            var same = now.get(name);
            if (!type.equals(same)) {
                findings.setting(Rule.ARGUMENT_REMOVED, name, type, same == null ? "" : same);
            }
        });
        now.forEach((name, type) -> {
            if (!old.containsKey(name) && !(viewChanged && !name.startsWith("subscription"))) {
                findings.setting(Rule.ARGUMENT_ADDED, name, "", type);
            }
        });
    }

    private static Map<String, String> arguments(Side side) {
        var all = new LinkedHashMap<String, String>();
        var subscription = Objects.requireNonNull(side.schema().getSubscriptionType(), "type")
                .getFieldDefinition(side.api().rootField());
        subscription.getArguments()
                .forEach(argument -> all.put("subscription." + argument.getName(),
                        text(side, argument)));
        for (var field : side.object(side.api().productTypeName())
                .getFieldDefinitions()) {
            field.getArguments().forEach(argument -> all
                    .put(field.getName() + "." + argument.getName(), text(side, argument)));
        }
        return all;
    }

    private static String text(Side side, GraphQLArgument argument) {
        return GraphQLTypeUtil.simplePrint(argument.getType()).replace(side.api().typeName(), "…");
    }
}

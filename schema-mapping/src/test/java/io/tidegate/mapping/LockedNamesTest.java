package io.tidegate.mapping;

import static io.tidegate.mapping.Products.field;
import static io.tidegate.mapping.Products.orders;
import static io.tidegate.mapping.Products.product;
import static io.tidegate.mapping.Products.row;
import static org.assertj.core.api.Assertions.assertThat;

import graphql.language.AstPrinter;
import graphql.language.TypeDefinition;
import graphql.schema.GraphQLAppliedDirective;
import graphql.schema.GraphQLDirectiveContainer;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.idl.SchemaParser;
import io.tidegate.contract.LockedNames;
import io.tidegate.contract.LockedNames.Kind;
import io.tidegate.contract.LockedNames.Source;
import io.tidegate.contract.NamesLock;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.SourceFile;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.problem.Problem;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GraphQL names never change by accident: what keeps them, and how they lead back. */
class LockedNamesTest {
    private static final List<String> NASTY = List.of("id", "ID", "Id", "_id", "$id", "-id", "été",
            "ete", "日本", "数", "__typename", "typename_", "__x", "x_", "_", "", " ", "1", "_1", "+1",
            "-1", "a.b", "a_b", "a b", "aB", "and", "or", "not", "not_", "true", "true_", "false",
            "null", "Query", "Where", "where", "Key", "Entry", "AddressWhere", "UNRECOGNIZED",
            "\uD83D\uDE80", "tags", "tagsEntry", "Filter", "on", "type", "_empty", "field_",
            "\"q\"",
            "line\nend", "\\");
    private static final List<String> RECORDS = List.of("a.Address", "b.Address", "Address",
            "c.address", "a.AddressWhere", "Key", "x.Where", "Connection", "ü", "日", "Status",
            "StatusFilter", "RowTagsEntry", "Order_Line", "OrderLine", "TagsEntry", "Event");

    @Test
    void a_lock_keeps_a_name_from_what_comes_later() {
        var before = orders(row(field("$id", ScalarKind.STRING)));
        var locked = before.api().names();

        var type = row(field("_id", ScalarKind.STRING), field("$id", ScalarKind.STRING));
        var after = ProductApi.of(orders(type).schema().locked(locked));

        assertThat(locked.names()).containsExactly(
                Map.entry(new Source(Kind.FIELD, "com.example.Row", "$id"), "_id"));
        assertThat(after.fieldName(type, 1)).isEqualTo("_id");
        assertThat(after.fieldName(type, 0)).isEqualTo("_id_2");
        assertThat(orders(type).api().fieldName(type, 1)).isEqualTo("_id_2");
    }

    @Test
    void the_name_of_a_field_that_is_gone_is_not_given_out_again() {
        var locked = orders(row(field("$id", ScalarKind.STRING))).api().names();
        var without = row(field("other", ScalarKind.STRING));

        var kept = ProductApi.of(orders(without).schema().locked(locked)).names();
        var type = row(field("#id", ScalarKind.STRING));
        var after = ProductApi.of(orders(type).schema().locked(kept));

        assertThat(kept).isEqualTo(locked);
        assertThat(after.fieldName(type, 0)).isEqualTo("_id_2");
    }

    @Test
    void a_type_keeps_its_name_when_a_nearer_one_wants_it() {
        var old = RecordType.of("a.Address", List.of(field("x", ScalarKind.STRING)));
        var locked = orders(row(field("old", old))).api().names();
        var near = RecordType.of("b.Address", List.of(field("y", ScalarKind.STRING)));
        var schema = orders(row(field("near", near), field("old", old))).schema();

        assertThat(ProductApi.of(schema).typeName(old)).isEqualTo("SalesOrdersAAddress");
        assertThat(ProductApi.of(schema.locked(locked)).typeName(old))
                .isEqualTo("SalesOrdersAddress");
    }

    @Test
    void locked_type_names_of_a_product_that_took_another_name_are_dropped() {
        var address = RecordType.of("a.Address", List.of(field("x", ScalarKind.STRING)));
        var locked = orders(row(field("to", address))).api().names();

        var renamed = ProductApi.of(orders(row(field("to", address))).graphQlName("Trade").schema()
                .locked(locked));

        assertThat(renamed.typeName(address)).isEqualTo("TradeAddress");
        assertThat(renamed.namesChanged())
                .containsExactly(Map.entry(new Source(Kind.TYPE, "", "a.Address"), "TradeAddress"));
        assertThat(renamed.names().names()).containsValue("TradeAddress").hasSize(2);
    }

    @Test
    void what_another_name_could_move_and_no_lock_keeps_is_known() {
        var address = RecordType.of("a.Address", List.of(field("x", ScalarKind.STRING)));
        var api = orders(row(field("to", address), field("$id", ScalarKind.STRING))).api();

        assertThat(api.namesUnlocked()).containsExactly(
                Map.entry(new Source(Kind.FIELD, "com.example.Row", "$id"), "_id"));
        assertThat(ProductApi.of(api.schema().locked(api.names())).namesUnlocked()).isEmpty();
    }

    @Test
    void a_locked_name_that_graphql_cannot_take_is_not_used() {
        var type = row(field("$id", ScalarKind.STRING), field("#id", ScalarKind.STRING));
        var locked = new LockedNames(Map.of(
                new Source(Kind.FIELD, "com.example.Row", "$id"), "__id",
                new Source(Kind.FIELD, "com.example.Row", "#id"), "hash_id"));

        var api = ProductApi.of(orders(type).schema().locked(locked));

        assertThat(api.fieldName(type, 0)).isEqualTo("_id");
        assertThat(api.fieldName(type, 1)).isEqualTo("hash_id");
    }

    @Test
    void contract_and_api_agree_on_the_name_of_a_product() {
        var taken = new ArrayList<>(SharedTypes.NAMES);
        taken.removeIf(name -> name.startsWith("_"));
        for (var name : taken) {
            for (int cut = 1; cut < name.length(); cut++) {
                var api = product(name.substring(0, cut).toLowerCase(java.util.Locale.ROOT),
                        name.substring(cut).toLowerCase(java.util.Locale.ROOT), 1,
                        row(field("a", ScalarKind.STRING))).api();

                assertThat(api.typeName())
                        .isEqualTo(api.schema().product().graphQlTypeName());
            }
        }
        assertThat(product("page", "info", 1, row(field("a", ScalarKind.STRING))).schema()
                .product().graphQlTypeName()).isEqualTo("PageInfo_");
        assertThat(product("string", "list-filter", 1, row(field("a", ScalarKind.STRING))).schema()
                .product().graphQlTypeName()).isEqualTo("StringListFilter_");
        assertThat(product("ab-c", "d-e2-3f", 7, row(field("a", ScalarKind.STRING))).api()
                .typeName()).isEqualTo("AbCDE23fV7");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void a_lock_survives_its_file(long seed) {
        var api = ProductApi.of(nasty(new Random(seed), "sales"));
        var lock = new NamesLock(Map.of()).with(api.id(), api.names());
        var problems = new ArrayList<Problem>();

        var read = NamesLock.read(new SourceFile("names.lock", lock.text()), problems);

        assertThat(problems).isEmpty();
        assertThat(read).isEqualTo(lock);
        assertThat(lock.text()).isEqualTo(read.text()).matches("[ -~\n]*");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void no_product_names_anything_of_another(long seed) {
        var random = new Random(seed);
        var products = new ArrayList<ProductSchema>();
        for (var domain : List.of("sales", "query", "page", "logistics", "a1")) {
            products.add(nasty(random, domain));
        }
        var alone = new HashMap<ProductId, Map<String, String>>();
        products.forEach(
                schema -> alone.put(schema.product().id(), typesOf(List.of(schema), schema)));
        Collections.shuffle(products, random);
        var some = products.subList(0, 1 + random.nextInt(products.size()));

        for (var schema : some) {
            assertThat(typesOf(some, schema)).isEqualTo(alone.get(schema.product().id()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
            22, 23, 24, 25, 26, 27, 28, 29, 30})
    void with_a_lock_nothing_that_is_added_renames_anything(long seed) {
        var random = new Random(seed);
        var shape = new Shape(random);
        var before = ProductApi.of(schema("sales", shape.build()));
        var names = allNames(before);

        var lock = before.names();
        for (int step = 0; step < 3; step++) {
            shape.grow(random);
            var after = ProductApi.of(schema("sales", shape.build()).locked(lock));
            var later = allNames(after);

            assertThat(later).containsAllEntriesOf(names);
            assertThat(GraphQlSchemas.build(List.of(new Visible(after, Set.of())))).isNotNull();
            assertThat(after.namesChanged()).isEmpty();
            lock = after.names();
            names = later;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void without_a_lock_legal_names_stay_when_illegal_ones_are_added(long seed) {
        var random = new Random(seed);
        var legal = NASTY.stream().filter(name -> Names.legal(name).equals(name))
                .filter(name -> random.nextBoolean()).toList();
        var fields = new ArrayList<Field>();
        legal.forEach(name -> fields.add(field(name, ScalarKind.STRING)));
        NASTY.stream().filter(name -> !Names.legal(name).equals(name)).forEach(
                name -> fields.add(random.nextInt(fields.size() + 1),
                        field(name, ScalarKind.STRING)));
        var type = RecordType.of("com.example.Row", fields);
        var api = orders(type).api();

        for (var name : legal) {
            assertThat(api.fieldName(type, type.position(name).orElseThrow())).isEqualTo(name);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void every_changed_name_says_its_source_in_the_schema(long seed) {
        var api = ProductApi.of(nasty(new Random(seed), "sales"));
        var schema = GraphQlSchemas.build(List.of(new Visible(api, Set.of())));

        for (var record : records(api)) {
            var shown = (GraphQLObjectType) schema.getType(api.typeName(record));
            assertThat(shown.getFieldDefinitions().stream()
                    .filter(field -> !field.getName().equals("_empty")
                            || record.position("_empty").isPresent())
                    .map(LockedNamesTest::sourceOf).toList())
                    .containsExactlyElementsOf(record.fields().stream().map(Field::name).toList());
            if (!record.name().equals("com.example.Row")) {
                assertThat(source(shown).orElse(record.name())).isEqualTo(record.name());
            }
        }
        for (var of : enums(api)) {
            var shown = (GraphQLEnumType) schema.getType(api.typeName(of));
            var symbols = shown.getValues().stream()
                    .filter(value -> !of.open()
                            || !value.getName().equals(ProductApi.UNRECOGNIZED))
                    .map(value -> source(value).orElse(value.getName())).toList();
            assertThat(symbols).containsExactlyElementsOf(of.symbols());
        }
    }

    private static String sourceOf(GraphQLFieldDefinition field) {
        return source(field).orElse(field.getName());
    }

    private static Optional<String> source(GraphQLDirectiveContainer shown) {
        GraphQLAppliedDirective directive = shown.getAppliedDirective("source");
        return directive == null
                ? Optional.empty()
                : Optional.of(directive.getArgument("name").<String>getValue());
    }

    /** Every GraphQL name of a product by what it names. */
    private static Map<String, String> allNames(ProductApi api) {
        var names = new TreeMap<String, String>();
        for (var record : records(api)) {
            names.put("type " + record.name(), api.typeName(record));
            names.put("where " + record.name(), api.whereTypeName(record));
            for (int i = 0; i < record.fields().size(); i++) {
                var field = record.fields().get(i);
                var name = record.name() + " / " + field.name();
                names.put("field " + name, api.fieldName(record, i));
                names.put("condition " + name, api.whereFieldName(record, i));
                if (field.type() instanceof Type.MapOf) {
                    names.put("entries " + name, api.entryTypeName(record, i, 0));
                }
            }
        }
        for (var of : enums(api)) {
            names.put("enum " + of.name(), api.typeName(of));
            names.put("filter " + of.name(), api.filterTypeName(of));
            of.symbols().forEach(symbol -> names.put("symbol " + of.name() + " / " + symbol,
                    api.literal(of, symbol).orElseThrow()));
            api.unrecognized(of).ifPresent(name -> names.put("unrecognized " + of.name(), name));
        }
        api.orderFields().forEach((name, path) -> names.put("order " + path.text(), name));
        return names;
    }

    private static Set<RecordType> records(ProductApi api) {
        var found = new LinkedHashSet<RecordType>();
        collect(api.schema().rowType(), found, new LinkedHashSet<>());
        return found;
    }

    private static Set<Type.EnumOf> enums(ProductApi api) {
        var found = new LinkedHashSet<Type.EnumOf>();
        collect(api.schema().rowType(), new LinkedHashSet<>(), found);
        return found;
    }

    private static void collect(Type type, Set<RecordType> records, Set<Type.EnumOf> enums) {
        switch (type) {
            case RecordType record when records.add(record) ->
                record.fields().forEach(field -> collect(field.type(), records, enums));
            case Type.EnumOf of -> enums.add(of);
            case Type.ListOf list -> collect(list.element(), records, enums);
            case Type.MapOf map -> collect(map.value(), records, enums);
            case Type.Union union ->
                union.members().forEach(member -> collect(member, records, enums));
            default -> {
            }
        }
    }

    private static Map<String, String> typesOf(List<ProductSchema> served, ProductSchema one) {
        var visible = served.stream().map(schema -> new Visible(ProductApi.of(schema), Set.of()))
                .toList();
        GraphQLSchema schema = GraphQlSchemas.build(visible);
        var prefix = ProductApi.of(one).typeName();
        var types = new TreeMap<String, String>();
        for (TypeDefinition<?> type : new SchemaParser().parse(Sdl.print(schema)).types()
                .values()) {
            if (type.getName().startsWith(prefix)) {
                types.put(type.getName(), AstPrinter.printAst(type));
            }
        }
        assertThat(types).hasSizeGreaterThan(5);
        return types;
    }

    private static ProductSchema nasty(Random random, String domain) {
        return schema(domain, new Shape(random).build());
    }

    private static ProductSchema schema(String domain, RecordType type) {
        return product(domain, "info", 1, type).schema();
    }

    /** Records and enums with nasty names, which can grow anywhere but never lose anything. */
    private static final class Shape {
        private final Map<String, List<Field>> records = new TreeMap<>();
        private final Map<String, List<String>> enums = new TreeMap<>();
        private final Map<String, String> uses = new HashMap<>();
        private final boolean open;

        Shape(Random random) {
            open = random.nextBoolean();
            records.put("com.example.Row", new ArrayList<>());
            for (int i = 0; i < 4; i++) {
                grow(random);
            }
        }

        void grow(Random random) {
            var owners = new ArrayList<>(records.keySet());
            for (int i = 0; i < 8; i++) {
                var fields = records.get(owners.get(random.nextInt(owners.size())));
                var name = pick(random, NASTY);
                if (fields.stream().anyMatch(field -> field.name().equals(name))) {
                    continue;
                }
                fields.add(random.nextInt(fields.size() + 1), field(name, type(random)));
            }
            enums.values().forEach(symbols -> {
                var symbol = pick(random, NASTY);
                if (!symbols.contains(symbol)) {
                    symbols.add(random.nextInt(symbols.size() + 1), symbol);
                }
            });
        }

        private Type type(Random random) {
            return switch (random.nextInt(5)) {
                case 0 -> new Type.MapOf(Type.Scalar.of(ScalarKind.STRING), false);
                case 1 -> placeholder(random, "record");
                case 2 -> placeholder(random, "enum");
                default -> Type.Scalar.of(ScalarKind.STRING);
            };
        }

        /** A union without members stands for what is made when the shape is built. */
        private Type placeholder(Random random, String what) {
            var name = pick(random, RECORDS);
            var used = uses.putIfAbsent(name, what);
            if (used == null) {
                if (what.equals("record")) {
                    records.put(name,
                            new ArrayList<>(List.of(field("only", ScalarKind.STRING))));
                } else {
                    enums.put(name, new ArrayList<>(List.of("A")));
                }
            }
            return new Type.Union(name, List.of());
        }

        RecordType build() {
            var built = new HashMap<String, RecordType>();
            records.keySet().forEach(name -> built.put(name, new RecordType(name, "")));
            records.forEach((name, fields) -> built.get(name).define(fields.stream()
                    .map(field -> new Field(field.name(), resolve(field.type(), built), true))
                    .toList()));
            return built.get("com.example.Row");
        }

        private Type resolve(Type type, Map<String, RecordType> built) {
            if (!(type instanceof Type.Union union)) {
                return type;
            }
            return enums.containsKey(union.name())
                    ? new Type.EnumOf(union.name(), "", enums.get(union.name()), open)
                    : built.get(union.name());
        }

        private static String pick(Random random, List<String> names) {
            return names.get(random.nextInt(names.size()));
        }
    }
}

package io.tidegate.mapping;

import static io.tidegate.mapping.Products.field;
import static io.tidegate.mapping.Products.nullable;
import static io.tidegate.mapping.Products.orders;
import static io.tidegate.mapping.Products.product;
import static io.tidegate.mapping.Products.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graphql.ExecutionInput;
import graphql.GraphQL;
import graphql.schema.DataFetcher;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLSchema;
import graphql.schema.idl.SchemaParser;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GraphQlSchemasTest {
    private static final Type.EnumOf STATUS = new Type.EnumOf("com.example.Status", "Where it is.",
            List.of("created", "in_transit", "0 edits", "true"), false);

    @Test
    void a_product_becomes_a_root_field_and_its_types() {
        var address = RecordType.of("com.example.Address",
                List.of(nullable("street", Type.Scalar.of(ScalarKind.STRING)),
                        field("city", ScalarKind.STRING)));
        var type = row(
                new Field("shipment_id", Type.Scalar.of(ScalarKind.STRING), false,
                        "Which shipment.", ""),
                field("status", STATUS),
                new Field("weight", Type.Scalar.of(ScalarKind.DECIMAL), true, "", "use weight_kg"),
                field("to", address),
                field("labels", new Type.MapOf(Type.Scalar.of(ScalarKind.INT64), false)),
                field("$tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), true)));
        var api = product("logistics", "shipment-events", 2, type).key("shipment_id", "to.city")
                .description("Every change of a shipment's status.").deprecated().api();

        var sdl = Sdl.print(GraphQlSchemas.build(List.of(new Visible(api, Set.of()))));

        new SchemaParser().parse(sdl);
        assertThat(type(sdl, "type Query")).isEqualTo(
                """
                        type Query {
                          "Every change of a shipment's status."
                          logisticsShipmentEventsV2(
                            "A cursor of this product: the answer counts everything before it, and waits a little for that if it must."
                            atLeast: String
                          ): LogisticsShipmentEventsV2Product! @deprecated(reason : "This product is deprecated and ends on 2030-01-31; its successor is logistics/shipment-events/v3.")
                        }""");
        assertThat(type(sdl, "type LogisticsShipmentEventsV2")).isEqualTo("""
                type LogisticsShipmentEventsV2 {
                  "Which shipment."
                  shipment_id: String!
                  status: LogisticsShipmentEventsV2Status!
                  weight: Decimal @deprecated(reason : "use weight_kg")
                  to: LogisticsShipmentEventsV2Address!
                  labels: [LogisticsShipmentEventsV2LabelsEntry!]!
                  _tags: [String]! @source(name : "$tags")
                }""");
        assertThat(sdl).doesNotContain("secret.topic");
    }

    @Test
    void figures_are_offered_for_what_has_them_and_the_caller_may_see() {
        var type = row(field("id", ScalarKind.STRING), field("status", STATUS),
                field("at", ScalarKind.TIMESTAMP), field("weight", ScalarKind.FLOAT64),
                field("price", ScalarKind.DECIMAL), field("pieces", ScalarKind.INT32),
                field("email", ScalarKind.STRING), field("salary", ScalarKind.DECIMAL),
                field("to", RecordType.of("com.example.Address",
                        List.of(field("zip", ScalarKind.INT64)))));
        var api = product("crm", "people", 1, type).key("id").api();

        var sdl = Sdl.print(GraphQlSchemas.build(
                List.of(new Visible(api, Set.of("salary"), Set.of("email")))));

        new SchemaParser().parse(sdl);
        assertThat(type(sdl, "type CrmPeopleAggregateValues")).isEqualTo("""
                type CrmPeopleAggregateValues {
                  id: String
                  status: CrmPeopleStatus
                  at: DateTime
                  weight: Float
                  price: Decimal
                  pieces: Int
                  to_zip: Long
                }""");
        assertThat(type(sdl, "type CrmPeopleAggregateGroup")).contains("status: CrmPeopleStatus\n");
        assertThat(type(sdl, "type CrmPeopleAggregateCounts")).contains("  at: Long!\n");
        assertThat(type(sdl, "type CrmPeopleAggregateSums")).isEqualTo("""
                type CrmPeopleAggregateSums {
                  weight: Float
                  price: Decimal
                  pieces: Decimal
                  to_zip: Decimal
                }""");
        assertThat(type(sdl, "type CrmPeopleAggregateAverages")).isEqualTo("""
                type CrmPeopleAggregateAverages {
                  weight: Float
                  price: Float
                  pieces: Float
                  to_zip: Float
                }""");
        assertThat(type(sdl, "input CrmPeopleAggregateOrderBy")).isEqualTo("""
                input CrmPeopleAggregateOrderBy {
                  "By when their stretch of time begins."
                  bucket: Direction
                  "By this field, one of `groupBy`."
                  group: CrmPeopleOrderField
                  "By this figure."
                  measure: Measure
                  "The figure's field; every one but `COUNT` has one."
                  field: CrmPeopleOrderField
                  "Between 0 and 1, with `PERCENTILE`."
                  percentile: Float
                  "Of `group` or `measure`."
                  direction: Direction = ASC
                }""");
        assertThat(type(sdl, "input TimeBucket")).contains("size: Int = 1",
                "timeZone: String = \"UTC\"", "unit: TimeUnit!");
        assertThat(sdl).doesNotContain("salary");
    }

    @Test
    void a_very_wide_product_has_five_types_of_figures_and_no_more() {
        var fields = new java.util.ArrayList<Field>();
        for (int i = 0; i < 600; i++) {
            fields.add(field("f" + i, ScalarKind.INT32));
        }
        var api = product("a", "wide", 1, row(fields.toArray(Field[]::new))).key("f0").api();

        var schema = GraphQlSchemas.build(List.of(new Visible(api, Set.of())));

        assertThat(schema.getAllTypesAsList()).filteredOn(
                named -> named.getName().startsWith("AWideAggregate")).hasSize(8);
        assertThat(schema.getObjectType("AWideAggregateSums").getFieldDefinitions()).hasSize(500);
        assertThat(Sdl.print(schema)).hasSizeLessThan(200_000);
    }

    @Test
    void what_lists_and_maps_hold_can_be_asked_for_as_far_as_it_may_be_seen() {
        var parcel = RecordType.of("com.example.Parcel",
                List.of(field("weight", ScalarKind.FLOAT64), field("secret", ScalarKind.STRING)));
        var type = row(field("id", ScalarKind.STRING),
                field("tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), false)),
                field("states", new Type.ListOf(STATUS, false)),
                field("parcels", new Type.ListOf(parcel, false)),
                field("labels", new Type.MapOf(Type.Scalar.of(ScalarKind.INT64), false)),
                field("headers", new Type.MapOf(
                        new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), false), false)),
                field("by_name", new Type.MapOf(parcel, false)),
                field("any", new Type.ListOf(new Type.Json(), false)));
        var api = product("a", "b", 1, type).key("id").api();

        var sdl = Sdl.print(GraphQlSchemas.build(
                List.of(new Visible(api, Set.of("parcels.secret"), Set.of("by_name.secret")))));

        new SchemaParser().parse(sdl);
        assertThat(type(sdl, "input ABWhere")).contains("tags: StringListFilter",
                "states: ABStatusListFilter", "parcels: ABParcelListFilter",
                "labels: LongMapFilter", "headers: StringListMapFilter",
                "by_name: ABParcelMapFilter", "any: ListFilter");
        assertThat(type(sdl, "input ABParcelListFilter")).isEqualTo("""
                input ABParcelListFilter {
                  "Some element satisfies this."
                  any: ABParcelWhere
                  "Every element satisfies this; so does an empty list."
                  all: ABParcelWhere
                  "No element satisfies this; so does an empty list."
                  none: ABParcelWhere
                  "Has no element, or has some."
                  isEmpty: Boolean
                  "The number of elements."
                  length: IntFilter
                  "Is absent, or is not."
                  isNull: Boolean
                }""");
        assertThat(type(sdl, "input LongMapFilter")).contains("hasKey: String",
                "entry: LongEntryFilter", "any: LongFilter");
        assertThat(type(sdl, "input LongEntryFilter")).contains("key: String!",
                "value: LongFilter");
        assertThat(type(sdl, "input ABStatusListFilter")).contains("contains: ABStatus\n",
                "containsAny: [ABStatus!]\n", "any: ABStatusFilter\n");
        assertThat(sdl.lines().filter(line -> line.strip().startsWith("secret:")))
                .as("shown masked in by_name alone, and asked for nowhere").hasSize(1);
    }

    @Test
    void every_kind_of_value_is_shown_and_none_is_an_error() {
        var fields = new java.util.ArrayList<Field>();
        for (var kind : ScalarKind.values()) {
            fields.add(field(kind.name(), kind));
        }
        var type = row(fields.toArray(Field[]::new));
        Object[] values = {true, 7, 4_294_967_295L, Long.MIN_VALUE,
                BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE),
                Float.NaN, Double.POSITIVE_INFINITY, new BigDecimal("1.10"), "text",
                new byte[]{0, 1, 2},
                UUID.fromString("6F0C2C51-88A5-4A0E-8A1C-6F4A8D2F3B11"), LocalDate.of(2025, 3, 14),
                LocalTime.of(9, 26),
                Instant.parse("1969-12-31T23:59:59.5Z"), LocalDateTime.of(2025, 3, 14, 9, 0),
                "P1M2DT3S"};

        var shown = fetch(orders(type).api(), new Row(type, values),
                "{ BOOLEAN INT32 UINT32 INT64 UINT64 FLOAT32"
                        + " FLOAT64 DECIMAL STRING BYTES UUID DATE TIME TIMESTAMP LOCAL_TIMESTAMP DURATION }");

        assertThat(shown.values()).containsExactly(true, 7, "4294967295", "-9223372036854775808",
                "18446744073709551615", null, null, "1.10", "text", "AAEC",
                "6f0c2c51-88a5-4a0e-8a1c-6f4a8d2f3b11",
                "2025-03-14", "09:26:00", "1969-12-31T23:59:59.500Z", "2025-03-14T09:00:00",
                "P1M2DT3S");
    }

    @Test
    void times_have_the_digits_of_their_schema() {
        var type = row(field("at", new Type.Scalar(ScalarKind.TIMESTAMP, 6, 0)),
                field("clock", new Type.Scalar(ScalarKind.TIME, 3, 0)));

        var shown = fetch(orders(type).api(),
                new Row(type, new Object[]{Instant.parse("2025-03-14T09:26:53Z"), LocalTime.NOON}),
                "{ at clock }");

        assertThat(shown).containsEntry("at", "2025-03-14T09:26:53.000000Z").containsEntry("clock",
                "12:00:00.000");
    }

    @Test
    void maps_lists_enums_unions_and_json_are_shown() {
        var box = RecordType.of("a.Box", List.of(field("size", ScalarKind.INT32)));
        var bag = RecordType.of("a.Bag", List.of(field("colour", ScalarKind.STRING)));
        var type = row(field("status", STATUS), field("all", new Type.ListOf(STATUS, true)),
                field("counts", new Type.MapOf(Type.Scalar.of(ScalarKind.INT64), true)),
                field("packing", new Type.Union("a.Packing", List.of(box, bag))),
                nullable("any", new Type.Json()),
                field("open", new Type.EnumOf("a.Open", "", List.of("A", "UNRECOGNIZED"), true)));
        var counts = new LinkedHashMap<String, Object>();
        counts.put("z", 1L);
        counts.put("a", null);

        var shown = fetch(orders(type).api(),
                new Row(type, new Object[]{"0 edits", Arrays.asList("true", null), counts,
                        new Row(bag, new Object[]{"red"}), Map.of("n", Double.NaN), "17"}),
                "{ status all counts { key value } packing { __typename ... on SalesOrdersBag { colour } } any open }");

        assertThat(shown)
                .hasToString("{status=_0_edits, all=[true_, null], counts=[{key=a, value=null},"
                        + " {key=z, value=1}], packing={__typename=SalesOrdersBag, colour=red}, any={n=null},"
                        + " open=UNRECOGNIZED}");
    }

    @Test
    void a_key_is_shown_from_its_values_and_a_missing_one_is_the_place_in_the_log() {
        var type = row(field("order id", ScalarKind.INT64), field("to", RecordType.of("Address",
                List.of(field("zip", ScalarKind.STRING)))));
        var keyed = orders(type).key("order id", "to.zip").api();
        var keyless = product("sales", "clicks", 1, row(field("a", ScalarKind.STRING))).api();

        assertThat(event(keyed, List.of(1L, "1000AA"), "{ order_id to_zip }"))
                .isEqualTo(Map.of("order_id", "1", "to_zip", "1000AA"));
        assertThat(event(keyless, List.of(3, 4L), "{ _partition _offset }"))
                .isEqualTo(Map.of("_partition", 3, "_offset", "4"));
    }

    @Test
    void the_contract_can_be_asked_for() {
        var api = orders(row(field("a", ScalarKind.STRING))).deprecated().api();

        var result = GraphQL.newGraphQL(schema(api)).build()
                .execute("{ salesOrders { contract { domain product version"
                        + " owner status description quality sunset serviceLevels { name promised } } } }");

        assertThat(result.toSpecification())
                .hasToString("{data={salesOrders={contract={domain=sales, product=orders,"
                        + " version=1.0, owner=team@example.com, status=DEPRECATED, description=null, quality=CURATED,"
                        + " sunset=2030-01-31, serviceLevels=[{name=freshness, promised=30s},"
                        + " {name=availability, promised=99.9%}]}}}}");
    }

    @Test
    void hidden_fields_vanish_from_output_conditions_orders_and_keys() {
        var address = RecordType.of("Address", List.of(field("street", ScalarKind.STRING),
                field("city", ScalarKind.STRING)));
        var type = row(field("id", ScalarKind.STRING), field("secret", ScalarKind.STRING),
                field("from", address),
                field("to", address));
        var api = orders(type).key("id").api();

        var sdl = Sdl.print(GraphQlSchemas
                .build(List.of(new Visible(api, Set.of("secret", "id", "from.street")))));

        assertThat(sdl).doesNotContain("secret", "from_street", "  id", "KeyInput", "latest(");
        assertThat(type(sdl, "type SalesOrders")).contains("from: SalesOrdersAddress!",
                "to: SalesOrdersAddress__to!");
        assertThat(type(sdl, "type SalesOrdersAddress")).doesNotContain("street");
        assertThat(type(sdl, "type SalesOrdersAddress__to")).contains("street: String!");
        assertThat(type(sdl, "input SalesOrdersWhere")).contains("from: SalesOrdersAddressWhere",
                "to: SalesOrdersAddressWhere__to");
        assertThat(type(sdl, "input SalesOrdersAddressWhere")).doesNotContain("street");
        assertThat(type(sdl, "input SalesOrdersAddressWhere__to")).contains("street: StringFilter");
        assertThat(type(sdl, "enum SalesOrdersOrderField")).contains("to_street")
                .doesNotContain("from_street");
        assertThat(type(sdl, "type SalesOrdersKey")).contains("_empty: Boolean");
        assertThat(api.record("SalesOrdersAddress__to")).contains(address);
        new SchemaParser().parse(sdl);
    }

    @Test
    void masked_fields_may_be_null_and_cannot_be_probed() {
        var type = row(field("id", ScalarKind.STRING), field("email", ScalarKind.STRING));

        var sdl = Sdl.print(GraphQlSchemas.build(List.of(
                new Visible(orders(type).key("id").api(), Set.of(), Set.of("email")))));

        assertThat(type(sdl, "type SalesOrders")).contains("  email: String\n");
        assertThat(type(sdl, "input SalesOrdersWhere")).doesNotContain("email");
        assertThat(type(sdl, "enum SalesOrdersOrderField")).doesNotContain("email");
    }

    @Test
    void a_record_within_itself_is_nullable_where_it_would_never_end() {
        var node = new RecordType("Node", "");
        var other = new RecordType("Other", "");
        other.define(List.of(field("node", node)));
        node.define(List.of(field("next", node), field("other", other), field("children",
                new Type.ListOf(node, false))));
        var api = orders(node).api();

        var sdl = Sdl.print(
                GraphQlSchemas.build(List.of(new Visible(api, Set.of("next.next.children")))));

        assertThat(type(sdl, "type SalesOrders")).contains("  next: SalesOrders__next\n",
                "  other: SalesOrdersOther\n",
                "  children: [SalesOrders__children!]!\n");
        assertThat(type(sdl, "type SalesOrdersOther")).contains("  node: SalesOrders__children\n");
        assertThat(type(sdl, "type SalesOrders__next_next")).doesNotContain("  children:");
        new SchemaParser().parse(sdl);
    }

    @Test
    void a_record_without_fields_and_a_schema_without_products_are_still_legal() {
        var api = orders(row(nullable("nothing", RecordType.of("Empty", List.of())))).api();

        assertThat(fetch(api, new Row(api.schema().rowType(), new Object[]{new Row(
                (RecordType) api.schema().rowType().fields().getFirst().type(), new Object[0])}),
                "{ nothing { _empty } }")).hasToString("{nothing={_empty=null}}");
        assertThat(Sdl.print(GraphQlSchemas.build(List.of())))
                .contains("type Query", "_empty: Boolean")
                .doesNotContain("Subscription");
    }

    @Test
    void a_product_without_a_view_has_no_pull_queries() {
        var sdl = Sdl.print(schema(orders(row(field("a", ScalarKind.STRING))).withoutView().api()));

        assertThat(type(sdl, "type SalesOrdersProduct")).contains("contract: Contract!")
                .doesNotContain("latest",
                        "items", "position");
        assertThat(sdl).doesNotContain("Connection", "OrderBy");
    }

    @Test
    void text_of_contracts_cannot_break_out_of_descriptions() {
        var type = row(new Field("a\"b", Type.Scalar.of(ScalarKind.STRING), false,
                "\"\"\"\n} type Evil { a: Int } \"\"\" \u0000\u202e", "no \"more\"\nuse"));

        var sdl = Sdl.print(
                schema(orders(type).description("one\"\"\" type Evil { x: Int }\nline \\").api()));

        var parsed = new SchemaParser().parse(sdl);
        assertThat(parsed.types()).doesNotContainKey("Evil");
        assertThat(sdl).doesNotContain("\u0000", "\u202e");
    }

    @Test
    void the_text_of_a_schema_does_not_depend_on_the_order_of_the_products() {
        var one = new Visible(orders(row(field("a", STATUS))).api(), Set.of());
        var other = new Visible(
                product("sales", "clicks", 1, row(field("a", ScalarKind.STRING))).api(), Set.of());

        assertThat(Sdl.print(GraphQlSchemas.build(List.of(one, other))))
                .isEqualTo(Sdl.print(GraphQlSchemas.build(List.of(other, one))));
    }

    @Test
    void two_products_that_claim_one_name_are_refused_with_both_named() {
        var one = new Visible(product("a", "b", 1, row(field("a", STATUS))).api(), Set.of());
        var other = new Visible(product("a", "b-event", 1, row(field("a", STATUS))).api(),
                Set.of());

        assertThatThrownBy(() -> GraphQlSchemas.build(List.of(other, one)))
                .hasMessage(
                        "data products 'a/b/v1' and 'a/b-event/v1' both claim the GraphQL name 'ABEvent':"
                                + " give one of them another name in its contract");
    }

    private static GraphQLSchema schema(ProductApi api) {
        return GraphQlSchemas.build(List.of(new Visible(api, Set.of())),
                registry -> registry.dataFetcher(
                        FieldCoordinates.coordinates("Query", api.rootField()),
                        (DataFetcher<Object>) environment -> "any source"));
    }

    /** Asks for the row as the latest of its key. */
    private static Map<String, Object> fetch(ProductApi api, Row row, String selection) {
        var schema = GraphQlSchemas.build(List.of(new Visible(api, Set.of())), registry -> {
            registry.dataFetcher(FieldCoordinates.coordinates("Query", api.rootField()),
                    (DataFetcher<Object>) environment -> "");
            registry.dataFetcher(FieldCoordinates.coordinates(api.productTypeName(), "latest"),
                    (DataFetcher<Object>) environment -> row);
        });
        var result = GraphQL.newGraphQL(schema).build().execute(
                "{ " + api.rootField() + " { latest(key: {_partition: 0, _offset: 0}) " + selection
                        + " } }");
        assertThat(result.getErrors()).isEmpty();
        Map<String, Map<String, Map<String, Object>>> data = result.getData();
        return data.get(api.rootField()).get("latest");
    }

    private static Object event(ProductApi api, List<Object> key, String selection) {
        var schema = GraphQlSchemas.build(List.of(new Visible(api, Set.of())), registry -> {
            registry.dataFetcher(FieldCoordinates.coordinates("Subscription", api.rootField()),
                    (DataFetcher<Object>) environment -> new One(Map.of("key", key)));
        });
        var result = GraphQL.newGraphQL(schema).build()
                .execute(ExecutionInput.newExecutionInput(
                        "subscription { " + api.rootField() + " { key " + selection + " } }"));
        assertThat(result.getErrors()).isEmpty();
        var seen = new java.util.concurrent.CompletableFuture<graphql.ExecutionResult>();
        org.reactivestreams.Publisher<graphql.ExecutionResult> events = result.getData();
        events.subscribe(new First<>(seen));
        Map<String, Map<String, Object>> data = seen.join().getData();
        return data.get(api.rootField()).get("key");
    }

    private record One(Object event) implements org.reactivestreams.Publisher<Object> {
        @Override
        public void subscribe(org.reactivestreams.Subscriber<? super Object> subscriber) {
            subscriber.onSubscribe(new org.reactivestreams.Subscription() {
                @Override
                public void request(long n) {
                    subscriber.onNext(event);
                }

                @Override
                public void cancel() {
                    // One event is all there is.
                }
            });
        }
    }

    private record First<T>(java.util.concurrent.CompletableFuture<T> seen)
            implements
                org.reactivestreams.Subscriber<T> {
        @Override
        public void onSubscribe(org.reactivestreams.Subscription subscription) {
            subscription.request(1);
        }

        @Override
        public void onNext(T value) {
            seen.complete(value);
        }

        @Override
        public void onError(Throwable problem) {
            seen.completeExceptionally(problem);
        }

        @Override
        public void onComplete() {
            seen.completeExceptionally(new IllegalStateException("no event"));
        }
    }

    private static String type(String sdl, String head) {
        var matcher = Pattern
                .compile("^" + Pattern.quote(head) + " .*?^}", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(sdl);
        assertThat(matcher.find()).as(head + " in\n" + sdl).isTrue();
        return matcher.group();
    }
}

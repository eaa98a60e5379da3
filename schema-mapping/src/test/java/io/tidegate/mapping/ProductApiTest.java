package io.tidegate.mapping;

import static io.tidegate.mapping.Products.field;
import static io.tidegate.mapping.Products.orders;
import static io.tidegate.mapping.Products.product;
import static io.tidegate.mapping.Products.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProductApiTest {
    private static final RecordType PLAIN = row(field("a", ScalarKind.STRING));

    @Test
    void a_product_is_named_after_its_domain_and_from_major_two_on_its_major() {
        assertThat(product("logistics", "shipment-events", 2, PLAIN).api().typeName())
                .isEqualTo("LogisticsShipmentEventsV2");
        assertThat(product("logistics", "shipment-events", 2, PLAIN).api().rootField())
                .isEqualTo("logisticsShipmentEventsV2");
        assertThat(product("logistics", "shipment-events", 1, PLAIN).api().typeName())
                .isEqualTo("LogisticsShipmentEvents");
    }

    @Test
    void a_contract_may_give_another_name_but_none_that_is_taken() {
        assertThat(orders(PLAIN).graphQlName("Orders").api().keyTypeName()).isEqualTo("OrdersKey");
        assertThat(orders(PLAIN).graphQlName("Query").api().typeName()).isEqualTo("Query_");
        assertThat(orders(PLAIN).graphQlName("__my orders").api().typeName())
                .isEqualTo("my_orders_");
        assertThat(product("page", "info", 1, PLAIN).api().typeName()).isEqualTo("PageInfo_");
    }

    @Test
    void names_are_made_legal_but_never_recased() {
        assertThat(fieldNames("shipment_id", "userId", "user_id", "USERID", "$schema",
                "Airport Name", "+1", "-1",
                "_1", "__x", "x_", "a.b/c", "été", "__", "")).containsExactly("shipment_id",
                        "userId", "user_id",
                        "USERID", "_schema", "Airport_Name", "_1_2", "_1_3", "_1", "x__2", "x_",
                        "a_b_c", "_t_",
                        "field_", "_");
    }

    @Test
    void every_name_leads_back_to_its_field() {
        var type = row(field("$a", ScalarKind.STRING), field("_a", ScalarKind.STRING),
                field("not", ScalarKind.STRING));
        var api = orders(type).api();

        for (int i = 0; i < 3; i++) {
            assertThat(api.position(type, api.fieldName(type, i))).hasValue(i);
            assertThat(api.wherePosition(type, api.whereFieldName(type, i))).hasValue(i);
        }
        assertThat(api.fieldName(type, 2)).isEqualTo("not");
        assertThat(api.whereFieldName(type, 2)).isEqualTo("not_");
        assertThat(api.position(type, "$a")).isEmpty();
    }

    @Test
    void a_nested_key_is_named_after_its_steps_but_never_like_introspection() {
        var type = row(field("_", row(field("id", ScalarKind.STRING))),
                field("a", row(field("id", ScalarKind.STRING))));

        assertThat(orders(type).key("_.id", "a.id").api().key())
                .extracting(ProductApi.KeyField::name).containsExactly("id_", "a_id");
    }

    @Test
    void symbols_that_are_no_literals_get_one_that_leads_back() {
        var edits = new Type.EnumOf("Edits", "",
                List.of("0 edits", "_0_edits", "true", "scroll-to", "scroll_to"),
                false);
        var api = orders(row(field("edits", edits))).api();

        assertThat(edits.symbols().stream().map(symbol -> api.literal(edits, symbol).orElseThrow()))
                .containsExactly("_0_edits_2", "_0_edits", "true_", "scroll_to_2", "scroll_to");
        assertThat(api.symbol(edits, "scroll_to_2")).contains("scroll-to");
        assertThat(api.literal(edits, "unheard of")).isEmpty();
    }

    @Test
    void an_open_enum_has_a_literal_for_what_it_does_not_list() {
        var open = new Type.EnumOf("Open", "", List.of("A"), true);
        var api = orders(row(field("open", open))).api();

        assertThat(api.literal(open, "17")).contains("UNRECOGNIZED");
        assertThat(api.symbol(open, "UNRECOGNIZED")).isEmpty();
    }

    @Test
    void types_of_one_simple_name_are_told_apart_by_their_full_name() {
        var one = RecordType.of("a.Address", List.of(field("x", ScalarKind.STRING)));
        var two = RecordType.of("b.Address", List.of(field("y", ScalarKind.STRING)));
        var key = RecordType.of("c.Key", List.of(field("z", ScalarKind.STRING)));
        var nameless = RecordType.of("ü", List.of(field("z", ScalarKind.STRING)));
        var api = orders(
                row(field("one", one), field("two", two), field("key", key), field("u", nameless)))
                .api();

        assertThat(Stream.of(one, two, key, nameless).map(api::typeName)).containsExactly(
                "SalesOrdersAddress",
                "SalesOrdersBAddress", "SalesOrdersCKey", "SalesOrdersType");
        assertThat(api.record("SalesOrdersBAddress")).contains(two);
        assertThat(api.record("SalesOrdersKey")).isEmpty();
    }

    @Test
    void a_field_added_at_the_end_renames_nothing() {
        var inner = RecordType.of("Inner", List.of(field("x", ScalarKind.STRING)));
        var before = orders(row(field("+1", ScalarKind.STRING), field("in", inner))).api();
        var after = orders(row(field("+1", ScalarKind.STRING), field("in", inner),
                field("-1", ScalarKind.STRING),
                field("more", RecordType.of("other.Inner", List.of())))).api();

        assertThat(after.fieldName(after.schema().rowType(), 0))
                .isEqualTo(before.fieldName(before.schema().rowType(), 0));
        assertThat(after.typeName(inner)).isEqualTo(before.typeName(inner));
    }

    @Test
    void rows_can_be_ordered_by_single_values_however_deep_but_not_for_ever() {
        var node = new RecordType("Node", "");
        node.define(List.of(field("id", ScalarKind.INT64), new Field("next", node, true),
                field("tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), false)),
                field("raw", ScalarKind.BYTES), field("next_id", ScalarKind.STRING)));

        var fields = orders(node).api().orderFields();

        assertThat(fields.keySet())
                .containsExactly("id", "next_id", "next_id_2", "next_next_id", "next_next_id_2",
                        "next_next_next_id", "next_next_next_id_2", "next_next_next_next_id")
                .hasSize(8);
    }

    @Test
    void arguments_become_what_rows_carry_or_what_no_row_has() {
        var status = new Type.EnumOf("Status", "", List.of("in transit"), true);
        var api = orders(row(field("status", status))).api();

        assertThat(api.carried(status, "in_transit")).contains("in transit");
        assertThat(api.carried(status, "UNRECOGNIZED")).isEmpty();
        assertThat(api.carried(Type.Scalar.of(ScalarKind.UINT64), 5L))
                .contains(BigInteger.valueOf(5));
        assertThat(api.carried(Type.Scalar.of(ScalarKind.UINT64), -5L)).isEmpty();
        assertThat(api.carried(Type.Scalar.of(ScalarKind.INT64), BigInteger.ONE.shiftLeft(63)))
                .isEmpty();
        assertThat(api.carried(Type.Scalar.of(ScalarKind.UINT32), 1L << 32)).isEmpty();
        assertThat(api.carried(Type.Scalar.of(ScalarKind.FLOAT32), 1.5)).contains(1.5f);
    }

    @Test
    void a_type_of_another_product_is_refused() {
        var api = orders(PLAIN).api();

        assertThatThrownBy(() -> api.fieldName(RecordType.of("Other", List.of()), 0))
                .hasMessage("record Other[] is no record of data product 'sales/orders/v1'");
    }

    private static List<String> fieldNames(String... names) {
        var type = row(
                Stream.of(names).map(name -> field(name, ScalarKind.STRING)).toArray(Field[]::new));
        var api = orders(type).api();
        return IntStream.range(0, names.length).mapToObj(i -> api.fieldName(type, i)).toList();
    }
}

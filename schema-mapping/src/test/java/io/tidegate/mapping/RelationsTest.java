package io.tidegate.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.schema.Row;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Relations as fields of GraphQL types. */
class RelationsTest {
    private static final String ORDERS = """
            domain: sales
            product: orders
            version: "1.0"
            owner: team@example.com
            schema: {type: json}
            fields:
              - {name: number, type: long}
              - {name: shop, type: object, fields: [{name: code, type: string}]}
              - {name: taken, type: string}
            stream: {key: [number, shop.code]}
            """;
    private static final String SHIPMENTS = """
            domain: logistics
            product: shipments
            version: "2.0"
            owner: team@example.com
            schema: {type: json}
            fields:
              - {name: id, type: string}
              - {name: order_number, type: integer}
              - {name: shop, type: string}
            stream: {key: [id]}
            relations:
              - name: order
                to: sales/orders/v1
                by: {shop: shop.code, order_number: number}
                inverse: shipments
                description: What is in it.
            """;

    private static ProductApi api(String contract) {
        return ProductApi.of(ProductSchemas.resolve(
                ContractReader.read("c.yaml", contract).product().orElseThrow(), path -> {
                    throw new IOException("no files");
                }, RegistryLookup.none(), WriterSchemas.none()).schema().orElseThrow());
    }

    private static Visible all(String contract) {
        return new Visible(api(contract), Set.of());
    }

    private static String sdl(Visible... visible) {
        return Sdl.print(GraphQlSchemas.build(List.of(visible)));
    }

    @Test
    void a_relation_is_a_field_on_either_side() {
        assertThat(sdl(all(ORDERS), all(SHIPMENTS))).contains("""
                  shop: String
                  "What is in it."
                  order: SalesOrders
                }
                """).contains("""
                  taken: String
                  "The rows of `logistics/shipments/v2` whose `order` is this one."
                  shipments(
                    "Only rows that satisfy this."
                    where: LogisticsShipmentsV2Where,
                    "Outermost first; rows that are alike come in the order of their keys."
                    orderBy: [LogisticsShipmentsV2OrderBy!],
                    "At most so many, from the beginning."
                    first: Int,
                    "Only what is behind this cursor."
                    after: String,
                    "At most so many, from the end."
                    last: Int,
                    "Only what is in front of this cursor."
                    before: String
                  ): LogisticsShipmentsV2Connection
                }
                """);
    }

    @ParameterizedTest
    @CsvSource({"number,'',shop,''", "'',shop.code,'',''", "'',shop,'',''", "'','',order_number,''",
            "'','','',shop"})
    void it_is_not_there_if_a_field_of_it_is_hidden_or_masked(String hidden, String masked,
            String ownHidden, String ownMasked) {
        assertThat(sdl(new Visible(api(ORDERS), set(hidden), set(masked)),
                new Visible(api(SHIPMENTS), set(ownHidden), set(ownMasked))))
                .doesNotContain("order: SalesOrders\n").doesNotContain("shipments(");
    }

    private static Set<String> set(String path) {
        return path.isEmpty() ? Set.of() : Set.of(path);
    }

    @Test
    void it_is_not_there_without_the_other_product_or_its_view() {
        assertThat(sdl(all(SHIPMENTS))).doesNotContain("order:");
        assertThat(sdl(all(ORDERS))).doesNotContain("shipments(");
        assertThat(sdl(all(SHIPMENTS), all(ORDERS + "view: none\n"))).doesNotContain("order:");
    }

    @Test
    void what_is_wrong_is_left_out_and_the_schema_is_built_all_the_same() {
        assertThat(sdl(all(ORDERS), all(SHIPMENTS.replace("name: order\n", "name: shop\n")
                .replace("inverse: shipments", "inverse: taken")))).contains("  shop: String\n")
                .contains("  taken: String\n");
        assertThat(sdl(all(ORDERS), all(SHIPMENTS.replace("shop: shop.code, ", ""))))
                .doesNotContain("order: SalesOrders\n");
        assertThat(sdl(all(ORDERS.replace("type: long", "type: string")), all(SHIPMENTS)))
                .doesNotContain("order: SalesOrders\n");
        assertThat(sdl(all(ORDERS.replace("stream: {key: [number, shop.code]}", "")),
                all(SHIPMENTS))).doesNotContain("order: SalesOrders\n");
    }

    @Test
    void of_two_ways_back_of_one_name_the_one_of_the_first_product_stays() {
        var parcels = SHIPMENTS.replace("product: shipments", "product: parcels");

        var links = Relations.of(List.of(all(SHIPMENTS), all(parcels), all(ORDERS)));
        assertThat(links.at("SalesOrders", "shipments")).map(link -> link.to().typeName())
                .contains("LogisticsParcelsV2");
    }

    @Test
    void values_lead_to_keys_in_the_order_and_the_types_of_the_contract() {
        var shipments = api(SHIPMENTS);
        var links = Relations.of(List.of(all(ORDERS), new Visible(shipments, Set.of())));
        var there = links.at("LogisticsShipmentsV2", "order").orElseThrow();
        var back = links.at("SalesOrders", "shipments").orElseThrow();
        var type = shipments.schema().rowType();

        assertThat(there.values(new Row(type, new Object[]{"s", 7, "x"})))
                .contains(List.of(7L, "x"));
        assertThat(there.values(new Row(type, new Object[]{"s", null, "x"}))).isEmpty();
        var orders = back.from().schema().rowType();
        var shop = (io.tidegate.schema.RecordType) orders.fields().get(1).type();
        assertThat(back.values(new Row(orders,
                new Object[]{7L, new Row(shop, new Object[]{"x"}), null})))
                .contains(List.of(7, "x"));
        // A number that no row of the other side can have.
        assertThat(back.values(new Row(orders,
                new Object[]{1L << 40, new Row(shop, new Object[]{"x"}), null}))).isEmpty();
        assertThat(back.values(new Row(orders, new Object[]{7L, null, null})))
                .isEqualTo(Optional.empty());
    }
}

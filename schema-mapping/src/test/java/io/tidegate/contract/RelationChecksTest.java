package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.problem.Problem;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Relations as contracts state them, alone and side by side. */
class RelationChecksTest {
    private static final String ORDERS = """
            domain: sales
            product: orders
            version: "1.0"
            owner: team@example.com
            schema: {type: avro}
            fields:
              - {name: id, type: long}
              - {name: shop, type: string}
              - {name: total, type: decimal}
            stream: {key: [shop, id]}
            """;
    private static final String SHIPMENTS = """
            domain: logistics
            product: shipments
            version: "2.0"
            owner: team@example.com
            schema: {type: avro}
            fields:
              - {name: id, type: string}
              - {name: order_id, type: integer}
              - {name: from, type: object, fields: [{name: shop, type: string}]}
              - {name: parts, type: array, items: {type: object, fields: [{name: sku, type: string}]}}
              - {name: weight, type: decimal}
            stream: {key: [id]}
            relations:
              - name: order
                to: sales/orders/v1
                by: {order_id: id, from.shop: shop}
                inverse: shipments
                description: What is shipped.
            """;

    private static List<String> problems(String... contracts) {
        var problems = new ArrayList<Problem>();
        var schemas = new ArrayList<ProductSchema>();
        for (int i = 0; i < contracts.length; i++) {
            var read = ContractReader.read("c" + i + ".yaml", contracts[i]);
            problems.addAll(read.problems());
            read.product().ifPresent(product -> {
                var found = ProductSchemas.resolve(product, path -> {
                    throw new IOException("no files");
                }, RegistryLookup.none(), WriterSchemas.none());
                found.schema().ifPresent(schemas::add);
            });
        }
        problems.addAll(RelationChecks.of(schemas));
        return problems.stream().map(Problem::toString).toList();
    }

    @Test
    void a_relation_is_read_as_it_is_written() {
        var relation = ContractReader.read("c.yaml", SHIPMENTS).product().orElseThrow().relations()
                .getFirst();

        assertThat(relation.name()).hasToString("order");
        assertThat(relation.target()).isEqualTo(new ProductId("sales", "orders", 1));
        assertThat(relation.by()).extracting(match -> match.own() + "=" + match.key())
                .containsExactly("order_id=id", "from.shop=shop");
        assertThat(relation.inverse()).map(Object::toString).contains("shipments");
        assertThat(relation.description()).isEqualTo("What is shipped.");
        assertThat(problems(SHIPMENTS, ORDERS)).isEmpty();
    }

    @Test
    void odcs_has_it_among_its_custom_properties() {
        var read = ContractReader.read("c.yaml", OdcsFormTest.FULL + """
                  - property: tidegate.relations
                    value:
                      - {name: order, to: sales/orders/v1, by: {shipment_id: id}}
                """);

        assertThat(read.problems()).isEmpty();
        assertThat(read.product().orElseThrow().relations()).singleElement()
                .satisfies(relation -> assertThat(relation.inverse()).isEqualTo(Optional.empty()));
    }

    @Test
    void what_a_relation_says_is_checked_by_itself() {
        assertThat(problems(SHIPMENTS.replaceFirst("(?s)relations:.*",
                """
                        relations:
                          - {name: 2nd, to: sales/orders, by: {}}
                          - {name: __a, to: sales/orders/v1, by: {order_id: id}, invers: b}
                          - {to: sales/orders/v1, by: order_id}
                          - {name: a, to: sales/orders/v1, by: {ordr_id: id, parts.sku: id, from: shop, weight: id}}
                          - {name: a, to: sales/orders/v1, by: {order_id: id}}
                        """)))
                .containsExactly(
                        "c0.yaml:14:12: graphql-name: relations[0].name: '2nd' is no GraphQL name (letters, digits and '_',"
                                + " not beginning with a digit)",
                        "c0.yaml:14:21: bad-value: relations[0].to: expected a product such as crm/customers/v3 but was"
                                + " 'sales/orders'",
                        "c0.yaml:14:39: bad-value: relations[0].by: expected a field and the other's key, such as {order_id:"
                                + " id}, but there is none",
                        "c0.yaml:15:12: graphql-name: relations[1].name: '__a' begins with '__', which GraphQL keeps for"
                                + " itself",
                        "c0.yaml:15:58: unknown-key: unknown key 'relations[1].invers': did you mean 'inverse'?",
                        "c0.yaml:16:5: missing-key: key 'relations[2].name' is missing",
                        "c0.yaml:16:31: wrong-type: relations[2].by: expected a mapping but was 'order_id'",
                        "c0.yaml:17:41: unknown-field: relations[0].by: field 'ordr_id' is not in the schema: did you mean"
                                + " 'order_id'?",
                        "c0.yaml:17:54: key-type: relations[0].by: field 'parts.sku' is within a list, a map or a union, so"
                                + " a row can have several of it: name a field that a row has once",
                        "c0.yaml:17:69: relations: relations[0].by: field 'from' is an object: a relation follows texts,"
                                + " enums, whole numbers, booleans, uuids, dates and timestamps",
                        "c0.yaml:17:81: relations: relations[0].by: field 'weight' is of type decimal: a relation follows"
                                + " texts, enums, whole numbers, booleans, uuids, dates and timestamps",
                        "c0.yaml:18:12: duplicate: relations[4].name: there are two relations named 'a'");
    }

    @Test
    void the_other_product_has_to_have_that_key() {
        assertThat(problems(SHIPMENTS.replace("{order_id: id, from.shop: shop}",
                "{order_id: shop, from.shop: total}"), ORDERS)).containsExactly(
                        "c0.yaml:16:10: relations: relations[0].by: field 'order_id' is of type integer, and 'shop'"
                                + " of 'sales/orders/v1' is of type string: a relation needs values that can be equal",
                        "c0.yaml:16:37: relations: relations[0].by: 'total' is no field of the key of"
                                + " 'sales/orders/v1', which is shop or id");
        assertThat(problems(SHIPMENTS.replace("{order_id: id, from.shop: shop}", "{order_id: id}"),
                ORDERS)).containsExactly(
                        "c0.yaml:14:5: relations: relations[0].by: key field 'shop' of 'sales/orders/v1' is not"
                                + " matched: a relation names all of the other's key");
        assertThat(problems(SHIPMENTS, ORDERS.replace("stream: {key: [shop, id]}", "")))
                .containsExactly(
                        "c0.yaml:15:9: relations: relations[0].by: 'sales/orders/v1' has no key to be found by: give"
                                + " it a 'stream.key', or remove the relation");
    }

    @Test
    void a_product_that_is_not_there_or_has_no_view_is_a_warning() {
        assertThat(problems(SHIPMENTS.replace("sales/orders/v1", "sales/order/v1"), ORDERS))
                .containsExactly(
                        "c0.yaml:15:9: relations: relations[0].to: 'sales/order/v1' is not among the"
                                + " contracts that were read, so the field is not served: did you mean"
                                + " 'sales/orders/v1'?");
        assertThat(problems(SHIPMENTS, ORDERS + "view: none\n")).containsExactly(
                "c0.yaml:14:11: relations: relations[0]: 'sales/orders/v1' has no view, so the field is not"
                        + " served");
    }

    @Test
    void names_that_are_taken_are_reported_where_the_relation_is() {
        assertThat(problems(SHIPMENTS.replace("name: order\n", "name: order_id\n")
                .replace("inverse: shipments", "inverse: total"), ORDERS)).containsExactly(
                        "c0.yaml:14:11: relations: relations[0].name: 'order_id' is a field of the rows of"
                                + " 'logistics/shipments/v2': choose another name",
                        "c0.yaml:17:14: relations: relations[0].inverse: 'total' is a field of the rows of"
                                + " 'sales/orders/v1': choose another name");
        var parcels = SHIPMENTS.replace("product: shipments", "product: parcels");
        assertThat(problems(SHIPMENTS, ORDERS, parcels)).containsExactly(
                "c0.yaml:17:14: relations: relations[0].inverse: 'shipments' already leads back from"
                        + " 'sales/orders/v1' by the relation in c2.yaml:14:5: choose another name");
    }
}

package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.problem.Problem;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContractSetTest {
    @Test
    void reads_the_contracts_and_leaves_the_rest_out() {
        var set = ContractSet.read(List.of(
                file("b/orders.yaml", contract("sales", "orders", "1.0")),
                file("a/items.yml", contract("sales", "items", "1.0")),
                file("governance.yaml", "rules: []\n"),
                file("shipment.avsc", "{}"),
                file("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\n"),
                file("notes.yaml", "todo: nothing\n")));

        assertThat(set.products()).extracting(product -> product.id().path()).containsExactly(
                "sales/items/v1",
                "sales/orders/v1");
        assertThat(set.problems()).isEmpty();
        assertThat(set.leftOut()).containsExactly("deployment.yaml", "governance.yaml",
                "notes.yaml", "shipment.avsc");
    }

    @Test
    void problems_of_all_files_come_in_the_order_of_their_places() {
        var set = ContractSet.read(List.of(file("b.yaml", "a: [\n"),
                file("a.yaml", contract("sales", "orders", "1.0") + "taggs: [x]\nqality: raw\n")));

        assertThat(set.products()).isEmpty();
        assertThat(set.problems())
                .extracting(problem -> problem.place().toString() + " " + problem.rule())
                .containsExactly("a.yaml:6:1 unknown-key", "a.yaml:7:1 unknown-key",
                        "b.yaml:2:1 yaml-syntax");
    }

    @Test
    void a_product_or_a_name_that_is_taken_is_reported_with_both_places() {
        var set = ContractSet.read(List.of(file("1.yaml", contract("sales", "orders", "2.0")),
                file("2.yaml", contract("sales", "orders", "2.1")),
                file("3.yaml", contract("sales-orders", "x", "1.0")),
                file("4.yaml", contract("sales", "orders-x", "1.0")),
                file("5.yaml",
                        contract("crm", "people", "1.0") + "graphql: {name: salesordersv2}\n")));

        assertThat(set.problems()).extracting(Problem::toString).containsExactly(
                "1.yaml:1:1: graphql-name: GraphQL name 'SalesOrdersV2' is already taken by 5.yaml:1:1: give one of the"
                        + " two another name",
                "2.yaml:1:1: duplicate-product: product 'sales/orders/v2' is already taken by 1.yaml:1:1: give one of the"
                        + " two another name",
                "4.yaml:1:1: graphql-name: GraphQL name 'SalesOrdersX' is already taken by 3.yaml:1:1: give one of the"
                        + " two another name");
    }

    @Test
    void a_products_end_has_to_make_sense() {
        var set = ContractSet.read(List.of(
                file("1.yaml", contract("sales", "orders", "1.0")
                        + "status: deprecated\nsunset: 2026-01-31\nsuccessor: sales/orders/v2\n"),
                file("2.yaml", contract("sales", "orders", "2.0")
                        + "status: deprecated\nsuccessor: sales/orders/v3\n"),
                file("3.yaml", contract("sales", "items", "1.0")
                        + "status: retired\nsuccessor: sales/items/v1\n")),
                LocalDate.of(2026, 2, 1));

        assertThat(set.products()).hasSize(3);
        assertThat(set.problems())
                .extracting(problem -> problem.severity() + " " + problem)
                .containsExactly(
                        "WARNING 1.yaml:1:1: status: sunset: 2026-01-31 is past, and product 'sales/orders/v1' is still"
                                + " served: set 'status: retired' or a later date",
                        "WARNING 2.yaml:1:1: status: product 'sales/orders/v2' is deprecated without a 'sunset': say the"
                                + " date from which readers cannot rely on it",
                        "WARNING 2.yaml:1:1: status: successor: 'sales/orders/v3' is not among the contracts that were"
                                + " read",
                        "ERROR 3.yaml:1:1: status: successor: 'sales/items/v1' is this product itself: name the product"
                                + " that readers should move to");
        assertThat(set.products().stream().map(Names::graphQl)).containsExactly("SalesItems",
                "SalesOrders", "SalesOrdersV2");
    }

    private static SourceFile file(String path, String text) {
        return new SourceFile(path, text);
    }

    private static String contract(String domain, String product, String version) {
        return "domain: %s\nproduct: %s\nversion: '%s'\nowner: o\nfields: [{name: a, type: string}]\n"
                .formatted(domain,
                        product, version);
    }
}

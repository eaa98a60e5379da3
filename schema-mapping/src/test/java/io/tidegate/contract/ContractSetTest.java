package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.problem.Problem;
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

    private static SourceFile file(String path, String text) {
        return new SourceFile(path, text);
    }

    private static String contract(String domain, String product, String version) {
        return "domain: %s\nproduct: %s\nversion: '%s'\nowner: o\nfields: [{name: a, type: string}]\n"
                .formatted(domain,
                        product, version);
    }
}

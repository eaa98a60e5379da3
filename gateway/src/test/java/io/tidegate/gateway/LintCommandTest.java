package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class LintCommandTest {
    @TempDir
    private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void write_a_contract() throws IOException {
        Files.writeString(folder.resolve("orders.yaml"), """
                domain: sales
                product: orders
                version: "1.0"
                owner: sales@example.com
                fields: [{name: id, type: string}]
                """);
    }

    @Test
    void a_contract_that_does_not_meet_its_governance_fails_the_check() throws IOException {
        govern("require: [description]\n");

        assertThat(lint()).isEqualTo(1);
        assertThat(out.toString().replace(folder + "/", "")).isEqualTo(
                "orders.yaml:1:1: governance-require: 'description' is missing, as"
                        + " 'require.description' in governance.yaml:1:11 demands: add it\n");
        assertThat(err.toString().strip())
                .isEqualTo("0 contracts can be used; 1 error, 0 warnings");
    }

    @Test
    void a_rule_that_warns_fails_nothing() throws IOException {
        govern("require: [description]\nwarn: [require]\n");

        assertThat(lint()).isZero();
        assertThat(err.toString().strip())
                .isEqualTo("1 contract can be used; 0 errors, 1 warning");
    }

    @Test
    void a_governance_that_cannot_be_read_fails_the_check_and_withholds() throws IOException {
        govern("owners: x\n");

        assertThat(lint()).isEqualTo(1);
        assertThat(out.toString()).contains(
                "governance.yaml:1:1: unknown-key: unknown key 'owners': did you mean 'owner'?");
        assertThat(err.toString().strip())
                .isEqualTo("0 contracts can be used; 1 withheld until what"
                        + " governs them is mended; 1 error, 0 warnings");
    }

    @Test
    void sarif_has_the_rule_and_the_place_that_demands() throws IOException {
        govern("require: [description]\n");

        assertThat(lint("--format", "sarif")).isEqualTo(1);
        assertThat(out.toString()).contains("\"ruleId\" : \"governance-require\"",
                "\"relatedLocations\"", "governance.yaml", "\"tidegate/v1\"");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void rules_that_are_no_condition_on_the_rows_fail_the_check_as_they_fail_the_start()
            throws IOException {
        Files.writeString(folder.resolve("refunds.yaml"), """
                domain: sales
                product: refunds
                version: "1.0"
                owner: sales@example.com
                fields: [{name: id, type: string}]
                rules: [{name: known, expect: "event.idd != ''"}]
                access: [{scope: "sales:read", rows: "event.region == 'EU'"}]
                """);

        assertThat(lint()).isEqualTo(1);
        assertThat(out.toString()).contains("refunds.yaml:6:31: rule: rules: 'known' cannot be",
                "refunds.yaml:7:38: access-rows: the row rule 'event.region == 'EU''");
        assertThat(err.toString().strip())
                .isEqualTo("1 contract can be used; 2 errors, 0 warnings");
    }

    @Test
    void two_products_that_need_one_name_fail_the_check() throws IOException {
        Files.writeString(folder.resolve("edges.yaml"), """
                domain: sales
                product: orders-edge
                version: "1.0"
                owner: sales@example.com
                fields: [{name: id, type: string}]
                graphql: {name: SalesOrdersEdge}
                """);

        assertThat(lint()).isEqualTo(1);
        assertThat(out.toString().replace(folder + "/", "")).startsWith("orders.yaml:1:1:"
                + " graphql-name: the GraphQL name 'SalesOrdersEdge'").endsWith(
                        "already taken by 'sales/orders-edge/v1': give one of the two a"
                                + " 'graphql: {name: …}' of its own\n");
    }

    private void govern(String text) throws IOException {
        Files.writeString(folder.resolve("governance.yaml"), text);
    }

    private int lint(String... options) {
        var command = new CommandLine(new LintCommand()).setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        var arguments = new java.util.ArrayList<>(java.util.List.of(options));
        arguments.add(folder.toString());
        return command.execute(arguments.toArray(String[]::new));
    }
}

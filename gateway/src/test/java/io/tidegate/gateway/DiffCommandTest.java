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

/** Comparing and locking, from files to the exit code. */
class DiffCommandTest {
    private static final String ORDERS = """
            domain: sales
            product: orders
            version: "1.0"
            owner: sales@example.com
            stream: {key: [order_id]}
            fields:
              - {name: order_id, type: string}
              - {name: total, type: int}
            """;

    @TempDir
    private Path folder = Path.of("");
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void folders() throws IOException {
        write("old/orders.yaml", ORDERS);
        write("new/orders.yaml", ORDERS);
    }

    @Test
    void equal_contracts_have_no_differences() {
        assertThat(run(new DiffCommand(), "old", "new")).isEqualTo(Main.DONE);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).isEqualToIgnoringNewLines("nothing changed for consumers");
    }

    @Test
    void a_breaking_change_fails_and_says_what_to_write() throws IOException {
        write("new/orders.yaml", ORDERS.replace("type: int", "type: long"));
        write("usage.ndjson",
                "{\"partner\":\"acme\",\"product\":\"sales/orders/v1\",\"field\":\"total\"}\n");

        int code = run(new DiffCommand(), "old", "new", "--usage", "usage.ndjson");

        assertThat(code).isEqualTo(Main.FAILED);
        assertThat(out.toString()).contains(
                "breaking GraphQL field-type-changed total: Int -> Long",
                "breaking stream payload-type-changed total: integer (int32) or null -> string (int64) or null",
                "new/orders.yaml:8:5: ", "used by acme", "write version '2.0'");
    }

    @Test
    void a_contract_that_cannot_be_read_is_a_wrong_call_only_where_it_is_old() throws IOException {
        write("new/orders.yaml", ORDERS.replace("owner", "ownr"));

        assertThat(run(new DiffCommand(), "old", "new")).isEqualTo(Main.FAILED);
        assertThat(run(new DiffCommand(), "new", "old")).isEqualTo(Main.WRONG_CALL);
    }

    @Test
    void a_lock_is_written_and_kept() throws IOException {
        write("new/orders.json", "{\"properties\": {\"order_id\": {\"type\": \"string\"},"
                + " \"$id\": {\"type\": \"string\"}}}");
        var contract = ORDERS.substring(0, ORDERS.indexOf("fields:"))
                + "schema: {type: json, file: orders.json}\n";
        write("new/orders.yaml", contract);

        assertThat(run(new LintCommand(), "new")).isEqualTo(Main.DONE);
        assertThat(out.toString()).contains("names-lock: warning: 1 GraphQL name of"
                + " 'sales/orders/v1' could not keep the schema's spelling, without a lock to"
                + " hold what came of it, such as '_id' for the field '$id'");
        assertThat(run(new GraphQlCommand(), "new", "--lock")).isEqualTo(Main.DONE);
        write("new/orders.json", "{\"properties\": {\"order_id\": {\"type\": \"string\"},"
                + " \"_id\": {\"type\": \"string\"}, \"$id\": {\"type\": \"string\"}}}");
        out.getBuffer().setLength(0);
        assertThat(run(new GraphQlCommand(), "new")).isEqualTo(Main.DONE);

        assertThat(Files.readString(folder.resolve("new/names.lock"))).contains("\"$id\": \"_id\"");
        assertThat(out.toString()).contains("_id: String @source(name : \"$id\")",
                "_id_2: String @source(name : \"_id\")");
    }

    private int run(Object command, String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (!arguments[i].startsWith("--")) {
                arguments[i] = folder.resolve(arguments[i]).toString();
            }
        }
        return new CommandLine(command).setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true)).setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments);
    }

    private void write(String path, String text) throws IOException {
        var file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}

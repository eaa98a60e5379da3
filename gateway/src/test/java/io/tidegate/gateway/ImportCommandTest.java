package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ImportCommandTest {
    private static final String ORDER = """
            {"type": "record", "name": "acme.Order", "fields": [
              {"name": "id", "type": "string"}, {"name": "price", "type": "acme.Money"}]}
            """;
    private static final String MONEY = """
            {"type": "record", "name": "acme.Money", "fields": [{"name": "cents", "type": "long"}]}
            """;

    @TempDir
    private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void a_contract_goes_to_the_standard_output_and_what_was_assumed_beside_it()
            throws IOException {
        var orders = write("orders.avsc", ORDER);
        write("acme.Money.avsc", MONEY);

        assertThat(run("--domain", "sales", orders)).isEqualTo(Main.DONE);
        assertThat(out.toString()).isEqualTo("""
                domain: sales
                product: order
                version: "1.0"
                owner: unknown
                schema:
                  type: avro
                  file: orders.avsc
                """);
        assertThat(said()).isEqualTo("orders.avsc:1:1: assumed: warning: the file names no owner:"
                + " 'unknown' is written; say it with --owner\n1 contract written\n");
    }

    @Test
    void the_schemas_that_a_contract_needs_go_with_it() throws IOException {
        var orders = write("orders.avsc", ORDER);
        write("acme.Money.avsc", MONEY);
        var target = folder.resolve("out");

        assertThat(run("--owner", "me", "--out", target.toString(), orders)).isEqualTo(Main.DONE);
        assertThat(target.resolve("order.yaml")).content().contains("file: orders.avsc");
        assertThat(target.resolve("orders.avsc")).hasContent(ORDER);
        assertThat(target.resolve("acme.Money.avsc")).hasContent(MONEY);
        assertThat(new CommandLine(new LintCommand()).setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err)).execute(target.toString())).isEqualTo(Main.DONE);
    }

    @Test
    void a_file_that_is_there_is_never_written_over() throws IOException {
        var orders = write("orders.avsc", ORDER.replace("acme.Money", "int"));
        write("out/order.yaml", "somebody's work");

        assertThat(run("--owner", "me", "--out", folder.resolve("out").toString(), orders))
                .isEqualTo(Main.FAILED);
        assertThat(folder.resolve("out/order.yaml")).hasContent("somebody's work");
        assertThat(said()).isEqualTo("out/order.yaml: exists: this file is there already and is"
                + " left as it is: remove it, or choose another --out or --product\n"
                + "0 contracts written\n");
    }

    @Test
    void nothing_is_written_where_one_of_the_files_is_missing() throws IOException {
        var orders = write("orders.avsc", ORDER.replace("acme.Money", "int"));
        var target = folder.resolve("out");

        assertThat(run("--out", target.toString(), orders, folder.resolve("gone.avsc").toString()))
                .isNotEqualTo(Main.DONE);
        assertThat(target).doesNotExist();
    }

    @Test
    void one_file_that_is_nothing_does_not_keep_the_others_back() throws IOException {
        var orders = write("orders.avsc", ORDER.replace("acme.Money", "int"));
        var note = write("note.txt", "hello");

        assertThat(run("--owner", "me", note, orders)).isEqualTo(Main.FAILED);
        assertThat(out.toString()).startsWith("domain: acme\n");
        assertThat(said()).contains("note.txt: format: a file of this kind cannot be imported")
                .endsWith("1 contract written\n");
    }

    private String said() {
        return err.toString().replace(folder + "/", "");
    }

    private String write(String path, String text) throws IOException {
        var file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text).toString();
    }

    private int run(String... arguments) {
        return new CommandLine(new ImportCommand()).setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }
}

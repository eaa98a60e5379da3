package io.tidegate.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.RegistryLookup;
import io.tidegate.problem.Problem;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContractFilesTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 21);

    @TempDir
    private Path folder;

    @Test
    void every_folder_from_the_root_down_to_the_contract_governs() throws IOException {
        write("contracts/governance.yaml", "require: [description]\n");
        write("contracts/sales/governance.yaml", "require: [tags]\n");
        write("contracts/sales/europe/orders.yaml", contract("sales", "orders"));
        write("contracts/billing/invoices.yaml",
                contract("billing", "invoices") + "description: d\n");

        var found = read("contracts");

        assertThat(lines(found)).containsExactly(
                "contracts/sales/europe/orders.yaml:1:1: governance-require: 'description' is missing, as"
                        + " 'require.description' in contracts/governance.yaml:1:11 demands: add it",
                "contracts/sales/europe/orders.yaml:1:1: governance-require: 'tags' is missing, as"
                        + " 'require.tags' in contracts/sales/governance.yaml:1:11 demands: add it");
        assertThat(names(found)).containsExactly("billing/invoices/v1");
        assertThat(found.governance().values()).singleElement().satisfies(one -> assertThat(
                one.files()).containsExactly(folder + "/contracts/governance.yaml"));
        assertThat(found.withheld()).isEmpty();
    }

    @Test
    void a_single_contract_is_governed_by_the_folders_above_it() throws IOException {
        write("contracts/governance.yaml", "require: [description]\n");
        write("contracts/sales/orders.yaml", contract("sales", "orders"));

        assertThat(lines(read("contracts/sales/orders.yaml"))).hasSize(1);
        assertThat(lines(read("contracts/sales"))).hasSize(1);
    }

    @Test
    void a_folder_without_governance_ends_the_way_up_outside_of_a_work_tree() throws IOException {
        write("governance.yaml", "require: [description]\n");
        write("contracts/sales/orders.yaml", contract("sales", "orders"));

        assertThat(lines(read("contracts/sales/orders.yaml"))).isEmpty();
        Files.createDirectory(folder.resolve(".git"));
        assertThat(lines(read("contracts/sales/orders.yaml"))).hasSize(1);
        Files.createDirectory(folder.resolve("contracts/.git"));
        assertThat(lines(read("contracts/sales/orders.yaml"))).isEmpty();
    }

    @Test
    void nothing_below_an_unreadable_governance_is_taken_into_service() throws IOException {
        write("contracts/sales/governance.yaml", "require: [descripton]\n");
        write("contracts/sales/orders.yaml", contract("sales", "orders"));
        write("contracts/billing/invoices.yaml", contract("billing", "invoices"));

        var found = read("contracts");

        assertThat(lines(found)).hasSize(1).first().asString()
                .startsWith("contracts/sales/governance.yaml:1:11: bad-value: require: expected");
        assertThat(names(found)).containsExactly("billing/invoices/v1");
        assertThat(found.withheld()).map(Object::toString).containsExactly("sales/orders/v1");
    }

    @Test
    void a_governance_file_that_cannot_be_read_or_is_spelt_wrong_governs_strictly()
            throws IOException {
        Files.createDirectories(folder.resolve("a"));
        Files.write(folder.resolve("a/governance.yaml"),
                "owner: é".getBytes(StandardCharsets.ISO_8859_1));
        write("b/governance.yml", "owner: x\n");
        write("outside.yaml", "owner: x\n");
        Files.createDirectories(folder.resolve("contracts"));
        Files.createSymbolicLink(folder.resolve("contracts/governance.yaml"),
                folder.resolve("outside.yaml"));
        for (var name : List.of("a", "b", "contracts")) {
            write(name + "/orders.yaml", contract("sales", "orders"));

            var found = read(name);

            assertThat(lines(found)).singleElement().asString()
                    .contains("file: the governance of this folder cannot be read: ");
            assertThat(found.products()).isEmpty();
            assertThat(found.withheld()).hasSize(1);
        }
    }

    @Test
    void links_that_lead_out_are_not_followed_and_those_within_are() throws IOException {
        write("outside/secret.yaml", contract("sales", "secrets"));
        write("contracts/..2026_11_21/orders.yaml", contract("sales", "orders"));
        Files.createSymbolicLink(folder.resolve("contracts/..data"), Path.of("..2026_11_21"));
        Files.createSymbolicLink(folder.resolve("contracts/orders.yaml"),
                Path.of("..data/orders.yaml"));
        Files.createSymbolicLink(folder.resolve("contracts/secret.yaml"),
                folder.resolve("outside/secret.yaml"));
        Files.createSymbolicLink(folder.resolve("contracts/folder"), folder.resolve("outside"));

        var found = read("contracts");

        assertThat(names(found)).containsExactly("sales/orders/v1");
        assertThat(lines(found)).containsExactly(
                "contracts/secret.yaml: link: the symbolic link leads out of the folder, or nowhere,"
                        + " and is not followed: put the file here");
    }

    @Test
    void a_folder_named_by_a_link_is_read() throws IOException {
        write("real/orders.yaml", contract("sales", "orders"));
        Files.createSymbolicLink(folder.resolve("contracts"), folder.resolve("real"));

        var found = read("contracts");

        assertThat(names(found)).containsExactly("sales/orders/v1");
        assertThat(found.products().getFirst().product().place().file())
                .isEqualTo(folder + "/contracts/orders.yaml");
    }

    @Test
    void one_file_that_cannot_be_read_keeps_no_other_from_being_read() throws IOException {
        write("contracts/orders.yaml", contract("sales", "orders"));
        Files.write(folder.resolve("contracts/latin.yaml"),
                "owner: é".getBytes(StandardCharsets.ISO_8859_1));

        var found = read("contracts");

        assertThat(names(found)).containsExactly("sales/orders/v1");
        assertThat(lines(found)).singleElement().asString().startsWith(
                "contracts/latin.yaml: file: the file cannot be read: ")
                .endsWith("is not UTF-8 text");
        assertThatThrownBy(() -> read("nowhere")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void of_two_contracts_for_one_product_the_first_is_used() throws IOException {
        write("contracts/a.yaml", contract("sales", "orders"));
        write("contracts/b.yaml", contract("sales", "orders"));

        var found = read("contracts");

        assertThat(names(found)).containsExactly("sales/orders/v1");
        assertThat(found.products().getFirst().product().place().file()).endsWith("a.yaml");
        assertThat(lines(found)).singleElement().asString()
                .contains("b.yaml:1:1: duplicate-product");
    }

    @Test
    void a_contract_named_twice_is_read_once() throws IOException {
        write("contracts/a.yaml", contract("sales", "orders"));
        var path = folder.resolve("contracts");

        assertThat(ContractFiles.read(List.of(path, path.resolve("a.yaml"))).problems()).isEmpty();
    }

    @Test
    void a_fingerprint_follows_what_is_said_and_not_how() throws IOException {
        write("contracts/person.json",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}");
        var contract = """
                domain: sales
                product: people
                version: "1.0"
                owner: o@example.com
                schema: {type: json, file: person.json}
                """;
        write("contracts/people.yaml", contract);
        var first = fingerprint();
        write("contracts/people.yaml", "# a comment\n" + contract.replace(": ", ":   ")
                + "governance: {quality: [curated]}\n");
        write("contracts/governance.yaml", "owner: '*@example.com'\n");

        assertThat(fingerprint()).isEqualTo(first).matches("[0-9a-f]{64}");

        write("contracts/people.yaml", contract + "description: d\n");
        var second = fingerprint();
        write("contracts/person.json",
                "{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"}}}");

        assertThat(Stream.of(first, second, fingerprint())).doesNotHaveDuplicates();
    }

    @Test
    void the_sample_contracts_meet_their_governance() throws IOException {
        var samples = Path.of("src/main/resources/sandbox/contracts");

        var found = ContractFiles.read(List.of(samples));

        assertThat(found.problems()).isEmpty();
        assertThat(found.products()).hasSize(5);
        assertThat(found.governance().values()).allSatisfy(one -> assertThat(one.files())
                .contains(samples + "/governance.yaml"));
    }

    private String fingerprint() throws IOException {
        return read("contracts").fingerprints().values().iterator().next();
    }

    private ContractFiles.Found read(String path) throws IOException {
        return ContractFiles.read(List.of(folder.resolve(path)), RegistryLookup.none(),
                WriterSchemas.none(), TODAY);
    }

    private List<String> lines(ContractFiles.Found found) {
        return found.problems().stream().map(Problem::toString)
                .map(line -> line.replace(folder + "/", "")).toList();
    }

    private static List<String> names(ContractFiles.Found found) {
        return found.products().stream().map(schema -> schema.product().id().toString()).toList();
    }

    private static String contract(String domain, String product) {
        return """
                domain: %s
                product: %s
                version: "1.0"
                owner: o@example.com
                fields:
                  - {name: id, type: string}
                """.formatted(domain, product);
    }

    private void write(String path, String text) throws IOException {
        var file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}

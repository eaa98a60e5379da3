package io.tidegate.importing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ContractImportTest {
    private static Imported read(String name, String text, Map<String, String> beside) {
        var files = new java.util.HashMap<>(beside);
        files.put(name, text);
        return ContractImport.read(new SourceFile(name, text), ImportChoices.none(), path -> {
            var found = files.get(path);
            if (found == null) {
                throw new IOException("there is no such file");
            }
            return found;
        });
    }

    private static Imported read(String name, String text) {
        return read(name, text, Map.of());
    }

    @Test
    void a_datacontract_com_contract_becomes_a_product_for_each_model() {
        var imported = read("c.yaml", """
                dataContractSpecification: 1.2.1
                id: urn:datacontract:shop:orders
                info:
                  title: Orders
                  version: v2
                  owner: shop-data@example.com
                servers:
                  live: {type: kafka, topic: "acme.{model}", format: json}
                models:
                  orders:
                    description: |
                      One row an order: yes.
                      Cancelled ones too.
                    fields:
                      order_id: {$ref: "#/definitions/id", primaryKey: true}
                      state: {type: string, enum: [open, "no"]}
                      total: {type: decimal, precision: 10, scale: 2, quality: []}
                      lines:
                        type: array
                        items:
                          type: record
                          fields:
                            sku: {type: text, pii: true}
                      changed: {type: timestamp_ntz}
                  buyers:
                    fields:
                      mail: {type: blob}
                definitions:
                  id: {type: string, format: uuid, description: "An order's number"}
                servicelevels:
                  freshness: {threshold: 25h}
                  support: {time: 9am to 5pm}
                """);

        assertThat(imported.drafts()).hasSize(2);
        assertThat(imported.drafts().getFirst().text()).isEqualTo("""
                domain: shop
                product: orders
                version: "2.0"
                owner: shop-data@example.com
                description: |-
                  Orders

                  One row an order: yes.
                  Cancelled ones too.
                sla:
                  freshness: 25h
                schema:
                  type: json
                fields:
                  - name: order_id
                    type: uuid
                    description: "An order's number"
                  - name: state
                    type: enum
                    values: [open, "no"]
                  - name: total
                    type: decimal
                    precision: 10
                    scale: 2
                  - name: lines
                    type: array
                    items:
                      type: object
                      fields:
                        - name: sku
                          type: string
                          pii: true
                  - name: changed
                    type: local-timestamp
                stream:
                  topics: [acme.orders]
                  key: [order_id]
                """);
        assertThat(imported.problems()).extracting(Problem::toString).containsExactly(
                "c.yaml:5:12: assumed: version: 'v2' is written as \"2.0\"",
                "c.yaml:17:55: not-imported: 'fields.quality' has no counterpart and is not carried over:"
                        + " write what every event has to satisfy as 'rules'",
                "c.yaml:27:20: assumed: field 'mail': type 'blob' is none of the specification's: it is written as"
                        + " json (anything)",
                "c.yaml:32:3: not-imported: 'servicelevels.support' has no counterpart and is not carried over");
    }

    @Test
    void a_definition_that_repeats_itself_ends() {
        var imported = read("c.yaml", """
                dataContractSpecification: 1.1.0
                info: {version: 1.0.0, owner: a}
                models: {m: {fields: {a: {$ref: "#/definitions/node"}}}}
                definitions:
                  node: {type: object, fields: {next: {$ref: "#/definitions/node"}}}
                """);

        assertThat(imported.drafts()).hasSize(1);
        assertThat(imported.problems()).extracting(Problem::message)
                .contains("field 'next' is defined by itself through '#/definitions/node': it is"
                        + " written as json (anything)");
    }

    @Test
    void definitions_that_multiply_are_refused() {
        var text = new StringBuilder("""
                dataContractSpecification: 1.1.0
                info: {version: 1.0.0, owner: a}
                models: {m: {fields: {a: {$ref: "#/definitions/d0"}}}}
                definitions:
                """);
        for (int i = 0; i < 20; i++) {
            text.append("  d%d: {type: object, fields: {".formatted(i));
            for (char c = 'a'; c < 'k'; c++) {
                text.append("%c: {$ref: '#/definitions/d%d'}%s".formatted(c, i + 1,
                        c == 'j' ? "}}\n" : ", "));
            }
        }
        text.append("  d20: {type: string}\n");

        var imported = read("c.yaml", text.toString());

        assertThat(imported.drafts()).isEmpty();
        assertThat(imported.problems()).filteredOn(Problem::isError).extracting(Problem::message)
                .containsExactly("the models hold more than 20000 fields, those of definitions"
                        + " counted each time");
    }

    @Test
    void a_classification_makes_a_field_personal_unless_the_contract_says_that_it_is_not() {
        var imported = read("c.yaml", """
                dataContractSpecification: 1.2.1
                id: urn:datacontract:shop:buyers
                info: {title: Buyers, version: 1.0.0, owner: shop-data}
                models:
                  buyers:
                    fields:
                      id: {type: string, classification: internal}
                      mail: {type: string, classification: Strictly-Confidential}
                      phone: {type: string, classification: restricted, pii: false}
                      home:
                        type: object
                        fields:
                          street: {type: string, classification: SENSITIVE}
                """);

        assertThat(imported.drafts().getFirst().text()).contains("""
                fields:
                  - name: id
                    type: string
                    classification: internal
                  - name: mail
                    type: string
                    pii: true
                    classification: Strictly-Confidential
                  - name: phone
                    type: string
                    pii: false
                    classification: restricted
                  - name: home
                    type: object
                    fields:
                      - name: street
                        type: string
                        pii: true
                        classification: SENSITIVE
                """);
    }

    @Test
    void each_object_of_an_odcs_contract_becomes_a_product_and_keeps_our_settings() {
        var imported = read("c.yaml", """
                apiVersion: v3.1.0
                kind: DataContract
                id: a
                version: 1.2.0
                status: active
                domain: shop
                team: {name: shop-data}
                servers: [{server: live, type: kafka, host: "b:9092", format: json}]
                schema:
                  - name: orders
                    physicalName: acme.orders
                    physicalType: topic
                    properties:
                      - {name: id, logicalType: string, primaryKey: true}
                      - {name: mail, logicalType: string, classification: confidential}
                    customProperties:
                      - {property: tidegate.access, value: [{scope: "a:b", mask: {mail: hash}}]}
                  - name: Rückgaben
                    physicalType: table
                    properties: [{name: id, logicalType: integer, unique: true}]
                """);

        assertThat(imported.drafts()).extracting(draft -> draft.product().id().path())
                .containsExactly("shop/orders/v1", "shop/r-ckgaben/v1");
        assertThat(imported.drafts().getFirst().text()).isEqualTo("""
                domain: shop
                product: orders
                version: "1.2.0"
                owner: shop-data
                schema:
                  type: json
                fields:
                  - name: id
                    type: string
                  - name: mail
                    type: string
                    pii: true
                    classification: confidential
                stream:
                  topics: [acme.orders]
                  key: [id]
                access:
                  - scope: "a:b"
                    mask:
                      mail: hash
                """);
        assertThat(imported.problems()).extracting(Problem::toString).containsExactly(
                "c.yaml:18:5: assumed: schema object 'Rückgaben' is no stream but a table: rows are taken for JSON on a"
                        + " topic that is named after it",
                "c.yaml:20:51: not-imported: 'properties.unique' has no counterpart and is not carried over");
    }

    @Test
    void a_protobuf_file_gives_the_messages_that_no_other_one_contains() {
        var imported = ContractImport.read(new SourceFile("in/shop.proto", """
                syntax = "proto3"; // message Nothing {
                package acme.shop;
                message Line { string sku = 1; }
                /** An order. */
                message Order { repeated Line lines = 1; enum State { OPEN = 0; } State state = 2; }
                message Refund { string id = 1; }
                """),
                new ImportChoices(Optional.empty(), Optional.of("web"), Optional.of("me@x.org")),
                path -> {
                    throw new IOException("there is no such file");
                });

        // The file itself is asked for when the contract is read back.
        assertThat(imported.drafts()).isEmpty();
        assertThat(imported.problems()).extracting(Problem::message)
                .contains("product 'shop/web-order/v1' cannot be written: schema.file: cannot read"
                        + " 'shop.proto': there is no such file");
    }

    @Test
    void an_avro_protocol_and_a_json_schema_are_referred_to() {
        var avro = read("shop.avpr",
                """
                        {"protocol": "P", "namespace": "acme.shop", "types": [
                          {"type": "record", "name": "Line", "fields": [{"name": "sku", "type": "string"}]},
                          {"type": "record", "name": "Order", "doc": "An order.",
                           "fields": [{"name": "lines", "type": {"type": "array", "items": "Line"}}]},
                          {"type": "record", "name": "Refund", "fields": [{"name": "id", "type": "string"}]}]}
                        """);
        var json = read("refund.schema.json", """
                {"$schema": "https://json-schema.org/draft/2020-12/schema",
                 "properties": {"id": {"type": "string"}}}
                """);

        assertThat(avro.drafts()).extracting(Imported.Draft::text).containsExactly("""
                domain: shop
                product: order
                version: "1.0"
                owner: unknown
                description: An order.
                schema:
                  type: avro
                  file: shop.avpr
                  message: acme.shop.Order
                """, """
                domain: shop
                product: refund
                version: "1.0"
                owner: unknown
                schema:
                  type: avro
                  file: shop.avpr
                  message: acme.shop.Refund
                """);
        assertThat(json.drafts()).extracting(Imported.Draft::text).containsExactly("""
                domain: default
                product: refund
                version: "1.0"
                owner: unknown
                schema:
                  type: json
                  file: refund.schema.json
                """);
    }

    @Test
    void what_is_nothing_of_this_is_refused_in_one_sentence() {
        assertThat(read("a.yaml", "asyncapi: 3.0.0\n").problems()).extracting(Problem::toString)
                .containsExactly(
                        "a.yaml:1:1: format: this is no contract (it has the key 'asyncapi'): expected 'kind:"
                                + " DataContract' or 'dataContractSpecification:'");
        assertThat(read("a.json", "{\"type\": \"Feature\"}").problems())
                .extracting(Problem::toString)
                .containsExactly("a.json:1:1: format: this is no JSON Schema and no Avro"
                        + " schema: expected a '$schema', a 'type' or 'properties' at its top");
        assertThat(read("a.json", "{\n  \"a\": tru }").problems()).hasSize(1)
                .allMatch(Problem::isError);
        assertThat(read("a.sql", "create table a").problems()).hasSize(1)
                .allMatch(Problem::isError);
        assertThat(read("a.yaml", "{").problems()).hasSize(1).allMatch(Problem::isError);
        assertThat(read("a.avsc", "{\"type\": \"record\"}").problems()).hasSize(1)
                .allMatch(Problem::isError);
    }

    @Test
    void text_of_any_kind_is_read_back_as_it_was() {
        for (var text : new String[]{"a: b", "- x", "# no", "no", "1e3", "0x1F", "12:30:00", "~",
                "'quoted'", "\"", "\\", "a\nb", "a\n b\n\nc ", " lead", "tab\there", "\u0007bell",
                "\u2028line", "emoji 😀", "a\n😀", "{}", "[x]", "a, b", "a #b", "@x", "`x", "%x",
                "&x", "*x", "!x", "|", ">", "?", "-", "a:", ":a", "2027-01-01", "\u0085"}) {
            var contract = "domain: a\nproduct: b\nversion: 1.0\nfields: [{name: a, type: string}]\n"
                    + "owner: " + ShortFormText.scalar(text) + "\n";

            var read = ContractReader.read("c.yaml", contract);

            assertThat(read.product()).as("%s: %s", text, read.problems()).isPresent();
            assertThat(read.product().get().owner()).isEqualTo(text);
        }
    }

    @Test
    void published_contracts_are_imported_or_refused_with_a_place() throws IOException {
        var root = Path.of("../../shared/data/contracts");
        Assumptions.assumeTrue(Files.isDirectory(root),
                "sample files of other projects are not here");
        try (var files = Files.walk(root)) {
            for (var path : files.filter(Files::isRegularFile).sorted().toList()) {
                var imported = ContractImport.read(
                        new SourceFile(path.toString(), Files.readString(path)),
                        ImportChoices.none(),
                        other -> Files.readString(path.resolveSibling(other)));

                assertThat(imported.problems()).as(path.toString())
                        .allSatisfy(problem -> assertThat(problem.message()).isNotBlank());
                assertThat(imported.drafts().isEmpty()
                        && imported.problems().stream().noneMatch(Problem::isError))
                        .as(path.toString()).isFalse();
            }
        }
    }
}

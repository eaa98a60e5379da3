package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ProductSchemas.Resolution;
import io.tidegate.problem.Problem;
import io.tidegate.schema.Field;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProductSchemasTest {
    private static final String HEAD = """
            domain: logistics
            product: shipments
            version: "2.1"
            owner: logistics@example.com
            """;
    private static final String AVSC = """
            {"type": "record", "name": "Shipment", "namespace": "com.example", "fields": [
              {"name": "shipment_id", "type": "string"},
              {"name": "updated_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "recipient", "type": {"type": "record", "name": "Person", "fields": [
                {"name": "email", "type": "string"}, {"name": "born", "type": {"type": "int", "logicalType": "date"}}]}},
              {"name": "contacts", "type": {"type": "array", "items": "Person"}}
            ]}
            """;

    @Test
    void the_file_of_the_contract_is_the_schema() {
        var found = resolve("""
                schema: {type: avro, file: shipment.avsc}
                fields:
                  - name: recipient
                    type: object
                    fields: [{name: email, type: string, pii: true}]
                  - name: contacts
                    type: array
                    items: {type: object, fields: [{name: email, type: string, pii: true}]}
                stream: {key: [shipment_id], eventTime: updated_at}
                access: [{scope: s, mask: {recipient.email: hash, recipient.born: year}}]
                """);

        assertThat(found.problems()).isEmpty();
        var schema = found.schema().orElseThrow();
        assertThat(schema.source()).isEqualTo("file shipment.avsc");
        assertThat(schema.rowType().fields()).extracting(Field::name).containsExactly("shipment_id",
                "updated_at",
                "recipient", "contacts");
        assertThat(schema.key()).extracting(FieldPath::text).containsExactly("shipment_id");
        assertThat(schema.eventTime()).map(FieldPath::text).contains("updated_at");
        assertThat(schema.personal()).containsExactlyInAnyOrder("recipient.email",
                "contacts.email");
    }

    @Test
    void what_a_contract_names_has_to_be_in_its_schema() {
        assertThat(refusals(
                """
                        schema: {type: avro, file: shipment.avsc}
                        fields:
                          - {name: shipmnt_id, type: string}
                          - {name: contacts, type: array, items: {type: object, fields: [{name: emial, type: string}]}}
                        stream: {key: [shipment_id, recipient], eventTime: shipment_id}
                        access: [{scope: s, mask: {recipient.emial: hash}, open: [zzzzzzz]}]
                        """))
                .containsExactly(
                        "contracts/c.yaml:7:5: unknown-field: field 'shipmnt_id' is not in schema file shipment.avsc: did you"
                                + " mean 'shipment_id'?",
                        "contracts/c.yaml:8:66: unknown-field: field 'contacts[].emial' is not in schema file shipment.avsc: did"
                                + " you mean 'email'?",
                        "contracts/c.yaml:9:29: key-type: stream.key: field 'recipient' is an object: a key has to be a single"
                                + " value",
                        "contracts/c.yaml:9:52: event-time-type: stream.eventTime: field 'shipment_id' is of type string:"
                                + " expected a timestamp, a date or a long of milliseconds since 1970",
                        "contracts/c.yaml:10:28: unknown-field: access[0].mask: field 'recipient.emial' is not in the schema: did"
                                + " you mean 'recipient.email'?",
                        "contracts/c.yaml:10:59: unknown-field: access[0].open: field 'zzzzzzz' is not in the schema");
    }

    @Test
    void a_file_that_cannot_be_read_or_is_no_schema_is_reported_where_it_is_named() {
        assertThat(refusals("schema: {type: avro, file: missing.avsc}\n"))
                .containsExactly("contracts/c.yaml:5:28:"
                        + " schema-source: schema.file: cannot read 'missing.avsc': there is no such file");
        assertThat(refusals("schema: {type: avro, file: broken.avsc}\n")).singleElement().asString()
                .startsWith("contracts/").contains("schema: file broken.avsc: ");
    }

    @Test
    void the_registry_is_asked_for_what_the_contract_names() {
        var found = resolve("schema: {type: avro, registry: shipments-value}\n");

        assertThat(found.problems()).isEmpty();
        assertThat(found.schema().orElseThrow().source())
                .isEqualTo("registry subject shipments-value");
    }

    @Test
    void a_registry_that_does_not_answer_leaves_the_fields_as_the_schema() {
        var found = resolve(
                """
                        schema: {type: avro, registry: gone}
                        fields: [{name: shipment_id, type: string, required: true}, {name: weight, type: decimal, precision: 9}]
                        stream: {key: [shipment_id]}
                        """);

        assertThat(found.problems()).extracting(Problem::toString)
                .containsExactly("contracts/c.yaml:5:32:"
                        + " schema-source: schema.registry: cannot get 'gone': no answer within 5 s: the contract's fields are"
                        + " used as the schema");
        var schema = found.schema().orElseThrow();
        assertThat(schema.source()).isEqualTo("fields of the contract");
        assertThat(schema.rowType().name()).isEqualTo("logistics.Shipments");
        assertThat(schema.rowType().fields()).extracting(Field::nullable).containsExactly(false,
                true);
    }

    @Test
    void rows_of_each_language_and_envelope_have_the_fields_of_the_contract() {
        for (var type : List.of("avro", "json", "protobuf")) {
            for (var envelope : type.equals("json")
                    ? List.of("none", "debezium", "cloudevents")
                    : List.of("none", "cloudevents")) {
                var found = resolve(
                        """
                                schema: {type: %s}
                                fields: [{name: shipment_id, type: string, required: true}, {name: weight, type: long}]
                                stream: {key: [shipment_id], envelope: %s}
                                """
                                .formatted(type, envelope));

                assertThat(found.problems()).as(type + " " + envelope).isEmpty();
                assertThat(found.schema().orElseThrow().rowType().fields())
                        .as(type + " " + envelope)
                        .extracting(Field::name).containsExactly("shipment_id", "weight");
            }
        }
    }

    @Test
    void without_registry_and_fields_there_is_no_schema() {
        assertThat(refusals("schema: {type: avro, registry: gone}\n"))
                .containsExactly("contracts/c.yaml:5:32:"
                        + " schema-source: schema.registry: cannot get 'gone': no answer within 5 s: make the registry answer, or"
                        + " list the contract's 'fields'");
    }

    private static List<String> refusals(String text) {
        var found = resolve(text);
        assertThat(found.schema()).isEmpty();
        return found.problems().stream().map(Problem::toString).toList();
    }

    private static Resolution resolve(String text) {
        var read = ContractReader.read("contracts/c.yaml", HEAD + text);
        assertThat(read.problems()).isEmpty();
        SchemaFiles files = path -> {
            var content = Map.of("shipment.avsc", AVSC, "broken.avsc", "{\"type\": \"recrod\"}")
                    .get(path);
            if (content == null) {
                throw new IOException("there is no such file");
            }
            return content;
        };
        RegistryLookup registry = (language, subject) -> {
            if (!subject.equals("shipments-value")) {
                throw new IOException("no answer within 5 s");
            }
            return new SourceSchema(language, AVSC, subject);
        };
        return ProductSchemas.resolve(read.product().orElseThrow(), files, registry,
                WriterSchemas.none());
    }
}

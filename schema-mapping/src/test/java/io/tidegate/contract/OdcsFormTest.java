package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.DataProduct.Quality;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.problem.Problem;
import io.tidegate.schema.SchemaLanguage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class OdcsFormTest {
    static final String FULL = """
            apiVersion: v3.1.0
            kind: DataContract
            id: 7c1d
            name: Shipment Events
            version: 2.1.0
            status: active
            domain: Logistics
            dataProduct: ShipmentEvents
            description: {purpose: Every change of a shipment's status., usage: Tracking pages.}
            tags: [shipping]
            servers:
              - {server: prod, type: kafka, host: "broker.example.com:9092", format: avro}
            schema:
              - name: shipments
                physicalName: logistics.shipment.v2.status-changed
                physicalType: topic
                properties:
                  - {name: leg, logicalType: integer, primaryKey: true, primaryKeyPosition: 2, required: true}
                  - {name: shipment_id, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
                  - {name: weight, logicalType: integer, logicalTypeOptions: {format: i64}}
                  - {name: price, logicalType: number, physicalType: "decimal(12,2)"}
                  - {name: updated_at, logicalType: timestamp}
                  - {name: recipient_email, logicalType: string, classification: PII}
                  - name: address
                    logicalType: object
                    properties: [{name: city, logicalType: string}]
                  - {name: codes, logicalType: array, items: {logicalType: string}}
                  - {name: status, logicalType: string, enum: [created, delivered]}
            team:
              name: logistics
              members:
                - {username: old@example.com, role: Owner, dateOut: "2024-01-01"}
                - {username: logistics-data@example.com, role: Owner}
            slaProperties:
              - {property: freshness, value: 30, unit: s}
              - {property: availability, value: 99.9, unit: "%"}
            customProperties:
              - {property: tidegate.eventTime, value: updated_at}
              - {property: tidegate.view, value: {history: 30d}}
              - {property: tidegate.quality, value: authoritative}
              - {property: tidegate.graphql.name, value: Shipments}
              - {property: costCentre, value: 4711}
              - property: tidegate.access
                value:
                  - {scope: "shipments:read", mask: {recipient_email: hash}, plan: gold}
            """;

    @Test
    void an_odcs_contract_becomes_the_same_model() {
        var read = ContractReader.read("c.odcs.yaml", FULL);
        assertThat(read.problems()).isEmpty();
        var product = read.product().orElseThrow();

        assertThat(product.id()).hasToString("logistics/shipment-events/v2");
        assertThat(product.version()).isEqualTo("2.1.0");
        assertThat(product.owner()).isEqualTo("logistics-data@example.com");
        assertThat(product.description()).isEqualTo("Every change of a shipment's status.");
        assertThat(product.status()).isEqualTo(Status.ACTIVE);
        assertThat(product.quality()).isEqualTo(Quality.AUTHORITATIVE);
        assertThat(product.schema().language()).isEqualTo(SchemaLanguage.AVRO);
        assertThat(product.stream().topics())
                .containsExactly("logistics.shipment.v2.status-changed");
        assertThat(product.stream().key()).extracting(Object::toString)
                .containsExactly("shipment_id", "leg");
        assertThat(product.stream().eventTime()).map(Object::toString).contains("updated_at");
        assertThat(product.view().history()).isEqualTo(Duration.ofDays(30));
        assertThat(product.serviceLevels().freshness()).contains(Duration.ofSeconds(30));
        assertThat(product.serviceLevels().stated()).containsExactly(Map.entry("freshness", "30 s"),
                Map.entry("availability", "99.9%"));
        assertThat(product.fields()).extracting(FieldSpec::type).containsExactly("integer",
                "string", "long", "decimal",
                "timestamp", "string", "object", "array", "enum");
        assertThat(product.fields().get(3).scale()).contains(2);
        assertThat(product.fields()).filteredOn(field -> field.pii().orElse(false))
                .extracting(FieldSpec::name)
                .containsExactly("recipient_email");
        assertThat(product.graphQlName()).contains("Shipments");
        assertThat(product.access()).singleElement().satisfies(grant -> {
            assertThat(grant.masks()).containsExactly(Map.entry("recipient_email", Mask.HASH));
            assertThat(grant.plan()).contains("gold");
        });
    }

    @Test
    void a_thin_contract_loads_with_its_gaps_as_warnings() {
        var read = ContractReader.read("c.yaml", """
                apiVersion: v3.0.2
                kind: DataContract
                id: orders
                status: production
                name: Orders Event Stream
                version: 0.0.1
                schema:
                  - name: Orders
                    physicalName: orders
                    physicalType: topic
                    authoritativeDefinitions:
                      - {type: implementation, url: "https://registry.example.com:8081"}
                servers:
                  - {server: k, type: kafka, format: avro, host: "broker.example.com:9092"}
                """);

        assertThat(read.problems()).extracting(Problem::toString).containsExactly(
                "c.yaml:1:1: missing-key: key 'domain' is missing: the product is served in domain 'default'",
                "c.yaml:1:1: missing-key: the contract names no owner: add a team, or set tidegate.owner in"
                        + " customProperties");
        var product = read.product().orElseThrow();
        assertThat(product.id()).hasToString("default/orders-event-stream/v0");
        assertThat(product.schema().registry()).map(Object::toString)
                .contains(
                        "https://registry.example.com:8081/subjects/orders-value/versions/latest");
    }

    @Test
    void a_contract_of_topic_and_format_alone_means_the_topics_subject() {
        var read = ContractReader.read("c.yaml",
                """
                        {apiVersion: v3.0.2, kind: DataContract, id: o, status: active, version: 1.0.0, domain: sales,
                         team: {name: sales}, schema: [{name: Orders, physicalName: orders.v1, physicalType: topic}],
                         servers: [{server: k, type: kafka, format: protobuf, host: "broker.example.com:9092"}]}
                        """);

        assertThat(read.problems()).extracting(Problem::toString)
                .containsExactly(
                        "c.yaml:2:8: standard: team: before version 3.1 of the standard a team is a list",
                        "c.yaml:2:32: schema-source: the schema"
                                + " object has no properties and names no schema: subject 'orders.v1-value' of the gateway's registry is"
                                + " used");
        assertThat(read.product().orElseThrow().schema().registry()).map(Object::toString)
                .contains("orders.v1-value");
        assertThat(read.product().orElseThrow().schema().language())
                .isEqualTo(SchemaLanguage.PROTOBUF);
    }

    @Test
    void what_is_no_stream_is_refused_plainly() {
        assertThat(ContractReaderTest.problems("""
                apiVersion: v3.0.2
                kind: DataContract
                id: t
                status: active
                version: 1.0.0
                schema: [{name: tbl, physicalType: table}]
                servers: [{server: s, type: postgres}]
                """)).containsExactly(
                "c.yaml:6:9: no-stream: the contract describes no stream: expected an object with"
                        + " 'physicalType: topic' on a server of 'type: kafka', but found physicalType 'table' and server type"
                        + " 'postgres'");
    }

    @Test
    void our_own_settings_are_strict_and_the_standards_are_open() {
        var read = ContractReader.read("c.yaml",
                FULL.replace("tidegate.eventTime", "tidegate.eventTme")
                        .replace("tags: [shipping]", "tgas: [shipping]").replace("hash", "hsh")
                        .replace("name: leg,", "name: leg, examples: 1,"));

        assertThat(read.product()).isEmpty();
        assertThat(read.problems()).extracting(problem -> problem.severity() + " " + problem)
                .containsExactly(
                        "WARNING c.yaml:10:1: unknown-key: unknown key 'tgas': did you mean 'tags'?",
                        "WARNING c.yaml:18:31: standard: schema[0].properties[0].examples: the standard has a list here but this is '1'",
                        "ERROR c.yaml:38:16: unknown-key: unknown key 'tidegate.eventTme': did you mean 'eventTime'?",
                        "ERROR c.yaml:45:59: bad-value: tidegate.access[0].mask.recipient_email: expected hide, redact, hash,"
                                + " partial or year but was 'hsh': did you mean 'hash'?");
    }

    @Test
    void published_contracts_load_or_are_refused_with_a_place() throws IOException {
        var root = Path.of("../../shared/data/contracts");
        Assumptions.assumeTrue(Files.isDirectory(root),
                "sample files of other projects are not here");
        var loaded = new java.util.TreeSet<String>();
        try (var files = Files.walk(root)) {
            for (var path : files.filter(
                    file -> file.toString().endsWith(".yaml") || file.toString().endsWith(".yml"))
                    .sorted().toList()) {
                var name = root.relativize(path).toString().replace('\\', '/');
                var read = ContractReader.read(name, Files.readString(path));

                assertThat(read.problems()).allSatisfy(problem -> {
                    assertThat(problem.place().line()).as(problem.toString()).isPositive();
                    assertThat(problem.message()).isNotBlank();
                });
                if (read.product().isEmpty()) {
                    assertThat(read.problems()).as(name).anyMatch(Problem::isError);
                } else {
                    loaded.add(name);
                }
            }
        }
        assertThat(loaded).contains("odcs/kafka-schema.odcs.yaml",
                "odcs/kafka-schemaregistry.odcs.yaml",
                "odcs/kafka-server.odcs.yaml");
    }
}

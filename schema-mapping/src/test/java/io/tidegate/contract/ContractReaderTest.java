package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.DataProduct.Envelope;
import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.DataProduct.Quality;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.problem.Problem;
import io.tidegate.schema.SchemaLanguage;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContractReaderTest {
    static final String SMALLEST = """
            domain: logistics
            product: shipment-events
            version: "2.1"
            owner: logistics-data@example.com
            sla:
              freshness: 30s
              availability: 99.9%
            schema:
              type: avro
              registry: https://schema-registry.example.com/logistics/shipment/v2
            fields:
              - name: shipment_id
                type: string
                pii: false
              - name: status
                type: enum
                values: [created, in_transit, delivered, returned]
              - name: updated_at
                type: timestamp
                description: "ISO 8601, always UTC"
            """;

    static final String FULL = SMALLEST + """
              - {name: carrier_id, type: string}
              - {name: recipient_email, type: string, pii: true}
            status: deprecated
            sunset: 2027-06-30
            successor: logistics/shipment-events/v3
            description: Every change of a shipment's status.
            quality: authoritative
            stream:
              cluster: eu
              topics: [logistics.shipment.v2.status-changed]
              key: [shipment_id]
              eventTime: updated_at
              envelope: debezium
              onBadRecord: stop
            rules:
              - name: status moves on
                expect: "event.updated_at <= now"
            view: {history: 30d}
            access:
              - scope: "shipments:read"
                rows: "event.carrier_id == claims.carrier_id"
                mask: {recipient_email: hash}
                plan: gold
              - scope: "shipments:support"
                open: [recipient_email]
            graphql: {name: Shipments}
            tags: [shipping, eu]
            """;

    @Test
    void the_smallest_contract_loads_with_every_default() {
        var product = product(SMALLEST);

        assertThat(product.id()).isEqualTo(new ProductId("logistics", "shipment-events", 2));
        assertThat(product.version()).isEqualTo("2.1");
        assertThat(product.status()).isEqualTo(Status.ACTIVE);
        assertThat(product.quality()).isEqualTo(Quality.CURATED);
        assertThat(product.serviceLevels().freshness()).contains(Duration.ofSeconds(30));
        assertThat(product.serviceLevels().stated()).containsExactly(Map.entry("freshness", "30s"),
                Map.entry("availability", "99.9%"));
        assertThat(product.schema().language()).isEqualTo(SchemaLanguage.AVRO);
        assertThat(product.schema().registry()).map(Object::toString)
                .contains("https://schema-registry.example.com/logistics/shipment/v2");
        assertThat(product.fields()).extracting(FieldSpec::name).containsExactly("shipment_id",
                "status", "updated_at");
        assertThat(product.fields().get(1).values()).containsExactly("created", "in_transit",
                "delivered", "returned");
        assertThat(product.stream().cluster()).isEqualTo("default");
        assertThat(product.stream().topics()).containsExactly("logistics.shipment-events.v2");
        assertThat(product.stream().key()).isEmpty();
        assertThat(product.stream().envelope()).isEqualTo(Envelope.NONE);
        assertThat(product.stream().onBadRecord()).isEqualTo(BadRecord.SKIP);
        assertThat(product.view().enabled()).isTrue();
        assertThat(product.view().history()).isEqualTo(Duration.ZERO);
        assertThat(product.access()).singleElement().satisfies(grant -> {
            assertThat(grant.scope()).isEqualTo("logistics.shipment-events:read");
            assertThat(grant.rows()).isEmpty();
            assertThat(grant.masks()).isEmpty();
            assertThat(grant.open()).isEmpty();
            assertThat(grant.plan()).isEmpty();
        });
    }

    @Test
    void every_key_of_the_short_form_is_read() {
        var product = product(FULL);

        assertThat(product.status()).isEqualTo(Status.DEPRECATED);
        assertThat(product.sunset()).contains(LocalDate.of(2027, 6, 30));
        assertThat(product.successor()).contains("logistics/shipment-events/v3");
        assertThat(product.description()).isEqualTo("Every change of a shipment's status.");
        assertThat(product.quality()).isEqualTo(Quality.AUTHORITATIVE);
        assertThat(product.stream().cluster()).isEqualTo("eu");
        assertThat(product.stream().topics())
                .containsExactly("logistics.shipment.v2.status-changed");
        assertThat(product.stream().key()).extracting(Object::toString)
                .containsExactly("shipment_id");
        assertThat(product.stream().eventTime()).map(Object::toString).contains("updated_at");
        assertThat(product.stream().envelope()).isEqualTo(Envelope.DEBEZIUM);
        assertThat(product.stream().onBadRecord()).isEqualTo(BadRecord.STOP);
        assertThat(product.rules()).singleElement().satisfies(rule -> {
            assertThat(rule.name()).isEqualTo("status moves on");
            assertThat(rule.expect().text()).isEqualTo("event.updated_at <= now");
            assertThat(rule.expect().place()).hasToString("c.yaml:37:13");
        });
        assertThat(product.view().history()).isEqualTo(Duration.ofDays(30));
        assertThat(product.access()).hasSize(2);
        assertThat(product.access().getFirst().masks())
                .containsExactly(Map.entry("recipient_email", Mask.HASH));
        assertThat(product.access().getFirst().plan()).contains("gold");
        assertThat(product.access().getLast().open()).containsExactly("recipient_email");
        assertThat(product.graphQlName()).contains("Shipments");
        assertThat(product.tags()).containsExactly("shipping", "eu");
    }

    @Test
    void every_field_type_loads() {
        var product = product("""
                domain: d
                product: p
                version: 1.0.3
                owner: o
                fields:
                  - {name: a, type: string, required: true, classification: internal}
                  - {name: b, type: boolean}
                  - {name: c, type: int}
                  - {name: d, type: integer}
                  - {name: e, type: long}
                  - {name: f, type: float}
                  - {name: g, type: number}
                  - {name: h, type: decimal, precision: 12, scale: 2}
                  - {name: i, type: local-timestamp}
                  - {name: j, type: date}
                  - {name: k, type: time}
                  - {name: l, type: duration}
                  - {name: m, type: uuid}
                  - {name: n, type: bytes}
                  - {name: o, type: object, fields: [{name: x, type: double}]}
                  - {name: p, type: array, items: {type: enum, values: [u, v]}}
                  - {name: q, type: map, items: {type: object, fields: [{name: y, type: json}]}}
                view: none
                """);

        assertThat(product.schema().language()).isEqualTo(SchemaLanguage.JSON);
        assertThat(product.view().enabled()).isFalse();
        assertThat(product.fields()).extracting(FieldSpec::type).containsExactly("string",
                "boolean", "integer",
                "integer", "long", "float", "double", "decimal", "local-timestamp", "date", "time",
                "duration", "uuid",
                "bytes", "object", "array", "map");
        assertThat(product.fields().get(7).precision()).contains(12);
        assertThat(product.fields().get(0).classification()).contains("internal");
    }

    @Test
    void all_problems_of_a_file_come_in_one_run() {
        assertThat(problems("""
                domain: Logistics
                product: 9lives
                version: v2.1.0
                onwer: me
                status: actve
                sla: {freshness: soon, uptime: 1}
                schema: {type: avroo, file: ../secret.avsc, registry: x}
                fields:
                  - {name: a, type: strng}
                  - {name: b, type: enum}
                  - {name: a, type: string, values: [x]}
                  - {type: string}
                  - {name: c, type: object}
                stream: {topics: ["a b"], envelope: debezum, key: {a: b}}
                rules: [{name: r}]
                view: off
                access:
                  - {rows: "true", mask: {a: hsh}, pln: gold}
                graphql: {name: __x}
                """)).containsExactly(
                "c.yaml:1:1: missing-key: key 'owner' is missing",
                "c.yaml:1:9: name: domain: expected lower-case letters, digits and '-', beginning with a letter, but was"
                        + " 'Logistics': write 'logistics'",
                "c.yaml:2:10: name: product: expected lower-case letters, digits and '-', beginning with a letter, but"
                        + " was '9lives': write 'lives'",
                "c.yaml:3:10: version: version: expected major.minor or major.minor.patch such as 2.1 but was 'v2.1.0':"
                        + " write '2.1.0', without the 'v'",
                "c.yaml:4:1: unknown-key: unknown key 'onwer': did you mean 'owner'?",
                "c.yaml:5:9: bad-value: status: expected draft, active, deprecated or retired but was 'actve': did you"
                        + " mean 'active'?",
                "c.yaml:6:18: bad-value: sla.freshness: expected a duration such as 500ms, 30s, 5m, 1h, 7d or PT30S but"
                        + " was 'soon'",
                "c.yaml:6:24: unknown-key: unknown key 'sla.uptime': expected freshness, availability, tier, latency,"
                        + " throughput, ordering, delivery or retention",
                "c.yaml:7:16: bad-value: schema.type: expected avro, json or protobuf but was 'avroo': did you mean"
                        + " 'avro'?",
                "c.yaml:7:29: schema-source: schema.file: expected a path within the contract's folder, such as"
                        + " shipment.avsc, but was '../secret.avsc'",
                "c.yaml:7:55: schema-source: 'schema.file' and 'schema.registry' are both given: keep the one that holds"
                        + " the schema",
                "c.yaml:9:21: bad-value: fields[0].type: expected string, boolean, integer, long, float, double,"
                        + " decimal, timestamp, local-timestamp, date, time, duration, uuid, bytes, enum, object, array,"
                        + " map or json but was 'strng': did you mean 'string'?",
                "c.yaml:10:5: missing-key: key 'fields[1].values' is missing",
                "c.yaml:11:12: duplicate: fields[2].name: field 'a' is listed twice, first in line 9",
                "c.yaml:11:37: bad-value: fields[2].values: only type enum has 'values', and this field is of type"
                        + " string",
                "c.yaml:12:5: missing-key: key 'fields[3].name' is missing",
                "c.yaml:13:5: missing-key: key 'fields[4].fields' is missing",
                "c.yaml:14:19: name: stream.topics: 'a b' is no Kafka topic name (letters, digits, '.', '_' and '-', at"
                        + " most 249)",
                "c.yaml:14:37: bad-value: stream.envelope: expected none, debezium, cloudevents, canal or maxwell but was 'debezum': did"
                        + " you mean 'debezium'?",
                "c.yaml:14:51: wrong-type: stream.key: expected a list but was a mapping",
                "c.yaml:15:9: missing-key: key 'rules[0].expect' is missing",
                "c.yaml:16:7: bad-value: view: expected 'none' or a mapping such as {history: 30d} but was 'off'",
                "c.yaml:18:5: missing-key: key 'access[0].scope' is missing",
                "c.yaml:18:30: bad-value: access[0].mask.a: expected hide, redact, hash, partial or year but was 'hsh':"
                        + " did you mean 'hash'?",
                "c.yaml:18:36: unknown-key: unknown key 'access[0].pln': did you mean 'plan'?",
                "c.yaml:19:17: graphql-name: graphql.name: '__x' begins with '__', which GraphQL keeps for itself");
    }

    @Test
    void the_fields_that_a_contract_names_have_to_be_among_its_own() {
        assertThat(problems("""
                domain: d
                product: p
                version: "1.0"
                owner: o
                fields:
                  - {name: order_id, type: string}
                  - {name: lines, type: array, items: {type: string}}
                  - {name: customer, type: object, fields: [{name: email, type: string, pii: true}]}
                stream: {key: [ordr_id, lines], eventTime: order_id}
                access:
                  - {scope: a, mask: {customer.emial: year}}
                  - {scope: b, mask: {customer.email: year}, open: [nothing]}
                """)).containsExactly(
                "c.yaml:9:16: unknown-field: stream.key: field 'ordr_id' is not in the schema: did you mean 'order_id'?",
                "c.yaml:9:25: key-type: stream.key: field 'lines' is an array: a key has to be a single value",
                "c.yaml:9:44: event-time-type: stream.eventTime: field 'order_id' is of type string: expected a"
                        + " timestamp, a date or a long of milliseconds since 1970",
                "c.yaml:11:23: unknown-field: access[0].mask: field 'customer.emial' is not in the schema: did you mean"
                        + " 'customer.email'?",
                "c.yaml:12:23: mask-type: access[1].mask: field 'customer.email' is of type string: only a date or a"
                        + " timestamp can be masked to its year",
                "c.yaml:12:53: unknown-field: access[1].open: field 'nothing' is not in the schema");
    }

    @Test
    void warnings_keep_no_contract_from_loading() {
        var read = ContractReader.read("c.yaml", SMALLEST + """
                sunset: 2027-01-01
                access: []
                """);

        assertThat(read.product()).isPresent();
        assertThat(read.problems()).extracting(Problem::toString).containsExactly(
                "c.yaml:21:9: status: 'sunset' has no effect while the status is 'active': set 'status: deprecated'",
                "c.yaml:22:9: access: access: the list is empty, so nobody can read the product: remove the key to allow"
                        + " scope 'logistics.shipment-events:read'");
    }

    @Test
    void a_version_is_kept_as_written_and_its_form_is_explained() {
        assertThat(product(SMALLEST.replace("\"2.1\"", "2.10")).version()).isEqualTo("2.10");
        assertThat(problems(SMALLEST.replace("\"2.1\"", "2")))
                .containsExactly("c.yaml:3:10: version: version: expected"
                        + " major.minor or major.minor.patch such as 2.1 but was '2': write '2.0'");
    }

    @Test
    void other_formats_are_refused_with_what_to_do() {
        assertThat(problems("dataContractSpecification: 1.2.1\nid: x\n")).containsExactly(
                "c.yaml:1:1: format: this is a datacontract.com contract, which is not read as it is: `tidegate"
                        + " import` writes a contract from it");
        assertThat(problems("kind: DataContract\napiVersion: v2.2.2\n")).containsExactly(
                "c.yaml:2:13: bad-value: apiVersion: expected v3.0 to v3.2 of the Open Data Contract Standard but was"
                        + " 'v2.2.2'");
    }

    @Test
    void an_envelope_of_several_rows_needs_json_and_a_key() {
        var head = """
                domain: depot
                product: boxes
                version: "1.0"
                owner: depot@example.com
                schema: {type: avro}
                fields: [{name: id, type: long}]
                """;
        assertThat(problems(head + "stream: {envelope: canal}\n")).containsExactly(
                "c.yaml:7:20: bad-value: stream.envelope: 'canal' is JSON, but the schema's type is 'avro': set it to"
                        + " json",
                "c.yaml:7:20: missing-key: stream.envelope: 'canal' needs 'stream.key', because one record may hold"
                        + " several rows: name the table's primary key");
        assertThat(product(head.replace("avro", "json")
                + "stream: {envelope: maxwell, key: [id]}\n").stream().envelope())
                .isEqualTo(Envelope.MAXWELL);
    }

    @Test
    void a_contract_says_what_its_payload_is() {
        assertThat(problems("domain: d\nproduct: p\nversion: '1.0'\nowner: o\n")).containsExactly(
                "c.yaml:1:1: missing-key: keys 'schema' and 'fields' are both missing: say where the payload's schema"
                        + " is, or list its fields");
        assertThat(
                problems("domain: d\nproduct: p\nversion: '1.0'\nowner: o\nschema: {type: avro}\n"))
                .containsExactly(
                        "c.yaml:5:9: schema-source: schema: neither 'file' nor 'registry' is given, and the contract lists no"
                                + " 'fields': add one of them");
    }

    static DataProduct product(String text) {
        var read = ContractReader.read("c.yaml", text);
        assertThat(read.problems()).filteredOn(Problem::isError).isEmpty();
        return read.product().orElseThrow();
    }

    static List<String> problems(String text) {
        var read = ContractReader.read("c.yaml", text);
        assertThat(read.product()).isEqualTo(Optional.empty());
        return read.problems().stream().map(Problem::toString).toList();
    }
}

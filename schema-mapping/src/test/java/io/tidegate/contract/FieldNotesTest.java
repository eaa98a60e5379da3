package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.problem.Problem;
import io.tidegate.schema.Change;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import io.tidegate.schema.UnreadablePayload;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a contract says of a schema that it does not own. */
class FieldNotesTest {
    private static final String HEAD = """
            domain: crm
            product: people
            version: "1.0"
            owner: crm@example.com
            """;
    private static final String AVSC = """
            {"type": "record", "name": "Book", "namespace": "crm", "fields": [
              {"name": "id", "type": "long", "doc": "Of the schema."},
              {"name": "seen", "type": ["null", "long"]},
              {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["ON", "OFF"]}},
              {"name": "people", "type": {"type": "array", "items": {"type": "record", "name": "Person", "fields": [
                {"name": "name", "type": "string", "doc": "Full."},
                {"name": "born", "type": {"type": "int", "logicalType": "date"}},
                {"name": "at", "type": "int"}]}}},
              {"name": "byRole", "type": {"type": "map", "values": "Person"}},
              {"name": "owner", "type": ["null", "Person", {"type": "record", "name": "Firm", "fields": [
                {"name": "name", "type": "string"}, {"name": "tax", "type": "string"}]}]}
            ]}
            """;

    private static ProductSchemas.Resolution resolve(String rest) {
        var read = ContractReader.read("c.yaml", HEAD + rest);
        assertThat(read.problems()).filteredOn(Problem::isError).isEmpty();
        return ProductSchemas.resolve(read.product().orElseThrow(), path -> {
            if (path.equals("book.avsc")) {
                return AVSC;
            }
            throw new IOException("there is no such file");
        }, RegistryLookup.none(), WriterSchemas.none());
    }

    @Test
    void the_contracts_words_win_where_it_has_some() {
        var schema = resolve("""
                schema: {type: avro, file: book.avsc}
                fields:
                  - {name: id, type: integer, description: Of the contract., deprecated: use seen}
                  - name: people
                    type: array
                    items: {type: object, fields: [{name: born, type: date, description: The day.}]}
                """).schema().orElseThrow();

        var fields = schema.rowType().fields();
        assertThat(fields.get(0).doc()).isEqualTo("Of the contract.");
        assertThat(fields.get(0).deprecated()).isEqualTo("use seen");
        var person = (RecordType) ((Type.ListOf) fields.get(3).type()).element();
        assertThat(person.fields()).extracting(field -> field.doc()).containsExactly("Full.",
                "The day.", "");
    }

    @Test
    void a_type_that_is_another_one_in_the_schema_is_a_warning_with_both() {
        assertThat(resolve("""
                schema: {type: avro, file: book.avsc}
                fields:
                  - {name: id, type: string}
                  - {name: seen, type: timestamp}
                  - {name: state, type: string}
                  - {name: people, type: map, items: {type: string}}
                """).problems()).extracting(problem -> problem.severity() + " " + problem)
                .containsExactly(
                        "WARNING c.yaml:7:5: field-type: field 'id' is of type string in the contract but of type long"
                                + " in schema file book.avsc: the schema counts",
                        "WARNING c.yaml:8:5: field-type: field 'seen' is of type timestamp in the contract but of type"
                                + " long in schema file book.avsc: the schema counts; if the number is a time, say so"
                                + " with 'format: epoch-millis'",
                        "WARNING c.yaml:10:5: field-type: field 'people' is of type map in the contract but an array in"
                                + " schema file book.avsc: the schema counts",
                        "WARNING c.yaml:10:38: field-type: field 'people[]' is of type string in the contract but an"
                                + " object in schema file book.avsc: the schema counts");
    }

    @Test
    void a_number_is_read_and_written_as_the_time_that_the_contract_says_it_is()
            throws UnreadablePayload {
        var found = resolve(
                """
                        schema: {type: avro, file: book.avsc}
                        fields:
                          - {name: seen, type: timestamp, format: epoch-micros}
                          - name: people
                            type: array
                            items: {type: object, fields: [{name: at, type: timestamp, format: epoch-seconds}]}
                        stream: {eventTime: seen}
                        access: [{scope: a, mask: {seen: year, people.at: year}}]
                        """);
        assertThat(found.problems()).isEmpty();
        var changes = found.schema().orElseThrow().changes();
        var type = changes.rowType();
        assertThat(type.fields().get(1).type())
                .isEqualTo(new Type.Scalar(ScalarKind.TIMESTAMP, 6, 0));
        var person = (RecordType) ((Type.ListOf) type.fields().get(3).type()).element();
        var seen = Instant.parse("2026-01-31T10:20:30.000123Z");
        var at = Instant.parse("1969-12-31T23:59:59Z");
        var row = new Row(type, new Object[]{7L, seen, "ON",
                List.of(new Row(person, new Object[]{"Ann", java.time.LocalDate.EPOCH, at})),
                Map.of(), null});

        var payload = changes.write(Change.upsert(row), Optional.empty());

        assertThat(changes.read(payload, Map.of()).getFirst().after()).isEqualTo(row);
        var raw = changes.payload().decode(payload);
        assertThat(raw.get("seen")).isEqualTo(1_769_854_830_000_123L);
        assertThat(((Row) ((List<?>) raw.get("people")).getFirst()).get("at")).isEqualTo(-1);
    }

    @Test
    void a_number_that_no_date_is_that_far_from_is_null_and_told() throws UnreadablePayload {
        var changes = resolve("""
                fields:
                  - {name: at, type: timestamp, format: epoch-seconds}
                """).schema().orElseThrow().changes();

        var change = changes.read(("{\"at\": \"" + Long.MAX_VALUE + "\"}")
                .getBytes(StandardCharsets.UTF_8), Map.of()).getFirst();

        assertThat(change.after()).isNotNull();
        assertThat(change.after().get("at")).isNull();
        assertThat(change.misfits())
                .containsExactly(new Misfit("at", "a number of seconds since 1970"));
        assertThat(changes.read("{\"at\": 1}".getBytes(StandardCharsets.UTF_8), Map.of())
                .getFirst().after()
                .get("at")).isEqualTo(Instant.ofEpochSecond(1));
    }

    @Test
    void a_format_stands_only_at_a_whole_number() {
        assertThat(resolve("""
                schema: {type: avro, file: book.avsc}
                fields: [{name: state, type: timestamp, format: epoch-millis}]
                """).problems()).extracting(Problem::toString).containsExactly(
                "c.yaml:6:10: field-type: field 'state' has 'format: epoch-millis' but is an enum in schema file"
                        + " book.avsc: only a whole number can be read as a time so; remove the format");
        assertThat(ContractReader
                .read("c.yaml",
                        HEAD + """
                                fields: [{name: a, type: long, format: epoch-millis}, {name: b, type: timestamp, format: unix}]
                                """)
                .problems()).extracting(Problem::toString).containsExactly(
                        "c.yaml:5:40: bad-value: fields[0].format: only type timestamp has 'format', and this field is of type"
                                + " long",
                        "c.yaml:5:90: bad-value: fields[1].format: expected epoch-seconds, epoch-millis or epoch-micros but was"
                                + " 'unix'");
    }

    @Test
    void paths_pass_lists_maps_and_unions_where_a_row_may_have_several() {
        var found = resolve("""
                schema: {type: avro, file: book.avsc}
                fields:
                  - name: people
                    type: array
                    items: {type: object, fields: [{name: name, type: string, pii: true}]}
                  - name: byRole
                    type: map
                    items: {type: object, pii: true, fields: [{name: name, type: string}]}
                  - name: owner
                    type: object
                    fields: [{name: tax, type: string, pii: true}]
                access:
                  - scope: a
                    mask: {people.name: hash, byRole.born: year, owner.name: partial}
                    open: [owner.tax]
                """);

        assertThat(found.problems()).isEmpty();
        assertThat(found.schema().orElseThrow().personal())
                .containsExactlyInAnyOrder("people.name", "byRole", "owner.tax");
    }

    @Test
    void a_path_that_is_wrong_is_reported_where_it_stands() {
        assertThat(resolve("""
                schema: {type: avro, file: book.avsc}
                fields:
                  - name: people
                    type: array
                    items: {type: object, fields: [{name: name, type: string, pii: true}]}
                stream: {key: [people.name]}
                access:
                  - scope: a
                    mask:
                      people.nam: hash
                      people.name: year
                    open: [people, state]
                """).problems()).extracting(Problem::toString).containsExactly(
                "c.yaml:10:16: key-type: stream.key: field 'people.name' is within a list, a map or a union, so a row"
                        + " can have several of it: name a field that a row has once",
                "c.yaml:14:7: unknown-field: access[0].mask: field 'people.nam' is not in the schema: did you mean"
                        + " 'people.name'?",
                "c.yaml:15:7: mask-type: access[0].mask: field 'people.name' is of type string: only a date or a"
                        + " timestamp can be masked to its year",
                "c.yaml:16:12: access: access[0].open: field 'people' is not personal, so there is nothing to open, but"
                        + " within it is: name 'people.name'",
                "c.yaml:16:20: access: access[0].open: field 'state' is not personal, so there is nothing to open");
    }

    @Test
    void what_the_schema_cannot_tell_apart_is_hidden_as_a_whole() {
        var found = resolve(
                """
                        fields:
                          - name: any
                            type: json
                          - name: people
                            type: array
                            items: {type: object, fields: [{name: name, type: string, pii: true}, {name: n, type: long}]}
                        """);

        assertThat(found.schema().orElseThrow().personal()).containsExactly("people.name");
    }
}

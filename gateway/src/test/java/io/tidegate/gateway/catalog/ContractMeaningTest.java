package io.tidegate.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.catalog.ContractMeaning.Distance;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContractMeaningTest {
    private static final String CONTRACT = """
            domain: lab
            product: orders
            version: "1.0"
            owner: lab@example.com
            sla: {freshness: 10s}
            schema: {type: json}
            fields:
              - {name: id, type: string, required: true}
              - {name: state, type: enum, values: [open, paid], required: true}
              - name: buyer
                type: object
                fields: [{name: mail, type: string, pii: true}, {name: city, type: string}]
            stream: {topics: [lab.orders.v1], key: [id]}
            access: [{scope: "orders:read"}]
            """;

    private static ContractMeaning meaning(String contract, Map<String, String> files) {
        var read = ContractReader.read("orders.yaml", contract);
        var product = read.product()
                .orElseThrow(() -> new AssertionError(read.problems().toString()));
        var resolved = ProductSchemas.resolve(product, path -> {
            throw new IOException("no files");
        }, RegistryLookup.none(), WriterSchemas.none());
        return ContractMeaning.of(resolved.schema()
                .orElseThrow(() -> new AssertionError(resolved.problems().toString())), files);
    }

    private static ContractMeaning meaning(String contract) {
        return meaning(contract, Map.of());
    }

    @Test
    void a_contract_that_was_only_written_otherwise_means_the_same() {
        var before = meaning(CONTRACT);
        var after = meaning("# moved down by a comment\n\n" + CONTRACT.replace("  - {", "  -   {"));

        assertThat(before.to(after)).isEqualTo(Distance.NONE);
        assertThat(before).isEqualTo(after).hasSameHashCodeAs(after);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "1.0 | 1.1 | TERMS",
            "freshness: 10s | freshness: 1m | TERMS",
            "orders:read | orders:all | TERMS",
            "pii: true | pii: false | TERMS",
            "{scope: \"orders:read\"} | {scope: \"orders:read\", plan: gold} | TERMS",
            "{name: city, type: string} | {name: city, type: string, description: where} | COMPATIBLE",
            "{name: city, type: string} | {name: city, type: string}, {name: zip, type: string} | COMPATIBLE",
            "{name: city, type: string} | {name: zip, type: string} | INCOMPATIBLE",
            "{name: city, type: string} | {name: city, type: integer} | INCOMPATIBLE",
            "[open, paid] | [open, paid, lost] | INCOMPATIBLE",
            "lab.orders.v1 | lab.orders.v2 | INCOMPATIBLE",
            "key: [id] | key: [state] | INCOMPATIBLE",
            "key: [id]} | key: [id], envelope: cloudevents} | INCOMPATIBLE",
            "key: [id]} | key: [id], onBadRecord: stop} | INCOMPATIBLE"})
    void a_change_is_as_far_as_what_its_readers_notice(String was, String is, Distance distance) {
        assertThat(CONTRACT).contains(was.strip());
        var after = CONTRACT.replace(was.strip(), is.strip());

        assertThat(meaning(CONTRACT).to(meaning(after))).isEqualTo(distance);
    }

    @Test
    void a_relation_is_one_of_the_terms() {
        var related = CONTRACT + "relations: [{name: a, to: b/c/v1, by: {id: id}}]\n";

        assertThat(meaning(CONTRACT).to(meaning(related))).isEqualTo(Distance.TERMS);
        assertThat(meaning(related).to(meaning("# moved\n" + related))).isEqualTo(Distance.NONE);
        assertThat(meaning(related).to(meaning(related.replace("b/c", "b/d"))))
                .isEqualTo(Distance.TERMS);
    }

    @Test
    void a_field_that_must_be_there_is_no_compatible_addition() {
        var nested = meaning(CONTRACT);
        var wider = meaning(CONTRACT.replace("  - name: buyer",
                "  - {name: n, type: integer}\n  - name: buyer"));

        assertThat(nested.to(wider)).isEqualTo(Distance.COMPATIBLE);
        assertThat(wider.to(nested)).isEqualTo(Distance.INCOMPATIBLE);
    }

    @Test
    void a_file_that_the_schema_imports_counts_by_what_is_in_it() {
        var before = meaning(CONTRACT, Map.of("types.proto", "aa"));

        assertThat(before.to(meaning(CONTRACT, Map.of("types.proto", "aa"))))
                .isEqualTo(Distance.NONE);
        assertThat(before.to(meaning(CONTRACT, Map.of("types.proto", "bb"))))
                .isEqualTo(Distance.COMPATIBLE);
    }

    @Test
    void who_may_see_what_is_told_apart_from_the_rest() {
        var before = meaning(CONTRACT);

        assertThat(before.hasAccessOf(meaning(CONTRACT.replace("10s", "20s")))).isTrue();
        assertThat(before.hasAccessOf(meaning(CONTRACT.replace("pii: true", "pii: false"))))
                .isFalse();
        assertThat(before.hasAccessOf(meaning(CONTRACT.replace("orders:read", "x")))).isFalse();
    }
}

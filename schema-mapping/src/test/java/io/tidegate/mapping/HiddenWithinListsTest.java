package io.tidegate.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.schema.WriterSchemas;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a contract hides within lists and maps is nowhere in what describes its rows. */
class HiddenWithinListsTest {
    @Test
    void a_personal_field_within_a_list_or_a_map_is_in_no_schema_and_no_example() {
        var product = ContractReader
                .read("c.yaml",
                        """
                                domain: crm
                                product: people
                                version: "1.0"
                                owner: o
                                fields:
                                  - name: people
                                    type: array
                                    items: {type: object, fields: [{name: secret, type: string, pii: true}, {name: shown, type: string}]}
                                  - name: byRole
                                    type: map
                                    items:
                                      type: array
                                      items: {type: object, fields: [{name: secret, type: string, pii: true}, {name: kept, type: string}]}
                                """)
                .product().orElseThrow();
        var schema = ProductSchemas.resolve(product, path -> "", RegistryLookup.none(),
                WriterSchemas.none()).schema().orElseThrow();
        assertThat(schema.personal()).containsExactlyInAnyOrder("people.secret", "byRole.secret");

        assertThat(List.of(JsonSchemas.of(schema.rowType(), schema.personal()).toString(),
                JsonSchemas.example(schema.rowType(), schema.personal()).toString(),
                Sdl.print(GraphQlSchemas.build(
                        List.of(new Visible(ProductApi.of(schema), schema.personal()))))))
                .allSatisfy(text -> assertThat(text).doesNotContain("secret")
                        .contains("shown").contains("kept"));
    }
}

package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.parser.Parser;
import graphql.schema.GraphQLSchema;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import io.tidegate.gateway.shape.Selection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentProblemsTest {
    private static final GraphQLSchema SCHEMA = new SchemaGenerator().makeExecutableSchema(
            new SchemaParser().parse("""
                    enum Field { weight_kg status }
                    input Where { weight_kg: Comparison, and: [Where!] }
                    input Comparison { eq: Int, gte: Int, lte: Int }
                    type Query { items(first: Int, orderBy: [Field!], where: Where): Item! }
                    type Item { shipment_id: ID, status: String, statuses: [String], sub: Item }
                    type Subscription { items(from: String): Item! }
                    """), RuntimeWiring.MOCKED_WIRING);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            { items { shipmentId } }                         | Type 'Item' has no field 'shipmentId'. Did you mean 'shipment_id'?
            { items { statu } }                              | Type 'Item' has no field 'statu'. Did you mean 'status'?
            { items { sub { STATUSE } } }                    | Type 'Item' has no field 'STATUSE'. Did you mean 'status' or 'statuses'?
            { items { quite_another } }                      | Type 'Item' has no field 'quite_another'.
            { itmes { status } }                             | Type 'Query' has no field 'itmes'. Did you mean 'items'?
            { items(orderBy: [WEIGHT_KG]) { status } }       | Argument 'orderBy[0]': type 'Field' has no value WEIGHT_KG. Did you mean 'weight_kg'?
            { items(orderBy: ["status"]) { status } }        | Argument 'orderBy[0]': type 'Field' has no value "status".
            { items(where: {weight: {eq: 1}}) { status } }   | Argument 'where': type 'Where' has no field 'weight'. Did you mean 'weight_kg'?
            { items(where: {weightkg: {eq: 1}}) { status } } | Argument 'where': type 'Where' has no field 'weightkg'. Did you mean 'weight_kg'?
            { items(where: {weight_kg: {ge: 1}}) { status } } | Argument 'where.weight_kg': type 'Comparison' has no field 'ge'. Did you mean 'gte'?
            { items(first: "x") { status } }                 | Argument 'first': "x" is not of type 'Int'.
            { items(first: {a: [{b: 1}]}) { status } }       | Argument 'first': an object is not of type 'Int'.
            { items(first: [1, 2]) { status } }              | Argument 'first': a list is not of type 'Int'.
            { items(frist: 1) { status } }                   | The field has no argument 'frist'. Did you mean 'first'?
            { items(x: 1) { status } }                       | The field has no argument 'x'.
            { items }                                        | 'items' is of type 'Item!': select fields of it, as in 'items { __typename }'.
            { items { status { x } } }                       | 'status' is of type 'String', which has no fields to select.
            { items(first: $b) { status } }                  | The operation does not declare variable 'b'.
            query($c: Int) { items { status } }              | Variable 'c' is declared and not used.
            query($a: String) { items(first: $a) { status } } | Variable 'a' is of type 'String' where 'Int' is expected.
            { items { ...F } }                               | The document has no fragment 'F'.
            { items { a: status a: shipment_id } }           | 'items/a' cannot be 'String' and 'ID' at once: give one of them another name, as in 'other: field'.
            """)
    void says_what_is_wrong_and_what_may_have_been_meant(String document, String told) {
        assertThat(told(document)).containsExactly(told);
    }

    @Test
    void words_are_short_however_long_the_document_is() {
        for (var value : List.of("[".repeat(150) + "1" + "]".repeat(150),
                "\"" + "x'".repeat(40_000) + "\"",
                "{a: \"" + "ArrayValue{ObjectValue{".repeat(3_000) + "\"}", "x".repeat(40_000))) {
            assertThat(told("{ items(first: " + value + ") { status } }"))
                    .allSatisfy(each -> assertThat(each).hasSizeLessThanOrEqualTo(501));
        }
        assertThat(told("{ items { " + "s".repeat(40_000) + " } }")).singleElement().asString()
                .hasSizeLessThanOrEqualTo(501);
    }

    private static List<String> told(String document) {
        return Selection.problems(SCHEMA, new Parser().parseDocument(document)).stream()
                .map(problem -> DocumentProblems.told(SCHEMA, problem)).toList();
    }
}

package io.tidegate.mapping;

import static io.tidegate.mapping.Products.field;
import static io.tidegate.mapping.Products.orders;
import static io.tidegate.mapping.Products.row;
import static org.assertj.core.api.Assertions.assertThat;

import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.schema.DataFetcher;
import graphql.schema.FieldCoordinates;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.schema.Field;
import io.tidegate.schema.ScalarKind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Arguments as a client writes them, in a document and in variables. */
class ScalarTypesTest {
    private static final ProductApi API = orders(row(Stream.of(ScalarKind.values())
            .map(kind -> field(kind.name(), kind)).toArray(Field[]::new))).api();
    private final AtomicReference<Map<String, Map<String, Map<String, Object>>>> seen = new AtomicReference<>();
    private final GraphQL graphQl = GraphQL.newGraphQL(GraphQlSchemas.build(
            List.of(new Visible(API, Set.of())),
            registry -> registry
                    .dataFetcher(FieldCoordinates.coordinates("Query", "salesOrders"),
                            (DataFetcher<Object>) environment -> "")
                    .dataFetcher(FieldCoordinates.coordinates("SalesOrdersProduct", "items"),
                            (DataFetcher<Object>) environment -> {
                                seen.set(environment.getArguments().entrySet().stream().collect(
                                        java.util.stream.Collectors.toMap(Map.Entry::getKey,
                                                e -> cast(e.getValue()))));
                                return Map.of();
                            })))
            .build();

    @SuppressWarnings("unchecked")
    private static Map<String, Map<String, Object>> cast(Object where) {
        return (Map<String, Map<String, Object>>) where;
    }

    @Test
    void arguments_are_read_as_the_class_that_rows_carry() {
        assertThat(read("INT64", "42")).isEqualTo(42L);
        assertThat(read("INT64", "\"-9223372036854775808\"")).isEqualTo(Long.MIN_VALUE);
        assertThat(read("UINT64", "18446744073709551615"))
                .isEqualTo(new BigInteger("18446744073709551615"));
        assertThat(read("DECIMAL", "\"1.10\"")).isEqualTo(new BigDecimal("1.10"));
        assertThat(read("DECIMAL", "3")).isEqualTo(new BigDecimal("3"));
        assertThat(read("DECIMAL", "1.5")).isEqualTo(new BigDecimal("1.5"));
        assertThat(read("TIMESTAMP", "\"2025-03-14T10:26:53+01:00\""))
                .isEqualTo(Instant.parse("2025-03-14T09:26:53Z"));
        assertThat(read("LOCAL_TIMESTAMP", "\"2025-03-14T10:26\""))
                .isEqualTo(LocalDateTime.of(2025, 3, 14, 10, 26));
        assertThat(read("DATE", "\"2025-03-14\"")).isEqualTo(LocalDate.of(2025, 3, 14));
        assertThat(read("TIME", "\"10:26:53.5\"")).isEqualTo(LocalTime.of(10, 26, 53, 500_000_000));
        assertThat(read("UUID", "\"6F0C2C51-88A5-4A0E-8A1C-6F4A8D2F3B11\""))
                .isEqualTo(UUID.fromString("6f0c2c51-88a5-4a0e-8a1c-6f4a8d2f3b11"));
        assertThat(read("BYTES", "\"AAEC\"")).isEqualTo(new byte[]{0, 1, 2});
        assertThat(read("DURATION", "\"P1M2DT3S\"")).isEqualTo("P1M2DT3S");
        assertThat(read("DURATION", "\"500ms\"")).isEqualTo("PT0.5S");
        assertThat(read("DURATION", "\"7d\"")).isEqualTo("P7D");
    }

    @Test
    void variables_are_read_like_literals() {
        ask("query ($w: SalesOrdersWhere) { salesOrders { items(where: $w) { totalCount } } }",
                Map.of("w", Map.of("INT64", Map.of("eq", 42), "DECIMAL", Map.of("eq", 1.25))));

        assertThat(seen.get().get("where")).isEqualTo(
                Map.of("INT64", Map.of("eq", 42L), "DECIMAL",
                        Map.of("eq", new BigDecimal("1.25"))));
    }

    @Test
    void what_is_no_such_value_is_refused() {
        assertThat(refusal("INT64", "\"abc\"")).contains(
                "expected a whole number between -2^63 and 2^64-1 but was 'abc'");
        assertThat(refusal("INT64", "1.5")).contains("but was a number");
        assertThat(refusal("INT64", "18446744073709551616"))
                .contains("but was '18446744073709551616'");
        assertThat(refusal("DECIMAL", "\"1e999999999\"")).contains("expected a decimal number");
        assertThat(refusal("TIMESTAMP", "\"2025-03-14\"")).contains("expected an RFC 3339 time");
        assertThat(refusal("DATE", "\"2025-02-30\"")).contains("expected a day");
        assertThat(refusal("UUID", "\"1-1-1-1-1\"")).contains("expected a UUID");
        assertThat(refusal("BYTES", "\"not base64!\"")).contains("expected padded base64");
        assertThat(refusal("DURATION", "\"P\"")).contains("expected a duration");
        assertThat(refusal("DURATION", "\"P1DT\"")).contains("expected a duration");
        assertThat(refusal("TIME", "true")).contains("expected a time of day");
    }

    @Test
    void a_huge_value_is_not_repeated() {
        var digits = "9".repeat(3_000);

        for (var value : List.of(digits, new BigInteger(digits))) {
            for (var field : List.of("INT64", "DECIMAL", "TIMESTAMP")) {
                var result = execute(
                        "query ($w: SalesOrdersWhere) { salesOrders { items(where: $w) { totalCount } } }",
                        Map.of("w", Map.of(field, Map.of("eq", value))));

                assertThat(result.getErrors()).singleElement().satisfies(
                        error -> assertThat(error.getMessage()).contains("expected")
                                .hasSizeLessThan(400));
            }
        }
    }

    private Object read(String field, String literal) {
        ask("{ salesOrders { items(where: {" + field + ": {eq: " + literal
                + "}}) { totalCount } } }", Map.of());
        return seen.get().get("where").get(field).get("eq");
    }

    private void ask(String query, Map<String, Object> variables) {
        var result = execute(query, variables);
        assertThat(result.getErrors()).as(query).isEmpty();
    }

    private String refusal(String field, String literal) {
        var result = execute(
                "{ salesOrders { items(where: {" + field + ": {eq: " + literal
                        + "}}) { totalCount } } }",
                Map.of());
        assertThat(result.getErrors()).hasSize(1);
        return result.getErrors().getFirst().getMessage();
    }

    private ExecutionResult execute(String query, Map<String, Object> variables) {
        return graphQl.execute(ExecutionInput.newExecutionInput(query).variables(variables));
    }
}

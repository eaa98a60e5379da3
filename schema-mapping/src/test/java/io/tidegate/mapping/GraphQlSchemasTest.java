package io.tidegate.mapping;

import static io.tidegate.mapping.Products.field;
import static io.tidegate.mapping.Products.nullable;
import static io.tidegate.mapping.Products.orders;
import static io.tidegate.mapping.Products.product;
import static io.tidegate.mapping.Products.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graphql.ExecutionInput;
import graphql.GraphQL;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLSchema;
import graphql.schema.idl.SchemaParser;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GraphQlSchemasTest {
    private static final Type.EnumOf STATUS = new Type.EnumOf("com.example.Status", "Where it is.",
            List.of("created", "in_transit", "0 edits", "true"), false);

    @Test
    void a_product_becomes_a_root_field_and_its_types() {
        var address = RecordType.of("com.example.Address",
                List.of(nullable("street", Type.Scalar.of(ScalarKind.STRING)),
                        field("city", ScalarKind.STRING)));
        var type = row(
                new Field("shipment_id", Type.Scalar.of(ScalarKind.STRING), false,
                        "Which shipment.", ""),
                field("status", STATUS),
                new Field("weight", Type.Scalar.of(ScalarKind.DECIMAL), true, "", "use weight_kg"),
                field("to", address),
                field("labels", new Type.MapOf(Type.Scalar.of(ScalarKind.INT64), false)),
                field("$tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), true)));
        var api = product("logistics", "shipment-events", 2, type).key("shipment_id", "to.city")
                .description("Every change of a shipment's status.").deprecated().api();

        var sdl = Sdl.print(GraphQlSchemas.build(List.of(new Visible(api, Set.of()))));

        new SchemaParser().parse(sdl);
        assertThat(type(sdl, "type Query")).isEqualTo(
                """
                        type Query {
                          "Every change of a shipment's status."
                          logisticsShipmentEventsV2: LogisticsShipmentEventsV2Product! @deprecated(reason : "This product is deprecated and ends on 2030-01-31; its successor is logistics/shipment-events/v3.")
                        }""");
        assertThat(type(sdl, "type LogisticsShipmentEventsV2")).isEqualTo("""
                type LogisticsShipmentEventsV2 {
                  "Which shipment."
                  shipment_id: String!
                  status: LogisticsShipmentEventsV2Status!
                  weight: Decimal @deprecated(reason : "use weight_kg")
                  to: LogisticsShipmentEventsV2Address!
                  labels: [LogisticsShipmentEventsV2LabelsEntry!]!
                  _tags: [String]! @source(name : "$tags")
                }""");
        assertThat(sdl).doesNotContain("secret.topic");
    }

    private static String type(String sdl, String head) {
        var matcher = Pattern
                .compile("^" + Pattern.quote(head) + " .*?^}", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(sdl);
        assertThat(matcher.find()).as(head + " in\n" + sdl).isTrue();
        return matcher.group();
    }
}

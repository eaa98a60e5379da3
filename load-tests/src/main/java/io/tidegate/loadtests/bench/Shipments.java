package io.tidegate.loadtests.bench;

import graphql.parser.Parser;
import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.shape.Selection;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Row;
import io.tidegate.schema.UnreadablePayload;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The one event that every benchmark works on: eight fields, about 250 bytes of JSON. */
final class Shipments {
    static final String JSON = """
            {"shipment_id":"SHP-00012345678","status":"IN_TRANSIT","carrier":"northern-freight",\
            "origin":"Rotterdam, Netherlands","destination":"Gdansk, Poland","weight_grams":1250000,\
            "updated_at":"2026-03-01T12:00:00.125Z","note":"customs cleared, onward by rail at 14:00"}""";

    private static final String CONTRACT = """
            domain: load
            product: shipments
            version: "1.0"
            owner: load@example.com
            sla: {freshness: 10s, availability: 99.9%}
            schema: {type: LANGUAGE}
            fields:
              - {name: shipment_id, type: string, required: true}
              - {name: status, type: string, required: true}
              - {name: carrier, type: string}
              - {name: origin, type: string}
              - {name: destination, type: string}
              - {name: weight_grams, type: long}
              - {name: updated_at, type: timestamp}
              - {name: note, type: string}
            status: active
            description: Shipments that exist for measuring only.
            quality: authoritative
            stream: {topics: [load.shipments], key: [shipment_id], eventTime: updated_at}
            view: none
            access: [{scope: "load:read"}]
            """;

    private Shipments() {
    }

    /**
     * The product with its payload in this language.
     *
     * @param language
     *            {@code json}, {@code avro} or {@code protobuf}
     */
    static ProductSchema product(String language) {
        var read = ContractReader.read("shipments.yaml", CONTRACT.replace("LANGUAGE", language));
        var product = read.product()
                .orElseThrow(() -> new IllegalStateException(read.problems().toString()));
        var resolution = ProductSchemas.resolve(product, path -> {
            throw new IOException("there is no file '" + path + "'");
        }, RegistryLookup.none(), WriterSchemas.none());
        return resolution.schema()
                .orElseThrow(() -> new IllegalStateException(resolution.problems().toString()));
    }

    static byte[] json() {
        return JSON.getBytes(StandardCharsets.UTF_8);
    }

    static Row row() {
        return row(product("json"));
    }

    /** The event as a row of this product. */
    static Row row(ProductSchema schema) {
        try {
            var value = io.tidegate.schema.JsonValues.read(json(), schema.rowType());
            if (value instanceof Row row) {
                return row;
            }
            throw new IllegalStateException("the event is not a row but " + value);
        } catch (UnreadablePayload e) {
            throw new IllegalStateException(e);
        }
    }

    /** The event as a payload of this product. */
    static byte[] payload(ProductSchema schema) {
        try {
            return schema.changes().payload().encode(row(schema), Optional.empty());
        } catch (UnreadablePayload e) {
            throw new IllegalStateException(e);
        }
    }

    static Event event(ProductSchema schema) {
        return new Event(0, 41, 0, Op.UPSERT, List.of("SHP-00012345678"),
                Instant.parse("2026-03-01T12:00:00.125Z"), row(schema), null);
    }

    /** A subscription to all of the row's fields. */
    static Selection selection(ProductApi api) {
        var schema = GraphQlSchemas.build(
                List.of(new GraphQlSchemas.Visible(api, Set.of(), Set.of())), registry -> {
                });
        var names = new StringBuilder();
        var row = api.schema().rowType();
        for (int i = 0; i < row.fields().size(); i++) {
            names.append(api.fieldName(row, i)).append(' ');
        }
        var document = Parser.parse(
                "subscription{" + api.rootField() + "{op time cursor value{" + names + "}}}");
        return Selection.of(schema, document, null, Map.of());
    }
}

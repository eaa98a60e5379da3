package io.tidegate.loadtests.views;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** The rows of the view: eight fields, about 230 bytes of JSON, of which a note can hardly be compressed. */
final class Shipment {
    static final String TOPIC = "load.views";
    static final int CARRIERS = 20;

    private static final String CONTRACT = """
            domain: load
            product: views
            version: "1.0"
            owner: load@example.com
            sla: {freshness: 10s, availability: 99.9%}
            schema: {type: json}
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
            stream: {topics: [TOPIC], key: [shipment_id], eventTime: updated_at}
            access: [{scope: "load:read"}]
            """;
    private static final String[] STATUSES = {"CREATED", "IN_TRANSIT", "AT_CUSTOMS", "DELIVERED"};
    private static final String[] PLACES = {"Rotterdam, Netherlands", "Gdansk, Poland",
            "Trieste, Italy", "Piraeus, Greece", "Hamburg, Germany"};

    private Shipment() {
    }

    static ProductSchema product() {
        var read = ContractReader.read("views.yaml", CONTRACT.replace("TOPIC", TOPIC));
        var product = read.product()
                .orElseThrow(() -> new IllegalStateException(read.problems().toString()));
        var resolution = ProductSchemas.resolve(product, path -> {
            throw new IOException("there is no file '" + path + "'");
        }, RegistryLookup.none(), WriterSchemas.none());
        return resolution.schema()
                .orElseThrow(() -> new IllegalStateException(resolution.problems().toString()));
    }

    static String key(long number) {
        return String.format(Locale.ROOT, "SHP-%011d", number);
    }

    static String carrier(int number) {
        return "carrier-" + number;
    }

    /** A state of this shipment; its time rises with each. */
    static byte[] json(String key, long sequence, RandomGenerator random) {
        return ("{\"shipment_id\":\"" + key + "\",\"status\":\""
                + STATUSES[random.nextInt(STATUSES.length)] + "\",\"carrier\":\""
                + carrier(random.nextInt(CARRIERS)) + "\",\"origin\":\""
                + PLACES[random.nextInt(PLACES.length)] + "\",\"destination\":\""
                + PLACES[random.nextInt(PLACES.length)] + "\",\"weight_grams\":"
                + random.nextInt(2_000_000) + ",\"updated_at\":\""
                + Instant.ofEpochMilli(1_772_000_000_000L + sequence) + "\",\"note\":\""
                + Long.toString(random.nextLong(), 36) + Long.toString(random.nextLong(), 36)
                + Long.toString(random.nextLong(), 36) + "\"}")
                .getBytes(StandardCharsets.US_ASCII);
    }
}

package io.tidegate.asyncapi;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.problem.Place;
import io.tidegate.schema.Change;
import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.Codec;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Type;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Products made by hand: one with every kind of type, one without a key. */
final class Samples {
    private Samples() {
    }

    static ProductSchema shipments() {
        var place = new RecordType("logistics.Place", "Where something is.").define(List.of(
                new Field("street", Type.Scalar.of(ScalarKind.STRING), true, "Street and number.",
                        ""),
                new Field("country", Type.Scalar.of(ScalarKind.STRING), false)));
        var node = new RecordType("logistics.Parcel", "A parcel, perhaps with parcels inside.");
        node.define(List.of(new Field("weight", new Type.Scalar(ScalarKind.DECIMAL, 9, 3), false),
                new Field("inside", new Type.ListOf(node, false), false),
                new Field("around", node, true)));
        var box = RecordType.of("logistics.Box",
                List.of(new Field("litres", Type.Scalar.of(ScalarKind.INT32), false)));
        var pallet = RecordType.of("logistics.Pallet",
                List.of(new Field("places", Type.Scalar.of(ScalarKind.INT32), false)));
        var fields = new ArrayList<>(List.of(
                new Field("shipment_id", Type.Scalar.of(ScalarKind.STRING), false,
                        "Which shipment.", ""),
                new Field("status", new Type.EnumOf("logistics.Status", "Where it stands.",
                        List.of("created", "in transit", "delivered"), false), true),
                new Field("mode",
                        new Type.EnumOf("logistics.Mode", "", List.of("ROAD", "RAIL"), true),
                        false),
                new Field("from", place, false, "Where it begins.", ""),
                new Field("to", place, true),
                new Field("parcel", node, true, "", "use parcels"),
                new Field("packing", new Type.Union("logistics.Packing", List.of(box, pallet)),
                        true),
                new Field("labels", new Type.MapOf(Type.Scalar.of(ScalarKind.STRING), true), false),
                new Field("$meta", new Type.Json(), true)));
        for (var kind : ScalarKind.values()) {
            fields.add(new Field("a_" + kind.name().toLowerCase(java.util.Locale.ROOT),
                    Type.Scalar.of(kind), false));
        }
        return product(new ProductId("logistics", "shipment-events", 2), "2.1",
                DataProduct.Status.DEPRECATED,
                RecordType.of("logistics.Shipment", fields),
                List.of("shipment_id", "from.country"));
    }

    static ProductSchema readings() {
        return product(new ProductId("energy", "readings", 1), "1.0", DataProduct.Status.ACTIVE,
                RecordType.of("Reading",
                        List.of(new Field("value", Type.Scalar.of(ScalarKind.FLOAT64), false),
                                new Field("owner_email", Type.Scalar.of(ScalarKind.STRING),
                                        false))),
                List.of());
    }

    private static ProductSchema product(ProductId id, String version, DataProduct.Status status,
            RecordType type,
            List<String> key) {
        var stated = new LinkedHashMap<String, String>();
        stated.put("freshness", "30s");
        stated.put("availability", "99.9%");
        boolean ends = status == DataProduct.Status.DEPRECATED;
        var product = new DataProduct(id, version, "data@example.com",
                "Made-up events of " + id.product() + ".",
                status, ends ? Optional.of(LocalDate.of(2030, 1, 31)) : Optional.empty(),
                ends ? Optional.of("logistics/shipment-events/v3") : Optional.empty(),
                DataProduct.Quality.AUTHORITATIVE,
                new DataProduct.ServiceLevels(Optional.of(Duration.ofSeconds(30)), stated),
                new DataProduct.SchemaSpec(SchemaLanguage.AVRO, Optional.empty(), Optional.empty(),
                        Optional.empty(),
                        List.of()),
                List.of(),
                new DataProduct.StreamSpec("inner-cluster", List.of("inner.topic.v1"), List.of(),
                        Optional.empty(),
                        DataProduct.Envelope.NONE, DataProduct.BadRecord.SKIP,
                        DataProduct.BadValue.NULLIFY),
                List.of(), new DataProduct.ViewSpec(true, Duration.ZERO), List.of(),
                Optional.empty(),
                List.of("sample"), Place.of("contract.yaml"));
        return new ProductSchema(product, new TypeOnly(type), "fields of the contract",
                key.stream().map(path -> FieldPath.resolve(type, path).orElseThrow()).toList(),
                Optional.empty(),
                Set.of());
    }

    private record TypeOnly(RecordType rowType) implements ChangeCodec {
        @Override
        public List<Change> read(byte[] value, Map<String, byte[]> headers) {
            throw new UnsupportedOperationException("there are no payloads here");
        }

        @Override
        public byte[] write(Change change, Optional<Integer> framing) {
            throw new UnsupportedOperationException("there are no payloads here");
        }

        @Override
        public Codec payload() {
            throw new UnsupportedOperationException("there are no payloads here");
        }
    }
}

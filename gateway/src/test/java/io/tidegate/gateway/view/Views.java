package io.tidegate.gateway.view;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.problem.Place;
import io.tidegate.schema.Change;
import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.Codec;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.SchemaLanguage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Products made by hand, and events of them. */
final class Views {
    private Views() {
    }

    static ProductSchema product(String name, RecordType type, List<String> key, Duration history) {
        var id = new ProductId("test", name, 1);
        var product = new DataProduct(id, "1.0", "owner@example.com", "", DataProduct.Status.ACTIVE,
                Optional.empty(), Optional.empty(), DataProduct.Quality.CURATED,
                new DataProduct.ServiceLevels(Optional.empty(), Map.of()),
                new DataProduct.SchemaSpec(SchemaLanguage.JSON, Optional.empty(), Optional.empty(),
                        Optional.empty(), List.of()),
                List.of(),
                new DataProduct.StreamSpec("default", List.of("test"), List.of(), Optional.empty(),
                        DataProduct.Envelope.NONE, DataProduct.BadRecord.SKIP,
                        DataProduct.BadValue.NULLIFY),
                List.of(), new DataProduct.ViewSpec(true, history), List.of(), Optional.empty(),
                List.of(), new Place("test.yaml", 1, 1));
        return new ProductSchema(product, new NoCodec(type), "made by hand",
                key.stream().map(path -> FieldPath.resolve(type, path).orElseThrow()).toList(),
                Optional.empty(), Set.of());
    }

    static Event event(int slot, long offset, List<Object> key, Row value) {
        return new Event(slot, offset, 0, value == null ? Op.DELETE : Op.UPSERT, key,
                Instant.ofEpochSecond(1_700_000_000L + offset, 123_456_789), value, null);
    }

    static Position position(long... next) {
        var slots = new ArrayList<Position.Slot>();
        for (int i = 0; i < next.length; i++) {
            slots.add(new Position.Slot("test", "topic-id", i, next[i], 0));
        }
        return new Position(slots);
    }

    private record NoCodec(RecordType rowType) implements ChangeCodec {
        @Override
        public List<Change> read(byte[] value, Map<String, byte[]> headers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] write(Change change, Optional<Integer> framing) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Codec payload() {
            throw new UnsupportedOperationException();
        }
    }
}

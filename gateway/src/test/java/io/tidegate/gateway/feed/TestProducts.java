package io.tidegate.gateway.feed;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.problem.Place;
import io.tidegate.schema.Change;
import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.Codec;
import io.tidegate.schema.Field;
import io.tidegate.schema.IncompatibleSchema;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Type;
import io.tidegate.schema.UnreadablePayload;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Products made by hand. */
public final class TestProducts {
    /** {@code id} is the key, {@code n} counts. */
    public static final RecordType COUNT = RecordType.of("test.Count",
            List.of(new Field("id", Type.Scalar.of(ScalarKind.STRING), false),
                    new Field("n", Type.Scalar.of(ScalarKind.INT64), true)));

    private TestProducts() {
    }

    public static ProductSchema counts(String topic, DataProduct.BadRecord onBadRecord) {
        return product("counts", List.of(topic), COUNT, List.of("id"), onBadRecord);
    }

    /** As {@link #counts}, and records with a value that does not fit are withheld. */
    public static ProductSchema quarantining(String topic) {
        return product("counts", List.of(topic), COUNT, List.of("id"), DataProduct.BadRecord.SKIP,
                DataProduct.BadValue.QUARANTINE, List.of());
    }

    /** As {@link #counts}, of an envelope whose rows may change their key. */
    public static ProductSchema ofMySql(ChangeCodec changes, String... key) {
        var like = counts("t", DataProduct.BadRecord.SKIP).product();
        var stream = like.stream();
        var product = new DataProduct(like.id(), like.version(), like.owner(), "", like.status(),
                Optional.empty(), Optional.empty(), like.quality(), like.serviceLevels(),
                like.schema(), like.fields(),
                new DataProduct.StreamSpec(stream.cluster(), stream.topics(), stream.key(),
                        stream.eventTime(), DataProduct.Envelope.CANAL, stream.onBadRecord(),
                        stream.onBadValue()),
                List.of(), like.view(), List.of(), Optional.empty(), List.of(), like.place());
        return new ProductSchema(product, changes, "made by hand",
                List.of(key).stream()
                        .map(path -> FieldPath.resolve(changes.rowType(), path).orElseThrow())
                        .toList(),
                Optional.empty(), Set.of());
    }

    /** As {@link #counts}, with rules. */
    public static ProductSchema ruled(String... rules) {
        var all = new ArrayList<DataProduct.Rule>();
        for (var rule : rules) {
            all.add(new DataProduct.Rule(rule,
                    new io.tidegate.problem.Located(rule, new Place("test.yaml", 9, 9))));
        }
        return product("counts", List.of("t"), COUNT, List.of("id"), DataProduct.BadRecord.SKIP,
                DataProduct.BadValue.NULLIFY, all);
    }

    public static ProductSchema product(String name, List<String> topics, RecordType type,
            List<String> key, DataProduct.BadRecord onBadRecord) {
        return product(name, topics, type, key, onBadRecord, DataProduct.BadValue.NULLIFY,
                List.of());
    }

    private static ProductSchema product(String name, List<String> topics, RecordType type,
            List<String> key, DataProduct.BadRecord onBadRecord, DataProduct.BadValue onBadValue,
            List<DataProduct.Rule> rules) {
        var id = new ProductId("test", name, 1);
        var product = new DataProduct(id, "1.0", "owner@example.com", "", DataProduct.Status.ACTIVE,
                Optional.empty(), Optional.empty(), DataProduct.Quality.CURATED,
                new DataProduct.ServiceLevels(Optional.empty(), Map.of()),
                new DataProduct.SchemaSpec(SchemaLanguage.JSON, Optional.empty(), Optional.empty(),
                        Optional.empty(), List.of()),
                List.of(),
                new DataProduct.StreamSpec("default", topics, List.of(), Optional.empty(),
                        DataProduct.Envelope.NONE, onBadRecord, onBadValue),
                rules, new DataProduct.ViewSpec(false, Duration.ZERO), List.of(),
                Optional.empty(), List.of(), new Place("test.yaml", 1, 1));
        return new ProductSchema(product, new CountCodec(type), "made by hand",
                key.stream().map(path -> FieldPath.resolve(type, path).orElseThrow()).toList(),
                Optional.empty(), Set.of());
    }

    /** Rows as {@code id:n}, any number with {@code ;} between them; what is no number does not fit. */
    private record CountCodec(RecordType rowType) implements ChangeCodec {
        @Override
        public List<Change> read(byte[] value, Map<String, byte[]> headers)
                throws UnreadablePayload {
            if (value == null) {
                return List.of(Change.delete());
            }
            var changes = new ArrayList<Change>();
            for (var row : new String(value, StandardCharsets.UTF_8).split(";")) {
                if (!row.equals("no row")) {
                    changes.add(change(row));
                }
            }
            return changes;
        }

        private Change change(String row) throws UnreadablePayload {
            var parts = row.split(":", 2);
            if (parts.length != 2) {
                throw new UnreadablePayload("no colon");
            }
            if (parts[1].equals("incompatible")) {
                throw new IncompatibleSchema("schema id 7 cannot be used");
            }
            boolean fits = parts[1].matches("-?\\d+");
            return new Change(null,
                    new Row(rowType, new Object[]{parts[0], fits ? Long.valueOf(parts[1]) : null}),
                    Optional.empty(),
                    fits ? List.of() : List.of(new Misfit("n", "a whole number")));
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

package io.tidegate.mapping;

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

/** Products made by hand, for tests that need a type and no payloads. */
final class Products {
    private final ProductId id;
    private final RecordType type;
    private final List<String> key = new ArrayList<>();
    private Optional<String> graphQlName = Optional.empty();
    private String description = "";
    private DataProduct.Status status = DataProduct.Status.ACTIVE;
    private boolean view = true;

    private Products(ProductId id, RecordType type) {
        this.id = id;
        this.type = type;
    }

    static Products product(String domain, String product, int major, RecordType type) {
        return new Products(new ProductId(domain, product, major), type);
    }

    static Products orders(RecordType type) {
        return product("sales", "orders", 1, type);
    }

    static RecordType row(Field... fields) {
        return RecordType.of("com.example.Row", List.of(fields));
    }

    static Field field(String name, Type type) {
        return new Field(name, type, false);
    }

    static Field field(String name, ScalarKind kind) {
        return field(name, Type.Scalar.of(kind));
    }

    static Field nullable(String name, Type type) {
        return new Field(name, type, true);
    }

    Products key(String... paths) {
        key.addAll(List.of(paths));
        return this;
    }

    Products graphQlName(String name) {
        graphQlName = Optional.of(name);
        return this;
    }

    Products description(String text) {
        description = text;
        return this;
    }

    Products deprecated() {
        status = DataProduct.Status.DEPRECATED;
        return this;
    }

    Products withoutView() {
        view = false;
        return this;
    }

    ProductApi api() {
        return ProductApi.of(schema());
    }

    ProductSchema schema() {
        var stated = new LinkedHashMap<String, String>();
        stated.put("freshness", "30s");
        stated.put("availability", "99.9%");
        boolean ends = status == DataProduct.Status.DEPRECATED;
        var product = new DataProduct(id, id.major() + ".0", "team@example.com", description,
                status,
                ends ? Optional.of(LocalDate.of(2030, 1, 31)) : Optional.empty(),
                ends
                        ? Optional.of(id.domain() + "/" + id.product() + "/v" + (id.major() + 1))
                        : Optional.empty(),
                DataProduct.Quality.CURATED,
                new DataProduct.ServiceLevels(Optional.of(Duration.ofSeconds(30)), stated),
                new DataProduct.SchemaSpec(SchemaLanguage.AVRO, Optional.empty(), Optional.empty(),
                        Optional.empty(),
                        List.of()),
                List.of(),
                new DataProduct.StreamSpec("default", List.of("secret.topic.v1"), List.of(),
                        Optional.empty(),
                        DataProduct.Envelope.NONE, DataProduct.BadRecord.SKIP,
                        DataProduct.BadValue.NULLIFY),
                List.of(), new DataProduct.ViewSpec(view, Duration.ZERO), List.of(), graphQlName,
                List.of(),
                Place.of("orders.yaml"));
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

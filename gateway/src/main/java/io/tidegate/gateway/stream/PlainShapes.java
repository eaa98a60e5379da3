package io.tidegate.gateway.stream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.shape.PathMasks;
import io.tidegate.gateway.shape.PlainShape;
import io.tidegate.gateway.shape.PlainShape.Form;
import io.tidegate.gateway.shape.Shape;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The shapes of plain streams, one for each distinct wish, so that alike readers share them. Thread-safe. */
public final class PlainShapes {
    private final Cache<Key, Shape> shapes = Caffeine.newBuilder().maximumSize(5000).build();
    private final Masker masker;
    private final String publicUrl;

    private record Key(ProductSchema schema, Form form, Set<String> fields,
            Map<String, Mask> masks) {
    }

    public PlainShapes(Masker masker, String publicUrl) {
        this.masker = masker;
        this.publicUrl = publicUrl;
    }

    /** Forgets shapes of products as they are not served any more. */
    public void catalogChanged(Catalog catalog) {
        var live = new HashSet<ProductSchema>();
        catalog.products().forEach(product -> live.add(product.schema()));
        shapes.asMap().keySet().removeIf(key -> !live.contains(key.schema()));
    }

    Shape shape(Catalog.Granted granted, Form form, Set<String> fields) {
        var schema = granted.product().schema();
        var masks = granted.permit().masks();
        return shapes.get(new Key(schema, form, fields, masks),
                ignored -> new PlainShape(schema, form, fields,
                        granted.permit().hidden(), PathMasks.of(schema, masks, masker), publicUrl));
    }
}

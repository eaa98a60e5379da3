package io.tidegate.gateway.catalog;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.view.View;
import io.tidegate.mapping.ProductApi;
import java.util.Optional;

/**
 * A product that is being served.
 *
 * @param view
 *            its current state; empty for products that are a stream only
 * @param quality
 *            of its data as it arrives
 */
public record LiveProduct(ProductSchema schema, ProductApi api, AccessRules rules, Feed feed,
        Optional<View> view, Quality quality) {

    public ProductId id() {
        return schema.product().id();
    }

    public DataProduct contract() {
        return schema.product();
    }
}

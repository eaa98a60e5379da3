package io.tidegate.gateway.catalog;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.view.View;
import io.tidegate.mapping.ProductApi;
import java.util.Optional;

/**
 * A product that is being served.
 *
 * @param view
 *            its current state; empty for products that are a stream only
 */
public record LiveProduct(ProductSchema schema, ProductApi api, AccessRules rules, Feed feed,
        Optional<View> view) {

    public ProductId id() {
        return schema.product().id();
    }

    public DataProduct contract() {
        return schema.product();
    }
}

package io.tidegate.gateway.catalog;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.view.View;
import io.tidegate.mapping.ProductApi;
import java.time.Instant;
import java.util.Optional;

/**
 * A product that is being served.
 *
 * @param view
 *            its current state; empty for products that are a stream only
 * @param quality
 *            of its data as it arrives
 * @param former
 *            how the product was served before its schema changed compatibly, for the streams that were open then
 */
public record LiveProduct(ProductSchema schema, ProductApi api, AccessRules rules, Feed feed,
        Optional<View> view, Quality quality, Optional<Former> former) {

    /**
     * A generation that no new reader gets.
     *
     * @param product
     *            its own schema and feed under the grants that count now; without a former of its own
     * @param until
     *            when its streams end
     */
    public record Former(LiveProduct product, Instant until) {
    }

    /** A product without streams of before. */
    public LiveProduct(ProductSchema schema, ProductApi api, AccessRules rules, Feed feed,
            Optional<View> view, Quality quality) {
        this(schema, api, rules, feed, view, quality, Optional.empty());
    }

    public ProductId id() {
        return schema.product().id();
    }

    public DataProduct contract() {
        return schema.product();
    }

    /** Whether its topics cannot be read now, so that nothing new arrives. */
    public boolean isWaiting() {
        return feed.trouble().isPresent();
    }

    /** The same product with other streams of before. */
    public LiveProduct with(Optional<Former> other) {
        return new LiveProduct(schema, api, rules, feed, view, quality, other);
    }
}

package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;

/**
 * Where views are kept. Everything in a store is disposable: what cannot be read, or belongs to another schema, is set aside
 * and the view starts empty.
 */
public interface ViewStore extends AutoCloseable {

    /**
     * The view of a product, as it was left or empty. What is left of the product's other tables is removed, unless it is
     * open.
     *
     * @throws ViewFailure
     *             if the store cannot be reached or written, or another process has it
     */
    View open(ProductSchema schema);

    /** Whether a view's table is just what this schema needs, so that it can be {@linkplain #adopt adopted}. */
    boolean fits(View view, ProductSchema schema);

    /** Goes on with a view under another schema that it {@linkplain #fits fits}; its rows stay. */
    void adopt(View view, ProductSchema schema);

    /** Closes a view for good: what it kept goes too, unless another view has been opened on it meanwhile. */
    void drop(View view);

    @Override
    void close();
}

package io.tidegate.gateway.graphql;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.view.ViewClosed;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.gateway.view.ViewSnapshot;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dataloader.DataLoader;
import org.dataloader.DataLoaderRegistry;

/**
 * One query at work: what the caller may see, and one snapshot a product, opened when it is first needed and kept to the
 * end, so that everything in the answer is true at one position. For the one thread that runs the query.
 */
final class QueryContext implements AutoCloseable {
    private final Map<ProductId, Catalog.Granted> granted = new HashMap<>();
    private final Map<ProductId, ViewSnapshot> snapshots = new HashMap<>();
    private final Function<Catalog.Granted, RowMasks> masks;
    private final Set<ProductId> byKeyOnly;
    private final Map<ProductId, ViewFailure> failures = new HashMap<>();
    private final DataLoaderRegistry loaders = new DataLoaderRegistry();
    private final Map<Object, String> loaderNames = new HashMap<>();
    private final Set<Throwable> told = Collections
            .newSetFromMap(new IdentityHashMap<>());
    private boolean isOutdated;

    /**
     * @param byKeyOnly
     *            products that are asked for rows by key alone
     */
    QueryContext(List<Catalog.Granted> granted, Function<Catalog.Granted, RowMasks> masks,
            Set<ProductId> byKeyOnly) {
        granted.forEach(each -> this.granted.put(each.product().id(), each));
        this.masks = masks;
        this.byKeyOnly = byKeyOnly;
    }

    Catalog.Granted granted(ProductId id) {
        var found = granted.get(id);
        if (found == null) {
            throw new IllegalStateException(
                    "the schema of this caller does not have product " + id);
        }
        return found;
    }

    /** A view could not answer: that is said wherever it is asked from here on, instead of asking it again. */
    void failed(Collection<ProductId> asked, ViewFailure failure) {
        asked.forEach(id -> failures.put(id, failure));
    }

    /** Whether this failure is met for the first time: rows that are fetched together fail together. */
    boolean isNew(Throwable failure) {
        return told.add(failure);
    }

    RowMasks masks(ProductId id) {
        return masks.apply(granted(id));
    }

    ViewSnapshot snapshot(ProductId id) {
        var failed = failures.get(id);
        if (failed != null) {
            throw failed;
        }
        var open = snapshots.get(id);
        if (open == null) {
            var view = granted(id).product().view().orElseThrow(() -> new Refusal.Thrown(
                    Refusal.of(RefusalCode.PRODUCT_NOT_QUERYABLE,
                            "This product is a stream only.")));
            try {
                open = byKeyOnly.contains(id) ? view.keySnapshot() : view.snapshot();
            } catch (ViewClosed e) {
                isOutdated = true;
                throw e;
            } catch (ViewFailure e) {
                // Said of every field that needs it, and not tried again for each.
                failures.put(id, e);
                throw e;
            }
            snapshots.put(id, open);
        }
        return open;
    }

    /** What fetches rows together, for graphql-java to tell when. */
    DataLoaderRegistry loaders() {
        return loaders;
    }

    /**
     * The name of the one loader of this query for a question.
     *
     * @param question
     *            what is asked of all rows alike; compared by {@code equals}
     */
    String loader(Object question, Supplier<DataLoader<List<Object>, ?>> maker) {
        var known = loaderNames.get(question);
        if (known != null) {
            return known;
        }
        var loader = maker.get();
        var name = "related-" + loaderNames.size();
        loaders.register(name, loader);
        loaderNames.put(question, name);
        return name;
    }

    /** The cursor of the product's snapshot. */
    String position(ProductId id) {
        return cursor(id, snapshot(id));
    }

    private String cursor(ProductId id, ViewSnapshot snapshot) {
        return granted(id).product().feed().cursors().write(id, snapshot.position());
    }

    /** What the answer counts of each product that has answered, by its field. */
    Map<String, State> states() {
        var states = new LinkedHashMap<String, State>();
        snapshots.forEach((id, snapshot) -> {
            if (!failures.containsKey(id)) {
                states.put(granted(id).product().api().rootField(), new State(
                        snapshot.position(), cursor(id, snapshot), snapshot.newest()));
            }
        });
        return states;
    }

    /** Whether a product was replaced before its snapshot was opened; the query should be asked anew. */
    boolean isOutdated() {
        return isOutdated;
    }

    @Override
    public void close() {
        snapshots.values().forEach(snapshot -> {
            try {
                snapshot.close();
            } catch (ViewFailure e) {
                // It was only read from; the store reports its own trouble when it is next used.
            }
        });
    }
}

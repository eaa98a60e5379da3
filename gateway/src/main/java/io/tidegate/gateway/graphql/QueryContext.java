package io.tidegate.gateway.graphql;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.view.NotInMemory;
import io.tidegate.gateway.view.Unindexed;
import io.tidegate.gateway.view.ViewClosed;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.gateway.view.ViewQuery;
import io.tidegate.gateway.view.ViewSnapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dataloader.DataLoader;
import org.dataloader.DataLoaderRegistry;
import org.jspecify.annotations.Nullable;

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
    private final Set<ProductId> onePage;
    private final boolean isAgain;
    private final Map<ProductId, List<ViewQuery>> expected = new HashMap<>();
    private final Set<ProductId> expectsAnything = new HashSet<>();
    private final Optional<Lookups.Turn> turn;
    private final boolean isInMemory;
    private final Map<ProductId, ViewFailure> unanswered = new HashMap<>();
    private final IdentityHashMap<RuntimeException, RelatedFailure> related = new IdentityHashMap<>();
    private final Map<Object, RelatedFailure> refused = new HashMap<>();
    private List<?> events = List.of();
    private boolean isOutdated;
    private @Nullable Unindexed unindexed;

    /**
     * @param byKeyOnly
     *            products that are asked for rows by key alone
     * @param onePage
     *            products that are asked for one kind of page, and rows by key
     * @param isAgain
     *            whether a cheaper state has not been enough: then states are taken that answer everything
     */
    QueryContext(List<Catalog.Granted> granted, Function<Catalog.Granted, RowMasks> masks,
            Set<ProductId> byKeyOnly, Set<ProductId> onePage, boolean isAgain) {
        this(granted, masks, byKeyOnly, onePage, isAgain, Optional.empty(), false);
    }

    /** For look-ups by key that do not wait; they fail with {@link NotInMemory} if they would have to. */
    static QueryContext inMemory(List<Catalog.Granted> granted,
            Function<Catalog.Granted, RowMasks> masks) {
        return new QueryContext(granted, masks, Set.of(), Set.of(), true, Optional.empty(), true);
    }

    /**
     * @param turn
     *            in which a subscription's events are looked up, within their time
     */
    QueryContext(List<Catalog.Granted> granted, Function<Catalog.Granted, RowMasks> masks,
            Set<ProductId> byKeyOnly, Lookups.Turn turn) {
        // States that cannot be taken again for events that have been answered before have to answer everything.
        this(granted, masks, byKeyOnly, Set.of(), true, Optional.of(turn), false);
    }

    private QueryContext(List<Catalog.Granted> granted, Function<Catalog.Granted, RowMasks> masks,
            Set<ProductId> byKeyOnly, Set<ProductId> onePage, boolean isAgain,
            Optional<Lookups.Turn> turn, boolean isInMemory) {
        this.isInMemory = isInMemory;
        this.onePage = onePage;
        this.isAgain = isAgain;
        this.turn = turn;
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
    void failed(ProductId asked, ViewFailure failure) {
        failures.put(asked, failure);
    }

    /**
     * Whether an operator should hear of this failure here: once, and not of what subscriptions lead to, which is told with
     * their batches.
     */
    boolean isToBeLogged(Throwable failure) {
        return told.add(failure) && (turn.isEmpty() || !(failure instanceof ViewFailure));
    }

    RowMasks masks(ProductId id) {
        return masks.apply(granted(id));
    }

    /** This will be asked of a product, and look-ups by key, and nothing but what is expected like that. */
    void expect(ProductId id, List<ViewQuery> questions) {
        if (!isAgain && !expectsAnything.contains(id)) {
            expected.computeIfAbsent(id, ignored -> new ArrayList<>()).addAll(questions);
        }
    }

    /** Anything may be asked of a product. */
    void expectAnything(ProductId id) {
        expectsAnything.add(id);
        expected.remove(id);
    }

    /** The state of a product that is asked this first, and perhaps nothing but this. */
    ViewSnapshot snapshot(ProductId id, ViewQuery first) {
        if (onePage.contains(id) && !snapshots.containsKey(id)) {
            expect(id, List.of(first));
        }
        return snapshot(id);
    }

    /** The query has to be run again with states that answer everything. */
    void failed(Unindexed why) {
        unindexed = why;
    }

    /** Why the query has to be run again, if it has. */
    Optional<Unindexed> unindexed() {
        return Optional.ofNullable(unindexed);
    }

    ViewSnapshot snapshot(ProductId id) {
        var failed = failures.get(id);
        if (failed != null) {
            throw failed;
        }
        var open = snapshots.get(id);
        if (open == null) {
            try {
                open = open(id);
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

    private ViewSnapshot open(ProductId id) {
        var view = granted(id).product().view().orElseThrow(() -> new Refusal.Thrown(
                Refusal.of(RefusalCode.PRODUCT_NOT_QUERYABLE,
                        "This product is a stream only.")));
        if (isInMemory) {
            return view.keysInMemory().orElseThrow(NotInMemory::new);
        }
        var questions = expected.get(id);
        if (questions != null) {
            return view.snapshotFor(questions);
        }
        return byKeyOnly.contains(id) ? view.keySnapshot() : view.snapshot();
    }

    /**
     * Asks a product that rows lead to. One that has not answered is not asked again.
     *
     * @param first
     *            what may be all that the product is asked
     * @throws ViewFailure
     *             the same each time
     */
    <T> T ask(ProductId id, Optional<ViewQuery> first, Function<ViewSnapshot, T> question) {
        var failed = unanswered.get(id);
        if (failed != null) {
            throw failed;
        }
        try {
            return turn.isPresent()
                    ? turn.get().ask(id, () -> open(id), question)
                    : question.apply(first.isPresent() ? snapshot(id, first.get()) : snapshot(id));
        } catch (ViewFailure e) {
            unanswered.put(id, e);
            throw e;
        }
    }

    /** The products that rows lead to and that have not answered. */
    Map<ProductId, ViewFailure> failed() {
        return unanswered;
    }

    /** The events that are answered as a subscription has them. */
    List<?> events() {
        return events;
    }

    void events(List<?> of) {
        events = of;
    }

    /** What rows lead to cannot be had: the same object for the same reason. */
    RelatedFailure related(RuntimeException reason) {
        return related.computeIfAbsent(reason, RelatedFailure::new);
    }

    /** The field of the document that a path leads to; of a subscription, for each of its events. */
    List<Object> field(List<Object> path) {
        var field = new ArrayList<>();
        for (int i = 0; i < path.size(); i++) {
            if (!(path.get(i) instanceof Integer) || (turn.isPresent() && i == 1)) {
                field.add(path.get(i));
            }
        }
        return field;
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
     * @throws RelatedFailure
     *             if it cannot be asked, the same for all rows
     */
    String loader(Object question, Supplier<DataLoader<List<Object>, ?>> maker) {
        var known = loaderNames.get(question);
        if (known != null) {
            return known;
        }
        var refusal = refused.get(question);
        if (refusal != null) {
            throw refusal;
        }
        DataLoader<List<Object>, ?> loader;
        try {
            loader = maker.get();
        } catch (Refusal.Thrown e) {
            var failure = related(e);
            refused.put(question, failure);
            throw failure;
        }
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

package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A snapshot whose questions run on {@link NativeThreads}. */
final class CarriedSnapshot implements ViewSnapshot {
    private final ViewSnapshot snapshot;

    CarriedSnapshot(ViewSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    @Override
    public Position position() {
        return snapshot.position();
    }

    @Override
    public Optional<Instant> newest() {
        return NativeThreads.call(snapshot::newest);
    }

    @Override
    public List<Optional<StoredRow>> latestOf(List<List<Object>> keys, Predicate rows) {
        return NativeThreads.call(() -> snapshot.latestOf(keys, rows));
    }

    @Override
    public Page items(ItemsQuery query) {
        return NativeThreads.call(() -> snapshot.items(query));
    }

    @Override
    public Map<List<Object>, Page> itemsOf(List<FieldPath> fields, List<List<Object>> values,
            ItemsQuery each) {
        return NativeThreads.call(() -> snapshot.itemsOf(fields, values, each));
    }

    @Override
    public long count(Predicate where) {
        return NativeThreads.call(() -> snapshot.count(where));
    }

    @Override
    public Map<List<Object>, Long> countOf(List<FieldPath> fields, List<List<Object>> values,
            Predicate where) {
        return NativeThreads.call(() -> snapshot.countOf(fields, values, where));
    }

    @Override
    public AggregatePage aggregate(AggregateQuery query) {
        return NativeThreads.call(() -> snapshot.aggregate(query));
    }

    @Override
    public EventPage events(EventsQuery query) {
        return NativeThreads.call(() -> snapshot.events(query));
    }

    @Override
    public void close() {
        NativeThreads.run(snapshot::close);
    }
}

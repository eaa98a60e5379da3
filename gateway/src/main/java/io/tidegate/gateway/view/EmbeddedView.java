package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A view of two parts: one that answers everything, and one that answers look-ups by key at once. */
final class EmbeddedView implements View {
    /** How long a look-up waits for keys that have less than the other part has. */
    private static final Duration CATCH_UP = Duration.ofMillis(250);

    private final View all;
    private final @Nullable KeyTable keys;
    /** They have not caught up when they were waited for, and nobody waits for them until they have. */
    private volatile boolean isLeftBehind;

    EmbeddedView(View all, @Nullable KeyTable keys) {
        this.all = all;
        this.keys = keys;
    }

    View all() {
        return all;
    }

    @Nullable
    KeyTable keys() {
        return keys;
    }

    @Override
    public List<Fed> parts() {
        return keys == null ? all.parts() : List.of(all.parts().getFirst(), keys);
    }

    @Override
    public ViewSnapshot snapshot() {
        return all.snapshot();
    }

    /**
     * Never older than what {@link #snapshot} has had before. Keys that are behind get there within milliseconds, unless
     * something is wrong with them: that is waited for, because the other part takes a thousand times as long to answer, and would
     * keep them from getting there.
     */
    @Override
    public ViewSnapshot keySnapshot() {
        if (keys != null) {
            var atLeast = all.parts().getFirst().position();
            if (atLeast.isEmpty() || hasCaughtUp(keys, atLeast.get())) {
                var snapshot = readable(keys);
                if (snapshot.isPresent()) {
                    if (atLeast.isEmpty() || counts(snapshot.get().position(), atLeast.get())) {
                        return snapshot.get();
                    }
                    snapshot.get().close();
                }
            }
        }
        return all.snapshot();
    }

    private boolean hasCaughtUp(KeyTable keys, Position atLeast) {
        if (keys.position().isPresent() && counts(keys.position().get(), atLeast)) {
            isLeftBehind = false;
            return true;
        }
        if (isLeftBehind || keys.position().isEmpty()) {
            return false;
        }
        try {
            isLeftBehind = !keys.await(atLeast, CATCH_UP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return !isLeftBehind;
    }

    @Override
    public Optional<ViewSnapshot> keysInMemory() {
        var found = keys == null ? Optional.<ViewSnapshot>empty() : keys.inMemory();
        if (found.isPresent()) {
            var atLeast = all.parts().getFirst().position();
            if (atLeast.isPresent() && !counts(found.get().position(), atLeast.get())) {
                found.get().close();
                return Optional.empty();
            }
        }
        return found;
    }

    @Override
    public ViewSnapshot snapshotFor(Collection<? extends ViewQuery> questions) {
        return keys != null && keys.answers(questions) ? keySnapshot() : all.snapshot();
    }

    @Override
    public List<IndexStanding> indexes() {
        return keys == null ? List.of() : keys.indexes();
    }

    private static Optional<ViewSnapshot> readable(KeyTable keys) {
        try {
            return keys.snapshot();
        } catch (ViewFailure e) {
            // It says so where it heals itself.
            return Optional.empty();
        }
    }

    /** Whether a position counts all that another does. */
    static boolean counts(Position position, Position other) {
        var mine = position.slots();
        var theirs = other.slots();
        for (int i = 0; i < theirs.size(); i++) {
            var wanted = theirs.get(i);
            // Mostly in the same order.
            long next = i < mine.size() && isSame(mine.get(i), wanted)
                    ? mine.get(i).next()
                    : mine.stream().filter(slot -> isSame(slot, wanted))
                            .mapToLong(Position.Slot::next).findFirst().orElse(0);
            if (next < wanted.next()) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSame(Position.Slot slot, Position.Slot other) {
        return slot.partition() == other.partition() && slot.topicId().equals(other.topicId())
                && slot.topic().equals(other.topic());
    }

    @Override
    public ViewScan scan(Predicate where, List<ItemsQuery.Order> order) {
        return all.scan(where, order);
    }

    /** What answers everything has to count it; the keys are asked only when they count as much. */
    @Override
    public boolean await(Position atLeast, Duration within) throws InterruptedException {
        return all.await(atLeast, within);
    }

    @Override
    public void close() {
        try {
            all.close();
        } finally {
            Optional.ofNullable(keys).ifPresent(KeyTable::close);
        }
    }
}

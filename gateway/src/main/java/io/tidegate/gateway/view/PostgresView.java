package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.feed.Position.Slot;
import io.tidegate.gateway.feed.Share;
import io.tidegate.gateway.feed.Share.Part;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.view.PostgresPositions.Held;
import io.tidegate.gateway.view.PostgresPositions.Step;
import io.tidegate.gateway.view.ViewFailure.Reason;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A product's rows in a PostgreSQL-wire store that several gateways share. Each of them answers from all of it, and fills it
 * from the partitions that are its own: so a position of what is applied here counts those from the store, and of the others
 * only that they were passed over.
 */
final class PostgresView implements View, Fed, SqlSnapshot.Source {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresView.class);
    /** Statements are a round trip each, and rows are cheap: so changes wait a little, and less than for an embedded store. */
    private static final Pace PACE = new Pace(Duration.ofMillis(20), Duration.ofMillis(500), 1);
    private static final Duration FIRST_SHARE = Duration.ofSeconds(10);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
    /** Before a partition that somebody else has taken over is taken back, if it is still ours by then. */
    private static final long TAKE_BACK_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final Duration PRUNE_EVERY = Duration.ofSeconds(30);
    private static final Duration TELL_EVERY = Duration.ofMinutes(10);
    private static final int TRIES = 3;

    private final PostgresViewStore store;
    private final PostgresConnections connections;
    private final PostgresViewStore.Limits limits;
    private final Clock clock;
    private final Consumer<PostgresView> onClose;
    private final String product;
    private final String table;
    private final Semaphore snapshots;
    private final Semaphore scans;
    private volatile ProductSchema schema;
    private volatile Reading reading;
    private final AtomicBoolean isClosing = new AtomicBoolean();

    /** What it takes to have tables; null until there are. */
    private volatile @Nullable Ready ready;
    private final ReentrantLock making = new ReentrantLock();

    // Of whoever applies:
    private final ReentrantLock applying = new ReentrantLock();
    private final Unfinished unfinished = new Unfinished();
    private Map<Part, Long> held = Map.of();
    private Set<Part> claimed = Set.of();
    private long takeBackNanos;
    private boolean isTakingBack;
    private @Nullable Position at;
    private boolean isKnown;
    private boolean hasBegun;
    private @Nullable Ready settledWith;
    private long generation;
    private Instant pruned;
    private Instant told;
    private @Nullable Position goal;

    /** How rows are told from the tables. */
    private record Reading(Columns columns, RowTexts texts, PostgresTables tables,
            PostgresPositions positions) {
    }

    /** The share of the work, from the moment on from which there are tables. */
    private static final class Ready {
        private final Share share;

        Ready(Share share) {
            this.share = share;
        }

        Share share() {
            return share;
        }
    }

    PostgresView(ProductSchema schema, PostgresViewStore store, PostgresConnections connections,
            PostgresViewStore.Limits limits, Clock clock, Consumer<PostgresView> onClose) {
        this.schema = schema;
        this.store = store;
        this.connections = connections;
        this.limits = limits;
        this.clock = clock;
        this.onClose = onClose;
        this.product = schema.product().id().path();
        this.table = DuckDbViewStore.table(schema);
        this.reading = read(schema);
        this.snapshots = new Semaphore(limits.snapshots(), true);
        this.scans = new Semaphore(limits.scans(), true);
        this.pruned = clock.instant();
        this.told = clock.instant();
    }

    private Reading read(ProductSchema of) {
        var columns = new Columns(of, PostgresTables.COLUMNS_MAX);
        var texts = new RowTexts(columns);
        var tables = new PostgresTables(of, columns, texts, connections.schema());
        return new Reading(columns, texts, tables,
                new PostgresPositions(tables.sql("position"), of.product().stream().topics()));
    }

    // ---- being fed ----

    @Override
    public Pace pace() {
        return PACE;
    }

    @Override
    public Optional<Position> position() {
        applying.lock();
        try {
            requireOpen();
            settle();
            return Optional.ofNullable(at);
        } finally {
            applying.unlock();
        }
    }

    /** Takes over what has become this gateway's, and lets go of what is not any more. */
    private void settle() {
        var made = ready();
        if (made != settledWith) {
            // Its tables are others than those that it knows.
            isKnown = false;
            held = Map.of();
        }
        var mine = mine(made.share());
        boolean isDue = isTakingBack && System.nanoTime() - takeBackNanos >= 0;
        if (isKnown && mine.equals(claimed) && !isDue) {
            tellThatItIsUsed();
            return;
        }
        var wanted = new HashSet<>(mine);
        if (isKnown) {
            wanted.removeAll(held.keySet());
        }
        record Taken(long generation, PostgresPositions.Read before, List<Held> held) {
        }
        var now = reading;
        var taken = write("take over its partitions", connection -> {
            var fresh = now.positions().take(connection, wanted);
            return new Taken(store.generation(connection, now.tables()),
                    now.positions().read(connection), fresh);
        });
        var fences = new HashMap<Part, Long>();
        if (isKnown && taken.generation() == generation) {
            held.forEach((part, fence) -> {
                if (mine.contains(part)) {
                    fences.put(part, fence);
                }
            });
        } else {
            at = taken.before().reached().orElse(null);
            unfinished.forget();
        }
        for (var one : taken.held()) {
            fences.put(one.part(), one.fence());
            at = placed(at, one);
        }
        if (!taken.held().isEmpty()) {
            unfinished.forget();
            LOG.atInfo().addKeyValue("product", product)
                    .addKeyValue("partitions", wanted.size())
                    .log("this gateway fills partitions of the view");
        }
        held = Map.copyOf(fences);
        claimed = Set.copyOf(mine);
        generation = taken.generation();
        isTakingBack = false;
        isKnown = true;
        settledWith = made;
        hasBegun = true;
    }

    private Set<Part> mine(Share share) {
        if (share.mine().isEmpty() && claimed.isEmpty()) {
            try {
                share.awaitFirst(FIRST_SHARE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ViewFailure("interrupted while waiting for a share of the work", e);
            }
        }
        return share.mine().orElseThrow(() -> new ViewFailure("the view of '" + product
                + "' waits for its share of the partitions: "
                + share.trouble().orElse("the other gateways, or Kafka, have yet to answer")));
    }

    /** A position with the place of one partition as the store has it. */
    private static @Nullable Position placed(@Nullable Position before, Held one) {
        var slots = new ArrayList<Slot>();
        boolean isThere = false;
        for (var slot : before == null ? List.<Slot>of() : before.slots()) {
            if (!slot.topic().equals(one.part().topic())
                    || slot.partition() != one.part().partition()) {
                slots.add(slot);
            } else if (one.slot() != null) {
                isThere = true;
                // Where leaders changed and nothing was read, only the epoch differs.
                slots.add(one.slot().next() == slot.next()
                        && one.slot().topicId().equals(slot.topicId()) ? slot : one.slot());
            }
        }
        if (!isThere && one.slot() != null) {
            slots.add(one.slot());
        }
        return slots.isEmpty() ? null : new Position(slots);
    }

    private void tellThatItIsUsed() {
        if (Duration.between(told, clock.instant()).compareTo(TELL_EVERY) < 0) {
            return;
        }
        told = clock.instant();
        try {
            store.tell(reading.tables());
        } catch (ViewFailure e) {
            LOG.atDebug().addKeyValue("product", product).log("{}", e.getMessage());
        }
    }

    @Override
    public void apply(List<Event> events, Position after) {
        applying.lock();
        try {
            requireOpen();
            if (!isKnown || ready != settledWith) {
                if (hasBegun) {
                    throw new ViewFailure("the view of '" + product
                            + "' is not where it was left; it goes on from where it is");
                }
                settle();
            }
            for (int i = 0; i < TRIES; i++) {
                if (isWritten(events, after)) {
                    return;
                }
            }
            throw new ViewFailure("the view of '" + product
                    + "' is being taken over by other gateways");
        } finally {
            applying.unlock();
        }
    }

    /** Whether it is; if not, partitions are somebody else's now, and the rest is to be written. */
    private boolean isWritten(List<Event> events, Position after) {
        var before = at;
        var taken = unfinished.finished(events, after);
        var mine = mine(after);
        var fresh = fresh(taken.finished(), after, before, mine);
        var steps = steps(fresh, after, before, mine);
        if (!steps.isEmpty()) {
            var now = reading;
            record Done(Set<Part> lost, long spared) {
            }
            var done = write("take changes", connection -> {
                // First of all: while this is under way, nobody can take them over.
                var lost = now.positions().advance(connection, steps);
                if (!lost.isEmpty()) {
                    connection.rollback();
                    return new Done(lost, 0);
                }
                return new Done(lost, now.tables().write(connection, fresh, after));
            });
            if (!done.lost().isEmpty()) {
                lose(done.lost());
                return false;
            }
            pruneIfDue(done.spared());
        }
        unfinished.keep(taken);
        at = Positions.furthest(before, after);
        return true;
    }

    private void lose(Set<Part> lost) {
        LOG.atInfo().addKeyValue("product", product).addKeyValue("partitions", lost.size())
                .log("other gateways fill these partitions of the view now");
        var left = new HashMap<>(held);
        left.keySet().removeAll(lost);
        held = Map.copyOf(left);
        isTakingBack = true;
        takeBackNanos = System.nanoTime() + TAKE_BACK_NANOS;
    }

    /** Which slots are this gateway's. */
    private boolean[] mine(Position after) {
        var mine = new boolean[after.slots().size()];
        for (int i = 0; i < mine.length; i++) {
            mine[i] = held.containsKey(part(after.slots().get(i)));
        }
        return mine;
    }

    private static Part part(Slot slot) {
        return new Part(slot.topic(), slot.partition());
    }

    private static List<Event> fresh(List<Event> events, Position after,
            @Nullable Position before, boolean[] mine) {
        var next = new long[after.slots().size()];
        for (int i = 0; i < next.length; i++) {
            next[i] = Positions.next(before, after.slots().get(i));
        }
        return events.stream()
                .filter(event -> mine[event.slot()] && event.offset() >= next[event.slot()])
                .toList();
    }

    /** How far each partition of this gateway goes on. */
    private List<Step> steps(List<Event> events, Position after, @Nullable Position before,
            boolean[] mine) {
        var newest = new HashMap<Integer, Instant>();
        for (var event : events) {
            newest.merge(event.slot(), event.time(), (a, b) -> a.isAfter(b) ? a : b);
        }
        var steps = new ArrayList<Step>();
        for (int i = 0; i < mine.length; i++) {
            var slot = after.slots().get(i);
            var known = Positions.find(before, slot);
            if (mine[i] && (known == null || known.next() < slot.next())) {
                steps.add(new Step(slot, held.getOrDefault(part(slot), 0L), newest.get(i)));
            }
        }
        return steps;
    }

    /** Changes are forgotten by whoever fills their partition. */
    private void pruneIfDue(long spared) {
        var now = clock.instant();
        var is = reading;
        if (!is.tables().hasLog()
                || Duration.between(pruned, now).compareTo(PRUNE_EVERY) < 0) {
            return;
        }
        pruned = now;
        var partitions = held.keySet().stream().map(Part::partition).distinct().toList();
        var history = schema.product().view().history();
        var oldest = now.minus(history.isPositive() ? history : limits.unkeyedFor());
        write("forget what is older than its history", connection -> {
            is.tables().prune(connection, partitions, oldest, spared);
            return true;
        });
    }

    @Override
    public void idle() {
        applying.lock();
        try {
            if (isKnown && !isClosing.get()) {
                pruneIfDue(Long.MAX_VALUE);
            }
        } finally {
            applying.unlock();
        }
    }

    @Override
    public void reset() {
        applying.lock();
        try {
            requireOpen();
            ready();
            var now = reading;
            long of = generation;
            write("be emptied", connection -> {
                // Another gateway may have found out earlier, and has begun to fill it anew.
                if (store.isNextGeneration(connection, now.tables(), of)) {
                    now.tables().empty(connection);
                }
                return true;
            });
            isKnown = false;
            held = Map.of();
            claimed = Set.of();
            at = null;
            goal = null;
            settle();
        } finally {
            applying.unlock();
        }
    }

    @Override
    public boolean isFilled(Position tail) {
        applying.lock();
        try {
            var wanted = goal == null ? tail : goal;
            goal = wanted;
            if (isKnown && (at == null || !counts(at, tail))) {
                // Where the log is empty nothing has been applied, and there is nothing to wait for.
                apply(List.of(), tail);
            }
            return counts(stored().position(), wanted);
        } finally {
            applying.unlock();
        }
    }

    /** Whether a state counts all that a position does; a partition that nobody has begun with counts nothing. */
    private boolean counts(Position state, Position wanted) {
        var topics = schema.product().stream().topics();
        return Progress.counts(state, wanted) && wanted.slots().stream()
                .filter(slot -> slot.next() > 0 && topics.contains(slot.topic()))
                .allMatch(slot -> state.slots().stream()
                        .anyMatch(mine -> part(mine).equals(part(slot))));
    }

    private <T> T write(String purpose, PostgresConnections.Work<T> work) {
        try {
            return connections.write(whose(), purpose, work);
        } catch (ViewFailure e) {
            // Whether it was done, only the store knows now.
            isKnown = false;
            held = Map.of();
            throw noticed(e);
        }
    }

    // ---- being asked ----

    @Override
    public List<Fed> parts() {
        return List.of(this);
    }

    @Override
    public ViewSnapshot snapshot() {
        return snapshot(snapshots, limits.snapshots());
    }

    @Override
    public ViewSnapshot keySnapshot() {
        return snapshot();
    }

    @Override
    public ViewScan scan(Predicate where, List<ItemsQuery.Order> order) {
        return SqlScan.of(snapshot(scans, limits.scans()), where, order);
    }

    private PostgresSnapshot snapshot(Semaphore places, int count) {
        requireOpen();
        ready();
        try {
            if (!places.tryAcquire(limits.queryDeadline().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ViewFailure(Reason.BUSY, "the view of '" + product + "' is busy: "
                        + count + " snapshots are open, none was closed within "
                        + limits.queryDeadline().toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ViewFailure("interrupted while waiting for the view of '" + product + "'",
                    e);
        }
        try {
            var now = reading;
            return connections.begin(connection -> PostgresSnapshot.open(this, connection,
                    now.columns(), now.texts(), now.tables(), now.positions(),
                    places::release));
        } catch (SQLException e) {
            places.release();
            throw failure("be read", e);
        } catch (RuntimeException e) {
            places.release();
            throw e;
        }
    }

    /** Of all partitions, whoever fills them. */
    @Override
    public Optional<Position> reached() {
        requireOpen();
        return stored().reached();
    }

    /** What the store counts now, whoever filled it. */
    private PostgresPositions.Read stored() {
        ready();
        var positions = reading.positions();
        try {
            return connections.begin(connection -> {
                try (connection) {
                    return positions.read(connection);
                }
            });
        } catch (SQLException e) {
            throw failure("be read", e);
        }
    }

    @Override
    public boolean await(Position atLeast, Duration within) throws InterruptedException {
        long deadline = System.nanoTime() + within.toNanos();
        while (true) {
            requireOpen();
            if (counts(stored().position(), atLeast)) {
                return true;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            // What others apply is not heard of here.
            LockSupport.parkNanos(Math.min(left, LOOK_NANOS));
            if (Thread.interrupted()) {
                throw new InterruptedException("while waiting for a position");
            }
        }
    }

    @Override
    public void close() {
        // Without waiting for a batch that is under way: the store says whether it came in time.
        if (!isClosing.compareAndSet(false, true)) {
            return;
        }
        making.lock();
        try {
            var made = ready;
            if (made != null) {
                made.share().close();
            }
        } finally {
            making.unlock();
            onClose.accept(this);
        }
    }

    @Override
    public Duration deadline() {
        return limits.queryDeadline();
    }

    @Override
    public ViewFailure late() {
        return new ViewFailure(Reason.DEADLINE, whose() + " cannot answer in the store at "
                + connections.address() + ": the query took longer than its deadline");
    }

    @Override
    public ViewFailure failure(String purpose, SQLException cause) {
        return noticed(connections.failure(whose(), purpose, cause));
    }

    private String whose() {
        return "the view of '" + product + "'";
    }

    /** Tables that somebody has dropped are made again. */
    private ViewFailure noticed(ViewFailure failure) {
        if (failure.getCause() instanceof SQLException cause
                && PostgresConnections.isTableMissing(cause)) {
            making.lock();
            try {
                var made = ready;
                if (made != null) {
                    ready = null;
                    made.share().close();
                }
            } finally {
                making.unlock();
            }
        }
        return failure;
    }

    /** See {@link DuckDbViewStore#table}. */
    String table() {
        return table;
    }

    void adopt(ProductSchema other) {
        applying.lock();
        try {
            schema = other;
            reading = read(other);
        } finally {
            applying.unlock();
        }
    }

    private void requireOpen() {
        if (isClosing.get()) {
            throw new ViewClosed("the view of '" + product + "' is closed");
        }
    }

    /** Makes the tables, unless they are there. */
    private Ready ready() {
        var made = ready;
        if (made != null) {
            return made;
        }
        making.lock();
        try {
            requireOpen();
            made = ready;
            if (made == null) {
                var tables = reading.tables();
                var id = connections.write(whose(), "make its tables",
                        connection -> store.prepare(connection, tables));
                made = new Ready(store.share(schema, tables, id));
                ready = made;
            }
            return made;
        } finally {
            making.unlock();
        }
    }
}

package io.tidegate.gateway.view;

import io.tidegate.gateway.view.IndexWants.Score;
import java.time.Clock;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which indexes a table of keys has, and builds them: one at a time, in portions between the batches of changes, by a
 * thread that is there only meanwhile. Changes are entered by whoever applies them from the moment on when an index is begun;
 * what is built are the rows as they are when their portion comes, under the same lock, so it does not matter which comes first.
 */
final class IndexKeeper {
    private static final Logger log = LoggerFactory.getLogger(IndexKeeper.class);
    /** An index goes for another one only if that is asked for so many times as often. */
    private static final double MUCH_MORE = 2;
    /**
     * Between one that goes for another and the next, and before one that was too dear is begun again: building costs, and
     * somebody may ask for ever other pages.
     */
    private static final long STAY_MILLIS = 600_000;
    /** After an index could not be begun. */
    private static final long RETRY_MILLIS = 30_000;
    private static final int REFUSED_MAX = 128;
    /** What a page costs without an index for each row that there is: its column is read of all of them. */
    private static final double SCAN_NANOS = 25;
    /** What an index costs for each row that there is when it is built. */
    private static final double BUILD_NANOS = 2_500;
    /** What an index costs for each change: what is said of the row before has to be found and read. */
    private static final double KEEP_NANOS = 25_000;
    /** Costs of this much are looked at together. */
    private static final long WEIGHED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REST_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(4);

    private final KeyTable table;
    private final IndexLimits limits;
    private final Clock clock;
    private final Semaphore turn;
    private final IndexWants wants = new IndexWants();
    private final Map<PageIndex, Account> accounts = new LinkedHashMap<>();
    /** Those that cannot be built, or have been found wrong. */
    private final Set<PageShape> refused = ConcurrentHashMap.newKeySet();
    /** Those that were too dear to keep, and until when they are not begun again, milliseconds of the clock. */
    private final Map<PageShape, Long> dear = new ConcurrentHashMap<>();
    private final Set<PageIndex> doomed = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isAtWork = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable PageShape wanted;
    private volatile long notBefore;
    private long nextGoes;
    /** Of rows, since it was opened. */
    private final AtomicLong changes = new AtomicLong();
    private long keptNanos;

    /** What is known of an index. Under the table's lock. */
    private static final class Account {
        private Score score;
        private long counted;
        private long weighed;
        /** What it has cost beyond what it has saved, nanoseconds. */
        private double debt;

        private Account(Score score) {
            this.score = score;
        }
    }

    /**
     * @param turn
     *            of all tables, so that no more than one index is built at a moment
     */
    IndexKeeper(KeyTable table, IndexLimits limits, Clock clock, Semaphore turn) {
        this.table = table;
        this.limits = limits;
        this.clock = clock;
        this.turn = turn;
    }

    /** A page of this kind was asked for, and no index has answered, or only by looking at many rows. */
    void missed(PageShape shape) {
        if (limits.perProduct() == 0 || refused.contains(shape)) {
            return;
        }
        long now = clock.millis();
        if (isDear(shape, now)) {
            return;
        }
        if (wants.asked(shape, now, changes.get()) >= limits.after() && now >= notBefore) {
            wanted = shape;
            goOn();
        }
    }

    private boolean isDear(PageShape shape, long now) {
        return dear.getOrDefault(shape, Long.MIN_VALUE) > now;
    }

    /** An index that leads to rows which are not there. Its shape is not tried again. */
    void isWrong(PageIndex index) {
        refuse(index.shape());
        doomed.add(index);
        goOn();
    }

    private void refuse(PageShape shape) {
        if (refused.size() < REFUSED_MAX) {
            refused.add(shape);
        }
    }

    /** Those that were dropped because of a row's length. */
    void tooLong(Set<PageIndex> gone) {
        for (var index : gone) {
            refuse(index.shape());
            log.atWarn().addKeyValue("product", table.product())
                    .addKeyValue("index", table.told(index))
                    .log("the index is dropped: values of a row are too long for it");
        }
    }

    /** Starts the thread if there may be something to do and it is not there. */
    void goOn() {
        if (closed.getCount() > 0 && isAtWork.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("index " + table.product()).start(this::work);
        }
    }

    private void work() {
        try {
            boolean isMore = true;
            while (isMore && closed.getCount() > 0) {
                boolean hasRemoved = removed();
                boolean hasBegun = begun();
                isMore = built() || hasRemoved || hasBegun;
            }
        } catch (ViewFailure e) {
            // The table says so where it heals itself, and goes on with this when it has.
            notBefore = clock.millis() + RETRY_MILLIS;
        } finally {
            isAtWork.set(false);
        }
        if (closed.getCount() > 0 && clock.millis() >= notBefore
                && (wanted != null || !doomed.isEmpty())) {
            goOn();
        }
    }

    private boolean removed() {
        for (var index : List.copyOf(doomed)) {
            doomed.remove(index);
            if (table.between("drop an index", (database, columns) -> {
                if (database.indexes().all().contains(index)) {
                    database.indexes().drop(Set.of(index));
                }
            })) {
                log.atError().addKeyValue("product", table.product())
                        .addKeyValue("index", table.told(index))
                        .log("the index did not agree with the rows and is dropped");
            }
        }
        return false;
    }

    private boolean begun() {
        var shape = wanted;
        wanted = null;
        if (shape == null) {
            return false;
        }
        return table.between("begin an index", (database, columns) -> begin(database, columns,
                shape));
    }

    private void begin(KeyDatabase database, Columns columns, PageShape shape)
            throws RocksDBException {
        var indexes = database.indexes();
        long now = clock.millis();
        // It may have been asked for while the one that is there now, or was dropped meanwhile, was built.
        if (indexes.all().stream().anyMatch(index -> index.shape().equals(shape))
                || isDear(shape, now)) {
            return;
        }
        double want = wants.of(shape, now);
        double costs = wants.changed(shape, changes.get()) * KEEP_NANOS;
        if (costs > WEIGHED_NANOS
                && costs > wants.asked(shape) * SCAN_NANOS * table.rows(database)) {
            // It is counted anew: there may be fewer changes later.
            wants.forget(shape);
            return;
        }
        if (indexes.all().size() >= limits.perProduct()) {
            indexes.all().forEach(index -> counted(index, now));
            var least = indexes.all().stream()
                    .min(Comparator.comparingDouble(index -> counted(index, now))).orElseThrow();
            if (now < nextGoes || want < MUCH_MORE * counted(least, now)) {
                notBefore = now + RETRY_MILLIS;
                return;
            }
            indexes.drop(Set.of(least));
            accounts.remove(least);
            nextGoes = now + STAY_MILLIS;
            log.atInfo().addKeyValue("product", table.product())
                    .addKeyValue("index", least.shape().told(columns))
                    .log("the index is dropped: pages of another kind are asked for more often");
        }
        if (!table.hasSpaceForIndex(database)) {
            notBefore = now + RETRY_MILLIS;
            log.atWarn().addKeyValue("product", table.product())
                    .addKeyValue("index", shape.told(columns))
                    .log("no index is begun: the disk is nearly full");
            return;
        }
        accounts.put(indexes.add(shape, columns), new Account(new Score(want, now)));
        wants.forget(shape);
        log.atInfo().addKeyValue("product", table.product())
                .addKeyValue("index", shape.told(columns)).log("an index is begun");
    }

    private Account account(PageIndex index, long now) {
        return accounts.computeIfAbsent(index,
                one -> new Account(new Score(limits.after(), now)));
    }

    /** How often it was used lately. */
    private double counted(PageIndex index, long now) {
        var account = account(index, now);
        long uses = index.uses();
        account.score = account.score.plus((double) uses - account.counted, now);
        account.counted = uses;
        return account.score.value();
    }

    /** Rows have been changed. Under the table's lock. */
    void changed(int rows) {
        changes.addAndGet(rows);
    }

    /**
     * Indexes have been kept up to date.
     *
     * @param nanos
     *            how long that took
     */
    void kept(long nanos) {
        keptNanos += nanos;
    }

    /**
     * Drops the index that has cost more, beyond what it has saved, than it would cost to build it again, if there is one: as long
     * as so much changes and so little is asked, it is cheaper to look at all rows. Under the table's lock, between two batches.
     */
    void weigh(KeyDatabase database) throws RocksDBException {
        var all = database.indexes().all();
        if (keptNanos < WEIGHED_NANOS || all.isEmpty()) {
            return;
        }
        double each = (double) keptNanos / all.size();
        keptNanos = 0;
        long now = clock.millis();
        long rows = table.rows(database);
        for (var index : all) {
            var account = account(index, now);
            // While it is built, what it would have answered counts, or none would ever be finished where much changes.
            long uses = index.uses() + wants.asked(index.shape());
            double saved = Math.max(0, uses - account.weighed) * SCAN_NANOS * rows;
            account.weighed = uses;
            account.debt = Math.max(0, account.debt + each - saved);
        }
        var dearest = all.stream()
                .max(Comparator.comparingDouble(index -> account(index, now).debt)).orElseThrow();
        if (account(dearest, now).debt > BUILD_NANOS * rows + WEIGHED_NANOS) {
            database.indexes().drop(Set.of(dearest));
            accounts.remove(dearest);
            wants.forget(dearest.shape());
            dear.values().removeIf(until -> until <= now);
            if (dear.size() < REFUSED_MAX) {
                dear.put(dearest.shape(), now + STAY_MILLIS);
            }
            log.atInfo().addKeyValue("product", table.product())
                    .addKeyValue("index", table.told(dearest))
                    .log("the index is dropped: so many rows change that it costs more than it"
                            + " saves");
        }
    }

    /** Builds the first one that is not; whether there was one. */
    private boolean built() {
        var building = table.new Building();
        long began = System.nanoTime();
        while (closed.getCount() > 0) {
            turn.acquireUninterruptibly();
            long from = System.nanoTime();
            long took;
            try {
                if (!table.between("build an index", building::goOn)) {
                    return false;
                }
                took = System.nanoTime() - from;
            } finally {
                turn.release();
            }
            var index = building.index();
            if (index == null) {
                return false;
            }
            switch (building.state()) {
                case DONE -> {
                    log.atInfo().addKeyValue("product", table.product())
                            .addKeyValue("index", table.told(index))
                            .addKeyValue("rows", building.rows())
                            .addKeyValue("seconds",
                                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began))
                            .log("the index is built");
                    return true;
                }
                case TOO_LONG -> {
                    tooLong(Set.of(index));
                    return true;
                }
                // Somebody else has to have the lock and the processor too, but pages are dear until it is done.
                case UNDER_WAY -> rest(Math.min(took, REST_NANOS_MAX));
            }
        }
        return false;
    }

    private void rest(long nanos) {
        try {
            var ignored = closed.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed.countDown();
        }
    }

    /** Does not wait any longer after an index could not be begun. */
    void retry() {
        notBefore = 0;
        dear.clear();
    }

    void close() {
        closed.countDown();
    }
}

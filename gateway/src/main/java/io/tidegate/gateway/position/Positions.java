package io.tidegate.gateway.position;

import io.tidegate.gateway.feed.CursorOrder;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.KafkaCluster;
import io.tidegate.gateway.feed.KafkaUnavailable;
import io.tidegate.gateway.feed.KeyedTopic;
import io.tidegate.gateway.position.Book.Heard;
import io.tidegate.gateway.position.Kept.Stamp;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The positions that are kept under names, in a compacted topic that every node reads whole and follows. A name belongs to one
 * stream at a time, on whatever node. Everything that is promised is durable before it is said.
 *
 * <p>
 * A stream takes a name by writing a claim with a higher stamp, and reads its start only when it has read its own claim: what
 * the former holder wrote before that counts, what it writes later is passed over everywhere.
 */
public final class Positions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Positions.class);
    private static final Duration CATCH_UP = Duration.ofSeconds(2);
    private static final Duration DURABLE = Duration.ofSeconds(4);
    private static final Duration REST = Duration.ofMillis(200);
    private static final Duration SWEEP = Duration.ofHours(1);
    /** A name that a stream has does not grow old. */
    private static final Duration TOUCH = Duration.ofDays(1);
    private static final int SWEPT_MAX = 10_000;

    private final Settings settings;
    private final Clock clock;
    private final KeyedTopic topic;
    private final SecureRandom random = new SecureRandom();
    private final ScheduledExecutorService worker = Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("positions").unstarted(task));

    // Guarded by this:
    private final Book book;
    private final Map<String, Held> held = new HashMap<>();
    /** Acks under way, and the rest after them. */
    private final Map<String, AckLine<CompletableFuture<Ack>>> lines = new HashMap<>();
    private final Map<String, Kept> beforeReadingAnew = new HashMap<>();
    /** While the topic is read from its beginning, what it says may long be over. */
    private boolean isReadingAnew = true;
    /** How often it has been. */
    private long readings;

    /**
     * @param retention
     *            after which a position that nobody took or acknowledged is forgotten
     * @param perPartner
     *            names of one partner at most
     * @param memoryBytes
     *            of all names; with more in the topic this node keeps none
     */
    public record Settings(String topic, Duration retention, int perPartner, long memoryBytes) {
    }

    /**
     * What is kept under a name, for whoever asks.
     *
     * @param cursor
     *            empty while a stream has the name and nothing is kept yet
     */
    public record Entry(Optional<String> cursor, Instant at) {
    }

    public Positions(KafkaCluster cluster, Settings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.book = new Book(settings.memoryBytes(), settings.retention());
        this.topic = new KeyedTopic(cluster, settings.topic(), new KeyedTopic.Reader() {
            @Override
            public void cleared() {
                anew();
            }

            @Override
            public void read(String key, @Nullable String value) {
                hear(key, value);
            }
        });
    }

    /** Begins to read the topic, and makes it where it is missing; returns at once. */
    public void start() {
        topic.start();
        worker.scheduleWithFixedDelay(this::sweep, SWEEP.toMillis(), SWEEP.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Names that are kept here. */
    public synchronized int size() {
        return book.size();
    }

    /** Why named subscriptions are refused at present, for operators; empty while they are not. */
    public synchronized Optional<String> trouble() {
        return book.isOverfull()
                ? Optional.of("topic '" + settings.topic()
                        + "' holds more than positions.memory has room for")
                : topic.trouble();
    }

    /**
     * Takes a name for a stream; whoever has it loses it. Completes once that is durable, failing with
     * {@link Refusal.Thrown}.
     *
     * @param replaced
     *            told once if another stream takes the name, or if it is forgotten; from any thread, must return at once
     */
    public CompletableFuture<Held> hold(PositionKey key, Runnable replaced) {
        return refusing(caughtUp().thenCompose(ignored -> claim(key, replaced)));
    }

    /** What is kept under a name; fails with {@link Refusal.Thrown}. */
    public CompletableFuture<Optional<Entry>> find(PositionKey key) {
        return refusing(caughtUp().thenApply(ignored -> {
            synchronized (this) {
                requireRoom();
                return fresh(key).map(
                        kept -> new Entry(Optional.ofNullable(kept.cursor()), kept.at()));
            }
        }));
    }

    /** Acknowledges without a stream; fails with {@link Refusal.Thrown}. */
    public CompletableFuture<Ack> acknowledge(PositionKey key, String cursor, Feed feed) {
        return refusing(caughtUp().thenCompose(ignored -> offer(key, cursor, feed)));
    }

    /** Forgets a name, and ends the stream that has it; false if there is none. Fails with {@link Refusal.Thrown}. */
    public CompletableFuture<Boolean> forget(PositionKey key) {
        return refusing(caughtUp().thenCompose(ignored -> {
            synchronized (this) {
                requireRoom();
                if (fresh(key).isEmpty()) {
                    return CompletableFuture.completedFuture(false);
                }
            }
            return write(key.text(), null).thenApply(written -> true);
        }));
    }

    private CompletableFuture<Void> caughtUp() {
        return topic.caughtUp().orTimeout(CATCH_UP.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Optional<Kept> fresh(PositionKey key) {
        var now = clock.instant();
        return book.at(key.text()).filter(kept -> !book.isExpired(kept, now));
    }

    private void requireRoom() {
        if (book.isOverfull()) {
            throw new KafkaUnavailable("positions.memory is used up", null);
        }
    }

    /** A partner that has as many names as it may have gets no other one. */
    private void requireAllowed(PositionKey key) {
        requireRoom();
        if (book.at(key.text()).isEmpty() && book.count(key.owner()) >= settings.perPartner()) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.POSITION_LIMIT,
                    "This client keeps positions under " + book.count(key.owner())
                            + " names, and may have " + settings.perPartner()
                            + "; delete one that is not used any more."));
        }
    }

    // ---- taking a name ----

    private CompletableFuture<Held> claim(PositionKey key, Runnable replaced) {
        Kept claim;
        synchronized (this) {
            requireAllowed(key);
            long epoch = book.at(key.text()).map(kept -> kept.stamp().epoch()).orElse(0L);
            var cursor = fresh(key).map(Kept::cursor).orElse(null);
            claim = new Kept(new Stamp(epoch + 1, holder()), true, cursor, clock.instant(),
                    key.partner());
        }
        return write(key.text(), claim).thenCompose(ignored -> taken(key, claim, replaced));
    }

    private CompletableFuture<Held> taken(PositionKey key, Kept claim, Runnable replaced) {
        Held holding;
        Kept now;
        var lost = new ArrayList<Held>();
        synchronized (this) {
            requireRoom();
            now = own(key, claim.stamp());
            holding = new Held(this, key, claim.stamp(), replaced, now.cursor());
            var before = held.get(key.text());
            if (before != null) {
                // The claim was heard while the topic was being read anew, when nobody is told.
                lose(before, lost);
            }
            held.put(key.text(), holding);
        }
        lost.forEach(Held::lost);
        if (Objects.equals(now.cursor(), claim.cursor())) {
            return CompletableFuture.completedFuture(holding);
        }
        // An ack came in between. Who reads the topic later may find the claim alone, so it is said again.
        return write(key.text(), new Kept(now.stamp(), false, now.cursor(), now.at(),
                now.partner())).thenApply(ignored -> holding);
    }

    private String holder() {
        var bytes = new byte[9];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What is kept, if the name is still the one's who has this stamp. */
    private Kept own(PositionKey key, Stamp stamp) {
        return book.at(key.text()).filter(kept -> kept.stamp().equals(stamp))
                .orElseThrow(() -> new Refusal.Thrown(Refusal.of(RefusalCode.UPSTREAM_UNAVAILABLE,
                        "Another stream has taken the name '" + key.name()
                                + "' at this very moment.")));
    }

    CompletableFuture<Void> begin(Held holding, String cursor) {
        Kept now;
        try {
            synchronized (this) {
                now = own(holding.key(), holding.stamp()).at(cursor, clock.instant());
            }
        } catch (Refusal.Thrown e) {
            return CompletableFuture.failedFuture(e);
        }
        return refusing(write(holding.key().text(), now).thenAccept(ignored -> {
            synchronized (this) {
                own(holding.key(), holding.stamp());
            }
        }));
    }

    synchronized void release(Held holding) {
        held.remove(holding.key().text(), holding);
    }

    // ---- acks ----

    CompletableFuture<Ack> acknowledge(Held holding, String cursor, Feed feed) {
        try {
            synchronized (this) {
                own(holding.key(), holding.stamp());
            }
        } catch (Refusal.Thrown e) {
            return CompletableFuture.failedFuture(e);
        }
        return refusing(offer(holding.key(), cursor, feed));
    }

    private CompletableFuture<Ack> offer(PositionKey key, String cursor, Feed feed) {
        BiFunction<String, String, CursorOrder> order = (kept, given) -> CursorOrder.of(feed,
                kept, given);
        var answer = new CompletableFuture<Ack>();
        Optional<Ack> atOnce;
        try {
            synchronized (this) {
                requireAllowed(key);
                var kept = fresh(key).map(Kept::cursor).orElse(null);
                var line = lines.computeIfAbsent(key.text(),
                        ignored -> new AckLine<>(REST.toNanos()));
                atOnce = switch (line.offer(cursor, kept, order, answer)) {
                    case TAKEN -> Optional.empty();
                    case KEPT -> Optional.of(new Ack(Ack.Outcome.KEPT, cursor));
                    case BEHIND ->
                        Optional.of(new Ack(Ack.Outcome.BEHIND, kept == null ? cursor : kept));
                    case UNREADABLE -> Optional.of(new Ack(Ack.Outcome.UNREADABLE, cursor));
                    case OTHER_PRODUCT -> Optional.of(new Ack(Ack.Outcome.OTHER_PRODUCT, cursor));
                };
            }
        } catch (RuntimeException e) {
            answer.completeExceptionally(e);
            return answer;
        } finally {
            pump(key);
        }
        atOnce.ifPresent(answer::complete);
        return answer;
    }

    private void pump(PositionKey key) {
        Kept due;
        synchronized (this) {
            var line = lines.get(key.text());
            if (line == null) {
                return;
            }
            long now = System.nanoTime();
            var cursor = line.due(now);
            if (cursor.isEmpty()) {
                if (line.isIdle() && line.restNanos(now) == 0) {
                    lines.remove(key.text());
                }
                return;
            }
            due = book.at(key.text())
                    .orElseGet(() -> new Kept(Stamp.NOBODY, false, null, clock.instant(),
                            key.partner()))
                    .at(cursor.get(), clock.instant());
        }
        write(key.text(), due)
                .whenComplete((ignored, failure) -> written(key, due, failure));
    }

    private void written(PositionKey key, Kept due, @Nullable Throwable failure) {
        List<CompletableFuture<Ack>> answers;
        Throwable problem = failure;
        synchronized (this) {
            var line = lines.get(key.text());
            answers = line == null ? List.of() : line.over(System.nanoTime());
            if (problem == null) {
                try {
                    own(key, due.stamp());
                } catch (Refusal.Thrown e) {
                    problem = e;
                }
            }
        }
        for (var answer : answers) {
            if (problem == null) {
                answer.complete(new Ack(Ack.Outcome.KEPT, Objects.requireNonNull(due.cursor())));
            } else {
                answer.completeExceptionally(problem);
            }
        }
        later(() -> pump(key), REST);
    }

    // ---- the topic ----

    private CompletableFuture<Void> write(String key, @Nullable Kept value) {
        try {
            return CompletableFuture
                    .supplyAsync(() -> topic.write(key, value == null ? null : value.json()),
                            worker)
                    .thenCompose(written -> written)
                    .orTimeout(DURABLE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(
                    new KafkaUnavailable("the gateway is ending", e));
        }
    }

    private void hear(String key, @Nullable String value) {
        var lost = new ArrayList<Held>();
        Optional<Kept> again = Optional.empty();
        synchronized (this) {
            boolean wasOverfull = book.isOverfull();
            var heard = book.hear(key, value);
            if (heard == Heard.UNREADABLE) {
                LOG.atWarn().addKeyValue("topic", settings.topic()).log(
                        "a record with the key '{}' is no position of this version; it is passed over",
                        key.length() > 200 ? key.substring(0, 200) : key);
            } else if (heard == Heard.NO_ROOM && !wasOverfull) {
                LOG.atError().addKeyValue("topic", settings.topic()).log(
                        "the topic holds more positions than positions.memory has room for; named"
                                + " subscriptions are refused until it is raised");
            } else if (!isReadingAnew) {
                var holding = held.get(key);
                if (holding != null) {
                    var now = book.at(key);
                    if (now.isEmpty() || now.get().stamp().compareTo(holding.stamp()) > 0) {
                        lose(holding, lost);
                    } else if (heard == Heard.STALE) {
                        again = now;
                    }
                }
            }
        }
        again.ifPresent(kept -> write(key, kept));
        lost.forEach(Held::lost);
    }

    private void lose(Held holding, List<Held> lost) {
        held.remove(holding.key().text());
        lost.add(holding);
        var line = lines.get(holding.key().text());
        if (line != null) {
            line.abandon().forEach(answer -> answer.completeExceptionally(
                    new Refusal.Thrown(Refusal.of(RefusalCode.UPSTREAM_UNAVAILABLE,
                            "Another stream has taken the name; the ack was not kept."))));
        }
    }

    private void anew() {
        long reading;
        synchronized (this) {
            isReadingAnew = true;
            reading = ++readings;
            held.keySet().forEach(
                    key -> book.at(key).ifPresent(kept -> beforeReadingAnew.put(key, kept)));
            book.clear();
        }
        settleWhenRead(reading);
    }

    /** Tried until it is known: before, nobody is told that a name is another stream's. */
    private void settleWhenRead(long reading) {
        topic.caughtUp().whenComplete((ignored, failure) -> {
            if (failure == null) {
                settle(reading);
            } else if (isAtWork(reading)) {
                later(() -> settleWhenRead(reading), REST);
            }
        });
    }

    private synchronized boolean isAtWork(long reading) {
        return isReadingAnew && reading == readings;
    }

    /** All of the topic is read: who lost a name meanwhile is told, and what the topic lost is said again. */
    private void settle(long reading) {
        var lost = new ArrayList<Held>();
        var missing = new HashMap<String, Kept>();
        synchronized (this) {
            if (!isAtWork(reading)) {
                return;
            }
            isReadingAnew = false;
            for (var holding : List.copyOf(held.values())) {
                var now = book.at(holding.key().text());
                var before = beforeReadingAnew.get(holding.key().text());
                if (now.isEmpty() && before != null) {
                    missing.put(holding.key().text(), before);
                } else if (now.isEmpty()) {
                    lose(holding, lost);
                } else if (now.get().stamp().compareTo(holding.stamp()) > 0) {
                    lose(holding, lost);
                }
            }
            beforeReadingAnew.clear();
        }
        // The topic was made again; what its live streams had in it is still known.
        missing.forEach(this::write);
        lost.forEach(Held::lost);
    }

    private void sweep() {
        topic.caughtUp().thenRun(() -> {
            var now = clock.instant();
            List<String> expired;
            var old = new ArrayList<Map.Entry<String, Kept>>();
            synchronized (this) {
                for (var holding : held.values()) {
                    book.at(holding.key().text())
                            .filter(kept -> kept.at().plus(TOUCH).isBefore(now))
                            .ifPresent(kept -> old.add(Map.entry(holding.key().text(),
                                    new Kept(kept.stamp(), kept.isClaim(), kept.cursor(), now,
                                            kept.partner()))));
                }
                expired = book.expired(now).stream().filter(key -> !held.containsKey(key))
                        .limit(SWEPT_MAX).toList();
            }
            old.forEach(entry -> write(entry.getKey(), entry.getValue()));
            expired.forEach(key -> write(key, null));
        });
    }

    private void later(Runnable task, Duration after) {
        try {
            worker.schedule(task, after.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The gateway is ending.
        }
    }

    /** Fails with {@link Refusal.Thrown} only, which says nothing of what lies behind the gateway. */
    private static <T> CompletableFuture<T> refusing(CompletableFuture<T> future) {
        return future.handle((value, failure) -> {
            if (failure == null) {
                return CompletableFuture.completedFuture(value);
            }
            var cause = failure;
            while (cause instanceof CompletionException && cause.getCause() != null) {
                cause = cause.getCause();
            }
            return CompletableFuture.<T>failedFuture(
                    cause instanceof KafkaUnavailable || cause instanceof TimeoutException
                            || cause instanceof RejectedExecutionException
                                    ? new Refusal.Thrown(new Refusal(
                                            RefusalCode.UPSTREAM_UNAVAILABLE,
                                            "Positions cannot be kept just now; try again, or"
                                                    + " stream without a name.",
                                            Optional.of(Duration.ofSeconds(5))))
                                    : cause);
        }).thenCompose(settled -> settled);
    }

    @Override
    public void close() {
        worker.shutdown();
        topic.close();
        worker.shutdownNow();
    }
}

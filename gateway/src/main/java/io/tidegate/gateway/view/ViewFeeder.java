package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.feed.Replay;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.refusal.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a part of a view up to date: a reader of the feed like any other, with a thread of its own and the part's position as its
 * cursor.
 */
public final class ViewFeeder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ViewFeeder.class);
    private static final int BATCH_EVENTS = 50_000;
    /** Estimated heap of a batch, of which each part that is built has one. */
    private static final long BATCH_WEIGHT = 16L << 20;
    private static final long IDLE_MILLIS = 500;
    /** How long changes wait before it is looked again how many there are. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long BACKOFF_MILLIS_MIN = 500;
    private static final long BACKOFF_MILLIS_MAX = 8_000;

    private final Feed feed;
    private final Fed view;
    private final ViewListener listener;
    private final Rhythm rhythm;
    private final Semaphore news = new Semaphore(0);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private final Runnable tap;
    private volatile boolean isCaughtUp;
    private volatile Optional<String> trouble = Optional.empty();
    private volatile long lag;
    /** Since when there is something that the view does not have. */
    private volatile long behindNanos;
    private volatile boolean isBehind;
    /** What the view had when this thread last had to do with it. */
    private Optional<Position> reached = Optional.empty();
    private long backoffMillis = BACKOFF_MILLIS_MIN;

    /** Hears how a view gets on, for metrics. On the feeder's thread. */
    @FunctionalInterface
    public interface ViewListener {
        /**
         * @param lag
         *            offsets that have been read from Kafka but are not in the view yet
         */
        void applied(int events, long lag);
    }

    /**
     * How a part of a view gets on, for operators.
     *
     * @param part
     *            its name
     * @param isCaughtUp
     *            whether it has once had everything that the feed had
     * @param lag
     *            offsets that had been read from Kafka but were not in the view, when a batch was last applied
     * @param behind
     *            for how long there has been something that the view does not have; zero if it has everything
     * @param trouble
     *            why it stands still; empty while all is well
     */
    public record Standing(String part, boolean isCaughtUp, long lag, Duration behind,
            Optional<String> trouble) {
    }

    public ViewFeeder(Feed feed, Fed view, ViewListener listener) {
        this.feed = feed;
        this.view = view;
        this.listener = listener;
        this.rhythm = new Rhythm(view.pace());
        this.thread = new Thread(this::run, "view " + feed.id() + " " + view.name());
        this.thread.setDaemon(true);
        this.tap = news::release;
    }

    public void start() {
        feed.tap(tap);
        thread.start();
    }

    /** Whether the view has once had everything that the feed had. */
    public boolean isCaughtUp() {
        return isCaughtUp;
    }

    /** From any thread. */
    public Standing standing() {
        return new Standing(view.name(), isCaughtUp, lag, isBehind
                ? Duration.ofNanos(Math.max(0, System.nanoTime() - behindNanos))
                : Duration.ZERO, trouble);
    }

    private void run() {
        while (closed.getCount() > 0) {
            try {
                feed.ready().join();
                // Taken first: what is resolved afterwards is of this era, or the first look finds that it is over.
                var era = feed.era();
                follow(begin(), era);
            } catch (Refusal.Thrown | ViewFailure e) {
                standsStill(String.valueOf(e.getMessage()));
            } catch (RuntimeException | Error e) {
                // Whatever it was, nothing would ever be applied again if this thread ended.
                if (closed.getCount() > 0) {
                    LOG.atError().addKeyValue("product", feed.id()).setCause(e)
                            .log("the view's feeder failed");
                    standsStill(e.toString());
                }
            }
        }
    }

    /** Said once, however often it is tried. */
    private void standsStill(String why) {
        if (!trouble.equals(Optional.of(why)) && closed.getCount() > 0) {
            LOG.atWarn().addKeyValue("product", feed.id()).addKeyValue("part", view.name())
                    .log("the view stands still: {}", why);
        }
        trouble = Optional.of(why);
        behindSince(System.nanoTime());
        pause(backoffMillis);
        backoffMillis = Math.min(backoffMillis * 2, BACKOFF_MILLIS_MAX);
    }

    private void well() {
        if (trouble.isPresent()) {
            LOG.atInfo().addKeyValue("product", feed.id()).addKeyValue("part", view.name())
                    .log("the view goes on");
        }
        trouble = Optional.empty();
        backoffMillis = BACKOFF_MILLIS_MIN;
    }

    private void behindSince(long nanos) {
        if (!isBehind) {
            behindNanos = nanos;
            isBehind = true;
        }
    }

    private Start begin() {
        reached = view.position();
        if (reached.isEmpty()) {
            return feed.resolve(new From.Earliest());
        }
        var start = feed.resolve(new From.At(reached.get()));
        if (start.lost().stream().anyMatch(lost -> lost.reason() == Lost.Reason.EPOCH)) {
            LOG.atWarn().addKeyValue("product", feed.id())
                    .log("the topic was replaced or shortened: the view is built anew");
            view.reset();
            reached = view.position();
            return feed.resolve(new From.Earliest());
        }
        long gone = start.lost().stream().filter(lost -> lost.reason() == Lost.Reason.RETENTION)
                .mapToLong(Lost::count).sum();
        if (gone > 0) {
            LOG.atWarn().addKeyValue("product", feed.id()).addKeyValue("part", view.name())
                    .addKeyValue("offsets", gone)
                    .log("the view was away for longer than its topic keeps records: rows that changed"
                            + " meanwhile may be those of before");
        }
        return start;
    }

    private void follow(Start from, Feed.Era era) {
        var at = from;
        while (goesOn(era)) {
            var joined = feed.joinable(at.next());
            at = joined.isPresent() ? live(joined.getAsLong(), at, era) : replay(at, era);
        }
    }

    /**
     * Sequence numbers and offsets mean nothing any more once the feed has begun anew, and neither if the view is not where it
     * was left: somebody who reads it may have found that it is damaged, and then it is empty.
     */
    private boolean goesOn(Feed.Era era) {
        return closed.getCount() > 0 && feed.isCurrent(era) && view.position().equals(reached);
    }

    /** Reads on in memory until the log has left this reader behind. */
    private Start live(long from, Start at, Feed.Era era) {
        long sequence = from;
        var behind = at;
        while (goesOn(era)) {
            var tail = feed.tail();
            if (sequence >= tail.sequence()) {
                isCaughtUp = isCaughtUp
                        || view.isFilled(era.position(tail.next(), tail.epochs()));
                isBehind = false;
                well();
                if (!awaitNews()) {
                    behind = passed(tail.reachedFrom(behind), era);
                    view.idle();
                }
                continue;
            }
            behindSince(System.nanoTime());
            awaitCompany(sequence);
            long cut = System.nanoTime();
            tail = feed.tail();
            var batch = new ArrayList<Entry>();
            while (sequence < tail.sequence()
                    && (batch.size() < BATCH_EVENTS || isWithinRecord(batch))) {
                var entry = feed.at(sequence);
                if (entry == null) {
                    break;
                }
                batch.add(entry);
                sequence++;
            }
            if (batch.isEmpty() || !goesOn(era)) {
                return behind;
            }
            boolean isAll = sequence == tail.sequence();
            behind = batch.getLast().startBehind();
            apply(batch, behind, era);
            if (isAll) {
                // What has come meanwhile came after that.
                behindNanos = cut;
            }
        }
        return behind;
    }

    /**
     * Behind the last event the log may go on with what nobody sees: the ends of transactions, and aborted ones. Cursors count
     * it, and who brings one wants to hear that the view does.
     */
    private Start passed(Start to, Feed.Era era) {
        var after = era.position(to.next(), to.epochs());
        boolean isFurther = after.slots().stream()
                .anyMatch(slot -> slot.next() > Positions.next(reached.orElse(null), slot));
        if (isFurther && goesOn(era)) {
            view.apply(List.of(), after);
            reached = Optional.of(Positions.furthest(reached.orElse(null), after));
        }
        return to;
    }

    private Start replay(Start at, Feed.Era era) {
        behindSince(System.nanoTime());
        try (var replay = Replay.together(feed, at, feed.tail())) {
            return replay(replay, at, era);
        }
    }

    private Start replay(Replay replay, Start at, Feed.Era era) {
        var gathered = new ArrayList<Entry>();
        long weight = 0;
        var end = at;
        // The replay may have begun in the next era already, at offsets that mean something else there.
        while (goesOn(era)) {
            switch (replay.next()) {
                case Replay.Next.Chunk(var entries) -> {
                    gathered.addAll(entries);
                    for (var entry : entries) {
                        weight += entry.weight();
                    }
                    if ((gathered.size() >= BATCH_EVENTS || weight >= BATCH_WEIGHT)
                            && !isWithinRecord(gathered)) {
                        end = applied(gathered, end, era);
                        weight = 0;
                    }
                }
                case Replay.Next.Later(var ignored) -> {
                    // It found much without an event and asks whether to go on.
                }
                case Replay.Next.CaughtUp(var until) -> {
                    end = applied(gathered, end, era);
                    return until.reachedFrom(end);
                }
                case Replay.Next.Failed(String reason) -> {
                    end = applied(gathered, end, era);
                    standsStill("it cannot be read on: " + reason);
                    return end;
                }
            }
        }
        return end;
    }

    /** Whether the rest of a record has yet to come: a position counts records, not what they say. */
    private static boolean isWithinRecord(List<Entry> entries) {
        if (entries.isEmpty()) {
            return false;
        }
        var last = entries.getLast();
        return last.startBehind().next()[last.content().slot()] <= last.content().offset();
    }

    private Start applied(List<Entry> gathered, Start before, Feed.Era era) {
        while (isWithinRecord(gathered)) {
            gathered.removeLast();
        }
        if (gathered.isEmpty()) {
            return before;
        }
        var behind = gathered.getLast().startBehind();
        apply(gathered, behind, era);
        gathered.clear();
        return behind;
    }

    private void apply(List<Entry> entries, Start behind, Feed.Era era) {
        var events = new ArrayList<Event>(entries.size());
        for (var entry : entries) {
            if (entry.content() instanceof Event event) {
                events.add(event);
            }
        }
        long began = System.nanoTime();
        // Of the era that the entries are of: if it is over by now, the view finds out when it begins again.
        var after = era.position(behind.next(), behind.epochs());
        view.apply(events, after);
        rhythm.applied(began, System.nanoTime());
        // Not asked for: if the view is somewhere else by now, this reader must find out and begin there.
        reached = Optional.of(Positions.furthest(reached.orElse(null), after));
        well();
        long left = 0;
        var tail = feed.tail().next();
        for (int i = 0; i < Math.min(tail.length, behind.next().length); i++) {
            left += Math.max(0, tail[i] - behind.next()[i]);
        }
        lag = left;
        listener.applied(events.size(), left);
    }

    /** Whether there may be some. */
    private boolean awaitNews() {
        try {
            if (!news.tryAcquire(IDLE_MILLIS, TimeUnit.MILLISECONDS)) {
                return false;
            }
            news.drainPermits();
        } catch (InterruptedException e) {
            closed.countDown();
        }
        return true;
    }

    /** Applying may cost by the batch more than by the row, so changes wait a little for others, as long as memory has them. */
    private void awaitCompany(long sequence) {
        long due = rhythm.due(System.nanoTime());
        while (closed.getCount() > 0) {
            long left = due - System.nanoTime();
            long waiting = feed.tail().sequence() - sequence;
            long head = feed.head();
            if (left <= 0 || waiting >= BATCH_EVENTS || (head > 0 && sequence - head < waiting)) {
                return;
            }
            pauseNanos(Math.min(left, LOOK_NANOS));
        }
    }

    private void pause(long millis) {
        pauseNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void pauseNanos(long nanos) {
        try {
            // Ends early when the feeder is closed.
            var ignored = closed.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            closed.countDown();
        }
    }

    /** Stops feeding; waits up to two seconds for the batch at work. */
    @Override
    public void close() {
        closed.countDown();
        feed.untap(tap);
        news.release();
        try {
            thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

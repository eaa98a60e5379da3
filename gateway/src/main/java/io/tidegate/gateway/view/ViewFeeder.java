package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Replay;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.refusal.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    /** Applying costs by the batch more than by the row, so small changes wait a little for company. */
    private static final long BATCH_MILLIS = 200;
    private static final int BATCH_EVENTS = 20_000;
    private static final long BACKOFF_MILLIS = 1_000;

    private final Feed feed;
    private final Fed view;
    private final ViewListener listener;
    private final Semaphore news = new Semaphore(0);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private final Runnable tap;
    private volatile boolean isCaughtUp;

    /** Hears how a view gets on, for metrics. On the feeder's thread. */
    @FunctionalInterface
    public interface ViewListener {
        /**
         * @param lag
         *            offsets that have been read from Kafka but are not in the view yet
         */
        void applied(int events, long lag);
    }

    public ViewFeeder(Feed feed, Fed view, ViewListener listener) {
        this.feed = feed;
        this.view = view;
        this.listener = listener;
        this.thread = new Thread(this::run, "view " + feed.id());
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

    private void run() {
        while (closed.getCount() > 0) {
            try {
                feed.ready().join();
                // Taken first: what is resolved afterwards is of this era, or the first look finds that it is over.
                var era = feed.era();
                follow(begin(), era);
            } catch (Refusal.Thrown | ViewFailure e) {
                LOG.atWarn().addKeyValue("product", feed.id()).log("the view stands still: {}",
                        e.getMessage());
                pause(BACKOFF_MILLIS);
            } catch (RuntimeException e) {
                if (closed.getCount() > 0) {
                    LOG.atError().addKeyValue("product", feed.id()).setCause(e)
                            .log("the view's feeder failed");
                    pause(BACKOFF_MILLIS);
                }
            }
        }
    }

    private Start begin() {
        var position = view.position();
        if (position.isEmpty()) {
            return feed.resolve(new From.Earliest());
        }
        var start = feed.resolve(new From.At(position.get()));
        if (start.lost().stream().anyMatch(lost -> lost.reason() == Lost.Reason.EPOCH)) {
            LOG.atWarn().addKeyValue("product", feed.id())
                    .log("the topic was replaced or shortened: the view is built anew");
            view.reset();
            return feed.resolve(new From.Earliest());
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

    /** Sequence numbers and offsets mean nothing any more once the feed has begun anew. */
    private boolean goesOn(Feed.Era era) {
        return closed.getCount() > 0 && feed.isCurrent(era);
    }

    /** Reads on in memory until the log has left this reader behind. */
    private Start live(long from, Start at, Feed.Era era) {
        long sequence = from;
        var behind = at;
        while (goesOn(era)) {
            var tail = feed.tail();
            if (sequence >= tail.sequence()) {
                isCaughtUp = true;
                awaitNews();
                continue;
            }
            var batch = new ArrayList<Entry>();
            while (sequence < tail.sequence() && batch.size() < BATCH_EVENTS) {
                var entry = feed.at(sequence);
                if (entry == null) {
                    break;
                }
                batch.add(entry);
                sequence++;
            }
            if (batch.isEmpty()) {
                return behind;
            }
            if (!feed.isCurrent(era)) {
                return behind;
            }
            behind = batch.getLast().startBehind();
            apply(batch, behind, era);
        }
        return behind;
    }

    private Start replay(Start at, Feed.Era era) {
        var replay = Replay.alone(feed, at, feed.tail());
        var gathered = new ArrayList<Entry>();
        var reached = at;
        // The replay may have begun in the next era already, at offsets that mean something else there.
        while (goesOn(era)) {
            switch (replay.next()) {
                case Replay.Next.Chunk(var entries) -> {
                    gathered.addAll(entries);
                    if (gathered.size() >= BATCH_EVENTS) {
                        reached = applied(gathered, reached, era);
                    }
                }
                case Replay.Next.Later(var ignored) -> {
                    // It found much without an event and asks whether to go on.
                }
                case Replay.Next.CaughtUp(var until) -> {
                    reached = applied(gathered, reached, era);
                    return until.reachedFrom(reached);
                }
                case Replay.Next.Failed(String reason) -> {
                    reached = applied(gathered, reached, era);
                    LOG.atWarn().addKeyValue("product", feed.id())
                            .log("the view cannot be fed now: {}", reason);
                    pause(BACKOFF_MILLIS);
                    return reached;
                }
            }
        }
        return reached;
    }

    private Start applied(List<Entry> gathered, Start before, Feed.Era era) {
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
        // Of the era that the entries are of: if it is over by now, the view finds out when it begins again.
        view.apply(events, era.position(behind.next(), behind.epochs()));
        long lag = 0;
        var tail = feed.tail().next();
        for (int i = 0; i < Math.min(tail.length, behind.next().length); i++) {
            lag += Math.max(0, tail[i] - behind.next()[i]);
        }
        listener.applied(events.size(), lag);
    }

    private void awaitNews() {
        try {
            if (news.tryAcquire(500, TimeUnit.MILLISECONDS)) {
                pause(BATCH_MILLIS);
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            closed.countDown();
        }
    }

    private void pause(long millis) {
        try {
            // Ends early when the feeder is closed.
            var ignored = closed.await(millis, TimeUnit.MILLISECONDS);
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

package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Feed.Tail;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.predicate.PredicateIndex;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.Log;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The readers of one feed on one event loop.
 *
 * <p>
 * Nearly all of them are at the same place nearly always: they have got everything that has arrived. That place is the
 * <em>front</em>, and a reader there is <em>parked</em>: it has no position of its own and costs nothing for an event that
 * it does not get. New entries are matched against an index of everybody's predicates, rendered once for each audience, and
 * written to its parked members. A reader that cannot take them (its connection is full, its pace used up, it has asked for
 * silence) leaves the front with a position of its own, goes on by itself, and parks when it is there again.
 *
 * <p>
 * Nobody reads beyond the front, so whoever reaches it is where the parked ones are. Confined to its event loop, but for the
 * feed's tap.
 */
final class Readers {
    private static final Logger LOG = LoggerFactory.getLogger(Readers.class);
    /** Entries by which the front moves before the event loop has its turn for others. */
    private static final int TURN_ENTRIES = 4096;

    private final Hub hub;
    private final Feed feed;
    private final Map<Audience.Key, Audience> audiences = new LinkedHashMap<>();
    private final PredicateIndex<Audience> index = new PredicateIndex<>();
    /** Those that get every event: not in the index, since it wants to see a row. */
    private final List<Audience> open = new ArrayList<>();
    /** Those with a position of their own. */
    private final Set<Delivery> behind = new LinkedHashSet<>();
    /** Likewise, wherever they are: those that conflate never park, and sleep until something is due to them. */
    private final Set<Delivery> conflating = new LinkedHashSet<>();
    private final Set<Delivery> asleep = new LinkedHashSet<>();
    private final List<Audience> matching = new ArrayList<>();
    private final List<Audience> growing = new ArrayList<>();
    private final List<Delivery> served = new ArrayList<>();
    private final AtomicBoolean isScheduled = new AtomicBoolean();
    private final Runnable tap = this::schedule;
    private final Log log = new UpToTheFront();
    private Feed.Era era;
    private Tail front;
    private int parked;

    Readers(Hub hub, Feed feed, Feed.Era era) {
        this.hub = hub;
        this.feed = feed;
        this.era = era;
        feed.tap(tap);
        // Behind the tap, so that what arrives from here on is told.
        this.front = feed.tail();
    }

    Feed feed() {
        return feed;
    }

    /** The shared log as far as its readers go: up to the front. */
    Log log() {
        return log;
    }

    Tail front() {
        return front;
    }

    // ---- members ----

    /** Ends those whose log has begun anew before they could be told; the last one of them takes all this along. */
    void endThoseOfBefore() {
        if (!feed.isCurrent(era)) {
            renew();
        }
    }

    Audience audience(Audience.Key key) {
        if (parked == 0) {
            front = feed.tail();
        }
        var known = audiences.get(key);
        if (known != null) {
            return known;
        }
        var audience = new Audience(key);
        audiences.put(key, audience);
        if (audience.filter().isOpen()) {
            open.add(audience);
        } else {
            index.add(key.predicate(), audience);
        }
        return audience;
    }

    void add(Delivery delivery) {
        delivery.audience().joined(delivery);
        addBehind(delivery);
    }

    private void addBehind(Delivery delivery) {
        (delivery.isConflating() ? conflating : behind).add(delivery);
        hub.behind(1);
    }

    private void removeBehind(Delivery delivery) {
        if (!asleep.remove(delivery)) {
            (delivery.isConflating() ? conflating : behind).remove(delivery);
            hub.behind(-1);
        }
    }

    /** The reader wants no turn until it wakes. */
    void sleep(Delivery delivery) {
        removeBehind(delivery);
        asleep.add(delivery);
    }

    /** The reader wants its turn when the front moves. */
    void awake(Delivery delivery) {
        if (asleep.remove(delivery)) {
            addBehind(delivery);
        }
    }

    /** The reader is where the front is and wants nothing special. */
    void park(Delivery delivery) {
        removeBehind(delivery);
        delivery.audience().park(delivery);
        parked++;
    }

    /** The reader goes on by itself from the front. */
    void unpark(Delivery delivery) {
        unpark(delivery, front.sequence(), start(front));
    }

    private void unpark(Delivery delivery, long sequence, Start position) {
        delivery.audience().unpark(delivery, delivery.place());
        parked--;
        addBehind(delivery);
        delivery.unparked(sequence, position);
    }

    /** Whether nobody is left; the feed has been left too then. */
    boolean remove(Delivery delivery) {
        var audience = delivery.audience();
        if (delivery.isParked()) {
            audience.unpark(delivery, delivery.place());
            parked--;
        } else {
            removeBehind(delivery);
        }
        if (audience.left(delivery)) {
            audiences.remove(audience.key());
            if (audience.filter().isOpen()) {
                open.remove(audience);
            } else {
                index.remove(audience.key().predicate(), audience);
            }
        }
        if (!audiences.isEmpty()) {
            return false;
        }
        feed.untap(tap);
        return true;
    }

    /** Adds everybody to the list. */
    void addTo(List<Delivery> all) {
        all.addAll(unparked());
        audiences.values().forEach(audience -> all.addAll(audience.parked()));
    }

    private List<Delivery> unparked() {
        var all = new ArrayList<>(behind);
        all.addAll(conflating);
        all.addAll(asleep);
        return all;
    }

    // ---- the front moves ----

    /** On the feed's thread. */
    private void schedule() {
        if (isScheduled.compareAndSet(false, true)) {
            hub.execute(this::run);
        }
    }

    private void run() {
        // First, so that what arrives from here on schedules another run.
        isScheduled.set(false);
        if (!feed.isCurrent(era)) {
            renew();
        } else {
            advance();
        }
        if (!behind.isEmpty() || !conflating.isEmpty()) {
            var awake = new ArrayList<>(behind);
            awake.addAll(conflating);
            hub.turn(awake);
        }
    }

    /** The log has begun anew: those who read the old one have to come back with their cursors. */
    private void renew() {
        var old = era;
        unparkAll(front.sequence(), start(front));
        unparked().stream().filter(delivery -> delivery.isOf(old))
                .forEach(delivery -> delivery.end(EndReason.UPSTREAM));
        feed.current().ifPresent(now -> era = now);
        front = feed.tail();
    }

    private void advance() {
        var tail = feed.tail();
        if (parked == 0) {
            front = tail;
            return;
        }
        long end = Math.min(tail.sequence(), front.sequence() + TURN_ENTRIES);
        long sequence = front.sequence();
        Entry last = null;
        while (sequence < end) {
            var entry = feed.at(sequence);
            if (entry == null) {
                break;
            }
            offer(entry, last);
            last = entry;
            sequence++;
        }
        List.copyOf(growing).forEach(this::flush);
        growing.clear();
        if (!feed.isCurrent(era)) {
            // What was offered across the change has not been written; the next turn tells its readers.
            schedule();
            return;
        }
        if (sequence == tail.sequence()) {
            front = tail;
        } else if (last != null) {
            var at = last.startBehind();
            front = new Tail(sequence, at.next(), at.epochs());
        }
        if (sequence < end) {
            // Memory has passed the front: this event loop was too busy. Everybody's own policy decides.
            unparkAll(front.sequence(), start(front));
            front = tail;
        } else if (end < tail.sequence()) {
            schedule();
        }
    }

    private void offer(Entry entry, @Nullable Entry last) {
        switch (entry.content()) {
            case Event event -> {
                matching.addAll(open);
                find(event);
                for (var audience : matching) {
                    grow(audience, entry, last);
                }
                matching.clear();
            }
            case Lost lost -> {
                for (var audience : List.copyOf(audiences.values())) {
                    if (audience.announcesInPlace(lost)) {
                        grow(audience, entry, last);
                    } else if (!audience.parked().isEmpty()) {
                        // Told with the next event, or the end: each for itself.
                        flush(audience);
                        unparkAll(audience, entry.sequence(), before(last));
                    }
                }
            }
        }
    }

    private void find(Event event) {
        if (index.isEmpty()) {
            return;
        }
        var row = EventFilter.row(event);
        if (row != null) {
            index.matching(row, matching::add);
        } else if (!feed.schema().key().isEmpty()) {
            index.matching(EventFilter.keyRow(event, feed.schema()), audience -> {
                if (audience.filter().needsKeyOnly()) {
                    matching.add(audience);
                }
            });
        }
    }

    private void grow(Audience audience, Entry entry, @Nullable Entry last) {
        if (audience.parked().isEmpty()) {
            return;
        }
        try {
            if (audience.grow(entry, last, hub.buffers())) {
                growing.add(audience);
            }
        } catch (RuntimeException e) {
            failed(audience, entry, last, e);
            return;
        }
        if (audience.isBatchFull()) {
            flush(audience);
        }
    }

    /** An event that one audience's shape cannot write is theirs alone. */
    private void failed(Audience audience, Entry entry, @Nullable Entry last, RuntimeException e) {
        LOG.atError().addKeyValue("product", feed.id()).setCause(e)
                .log("an event could not be written; the streams that asked for it so are ended");
        // What had grown for them has not been written: whoever comes back gets it then.
        var begun = audience.begin();
        long from = begun.map(Audience.Begin::from).orElse(entry.sequence());
        var position = before(begun.isPresent() ? begun.get().before() : last);
        audience.abandon(hub.buffers());
        for (var member : List.copyOf(audience.parked())) {
            unpark(member, from, position);
            member.end(EndReason.INTERNAL);
        }
    }

    /** Writes what has grown for an audience to those of its members who take it. */
    private void flush(Audience audience) {
        var begun = audience.begin();
        if (begun.isEmpty()) {
            return;
        }
        growing.remove(audience);
        var frames = audience.finish(hub.buffers());
        if (feed.isCurrent(era)) {
            long now = hub.nanoTime();
            served.addAll(audience.parked());
            for (var member : served) {
                // A write may end other streams of its connection.
                if (member.isParked() && !member.takes(frames, now)) {
                    unpark(member, begun.get().from(), before(begun.get().before()));
                }
            }
            served.clear();
        }
        frames.release();
    }

    private Start before(@Nullable Entry last) {
        return last == null ? start(front) : last.startBehind();
    }

    private static Start start(Tail tail) {
        return new Start(tail.next(), tail.epochs(), List.of());
    }

    private void unparkAll(long sequence, Start position) {
        audiences.values().forEach(audience -> unparkAll(audience, sequence, position));
    }

    private void unparkAll(Audience audience, long sequence, Start position) {
        for (var member : List.copyOf(audience.parked())) {
            unpark(member, sequence, position);
        }
    }

    private final class UpToTheFront implements Log {
        @Override
        public long head() {
            return feed.head();
        }

        @Override
        public Tail tail() {
            return front;
        }

        @Override
        public @Nullable Entry at(long sequence) {
            return sequence < front.sequence() ? feed.at(sequence) : null;
        }

        @Override
        public OptionalLong joinable(long[] next) {
            return feed.joinable(next);
        }
    }
}

package io.tidegate.gateway.feed;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.ProductSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A real feed whose writer is the test: no broker, no thread. */
public final class HandFeed {
    private static final byte[] SECRET = "0123456789abcdef".getBytes();

    private final Feed feed;
    private final long[] next;
    private final int[] epochs;
    private long sequence;

    public HandFeed(int partitions, FeedBounds bounds) {
        this(TestProducts.counts("t", BadRecord.SKIP), partitions, bounds);
    }

    public HandFeed(ProductSchema schema, int partitions, FeedBounds bounds) {
        feed = new Feed(schema, new KafkaCluster("none", Map.of()), new Cursors(SECRET), bounds,
                FeedListener.NONE);
        next = new long[partitions];
        epochs = new int[partitions];
        feed.begin(Optional.of(layout("id-1", partitions)), start());
    }

    private Start start() {
        var unknown = new int[next.length];
        java.util.Arrays.fill(unknown, -1);
        return new Start(next.clone(), unknown, List.of());
    }

    private static Layout layout(String topicId, int partitions) {
        var slots = new ArrayList<Layout.Slot>();
        for (int partition = 0; partition < partitions; partition++) {
            slots.add(new Layout.Slot("t", topicId, partition));
        }
        return new Layout(slots);
    }

    public Feed feed() {
        return feed;
    }

    /** Appends without showing it to readers yet. */
    public void append(Content content, long count, int weight) {
        next[content.slot()] = content.offset() + count;
        feed.append(new Entry(sequence++, content, next.clone(), epochs, weight));
    }

    /** Appends the events of one record, one after the other; none moves the position all the same. */
    public void appendRecord(int slot, long offset, List<Event> events, int weight) {
        for (int i = 0; i < events.size(); i++) {
            next[slot] = offset + (i == events.size() - 1 ? 1 : 0);
            feed.append(new Entry(sequence++, events.get(i), next.clone(), epochs, weight, i == 0));
        }
        next[slot] = offset + 1;
    }

    /** This many events of one record, told apart by the last part of their key. */
    public static List<Event> rows(int slot, long offset, int count) {
        var events = new ArrayList<Event>();
        for (int row = 0; row < count; row++) {
            events.add(new Event(slot, offset, 0, Op.UPSERT, List.of("k" + slot, row),
                    Instant.EPOCH, null, null));
        }
        return events;
    }

    /** The events of one record as a replay has them. */
    public static List<Entry> unsharedRecord(List<Event> events, long[] next) {
        var entries = new ArrayList<Entry>();
        for (int i = 0; i < events.size(); i++) {
            var behind = next.clone();
            var event = events.get(i);
            behind[event.slot()] = event.offset() + (i == events.size() - 1 ? 1 : 0);
            entries.add(new Entry(Entry.UNSHARED, event, behind, new int[next.length], 1, i == 0));
        }
        return entries;
    }

    /** Offsets without a record have been passed. */
    public void passed(int slot, long to) {
        next[slot] = Math.max(next[slot], to);
    }

    public void publish() {
        feed.publish(sequence, next, epochs);
    }

    /** The topic has been deleted and made again. */
    public void replace() {
        java.util.Arrays.fill(next, 0);
        feed.begin(Optional.of(layout("id-2", next.length)), start());
    }

    public static Event event(int slot, long offset) {
        return new Event(slot, offset, 0, Op.UPSERT, List.of("k" + slot), Instant.EPOCH, null,
                null);
    }

    public static Entry unshared(Content content, long[] next) {
        return new Entry(Entry.UNSHARED, content, next.clone(), new int[next.length], 1);
    }
}

package io.tidegate.gateway.feed;

import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Lost.Reason;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.schema.Misfit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recent part of a product's topics as one shared log in memory: one writer, any number of readers, each of which is
 * nothing but a sequence number. Bounded by events and by bytes; what it has left behind is replayed from Kafka.
 *
 * <p>
 * The partitions are merged in the order in which they arrive here. Two nodes may merge differently, which is why a cursor
 * names offsets and never sequence numbers.
 */
public final class Feed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final int POLL_RECORDS = 2000;
    private static final long BACKOFF_MILLIS_MIN = 100;
    private static final long BACKOFF_MILLIS_MAX = 5000;
    private static final Duration CHECK_EVERY = Duration.ofSeconds(2);
    /** Entry, event, row and renderings take a multiple of the payload; measured between 3 and 5 for flat records. */
    private static final int WEIGHT_FACTOR = 4;
    private static final int WEIGHT_FIXED = 320;

    private static final Start NOWHERE = new Start(new long[0], new int[0], List.of());

    private final ProductSchema schema;
    private final KafkaCluster cluster;
    private final Cursors cursors;
    private final FeedBounds bounds;
    private final FeedListener listener;
    private final RecordReader reader;
    private final SharedReading sharedReading = new SharedReading();
    private final java.util.function.Consumer<List<Misfit>> misfits;
    private final AtomicReferenceArray<Entry> ring;
    private final List<Runnable> taps = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    private volatile long head;
    private volatile long bytesMax;
    private volatile Tail tail = new Tail(0, new long[0], new int[0]);
    private volatile Optional<Era> era = Optional.empty();
    private volatile Optional<Consumer<byte[], byte[]>> consumer = Optional.empty();
    private volatile Optional<String> trouble = Optional.of("not started");
    /** Of the writer's thread alone, like what follows. */
    private long bytes;
    /** Since readers were last told. */
    private long bytesRead;
    /** Events on the topics that have not been read, as of the last poll. */
    private long lag;
    private long checkedNanos;
    private Optional<CompletableFuture<Optional<Layout>>> check = Optional.empty();

    /**
     * A time in which the topics and their partitions are the same. Offsets mean nothing beyond it: when a topic is made
     * again, shortened or given partitions, the log begins anew, and whoever reads it has to come back with a cursor.
     */
    public final class Era {
        private final Layout layout;
        private final Epochs leaders;
        private final Extents extents;
        private volatile Optional<String> doubt = Optional.empty();

        private Era(Layout layout) {
            this.layout = layout;
            this.leaders = new Epochs(cluster, layout);
            this.extents = new Extents(cluster, layout);
        }

        Layout layout() {
            return layout;
        }

        /** A reader has found that the log is not the one that was read before: the feed begins anew. */
        void doubt(String why) {
            doubt = Optional.of(why);
        }

        Feed feed() {
            return Feed.this;
        }

        boolean isCurrent() {
            return Feed.this.isCurrent(this);
        }

        /** The position that begins with these offsets, as a cursor. */
        public String cursor(long[] next, int[] epochs) {
            return cursors.write(id(), layout, next, epochs);
        }

        /** Likewise, for a reader that has not got all of its snapshot yet. */
        public String cursorWithinSnapshot(long[] next, int[] epochs) {
            return cursors.writeWithinSnapshot(id(), layout, next, epochs);
        }

        public Position position(long[] next, int[] epochs) {
            return layout.position(next, epochs);
        }
    }

    /**
     * The end of the log.
     *
     * @param sequence
     *            of the next entry
     * @param next
     *            for each partition the offset that comes next
     */
    public record Tail(long sequence, long[] next, int[] epochs) {
        /** Where a reader is who has come here from there. It may have been further in some partitions. */
        public Start reachedFrom(Start reader) {
            var reached = next.clone();
            var led = epochs.clone();
            for (int i = 0; i < reached.length; i++) {
                if (reader.next()[i] > reached[i]) {
                    reached[i] = reader.next()[i];
                    led[i] = reader.epochs()[i];
                }
            }
            return new Start(reached, led, List.of());
        }
    }

    public Feed(ProductSchema schema, KafkaCluster cluster, Cursors cursors, FeedBounds bounds,
            FeedListener listener) {
        this.schema = schema;
        this.cluster = cluster;
        this.cursors = cursors;
        this.bounds = bounds;
        this.listener = listener;
        this.bytesMax = bounds.bytes();
        this.reader = new RecordReader(schema);
        this.misfits = found -> listener.misfits(this, found);
        this.ring = new AtomicReferenceArray<>(Integer.highestOneBit(bounds.events() * 2 - 1));
        this.thread = new Thread(this::run, "feed " + schema.product().id());
        this.thread.setDaemon(true);
    }

    /** Begins to read; returns at once. */
    public void start() {
        thread.start();
    }

    public ProductId id() {
        return schema.product().id();
    }

    public ProductSchema schema() {
        return schema;
    }

    SharedReading sharedReading() {
        return sharedReading;
    }

    public Cursors cursors() {
        return cursors;
    }

    KafkaCluster cluster() {
        return cluster;
    }

    FeedListener listener() {
        return listener;
    }

    RecordReader reader() {
        return reader;
    }

    /** Completes when the log has reached the end that its topics had at the start. */
    public CompletableFuture<Void> ready() {
        return ready;
    }

    /** Why nothing arrives at present, for operators; empty while all is well. */
    public Optional<String> trouble() {
        return trouble;
    }

    /** The oldest sequence number in memory. */
    public long head() {
        return head;
    }

    public Tail tail() {
        return tail;
    }

    /** The entry of this sequence number; null once the log has left it behind, or before it is written. */
    public @Nullable Entry at(long sequence) {
        var entry = ring.getAcquire((int) sequence & (ring.length() - 1));
        return entry != null && entry.sequence() == sequence ? entry : null;
    }

    /**
     * Asks to be told of new entries. The call comes on the writer's thread and must return at once.
     */
    public void tap(Runnable advanced) {
        taps.add(advanced);
    }

    public void untap(Runnable advanced) {
        taps.remove(advanced);
    }

    /** Whether anybody asks to be told of new entries. */
    public boolean isTapped() {
        return !taps.isEmpty();
    }

    /** Another bound of the entries in memory, in estimated bytes; held from the next entry on. */
    public void limitMemory(long bytesAtMost) {
        bytesMax = bytesAtMost;
    }

    Layout layout() {
        return era().layout;
    }

    /** Whether positions of that era still mean something. */
    public boolean isCurrent(Era then) {
        return era.orElse(null) == then;
    }

    /** The era at present; empty while nothing can be read. */
    public Optional<Era> current() {
        return era;
    }

    /** The era at present; to be asked before a position is taken from the log. */
    public Era era() {
        return era.orElseThrow(() -> new Refusal.Thrown(
                Refusal.of(RefusalCode.UPSTREAM_UNAVAILABLE,
                        "The product's data source is not available yet.")));
    }

    /** The position at the end of the log. */
    public Position position() {
        var at = tail;
        return layout().position(at.next(), at.epochs());
    }

    /**
     * The position that a cursor means, as far as it speaks of topics and partitions that the product has now. Asks nobody.
     *
     * @throws Refusal.Thrown
     *             for a cursor that is not ours or not of this product
     */
    public Position position(String cursor) {
        var topics = claimed(cursor).topics();
        var slots = new ArrayList<Position.Slot>();
        for (var slot : layout().slots()) {
            topics.stream().filter(topic -> topic.topicId() == slot.stamp()
                    && slot.partition() < topic.next().length).findFirst()
                    .ifPresent(topic -> slots.add(new Position.Slot(slot.topic(), slot.topicId(),
                            slot.partition(), topic.next()[slot.partition()],
                            topic.epochs()[slot.partition()])));
        }
        return new Position(slots);
    }

    /** The position that begins with these offsets, as a cursor. */
    public String cursor(long[] next, int[] epochs) {
        return cursors.write(id(), layout(), next, epochs);
    }

    /**
     * Where a reader begins. May ask Kafka and block; {@link #resolveAtOnce} does not.
     *
     * @throws Refusal.Thrown
     *             for a cursor that is not ours or not of this product, or while Kafka does not answer
     */
    public Start resolve(From from) {
        try {
            var now = era();
            return switch (from) {
                case From.Latest() -> latest();
                case From.Earliest() -> confirmed(now, cluster.beginning(now.layout));
                case From.Time(var instant) -> confirmed(now, atTime(now.layout, instant));
                case From.After(var text) -> resume(now, claimed(text));
                case From.At(var position) ->
                    withoutAdded(resume(now, Cursors.claim(id(), position)));
            };
        } catch (Replaced e) {
            throw new Refusal.Thrown(new Refusal(RefusalCode.UPSTREAM_UNAVAILABLE,
                    "The product's log begins anew just now; try again.",
                    Optional.of(Duration.ofSeconds(1))));
        } catch (KafkaUnavailable e) {
            LOG.atWarn().addKeyValue("product", id()).log("a start could not be resolved: {}",
                    e.getMessage());
            throw new Refusal.Thrown(new Refusal(RefusalCode.UPSTREAM_UNAVAILABLE,
                    "The product's data source does not answer; try again.",
                    Optional.of(Duration.ofSeconds(5))));
        }
    }

    /**
     * Where a reader begins, if memory can tell; never blocks. Empty where {@link #resolve} has to ask Kafka.
     *
     * @throws Refusal.Thrown
     *             as {@link #resolve} does
     */
    public Optional<Start> resolveAtOnce(From from) {
        return switch (from) {
            case From.Latest() -> {
                layout();
                yield Optional.of(latest());
            }
            case From.After(var text) -> fromMemory(era(), claimed(text));
            case From.At(var position) ->
                fromMemory(era(), Cursors.claim(id(), position));
            case From.Earliest() -> Optional.empty();
            case From.Time(var ignored) -> Optional.empty();
        };
    }

    /** For a reader who has not been here before, so that nothing has changed for it. */
    private static Start withoutAdded(Start start) {
        return new Start(start.next(), start.epochs(), start.lost().stream()
                .filter(lost -> lost.reason() != Reason.PARTITIONS_CHANGED).toList());
    }

    /** What Kafka said of offsets it may have said of topics that have taken the place of ours. */
    private Start confirmed(Era now, Start start) {
        cluster.confirm(now.layout);
        return start;
    }

    /**
     * Whether a reader was cut off within its snapshot, so that it needs that from the beginning.
     *
     * @throws Refusal.Thrown
     *             for a cursor that is not ours or not of this product
     */
    public boolean isWithinSnapshot(From from) {
        return from instanceof From.After(var text) && claimed(text).isWithinSnapshot();
    }

    private Start latest() {
        var end = tail;
        return new Start(end.next(), end.epochs(), List.of());
    }

    /**
     * The latest sequence number from which nothing at or behind these offsets is missed; entries before them may follow it
     * and must be passed over. Empty where the log has already left such a place behind.
     */
    public OptionalLong joinable(long[] next) {
        long low = head;
        long high = tail.sequence();
        if (low == high) {
            return covers(next, tail.next()) ? OptionalLong.of(high) : OptionalLong.empty();
        }
        if (covers(next, tail.next())) {
            return OptionalLong.of(high);
        }
        long found = -1;
        while (low < high) {
            long middle = (low + high) >>> 1;
            var entry = at(middle);
            // Passed over by the writer while we searched: everything up to here is gone.
            if (entry == null) {
                low = middle + 1;
            } else if (covers(next, entry.before())) {
                found = middle;
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return found >= 0 && at(found) != null ? OptionalLong.of(found) : OptionalLong.empty();
    }

    /**
     * How many offsets have been read from Kafka that a position does not count; all there ever were of a partition that it does
     * not know.
     */
    public long behind(Position position) {
        var at = tail.next();
        var slots = era.map(now -> now.layout.slots()).orElse(List.of());
        long behind = 0;
        for (int i = 0; i < Math.min(at.length, slots.size()); i++) {
            behind += Math.max(0, at[i] - counted(position, slots.get(i), i));
        }
        return behind;
    }

    /** @param index where a position of the same partitions has it */
    private static long counted(Position position, Layout.Slot slot, int index) {
        var known = position.slots();
        if (index < known.size() && isOf(known.get(index), slot)) {
            return known.get(index).next();
        }
        return known.stream().filter(each -> isOf(each, slot)).mapToLong(Position.Slot::next)
                .findFirst().orElse(0);
    }

    private static boolean isOf(Position.Slot known, Layout.Slot slot) {
        return known.partition() == slot.partition() && known.topicId().equals(slot.topicId());
    }

    /** Whether a reader at these offsets has seen everything before that position. */
    static boolean covers(long[] next, long[] position) {
        if (next.length != position.length) {
            // Of another era; its reader is about to be told.
            return false;
        }
        for (int i = 0; i < position.length; i++) {
            if (position[i] > next[i]) {
                return false;
            }
        }
        return true;
    }

    private Start atTime(Layout now, java.time.Instant instant) {
        // In this order: what is written between the two questions is found, or is behind the end.
        var end = cluster.end(now);
        var found = cluster.at(now, instant);
        var next = found.next().clone();
        var epochs = found.epochs().clone();
        for (int i = 0; i < next.length; i++) {
            if (next[i] < 0) {
                next[i] = end.next()[i];
                epochs[i] = end.epochs()[i];
            }
        }
        return new Start(next, epochs, List.of());
    }

    private Cursors.Claim claimed(String text) {
        var claim = cursors.read(text);
        if (claim.isEmpty() || claim.get().product() != Cursors.stamp(id().path())) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.CURSOR_MALFORMED, claim.isEmpty()
                    ? "The cursor is not one that this gateway wrote; send it exactly as it was received."
                    : "The cursor belongs to another product or major version."));
        }
        return claim.get();
    }

    /** The claim's own place, if all of it is in memory: then nothing of it can have been lost. */
    private Optional<Start> fromMemory(Era now, Cursors.Claim claim) {
        var slots = now.layout.slots();
        var read = tail;
        var next = new long[slots.size()];
        var epochs = new int[slots.size()];
        for (int slot = 0; slot < next.length; slot++) {
            var topic = topicOf(claim, slots.get(slot));
            if (topic.isEmpty()) {
                return Optional.empty();
            }
            next[slot] = topic.get().next()[slots.get(slot).partition()];
            epochs[slot] = topic.get().epochs()[slots.get(slot).partition()];
            if (read.next().length != next.length
                    || !now.leaders.isOnLog(slot, next[slot], epochs[slot], read)) {
                return Optional.empty();
            }
        }
        return covers(read.next(), next) && joinable(next).isPresent()
                ? Optional.of(new Start(next, epochs, List.of()))
                : Optional.empty();
    }

    private static Optional<Cursors.TopicClaim> topicOf(Cursors.Claim claim, Layout.Slot slot) {
        return claim.topics().stream()
                .filter(t -> t.topicId() == slot.stamp() && slot.partition() < t.next().length)
                .findFirst();
    }

    private Start resume(Era era, Cursors.Claim claim) {
        var now = era.layout;
        if (claim.topics().isEmpty()) {
            // The position of a view that has seen nothing yet.
            return confirmed(era, cluster.beginning(now));
        }
        var known = fromMemory(era, claim);
        if (known.isPresent()) {
            return known.get();
        }
        var read = tail;
        var extent = extent(era, claim);
        var earliest = extent.earliest();
        var latest = extent.latest();
        var next = earliest.next().clone();
        var epochs = earliest.epochs().clone();
        var lost = new ArrayList<Lost>();
        for (int slot = 0; slot < next.length; slot++) {
            var topic = topicOf(claim, now.slots().get(slot));
            if (topic.isEmpty()) {
                // A partition that the cursor does not know has been added since; nothing of it was missed yet.
                lost.add(claimsTopic(claim, now.slots().get(slot)) ? added(slot) : anew(slot));
                continue;
            }
            int partition = now.slots().get(slot).partition();
            long from = topic.get().next()[partition];
            int epoch = topic.get().epochs()[partition];
            if (from < next[slot]) {
                lost.add(new Lost(slot, from, next[slot] - from, Reason.RETENTION,
                        "no longer retained"));
            } else if (epoch > latest.epochs()[slot] && latest.epochs()[slot] >= 0) {
                lost.add(anew(slot));
            } else if (epoch < 0) {
                long end = Math.min(from, latest.next()[slot]);
                withdrawn(lost, slot, end, from);
                next[slot] = end;
                epochs[slot] = from == end ? -1 : latest.epochs()[slot];
            } else {
                long oldest = next[slot];
                var left = era.leaders.left(slot, from, epoch, read);
                // What is left of the cursor's log may itself be retained no longer.
                long end = left.map(Epochs.End::offset).map(at -> Math.max(at, oldest))
                        .orElse(from);
                withdrawn(lost, slot, end, from);
                next[slot] = end;
                epochs[slot] = left.map(Epochs.End::epoch).orElse(epoch);
            }
        }
        return new Start(next, epochs, lost);
    }

    /** What was there lately; what is there now, if the claim knows more. */
    private static Extents.Extent extent(Era era, Cursors.Claim claim) {
        long came = System.nanoTime();
        var recent = era.extents.recent();
        var slots = era.layout.slots();
        for (int slot = 0; slot < slots.size(); slot++) {
            int partition = slots.get(slot).partition();
            var topic = topicOf(claim, slots.get(slot));
            if (topic.isPresent() && !recent.reaches(slot, topic.get().next()[partition],
                    topic.get().epochs()[partition])) {
                return era.extents.since(came);
            }
        }
        return recent;
    }

    private static Lost added(int slot) {
        return new Lost(slot, 0, 0, Reason.PARTITIONS_CHANGED,
                "the partition was added since; the stream goes on with its oldest event");
    }

    private static Lost anew(int slot) {
        return new Lost(slot, 0, 0, Reason.EPOCH,
                "the topic was replaced since; the stream goes on with the oldest event of the new one");
    }

    private static void withdrawn(List<Lost> lost, int slot, long from, long to) {
        if (from < to) {
            lost.add(new Lost(slot, from, to - from, Reason.EPOCH,
                    "the log was cut before the cursor; records were withdrawn"));
        }
    }

    private static boolean claimsTopic(Cursors.Claim claim, Layout.Slot slot) {
        return claim.topics().stream().anyMatch(t -> t.topicId() == slot.stamp());
    }

    // ---- the writer ----

    private void run() {
        try {
            readOn();
        } finally {
            // Whoever waited for the end may have given up by now; whoever still reads has to hear of it all the same.
            begin(Optional.empty(), NOWHERE);
        }
    }

    private void readOn() {
        long backoff = BACKOFF_MILLIS_MIN;
        while (!isClosed()) {
            try {
                var found = cluster.layout(schema.product().stream().topics());
                if (found.isEmpty()) {
                    trouble(topics()
                            + " cannot be found on Kafka cluster '"
                            + cluster.name() + "'");
                } else {
                    backoff = BACKOFF_MILLIS_MIN;
                    follow(found.get());
                }
            } catch (WakeupException e) {
                // close() asks the poll to return.
            } catch (Replaced e) {
                LOG.atWarn().addKeyValue("product", id()).log("the log begins anew: {}",
                        e.getMessage());
                begin(Optional.empty(), NOWHERE);
            } catch (KafkaException | KafkaUnavailable e) {
                trouble(String.valueOf(e.getMessage()));
            } catch (RuntimeException | Error e) {
                // Whatever it was, nothing would ever arrive again if this thread ended.
                trouble("reading stopped: " + e);
                LOG.atError().addKeyValue("product", id()).setCause(e)
                        .log("the feed's reader failed");
            }
            pause(backoff);
            backoff = Math.min(backoff * 2, BACKOFF_MILLIS_MAX);
        }
    }

    /** As messages name them: {@code topic 'a'}, {@code topics 'a', 'b'}. */
    private String topics() {
        var names = schema.product().stream().topics();
        return (names.size() == 1 ? "topic '" : "topics '") + String.join("', '", names) + "'";
    }

    private void trouble(String what) {
        if (!trouble.equals(Optional.of(what))) {
            LOG.atWarn().addKeyValue("product", id()).log("no data arrives: {}", what);
        }
        trouble = Optional.of(what);
        listener.stalled(this, true);
    }

    private void well() {
        trouble = Optional.empty();
        listener.stalled(this, false);
    }

    private void follow(Layout now) {
        try (var reading = new GuardedConsumer(cluster, now,
                Math.clamp(ring.length() / 2, 1, POLL_RECORDS))) {
            consumer = Optional.of(reading.kafka());
            reading.kafka().assign(reading.partitions());
            if (era.isEmpty() || !era.get().layout.equals(now)) {
                begin(Optional.of(now), beginning(now));
            }
            long[] next = tail.next().clone();
            var epochs = tail.epochs();
            for (int slot = 0; slot < next.length; slot++) {
                reading.seek(slot, next[slot], epochs[slot]);
            }
            long[] end = ready.isDone() ? next : cluster.latest(now);
            well();
            checkedNanos = System.nanoTime();
            while (!isClosed()) {
                if (!ready.isDone() && covers(next, end)) {
                    ready.complete(null);
                }
                epochs = poll(reading, next, epochs);
                check(now);
                requireNoDoubt();
            }
        } finally {
            consumer = Optional.empty();
        }
    }

    /** Forgets all entries; what readers held of them means nothing any more, which they hear at once. */
    void begin(Optional<Layout> now, Start at) {
        var before = era;
        era = Optional.empty();
        before.ifPresent(cluster.history()::forget);
        while (head < tail.sequence()) {
            dropOldest();
        }
        tail = new Tail(tail.sequence(), at.next(), at.epochs());
        era = now.map(Era::new);
        wakeReaders();
    }

    /**
     * Asks now and then whether the topics are still the same: a consumer goes on in silence when a topic has been deleted
     * and made again, when partitions have been added, and when no broker answers.
     */
    private void check(Layout now) {
        if (check.isEmpty() && System.nanoTime() - checkedNanos > CHECK_EVERY.toNanos()) {
            check = Optional.of(cluster.askLayout(schema.product().stream().topics()));
        }
        if (check.isEmpty() || !check.get().isDone()) {
            return;
        }
        var answer = check.get();
        check = Optional.empty();
        checkedNanos = System.nanoTime();
        if (answer.isCompletedExceptionally()) {
            trouble("Kafka cluster '" + cluster.name() + "' does not answer: "
                    + answer.exceptionNow().getMessage());
            return;
        }
        var found = answer.resultNow();
        if (found.isEmpty()) {
            trouble(topics() + " cannot be found any more; deleted?");
        } else if (found.get().equals(now)) {
            well();
        } else {
            throw new Replaced("topics were made again or given partitions");
        }
    }

    private void requireNoDoubt() {
        var doubt = era().doubt;
        if (doubt.isPresent()) {
            throw new Replaced(doubt.get());
        }
    }

    private void wakeReaders() {
        for (var tap : taps) {
            try {
                tap.run();
            } catch (RuntimeException e) {
                // One event loop that is closing must not keep the others from hearing.
                LOG.atWarn().addKeyValue("product", id()).setCause(e)
                        .log("a reader could not be woken");
            }
        }
    }

    private Start beginning(Layout now) {
        var earliest = cluster.beginning(now);
        var latest = cluster.end(now);
        int each = bounds.prefill() / now.size();
        var next = earliest.next().clone();
        var epochs = earliest.epochs().clone();
        for (int i = 0; i < next.length; i++) {
            long from = latest.next()[i] - each;
            if (from > next[i]) {
                next[i] = from;
                // Of what lies in between nobody knows before it is read.
                epochs[i] = each == 0 ? latest.epochs()[i] : -1;
            }
        }
        return new Start(next, epochs, List.of());
    }

    private int[] poll(GuardedConsumer reading, long[] next, int[] epochsBefore) {
        var epochs = epochsBefore;
        var partitions = reading.partitions();
        long sequence = tail.sequence();
        try {
            var records = reading.poll(POLL);
            for (var partition : records.partitions()) {
                int slot = partitions.indexOf(partition);
                for (var record : records.records(partition)) {
                    epochs = led(epochs, slot, record.leaderEpoch(),
                            record.offset() == next[slot]
                                    ? OptionalLong.of(next[slot])
                                    : OptionalLong.empty());
                    var contents = reader.read(record, slot, misfits);
                    for (int i = 0; i < contents.size(); i++) {
                        if (contents.get(i) instanceof Event event) {
                            listener.read(this, event);
                        }
                        // Until the last one is behind, the record is still to be read.
                        next[slot] = record.offset() + (i == contents.size() - 1 ? 1 : 0);
                        append(new Entry(sequence++, contents.get(i), next.clone(), epochs,
                                weight(record, contents.size()), i == 0));
                    }
                    next[slot] = record.offset() + 1;
                    bytesRead += Math.max(0, record.serializedValueSize());
                }
            }
            long behind = 0;
            for (var partition : partitions) {
                behind += reading.kafka().currentLag(partition).orElse(0);
            }
            lag = behind;
            for (var end : records.nextOffsets().entrySet()) {
                // Beyond the last record: aborted transactions and compaction leave offsets without one.
                int slot = partitions.indexOf(end.getKey());
                epochs = led(epochs, slot, end.getValue().leaderEpoch(), OptionalLong.empty());
                next[slot] = Math.max(next[slot], end.getValue().offset());
            }
        } catch (LogTruncationException e) {
            throw new Replaced("the log was cut before what has been read: "
                    + e.divergentOffsets());
        } catch (OffsetOutOfRangeException e) {
            sequence = announceRetention(reading, e, next, epochs, sequence);
        } finally {
            // Whatever went wrong, what has been appended is there.
            publish(sequence, next, epochs);
        }
        return epochs;
    }

    void publish(long sequence, long[] next, int[] epochs) {
        long appended = sequence - tail.sequence();
        if (appended > 0 || !Arrays.equals(next, tail.next())) {
            tail = new Tail(sequence, next.clone(), epochs);
        }
        if (appended > 0) {
            listener.appended(this, appended, bytesRead, lag);
            bytesRead = 0;
            wakeReaders();
        }
    }

    /** Leader epochs change once in a blue moon, so all entries between two changes share one array. */
    static int[] noted(int[] epochs, int slot, int epoch) {
        if (epochs[slot] == epoch) {
            return epochs;
        }
        var changed = epochs.clone();
        changed[slot] = epoch;
        return changed;
    }

    /**
     * The epoch of what comes next.
     *
     * @param at
     *            the position before it; empty if offsets without a record lie between, of which nobody knows the epoch
     */
    private int[] led(int[] epochs, int slot, Optional<Integer> epoch, OptionalLong at) {
        if (epoch.isEmpty() || epochs[slot] == epoch.get()) {
            return epochs;
        }
        // Lower than the leader's, which was noted where nothing had been read: records of an open transaction.
        if (epoch.get() > epochs[slot] && at.isPresent()) {
            era().leaders.passed(slot, epochs[slot], at.getAsLong());
        }
        return noted(epochs, slot, epoch.get());
    }

    private long announceRetention(GuardedConsumer reading, OffsetOutOfRangeException e,
            long[] next, int[] epochs, long from) {
        long sequence = from;
        var earliest = cluster.earliest(layout());
        cluster.confirm(layout());
        for (var partition : e.partitions()) {
            int slot = reading.partitions().indexOf(partition);
            if (earliest[slot] <= next[slot]) {
                throw new Replaced("'" + partition + "' ends before offset " + next[slot]
                        + ", which has been read");
            }
            var lost = new Lost(slot, next[slot], earliest[slot] - next[slot], Reason.RETENTION,
                    "no longer retained");
            next[slot] = earliest[slot];
            append(new Entry(sequence++, lost, next.clone(), epochs, WEIGHT_FIXED));
            reading.seek(slot, earliest[slot], -1);
        }
        return sequence;
    }

    /** Of one of a record's entries. */
    static int weight(ConsumerRecord<byte[], byte[]> record, int entries) {
        return WEIGHT_FIXED + WEIGHT_FACTOR * Math.max(0, record.serializedValueSize()) / entries;
    }

    void append(Entry entry) {
        if (entry.content() instanceof Lost lost) {
            listener.lost(this, lost);
        }
        while (entry.sequence() - head >= ring.length()
                || (bytes + entry.weight() > bytesMax && head < entry.sequence())) {
            dropOldest();
        }
        bytes += entry.weight();
        ring.setRelease((int) entry.sequence() & (ring.length() - 1), entry);
    }

    private void dropOldest() {
        // Only this thread writes it.
        long oldestAfter = head + 1;
        int oldest = (int) head & (ring.length() - 1);
        var gone = ring.get(oldest);
        bytes -= gone == null ? 0 : gone.weight();
        ring.set(oldest, null);
        head = oldestAfter;
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void pause(long millis) {
        try {
            // Ends early when the feed is closed; what it returns does not matter.
            var ignored = closed.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            closed.countDown();
        }
    }

    /**
     * Stops reading and forgets what is in memory; whoever still reads has to come back. Waits up to a second for the
     * reader's thread.
     */
    @Override
    public void close() {
        closed.countDown();
        consumer.ifPresent(Consumer::wakeup);
        ready.completeExceptionally(new IllegalStateException("the feed was closed"));
        try {
            var ignored = thread.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalThreadStateException e) {
            // It was never started.
        }
    }
}

package io.tidegate.gateway.feed;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A compacted topic as a table that all nodes share: read whole at the start, followed from then on, and written with every
 * replica's word. The last value of a key counts. What it holds is the {@link Reader}'s to keep and to bound.
 */
public final class KeyedTopic implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeyedTopic.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final long PAUSE_LEAST_MILLIS = 200;
    private static final long PAUSE_MOST_MILLIS = 5_000;
    /** Questions for the topic's end that wait at a time; more are refused. */
    private static final int WAITING_MAX = 20_000;

    private final KafkaCluster cluster;
    private final String topic;
    private final Reader reader;
    private final Thread thread;
    private volatile boolean isClosed;
    private volatile @Nullable Consumer<byte[], byte[]> consumer;
    private volatile Optional<String> trouble = Optional.empty();

    // Guarded by this:
    private Optional<Layout> layout = Optional.empty();
    private long[] next = new long[0];
    /** Asked before the topic was open, or while another question is under way. */
    private List<CompletableFuture<Void>> asking = new ArrayList<>();
    private boolean isAsked;
    private final List<Waiter> waiters = new ArrayList<>();
    private boolean isStale;
    private Optional<Producer<String, String>> producer = Optional.empty();

    /** Keeps what the topic says; called on the topic's own thread. */
    public interface Reader {
        /** The topic is read anew from its beginning: what was read before does not count. */
        void cleared();

        /**
         * @param value
         *            null = the key is gone
         */
        void read(String key, @Nullable String value);
    }

    /** Who waits until these offsets have been read; -1 = whatever was. */
    private record Waiter(long[] ends, List<CompletableFuture<Void>> told) {
    }

    public KeyedTopic(KafkaCluster cluster, String topic, Reader reader) {
        this.cluster = cluster;
        this.topic = topic;
        this.reader = reader;
        this.thread = new Thread(this::run, "topic " + topic);
        this.thread.setDaemon(true);
    }

    /** Begins to read; returns at once. */
    public void start() {
        thread.start();
    }

    public String name() {
        return topic;
    }

    /** Why the topic cannot be used at present, for operators; empty while all is well. */
    public Optional<String> trouble() {
        return trouble;
    }

    /**
     * Completes when everything that the topic held at the moment of this call has been read; fails with
     * {@link KafkaUnavailable}. Bounds no time: that is the caller's to do.
     */
    public synchronized CompletableFuture<Void> caughtUp() {
        var asked = new CompletableFuture<Void>();
        if (isClosed || (layout.isEmpty() && trouble.isPresent()) || asking.size() >= WAITING_MAX) {
            asked.completeExceptionally(unavailable(null));
            return asked;
        }
        asking.add(asked);
        ask();
        return asked;
    }

    /** One question at a time: whoever comes meanwhile is answered by the next one, as an earlier answer may lack something. */
    private synchronized void ask() {
        if (isAsked || asking.isEmpty() || layout.isEmpty()) {
            return;
        }
        isAsked = true;
        var askers = asking;
        asking = new ArrayList<>();
        var of = layout.get();
        cluster.askLatest(of).whenComplete((ends, failure) -> {
            var done = new ArrayList<CompletableFuture<Void>>();
            boolean isOfThis;
            synchronized (this) {
                isAsked = false;
                isOfThis = layout.equals(Optional.of(of));
                if (failure == null && isOfThis) {
                    waiters.add(new Waiter(ends, askers));
                    done.addAll(reached());
                }
            }
            if (failure == null && isOfThis) {
                well();
                done.forEach(asker -> asker.complete(null));
            } else if (failure == null) {
                // The topic was given up meanwhile: what was found out says nothing of the next one.
                askers.forEach(asker -> asker.completeExceptionally(unavailable(null)));
            } else {
                stale(failure);
                askers.forEach(asker -> asker.completeExceptionally(unavailable(failure)));
            }
            ask();
        });
    }

    /**
     * Writes a value and completes when it is durable and has been read back; fails with {@link KafkaUnavailable}, and then
     * it is not known whether it will be. May block for a moment where the brokers are not known yet.
     *
     * @param value
     *            null = forget the key
     */
    public CompletableFuture<Void> write(String key, @Nullable String value) {
        var written = new CompletableFuture<Void>();
        try {
            producer().send(new ProducerRecord<>(topic, key, value), (at, failure) -> {
                if (failure != null) {
                    stale(failure);
                    written.completeExceptionally(unavailable(failure));
                    return;
                }
                well();
                List<CompletableFuture<Void>> done;
                synchronized (this) {
                    var ends = new long[Math.max(next.length, at.partition() + 1)];
                    ends[at.partition()] = at.offset() + 1;
                    waiters.add(new Waiter(ends, List.of(written)));
                    done = reached();
                }
                done.forEach(told -> told.complete(null));
            });
        } catch (KafkaException | IllegalStateException e) {
            stale(e);
            written.completeExceptionally(unavailable(e));
        }
        return written;
    }

    private synchronized Producer<String, String> producer() {
        if (isClosed) {
            throw new IllegalStateException("the topic is closed");
        }
        if (producer.isEmpty()) {
            producer = Optional.of(cluster.producer());
        }
        return producer.get();
    }

    private KafkaUnavailable unavailable(@Nullable Throwable failure) {
        return new KafkaUnavailable("topic '" + topic + "': "
                + trouble.orElse("it cannot be read or written"), failure);
    }

    private void well() {
        if (trouble.isPresent()) {
            trouble = Optional.empty();
            LOG.atInfo().addKeyValue("topic", topic).log("the topic can be used again");
        }
    }

    private void stale(Throwable failure) {
        trouble(failure);
        synchronized (this) {
            // The topic may be gone or another one: it is looked at anew.
            isStale = true;
        }
        var reading = consumer;
        if (reading != null) {
            reading.wakeup();
        }
    }

    private void trouble(Throwable failure) {
        var cause = failure instanceof KafkaUnavailable || failure.getCause() == null
                ? failure
                : failure.getCause();
        var text = Optional.of(String.valueOf(cause.getMessage()));
        if (!isClosed && !text.equals(trouble)) {
            LOG.atWarn().addKeyValue("topic", topic).log(
                    "named subscriptions are refused until their topic can be created, read and written: {}",
                    text.get());
        }
        trouble = text;
    }

    private void run() {
        long pause = PAUSE_LEAST_MILLIS;
        while (!isClosed) {
            try {
                var found = open();
                pause = PAUSE_LEAST_MILLIS;
                follow(found);
            } catch (RuntimeException | Error e) {
                // Whatever it was, nobody would ever be answered again if this thread ended.
                if (!isClosed) {
                    trouble(e);
                    giveUp(e);
                    LockSupport.parkNanos(Duration.ofMillis(pause).toNanos());
                    pause = Math.min(2 * pause, PAUSE_MOST_MILLIS);
                }
            }
        }
        giveUp(new KafkaUnavailable("the gateway is ending", null));
    }

    private Layout open() {
        var found = cluster.layout(List.of(topic));
        if (found.isEmpty()) {
            cluster.createCompacted(topic);
            LOG.atInfo().addKeyValue("topic", topic).log("made a topic for kept positions");
            // Brokers tell of a new topic one after the other.
            for (int i = 0; i < 20 && found.isEmpty() && !isClosed; i++) {
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                found = cluster.layout(List.of(topic));
            }
        }
        return found.orElseThrow(
                () -> new KafkaUnavailable("topic '" + topic + "' does not appear", null));
    }

    private void follow(Layout found) {
        var partitions = KafkaCluster.partitions(found.slots());
        try (var reading = cluster.consumer(5_000)) {
            consumer = reading;
            reading.assign(partitions);
            reading.seekToBeginning(partitions);
            var from = new long[partitions.size()];
            for (int i = 0; i < from.length; i++) {
                from[i] = reading.position(partitions.get(i), Duration.ofSeconds(5));
            }
            synchronized (this) {
                layout = Optional.of(found);
                next = from;
                isStale = false;
            }
            well();
            reader.cleared();
            ask();
            while (!isClosed) {
                poll(reading, partitions);
                if (isStale() && isAnother(found)) {
                    throw new KafkaUnavailable("topic '" + topic + "' is gone or another one",
                            null);
                }
            }
        } catch (WakeupException e) {
            // The end.
        } finally {
            consumer = null;
        }
    }

    private boolean isAnother(Layout found) {
        try {
            return !Optional.of(found).equals(cluster.layout(List.of(topic)));
        } catch (KafkaUnavailable e) {
            // Brokers that do not answer have not made a new one.
            return false;
        }
    }

    private void poll(Consumer<byte[], byte[]> reading, List<TopicPartition> partitions) {
        try {
            for (var read : reading.poll(POLL)) {
                if (read.key() != null) {
                    reader.read(new String(read.key(), StandardCharsets.UTF_8), read.value() == null
                            ? null
                            : new String(read.value(), StandardCharsets.UTF_8));
                }
            }
        } catch (WakeupException e) {
            return;
        }
        List<CompletableFuture<Void>> done;
        synchronized (this) {
            for (int i = 0; i < next.length; i++) {
                next[i] = reading.position(partitions.get(i));
            }
            done = reached();
        }
        done.forEach(told -> told.complete(null));
    }

    private synchronized boolean isStale() {
        boolean was = isStale;
        isStale = false;
        return was;
    }

    /** Those whose offsets have been read; they are told without the lock. */
    private synchronized List<CompletableFuture<Void>> reached() {
        var done = new ArrayList<CompletableFuture<Void>>();
        waiters.removeIf(waiter -> {
            for (int i = 0; i < waiter.ends().length; i++) {
                if (waiter.ends()[i] > 0 && (i >= next.length || next[i] < waiter.ends()[i])) {
                    return false;
                }
            }
            return done.addAll(waiter.told());
        });
        return done;
    }

    private void giveUp(Throwable reason) {
        var left = new ArrayList<CompletableFuture<Void>>();
        synchronized (this) {
            layout = Optional.empty();
            left.addAll(asking);
            asking = new ArrayList<>();
            waiters.forEach(waiter -> left.addAll(waiter.told()));
            waiters.clear();
        }
        left.forEach(told -> told.completeExceptionally(unavailable(reason)));
    }

    @Override
    public void close() {
        isClosed = true;
        var reading = consumer;
        if (reading != null) {
            reading.wakeup();
        }
        LockSupport.unpark(thread);
        Optional<Producer<String, String>> writing;
        synchronized (this) {
            writing = producer;
            producer = Optional.empty();
        }
        // What was sent is on its way; who waits for it longer than this has been told that it failed.
        writing.ifPresent(p -> p.close(Duration.ofMillis(300)));
    }
}

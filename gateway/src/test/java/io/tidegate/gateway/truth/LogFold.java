package io.tidegate.gateway.truth;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What the topic says, read by a plain consumer and put together by nothing but a map: it shares no code with the gateway.
 */
final class LogFold implements AutoCloseable {
    /** By depot, then number. */
    static final Comparator<List<Object>> KEYS = (a, b) -> {
        int depots = Parcel.compare(a.get(0), b.get(0));
        return depots != 0 ? depots : Parcel.compare(a.get(1), b.get(1));
    };

    /**
     * A record that can be read.
     *
     * @param row
     *            null = the row of the key is gone
     */
    record Change(int partition, long offset, Instant time, List<Object> key,
            Map<String, Object> row) {
        boolean isBefore(List<Long> position) {
            return offset < position.get(partition);
        }
    }

    private final String bootstrapServers;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final List<Change> changes = new ArrayList<>();
    private final long[] read;
    private final Thread thread;
    private volatile boolean isClosed;
    private Exception failure;

    LogFold(String bootstrapServers, String topic, int partitions) {
        this.bootstrapServers = bootstrapServers;
        this.consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", bootstrapServers,
                "isolation.level", "read_committed", "auto.offset.reset", "earliest",
                "fetch.max.wait.ms", "50"),
                new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.partitions = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition)).toList();
        this.read = new long[partitions];
        consumer.assign(this.partitions);
        consumer.seekToBeginning(this.partitions);
        this.thread = Thread.ofPlatform().name("fold").start(this::read);
    }

    private void read() {
        try (consumer) {
            while (!isClosed) {
                var records = consumer.poll(Duration.ofMillis(50));
                synchronized (this) {
                    records.forEach(record -> {
                        try {
                            var key = new JsonObject(new String(record.key()));
                            var row = record.value() == null
                                    ? null
                                    : Parcel.row(new JsonObject(new String(record.value())));
                            changes.add(new Change(record.partition(), record.offset(),
                                    Instant.ofEpochMilli(record.timestamp()),
                                    List.of(key.getString("depot"), Parcel.plain(
                                            new BigDecimal(key.getValue("number").toString()))),
                                    row));
                        } catch (DecodeException e) {
                            // Not JSON: it is skipped, as the contract says.
                        }
                    });
                    for (int i = 0; i < read.length; i++) {
                        // Behind markers of transactions too.
                        read[i] = consumer.position(partitions.get(i));
                    }
                    notifyAll();
                }
            }
        } catch (WakeupException e) {
            // Closed.
        } catch (RuntimeException e) {
            synchronized (this) {
                failure = e;
                notifyAll();
            }
        }
    }

    /** The next offset of each partition, out of a cursor of one topic, as ADR 6 describes it. */
    static List<Long> offsets(String cursor) {
        var bytes = Base64.getUrlDecoder().decode(cursor);
        if (bytes.length == 1 + 4 + 8) {
            // of a view that has seen nothing
            return Collections.nCopies(Parcel.PARTITIONS, 0L);
        }
        int[] at = {1 + 4 + 4};
        var offsets = new ArrayList<Long>();
        for (long left = number(bytes, at); left > 0; left--) {
            offsets.add(number(bytes, at));
            number(bytes, at);
        }
        return offsets;
    }

    private static long number(byte[] bytes, int[] at) {
        long number = 0;
        for (int shift = 0;; shift += 7) {
            byte each = bytes[at[0]++];
            number |= (each & 0x7FL) << shift;
            if (each >= 0) {
                return number;
            }
        }
    }

    /** Every change before a position, in the order of each partition's log; waits until the judge has read so far. */
    synchronized List<Change> changes(List<Long> position) throws InterruptedException {
        await(position);
        return changes.stream().filter(change -> change.isBefore(position)).toList();
    }

    private void await(List<Long> position) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!IntStream.range(0, read.length).allMatch(i -> read[i] >= position.get(i))) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (failure != null || left <= 0) {
                throw new AssertionError("the log does not reach " + position, failure);
            }
            wait(left);
        }
    }

    /** Where the judge has read to. */
    synchronized List<Long> end() {
        return IntStream.range(0, read.length).mapToObj(i -> read[i]).toList();
    }

    /** Until the judge has read so many more changes. */
    synchronized void awaitMore(int count) throws InterruptedException {
        int enough = changes.size() + count;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (changes.size() < enough) {
            if (failure != null || System.nanoTime() > deadline) {
                throw new AssertionError("the log does not grow", failure);
            }
            wait(100);
        }
    }

    /** Until the judge has read everything that is there now. */
    void awaitEnd() throws InterruptedException {
        Map<TopicPartition, Long> ends;
        try (var other = new KafkaConsumer<>(Map.of("bootstrap.servers", bootstrapServers,
                "isolation.level", "read_committed"), new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            ends = other.endOffsets(partitions);
        }
        changes(partitions.stream().map(ends::get).toList());
    }

    /** The newest change of each row that is there, in the order of keys. */
    static Map<List<Object>, Change> rows(List<Change> changes) {
        var rows = new HashMap<List<Object>, Change>();
        for (var change : changes) {
            if (change.row() == null) {
                rows.remove(change.key());
            } else {
                rows.put(change.key(), change);
            }
        }
        var sorted = new TreeMap<List<Object>, Change>(KEYS);
        sorted.putAll(rows);
        return sorted;
    }

    @Override
    public void close() throws InterruptedException {
        isClosed = true;
        thread.join();
    }
}

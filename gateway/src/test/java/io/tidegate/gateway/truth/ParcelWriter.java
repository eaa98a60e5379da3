package io.tidegate.gateway.truth;

import io.tidegate.gateway.faults.Time;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Creates, changes and deletes rows at random, in transactions of which some abort; some records cannot be read. */
final class ParcelWriter implements AutoCloseable {
    private static final long FIRST = Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();
    private static final long SPAN = TimeUnit.DAYS.toMillis(365);

    private final Random random;
    private final Parcel values;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Set<Long> times = new HashSet<>();
    private final Thread thread;
    private int serial;
    private volatile int pause = 15;
    private volatile boolean isEnding;
    private volatile Exception failure;

    ParcelWriter(String bootstrapServers, long seed) {
        this.random = new Random(seed);
        this.values = new Parcel(random);
        this.producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrapServers,
                "transactional.id", "parcels", "linger.ms", "1"), new ByteArraySerializer(),
                new ByteArraySerializer());
        producer.initTransactions();
        this.thread = Thread.ofPlatform().name("parcels").start(this::write);
    }

    private void write() {
        try {
            while (!isEnding) {
                producer.beginTransaction();
                for (int i = 1 + random.nextInt(20); i > 0; i--) {
                    producer.send(next());
                }
                if (random.nextInt(10) == 0) {
                    producer.flush();
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
                Time.pause(random.nextInt(2 * pause));
            }
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private ProducerRecord<byte[], byte[]> next() {
        var key = values.key();
        long time = FIRST + (long) (random.nextDouble() * SPAN);
        // Times tell the judge which change it has before it.
        while (!times.add(time)) {
            time++;
        }
        var value = switch (random.nextInt(40)) {
            case 0 -> "no json".getBytes(StandardCharsets.UTF_8);
            case 1, 2, 3, 4, 5, 6, 7, 8 -> null;
            default -> values.json(key, serial++).encode().getBytes(StandardCharsets.UTF_8);
        };
        var text = new JsonObject().put("depot", key.get(0)).put("number",
                ((BigDecimal) key.get(1)).longValueExact()).encode();
        // A key's changes must be of one partition, however its key is written.
        return new ProducerRecord<>(Parcel.TOPIC,
                Math.floorMod(List.copyOf(key).hashCode(), Parcel.PARTITIONS),
                time, text.getBytes(StandardCharsets.UTF_8), value);
    }

    /** Writes at this pace from now on: a transaction each so many milliseconds. */
    void pace(int millis) {
        pause = millis;
    }

    /** Returns when all is written. */
    void end() throws Exception {
        isEnding = true;
        thread.join();
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() throws Exception {
        isEnding = true;
        thread.join();
        producer.close();
    }
}

package io.tidegate.loadtests.views;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes shipments to the topic: all of them once in no order, then changes of random ones. Of one thread at a time. */
final class ShipmentWriter implements AutoCloseable {
    /** A prime beyond any number of rows, so that its multiples pass through all of them in no order. */
    private static final long STRIDE = 2_147_483_647L;

    private final KafkaProducer<byte[], byte[]> kafka;
    private final SplittableRandom random = new SplittableRandom(7);
    private final long rows;
    private long sequence;

    ShipmentWriter(String bootstrap, long rows) {
        this.rows = rows;
        this.kafka = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "1", "linger.ms", 5, "batch.size",
                        262_144, "enable.idempotence", false, "buffer.memory", 33_554_432),
                new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Every row once. */
    void fill() {
        for (long i = 0; i < rows; i++) {
            send(i * STRIDE % rows);
        }
        kafka.flush();
    }

    /** Changes of random rows, as fast as the broker takes them. */
    void burst(long changes) {
        for (long i = 0; i < changes; i++) {
            send(random.nextLong(rows));
        }
        kafka.flush();
    }

    /** So many changes a second; returns how many have been written. */
    long paced(int rate, double seconds) {
        long begin = System.nanoTime();
        long changes = (long) (rate * seconds);
        for (long i = 0; i < changes; i++) {
            long early = i * 1_000_000_000L / rate - (System.nanoTime() - begin);
            if (early > 500_000) {
                LockSupport.parkNanos(early);
            }
            send(random.nextLong(rows));
        }
        kafka.flush();
        return changes;
    }

    long written() {
        return sequence;
    }

    private void send(long number) {
        var key = Shipment.key(number);
        kafka.send(new ProducerRecord<>(Shipment.TOPIC, 0,
                key.getBytes(StandardCharsets.US_ASCII),
                Shipment.json(key, sequence++, random)));
    }

    @Override
    public void close() {
        kafka.close(Duration.ofSeconds(2));
    }
}

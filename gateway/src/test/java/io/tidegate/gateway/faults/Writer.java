package io.tidegate.gateway.faults;

import io.tidegate.gateway.faults.Written.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes {@code {k, seq, lane}} and notes in the history what the broker has acknowledged, where. One thread writes at a
 * time.
 */
final class Writer implements AutoCloseable {
    /** Of the records that end a run; every filter lets them pass. */
    static final String END_LANE = "end";
    private static final List<String> LANES = List.of("a", "b", "c");

    private final History history;
    private final String topic;
    private final Random random;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, Long> seqs = new HashMap<>();
    private final int keys;
    private String pad = "";
    private String prefix = "k";

    private record Pending(String key, long seq, String lane, Kind kind,
            Future<RecordMetadata> answer) {
    }

    Writer(String bootstrapServers, String topic, History history, int keys, long seed) {
        this(bootstrapServers, topic, history, keys, seed, Map.of());
    }

    Writer(String bootstrapServers, String topic, History history, int keys, long seed,
            Map<String, Object> more) {
        this.history = history;
        this.topic = topic;
        this.keys = keys;
        this.random = new Random(seed);
        var config = new HashMap<String, Object>();
        config.put("bootstrap.servers", bootstrapServers);
        config.put("acks", "all");
        config.put("linger.ms", "2");
        config.put("reconnect.backoff.max.ms", "200");
        config.put("metadata.max.age.ms", "1000");
        config.put("delivery.timeout.ms", "60000");
        config.put("request.timeout.ms", "5000");
        // Right after a topic is made, several requests at once can lock an idempotent producer out of its partition.
        config.put("max.in.flight.requests.per.connection", "1");
        config.putAll(more);
        this.producer = new KafkaProducer<>(config, new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Writes keys of its own, so that nobody else counts them. */
    void offset(String prefix) {
        this.prefix = prefix;
    }

    /** Makes rows larger by so many characters. */
    Writer padded(int characters) {
        pad = "x".repeat(characters);
        return this;
    }

    KafkaProducer<byte[], byte[]> producer() {
        return producer;
    }

    /** Writes events of random keys and waits for their acknowledgement. */
    void write(int count) throws Exception {
        var pending = new ArrayList<Pending>();
        for (int n = 0; n < count; n++) {
            pending.add(send(key(), Kind.UPSERT));
        }
        settle(pending);
    }

    /** Writes in the background until it is told to stop, so many events each ten milliseconds. */
    CompletableFuture<Void> begin(BooleanSupplier goesOn, int each) {
        // A thread of its own: the common pool, of which machines with few cores have little, is what sockets need.
        return CompletableFuture.runAsync(() -> {
            try {
                while (goesOn.getAsBoolean()) {
                    write(each);
                    Time.pause(10);
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }, task -> Thread.ofVirtual().start(task));
    }

    /** Writes these kinds, each of a random key. */
    void write(List<Kind> kinds) throws Exception {
        var pending = new ArrayList<Pending>();
        for (var kind : kinds) {
            pending.add(send(key(), kind));
        }
        settle(pending);
    }

    void write(String key, Kind kind) throws Exception {
        settle(List.of(send(key, kind)));
    }

    /** One record to each partition that every client gets, whatever its filter. */
    Map<Integer, Written> end(int partitions) throws Exception {
        var ends = new TreeMap<Integer, Written>();
        for (int partition = 0; partition < partitions; partition++) {
            var key = prefix + "-end-" + history.generation() + "-" + partition;
            long seq = seqs.merge(key, 1L, Long::sum) - 1;
            var at = producer.send(new ProducerRecord<>(topic, partition, key.getBytes(),
                    value(key, seq, END_LANE))).get(60, TimeUnit.SECONDS);
            var written = new Written(history.generation(), partition, at.offset(), key, seq,
                    END_LANE, Kind.UPSERT);
            history.add(written);
            ends.put(partition, written);
        }
        return ends;
    }

    /** In a transaction of this producer's own, which then commits or aborts. */
    void transaction(int count, boolean commits) throws Exception {
        producer.beginTransaction();
        var pending = new ArrayList<Pending>();
        for (int n = 0; n < count; n++) {
            pending.add(send(key(), commits ? Kind.UPSERT : Kind.ABORTED));
        }
        producer.flush();
        settle(pending);
        if (commits) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    private String key() {
        return prefix + random.nextInt(keys);
    }

    private Pending send(String key, Kind kind) {
        long seq = seqs.merge(key, 1L, Long::sum) - 1;
        // Of a delete no filter can see the lane; all of a key have the same one.
        var lane = LANES.get(Math.floorMod(key.hashCode(), LANES.size()));
        var value = switch (kind) {
            case UPSERT, ABORTED -> value(key, seq, lane);
            case DELETE -> null;
            case UNREADABLE -> random.nextBoolean()
                    ? new byte[0]
                    : "{\"k\":\"%s\",\"seq\":".formatted(key).getBytes(StandardCharsets.UTF_8);
        };
        return new Pending(key, seq, lane, kind, producer.send(new ProducerRecord<>(topic,
                ("{\"k\":\"" + key + "\"}").getBytes(StandardCharsets.UTF_8), value)));
    }

    private byte[] value(String key, long seq, String lane) {
        return "{\"k\":\"%s\",\"seq\":%d,\"lane\":\"%s\",\"pad\":\"%s\"}"
                .formatted(key, seq, lane, pad)
                .getBytes(StandardCharsets.UTF_8);
    }

    private void settle(List<Pending> pending) throws Exception {
        for (var each : pending) {
            var at = each.answer().get(60, TimeUnit.SECONDS);
            history.add(new Written(history.generation(), at.partition(), at.offset(), each.key(),
                    each.seq(), each.lane(), each.kind()));
        }
    }

    @Override
    public void close() {
        producer.close(java.time.Duration.ofMillis(200));
    }
}

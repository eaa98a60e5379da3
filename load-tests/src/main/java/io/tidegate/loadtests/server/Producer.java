package io.tidegate.loadtests.server;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes numbered events to a topic at the times they are due, or as many as the clients keep up with. Each topic has a
 * numbering of its own, which goes on from one plan to the next.
 */
public final class Producer implements AutoCloseable {
    /** Events that may be on their way when there is no rate: well inside what the gateway keeps in memory. */
    private static final long AHEAD_MAX = 8192;
    /** Deliveries of these events, all subscribers together: more would measure how long a burst takes, not how fast. */
    private static final long DELIVERIES_AHEAD_MAX = 500_000;
    private static final int KEYS_MAX = 100_000;

    /** Sends each event at once. */
    private final KafkaProducer<byte[], byte[]> single;
    /** Holds a burst together until it is flushed. */
    private final KafkaProducer<byte[], byte[]> bursts;
    private final Clock clock = Clock.systemUTC();
    private final Thread thread;
    private final AtomicLong reached = new AtomicLong(-1);
    private final AtomicLong sent = new AtomicLong();
    /** The next number of each topic; touched by whoever sends. */
    private final Map<String, Long> numbers = new HashMap<>();
    private volatile Plan plan = Plan.NONE;
    private volatile boolean isIdle = true;
    private byte[][] keys = new byte[0][];

    /**
     * What is written.
     *
     * @param rate
     *            events a second; 0 = as many as the subscribers keep up with
     * @param burst
     *            events that are due at the same time
     * @param ahead
     *            events that may be on their way without a rate
     * @param keys
     *            different keys, one event after the other has the next; 0 = the events have none
     */
    private record Plan(String topic, int rate, int burst, long ahead, int keys,
            boolean isRunning) {
        private static final Plan NONE = new Plan("", 0, 1, 0, 0, false);
    }

    /**
     * @param bootstrap
     *            address of the broker
     */
    public Producer(String bootstrap) {
        single = kafka(bootstrap, 0);
        bursts = kafka(bootstrap, 5);
        thread = Thread.ofPlatform().daemon().name("producer").start(this::run);
    }

    private static KafkaProducer<byte[], byte[]> kafka(String bootstrap, int lingerMillis) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "1", "linger.ms", lingerMillis,
                        "enable.idempotence", false, "buffer.memory", 16_777_216),
                new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * Begins; what was written before must have stopped.
     *
     * @param rate
     *            events a second; 0 = as many as the subscribers keep up with
     * @param keys
     *            different keys, one event after the other has the next; 0 = the events have none
     */
    public void start(String topic, int rate, int burst, int subscribers, int keys) {
        prepare(keys);
        // Asks for the topic now, so that the first event does not.
        single.partitionsFor(topic);
        bursts.partitionsFor(topic);
        reached.set(-1);
        isIdle = false;
        plan = new Plan(topic, rate, burst,
                Math.max(4L * burst, Math.min(AHEAD_MAX, DELIVERIES_AHEAD_MAX / subscribers)),
                keys, true);
        LockSupport.unpark(thread);
    }

    private void prepare(int count) {
        if (count > KEYS_MAX) {
            throw new IllegalArgumentException(
                    "at most " + KEYS_MAX + " keys are kept, but " + count + " were asked for");
        }
        if (keys.length < count) {
            var made = new byte[count][];
            for (int i = 0; i < count; i++) {
                made[i] = LoadEvent.key(i).getBytes(StandardCharsets.US_ASCII);
            }
            keys = made;
        }
    }

    /** Writes no more, once what is being written has been. */
    public void stop() {
        plan = Plan.NONE;
    }

    /** Whether all that was to be written is in the topic. */
    public boolean isIdle() {
        return isIdle;
    }

    /** Writes so many events without a key as fast as the broker takes them; returns when it has them. */
    public void fill(String topic, long events) {
        synchronized (numbers) {
            long number = next(topic);
            for (long i = 0; i < events; i++) {
                send(bursts, topic, number + i, LoadEvent.micros(clock), 0);
            }
            bursts.flush();
            numbers.put(topic, number + events);
        }
    }

    /** Events written since the beginning, to all topics. */
    public long sent() {
        return sent.get();
    }

    /** The number that the next event of the topic has. */
    public long next(String topic) {
        synchronized (numbers) {
            return numbers.getOrDefault(topic, 0L);
        }
    }

    /** How far the slowest client is; matters without a rate only. */
    public void reached(long number) {
        reached.set(number);
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                var now = plan;
                if (now.isRunning()) {
                    run(now);
                    // The next plan may send by the other one: nothing may be overtaken.
                    single.flush();
                    bursts.flush();
                    isIdle = true;
                } else {
                    LockSupport.parkNanos(10_000_000);
                }
            }
        } catch (InterruptException e) {
            // close() came in the middle of an event.
        }
    }

    @SuppressWarnings("ReferenceEquality") // Another object is another plan, whatever it says.
    private void run(Plan now) {
        long from = next(now.topic());
        long number = from;
        long startNanos = System.nanoTime();
        long startMicros = LoadEvent.micros(clock);
        while (plan == now && !Thread.currentThread().isInterrupted()) {
            if (now.rate() == 0) {
                if (number - Math.max(reached.get(), from) < now.ahead()) {
                    number = burst(now, number, LoadEvent.micros(clock));
                } else {
                    LockSupport.parkNanos(50_000);
                }
                continue;
            }
            long due = (number - from) * 1_000_000_000L / now.rate();
            long early = due - (System.nanoTime() - startNanos);
            if (early > 0) {
                LockSupport.parkNanos(early);
            } else {
                number = burst(now, number, startMicros + due / 1000);
                if (now.burst() > 1) {
                    bursts.flush();
                }
            }
        }
    }

    private long burst(Plan now, long from, long dueMicros) {
        var kafka = now.burst() == 1 ? single : bursts;
        for (int i = 0; i < now.burst(); i++) {
            send(kafka, now.topic(), from + i, dueMicros, now.keys());
        }
        long next = from + now.burst();
        synchronized (numbers) {
            numbers.put(now.topic(), next);
        }
        return next;
    }

    private void send(KafkaProducer<byte[], byte[]> kafka, String topic, long number,
            long dueMicros, int different) {
        int key = different == 0 ? 0 : (int) (number % different);
        kafka.send(new ProducerRecord<>(topic, 0, different == 0 ? null : keys[key],
                LoadEvent.json(number, dueMicros, key)));
        sent.incrementAndGet();
    }

    @Override
    public void close() {
        stop();
        thread.interrupt();
        single.close(Duration.ofSeconds(2));
        bursts.close(Duration.ofSeconds(2));
    }
}

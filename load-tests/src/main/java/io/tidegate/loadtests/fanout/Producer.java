package io.tidegate.loadtests.fanout;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes numbered events to the topic at the times they are due, or as many as the clients keep up with. */
final class Producer implements AutoCloseable {
    /** Events that may be on their way when there is no rate: well inside what the gateway keeps in memory. */
    private static final long AHEAD_MAX = 8192;
    /** Deliveries of these events, all subscribers together: more would measure how long a burst takes, not how fast. */
    private static final long DELIVERIES_AHEAD_MAX = 500_000;

    /** Sends each event at once. */
    private final KafkaProducer<byte[], byte[]> single;
    /** Holds a burst together until it is flushed. */
    private final KafkaProducer<byte[], byte[]> bursts;
    private final Clock clock = Clock.systemUTC();
    private final Thread thread;
    private final AtomicLong reached = new AtomicLong(-1);
    private volatile Plan plan = Plan.NONE;

    private record Plan(int rate, int burst, long ahead, boolean isRunning) {
        private static final Plan NONE = new Plan(0, 1, 0, false);
    }

    Producer(String bootstrap) {
        single = kafka(bootstrap, 0);
        bursts = kafka(bootstrap, 5);
        thread = Thread.ofPlatform().daemon().name("producer").start(this::run);
    }

    private static KafkaProducer<byte[], byte[]> kafka(String bootstrap, int lingerMillis) {
        var kafka = new KafkaProducer<byte[], byte[]>(
                Map.of("bootstrap.servers", bootstrap, "acks", "1", "linger.ms", lingerMillis,
                        "enable.idempotence", false, "buffer.memory", 16_777_216),
                new ByteArraySerializer(), new ByteArraySerializer());
        // Asks for the topic now, so that the first event does not.
        kafka.partitionsFor(LoadEvent.TOPIC);
        return kafka;
    }

    /**
     * @param rate
     *            events a second; 0 = as many as the subscribers keep up with
     */
    void start(int rate, int burst, int subscribers) {
        plan = new Plan(rate, burst,
                Math.max(4L * burst, Math.min(AHEAD_MAX, DELIVERIES_AHEAD_MAX / subscribers)),
                true);
        LockSupport.unpark(thread);
    }

    void stop() {
        plan = Plan.NONE;
    }

    /** How far the slowest client is; matters without a rate only. */
    void reached(long number) {
        reached.set(number);
    }

    private void run() {
        long number = 0;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                var now = plan;
                if (now.isRunning()) {
                    number = run(now, number);
                } else {
                    LockSupport.parkNanos(10_000_000);
                }
            }
        } catch (InterruptException e) {
            // close() came in the middle of an event.
        }
    }

    @SuppressWarnings("ReferenceEquality") // Another object is another plan, whatever it says.
    private long run(Plan now, long from) {
        long number = from;
        long startNanos = System.nanoTime();
        long startMicros = LoadEvent.micros(clock);
        while (plan == now && !Thread.currentThread().isInterrupted()) {
            if (now.rate() == 0) {
                if (number - Math.max(reached.get(), from) < now.ahead()) {
                    number = send(number, now.burst(), LoadEvent.micros(clock));
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
                number = send(number, now.burst(), startMicros + due / 1000);
                if (now.burst() > 1) {
                    bursts.flush();
                }
            }
        }
        return number;
    }

    private long send(long from, int burst, long dueMicros) {
        var kafka = burst == 1 ? single : bursts;
        for (int i = 0; i < burst; i++) {
            kafka.send(new ProducerRecord<>(LoadEvent.TOPIC, 0, null,
                    LoadEvent.json(from + i, dueMicros)));
        }
        return from + burst;
    }

    @Override
    public void close() {
        stop();
        thread.interrupt();
        single.close(Duration.ofSeconds(2));
        bursts.close(Duration.ofSeconds(2));
    }
}

package io.tidegate.loadtests.pull;

import io.tidegate.loadtests.server.JvmOptions;
import io.tidegate.loadtests.server.LoadEvent;
import io.tidegate.loadtests.server.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** The gateway as it is served, alone in its process, with a view of the shipments that it reads from Kafka. */
final class Tidegate implements Contender {
    static final String TOPIC = "pull.shipments";
    private static final long LOAD_NANOS = 1_800_000_000_000L;
    private static final long SOON_NANOS = 60_000_000_000L;
    private static final long SETTLE_NANOS = 300_000_000_000L;
    /** No page without an index is as quick, and so many in a row are no accident. */
    private static final long QUICK_NANOS = 15_000_000;
    private static final int QUICK_PAGES = 20;
    private static final Pattern READY = Pattern.compile("serves on port (\\d+)");
    private final Shipments shipments;
    private final Program gateway;
    private final String token;
    private final TidegateQuestions questions = new TidegateQuestions();
    private final KafkaProducer<String, String> producer;
    private @Nullable Updates updates;

    private Tidegate(Shipments shipments, Program gateway, String token,
            KafkaProducer<String, String> producer) {
        this.shipments = shipments;
        this.gateway = gateway;
        this.token = token;
        this.producer = producer;
    }

    /**
     * Starts the gateway on an empty topic and fills that; returns when the view has all rows.
     *
     * @param broker
     *            with the {@link #TOPIC}
     * @param options
     *            of the gateway's virtual machine beside the usual ones
     */
    static Tidegate start(Shipments shipments, ServerProcess broker, Path folder,
            List<String> options, Path log) throws IOException {
        Files.writeString(
                Files.createDirectories(folder.resolve("contracts")).resolve("shipments.yaml"),
                contract());
        var configuration = Files.writeString(folder.resolve("gateway.yaml"),
                configuration(broker));
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmOptions.server());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"),
                "io.tidegate.gateway.Main", "serve", "--config", configuration.toString()));
        var gateway = Program.start(command, Map.of(), log, READY);
        var producer = new KafkaProducer<>(Map.of("bootstrap.servers", broker.where("kafka"),
                "acks", "1", "linger.ms", 5, "buffer.memory", 33_554_432), new StringSerializer(),
                new StringSerializer());
        var tidegate = new Tidegate(shipments, gateway, broker.where("token"), producer);
        try {
            shipments.each(tidegate::send);
            producer.flush();
            tidegate.awaitAll();
        } catch (IOException | RuntimeException e) {
            tidegate.close();
            throw e;
        }
        return tidegate;
    }

    private static String contract() {
        return """
                domain: %s
                product: %s
                version: "1.0"
                owner: load@example.com
                sla: {freshness: 10s, availability: 99.9%%}
                schema: {type: json}
                fields:
                  - {name: id, type: string, required: true}
                  - {name: ts, type: timestamp, required: true}
                  - {name: status, type: string, required: true}
                  - {name: carrier, type: string, required: true}
                  - {name: origin, type: string, required: true}
                  - {name: destination, type: string, required: true}
                  - {name: weightKg, type: double, required: true}
                  - {name: note, type: string, required: true}
                status: active
                description: Shipments that exist for measuring only.
                quality: authoritative
                stream: {topics: [%s], key: [id], eventTime: ts}
                access: [{scope: "%s", plan: default}]
                """
                .formatted(TidegateQuestions.DOMAIN, TidegateQuestions.PRODUCT, TOPIC,
                        LoadEvent.SCOPE);
    }

    /** Limits that nobody reaches, and one event loop, as PostGraphile has. */
    private static String configuration(ServerProcess broker) {
        return """
                http: {host: 127.0.0.1, port: 0, eventLoops: 1}
                management: {host: 127.0.0.1, port: 0}
                drain: {delay: 0s, window: 0s}
                kafka: {default: {bootstrap.servers: "%s"}}
                contracts: {path: contracts}
                identity: {issuers: [{issuer: "%s", audience: tidegate}]}
                plans:
                  default: {requests: 1000000/s, connections: 10000, subscriptions: 10000, messages: 1000000/s, bytes: 1GiB/s, queryCost: 1000000000000/min, priority: 5}
                views: {store: duckdb, path: views, memory: 512MiB}
                """
                .formatted(broker.where("kafka"), broker.where("issuer"));
    }

    private void send(Shipment shipment) {
        producer.send(new ProducerRecord<>(TOPIC, 0, shipment.id(), shipment.json()));
    }

    private void awaitAll() throws IOException {
        long begin = System.nanoTime();
        long seen = -1;
        try (var asker = new Asker(this)) {
            while (seen != shipments.size()) {
                if (System.nanoTime() - begin > LOAD_NANOS) {
                    throw new IOException("the view has " + seen + " of " + shipments.size()
                            + " rows after half an hour");
                }
                LockSupport.parkNanos(500_000_000);
                try {
                    seen = questions.total(asker.ask(questions.total()));
                } catch (Asker.Refused e) {
                    // The view may not be ready yet; half an hour is the bound.
                    seen = -1;
                }
            }
        }
    }

    /** Pages of one kind get an index when they are asked for often, and that is built beside all else. */
    @Override
    public double settle(List<Questions.Place> places) throws IOException {
        long begin = System.nanoTime();
        int quick = 0;
        try (var asker = new Asker(this)) {
            for (int i = 0; quick < QUICK_PAGES; i++) {
                if (System.nanoTime() - begin > SETTLE_NANOS) {
                    throw new IOException("pages are slow after five minutes");
                }
                long asked = System.nanoTime();
                asker.ask(questions.page(places.get(i * 97 % places.size())));
                quick = System.nanoTime() - asked < QUICK_NANOS ? quick + 1 : 0;
                LockSupport.parkNanos(20_000_000);
            }
        }
        return (System.nanoTime() - begin) / 1e9;
    }

    @Override
    public String label() {
        return "tidegate";
    }

    @Override
    public int port() {
        return Integer.parseInt(gateway.ready().group(1));
    }

    @Override
    public String token() {
        return token;
    }

    @Override
    public Questions questions() {
        return questions;
    }

    @Override
    public long cpuMicros() throws IOException {
        return gateway.cpuMicros();
    }

    @Override
    public long rssKib() throws IOException {
        return gateway.rssKib();
    }

    /** Sends changes at the times they are due. */
    private final class Updates implements Runnable {
        private final int rate;
        private final Thread thread;
        private volatile boolean isRunning = true;
        private final AtomicLong sent = new AtomicLong();
        private volatile @Nullable Shipment last;

        private Updates(int rate) {
            this.rate = rate;
            this.thread = Thread.ofPlatform().daemon().name("updates").start(this);
        }

        @Override
        public void run() {
            var random = new SplittableRandom(rate);
            long begin = System.nanoTime();
            while (isRunning) {
                long early = sent.get() * 1_000_000_000L / rate - (System.nanoTime() - begin);
                if (early > 0) {
                    LockSupport.parkNanos(early);
                } else {
                    var changed = shipments.get(random.nextInt(shipments.size()),
                            1 + random.nextInt(1000));
                    send(changed);
                    last = changed;
                    sent.incrementAndGet();
                }
            }
            producer.flush();
        }

        private void stop() throws IOException {
            isRunning = false;
            try {
                thread.join(10_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while updates end", e);
            }
        }
    }

    @Override
    public void startUpdates(int rate) {
        updates = new Updates(rate);
    }

    @Override
    public long stopUpdates() throws IOException {
        var running = updates;
        updates = null;
        if (running == null) {
            return 0;
        }
        running.stop();
        var last = running.last;
        if (last != null) {
            awaitSeen(last);
        }
        return running.sent.get();
    }

    /** A gateway that does not apply what it reads must not win. */
    private void awaitSeen(Shipment last) throws IOException {
        long begin = System.nanoTime();
        try (var asker = new Asker(this)) {
            while (!questions.rows(asker.ask(questions.key(last.id()))).equals(List.of(last))) {
                if (System.nanoTime() - begin > SOON_NANOS) {
                    throw new IOException(
                            "a minute after the last update the view does not have it");
                }
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    @Override
    public void close() {
        producer.close(java.time.Duration.ofSeconds(2));
        gateway.close();
    }
}

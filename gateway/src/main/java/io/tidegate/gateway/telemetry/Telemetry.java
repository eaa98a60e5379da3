package io.tidegate.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.refusal.RefusalCode;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Tells what happens, and answers Prometheus. Labels are products of the catalog and names of enums, never what a caller sent,
 * so the number of series is bounded by the catalog. Whoever counts often resolves a handle once: {@link #product}. Thread-safe.
 */
public final class Telemetry implements AutoCloseable {
    /** Products with series of their own; the rest share those of {@code product="other"}. */
    static final int PRODUCTS_MAX = 10_000;
    /** Of {@link #scrape}. */
    public static final String MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Duration[] LATENCY_BUCKETS = {Duration.ofMillis(1), Duration.ofMillis(5),
            Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50),
            Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500),
            Duration.ofSeconds(1), Duration.ofSeconds(5)};

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(
            PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final Map<Transport, AtomicLong> connections = new EnumMap<>(Transport.class);
    private final Map<Transport, Counter> connectionsOpened = new EnumMap<>(Transport.class);
    private final Map<RefusalCode, Counter> refusals = new EnumMap<>(RefusalCode.class);
    private final Map<Request, Timer> requests = new ConcurrentHashMap<>();
    private final Map<String, ProductMeters> products = new ConcurrentHashMap<>();

    private record Request(Surface surface, int status) {
    }

    private final int productsMax;

    /** A registry of its own, with what the JVM tells about itself. */
    public Telemetry() {
        this(PRODUCTS_MAX);
    }

    Telemetry(int productsMax) {
        this.productsMax = productsMax;
        for (var transport : Transport.values()) {
            var open = new AtomicLong();
            connections.put(transport, open);
            Gauge.builder("tidegate.connections", open, AtomicLong::doubleValue)
                    .description("Connections that are open")
                    .tag("transport", transport.label()).register(registry);
            connectionsOpened.put(transport, Counter.builder("tidegate.connections.opened")
                    .description("Connections opened so far").tag("transport", transport.label())
                    .register(registry));
        }
        for (var code : RefusalCode.values()) {
            refusals.put(code,
                    Counter.builder("tidegate.refusals").description("Refusals by their code")
                            .tag("code", code.name()).register(registry));
        }
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        gc.bindTo(registry);
    }

    /** A connection was accepted; {@link #connectionClosed} must follow. */
    public void connectionOpened(Transport transport) {
        at(connections, transport).incrementAndGet();
        at(connectionsOpened, transport).increment();
    }

    /** A connection that was accepted is gone. */
    public void connectionClosed(Transport transport) {
        at(connections, transport).decrementAndGet();
    }

    /** A caller was told no. */
    public void refused(RefusalCode code) {
        at(refusals, code).increment();
    }

    /**
     * A request was answered; for a stream: its head was sent.
     *
     * @param status
     *            of HTTP; one that does not exist counts as 0
     */
    public void request(Surface surface, int status, long nanos) {
        int known = status >= 100 && status <= 599 ? status : 0;
        var key = new Request(surface, known);
        var timer = requests.get(key);
        if (timer == null) {
            timer = requests.computeIfAbsent(key, k -> Timer.builder("tidegate.requests")
                    .description("Time from a request to its answer")
                    .tag("surface", k.surface().label()).tag("status", Integer.toString(k.status()))
                    .serviceLevelObjectives(LATENCY_BUCKETS).register(registry));
        }
        timer.record(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }

    /**
     * The counters of one product of the catalog; the same ones each time.
     *
     * @param product
     *            never from a request: only what the catalog serves
     */
    public ProductMeters product(ProductId product) {
        var known = products.get(product.path());
        if (known != null) {
            return known;
        }
        var label = products.size() < productsMax ? product.path() : "other";
        return products.computeIfAbsent(label, name -> new ProductMeters(registry, name));
    }

    /** A product has left the catalog: its series end. */
    public void forget(ProductId product) {
        var gone = products.remove(product.path());
        if (gone != null) {
            gone.remove();
        }
    }

    /**
     * Contracts and plans were read again.
     *
     * @param result
     *            of an enum, so that results are few
     */
    public void reloaded(Enum<?> result) {
        Counter.builder("tidegate.reload").description("Times that contracts were read, by result")
                .tag("result", result.name().toLowerCase(Locale.ROOT)).register(registry)
                .increment();
    }

    /**
     * A value that is asked for at each scrape, for what has no product.
     *
     * @param name
     *            dotted, with its unit at the end: {@code feeds.memory.bytes}
     */
    public void gauge(String name, String description, DoubleSupplier value) {
        Gauge.builder("tidegate." + name, value::getAsDouble).description(description)
                .register(registry);
    }

    /**
     * What somebody else counts, asked for at each scrape.
     *
     * @param name
     *            dotted, without {@code total}
     * @param value
     *            never less than before
     */
    public void counter(String name, String description, String tag, String tagged,
            LongSupplier value) {
        // Of the object it is given it holds a weak reference only, so that is this one.
        FunctionCounter.builder("tidegate." + name, this, ignored -> value.getAsLong())
                .description(description).tag(tag, tagged).register(registry);
    }

    /** All of it in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }

    private static <K extends Enum<K>, V> V at(Map<K, V> map, K key) {
        var value = map.get(key);
        if (value == null) {
            throw new IllegalStateException("no meter for " + key);
        }
        return value;
    }
}

package io.tidegate.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;

/**
 * What happens to one product. Made once a product by {@link Telemetry#product} and kept by whoever counts; counting allocates
 * nothing. Thread-safe.
 */
public final class ProductMeters {
    /** A recursive type has any number of paths, and a metric must not. */
    private static final int FLAWS_MAX = 100;

    private final MeterRegistry registry;
    private final String product;
    // Bounded: transports and end reasons are enums.
    private final Queue<Meter> all = new ConcurrentLinkedQueue<>();
    private final Map<Transport, Delivery> deliveries = new EnumMap<>(Transport.class);
    private final Map<Ended, Counter> ended = new ConcurrentHashMap<>();
    private final Map<Flaw, Counter> flaws = new ConcurrentHashMap<>();
    private final Counter feedEvents;
    private final Counter feedBytes;
    private final Counter badRecords;
    private final Counter gapEvents;
    private final Counter viewEvents;
    private final Counter historyTaken;
    private final Counter historyRead;
    private final Counter historyLeft;
    // Bounded: parts of a view have fixed names.
    private final Map<String, AtomicReference<DoubleSupplier>> behind = new ConcurrentHashMap<>();
    private final Map<String, AtomicReference<DoubleSupplier>> supplied = new ConcurrentHashMap<>();
    private final AtomicLong feedLagEvents = new AtomicLong();
    private final AtomicLong freshnessMillis = new AtomicLong();
    private final AtomicLong viewLagEvents = new AtomicLong();

    private record Flaw(String kind, String name) {
    }

    private record Ended(Transport transport, Enum<?> reason) {
    }

    ProductMeters(MeterRegistry registry, String product) {
        this.registry = registry;
        this.product = product;
        for (var transport : Transport.values()) {
            var open = new AtomicLong();
            all.add(Gauge.builder("tidegate.subscriptions", open, AtomicLong::doubleValue)
                    .description("Subscriptions that are open").tag("product", product)
                    .tag("transport", transport.label()).register(registry));
            deliveries.put(transport, new Delivery(
                    counter("subscriptions.opened", "Subscriptions opened so far", transport),
                    counter("delivered.events", "Events written to partners", transport),
                    counter("delivered.bytes", "Bytes of events written to partners", transport),
                    open));
        }
        feedEvents = counter("feed.events", "Events read from the product's topics");
        feedBytes = counter("feed.bytes", "Bytes of records read from the product's topics");
        badRecords = counter("bad.records", "Records that could not be read");
        gapEvents = counter("gap.events", "Events that subscribers were told they will not see");
        viewEvents = counter("view.events", "Events applied to the product's view");
        historyTaken = counter("history.taken",
                "Blocks that readers who are behind were given, whoever read them");
        historyRead = counter("history.read", "Blocks read from Kafka for such readers");
        historyLeft = counter("history.left", "Blocks that made room for others");
        gauge("feed.lag.events", "Events on the topics that have not been read yet", feedLagEvents,
                1);
        gauge("freshness.seconds", "From the newest event's own time to its reading",
                freshnessMillis, 1000);
        gauge("view.lag.events", "Events that have been read but not applied to the view",
                viewLagEvents, 1);
    }

    /** The counters of one transport, for whoever delivers much. */
    public Delivery delivery(Transport transport) {
        var delivery = deliveries.get(transport);
        if (delivery == null) {
            throw new IllegalStateException("no meter for " + transport);
        }
        return delivery;
    }

    /** A subscription began; {@link #subscriptionEnded} must follow. */
    public void subscriptionOpened(Transport transport) {
        delivery(transport).opened();
    }

    /**
     * A subscription is over.
     *
     * @param reason
     *            of an enum, so that reasons are few
     */
    public void subscriptionEnded(Transport transport, Enum<?> reason) {
        delivery(transport).closed();
        ended.computeIfAbsent(new Ended(transport, reason),
                key -> kept(Counter.builder("tidegate.subscriptions.ended")
                        .description("Subscriptions that ended, by reason")
                        .tag("product", product).tag("transport", key.transport().label())
                        .tag("reason", key.reason().name().toLowerCase(Locale.ROOT))
                        .register(registry)))
                .increment();
    }

    /** Events were written to a partner. */
    public void delivered(Transport transport, long events, long bytes) {
        delivery(transport).delivered(events, bytes);
    }

    /** Events were read from the topics into memory. */
    public void feedAppended(long events, long bytes) {
        feedEvents.increment((double) events);
        feedBytes.increment((double) bytes);
    }

    /** A record could not be read. */
    public void badRecord() {
        badRecords.increment();
    }

    /**
     * Something about an event was not as its contract says.
     *
     * @param kind
     *            {@code rule} or {@code value}
     * @param name
     *            of the contract's rule, or path of the field; what is beyond a bound counts as {@code other}
     */
    public void qualityError(String kind, String name) {
        var key = new Flaw(kind, name);
        var counter = flaws.get(key);
        if (counter == null) {
            var bounded = flaws.size() < FLAWS_MAX ? key : new Flaw(kind, "other");
            counter = flaws.computeIfAbsent(bounded,
                    flaw -> kept(Counter.builder("tidegate.quality.errors")
                            .description("Rules of the contract that an event broke, and values"
                                    + " that did not fit their field")
                            .tag("product", product).tag("kind", flaw.kind())
                            .tag("name", flaw.name()).register(registry)));
        }
        counter.increment();
    }

    /**
     * The share of events without a flaw.
     *
     * @param score
     *            from 0 to 1; NaN = there are none
     */
    public void qualityScore(DoubleSupplier score) {
        all.add(Gauge.builder("tidegate.quality.score", score, DoubleSupplier::getAsDouble)
                .description("Share of the last hour's events without a flaw")
                .tag("product", product).strongReference(true).register(registry));
    }

    /** A subscriber was told of events that it will not see. */
    public void gap(long events) {
        gapEvents.increment((double) events);
    }

    /** Events were applied to the view. */
    public void viewApplied(long events) {
        viewEvents.increment((double) events);
    }

    /** A reader that is behind was given a block. */
    public void historyTaken() {
        historyTaken.increment();
    }

    /** Blocks were read from Kafka for readers that are behind. */
    public void historyRead(int blocks) {
        historyRead.increment((double) blocks);
    }

    /** A block made room for others. */
    public void historyLeft() {
        historyLeft.increment();
    }

    /** How far the feed is behind its topics now. */
    public void feedLag(long events) {
        feedLagEvents.set(events);
    }

    /** How old the newest event was when it was read. */
    public void freshness(Duration age) {
        freshnessMillis.set(age.toMillis());
    }

    /** How far the view is behind the feed now. */
    public void viewLag(long events) {
        viewLagEvents.set(events);
    }

    /**
     * How long there has been something that a part of the view does not have.
     *
     * @param part
     *            of a few names
     * @param seconds
     *            asked at each reading, from now on instead of the one of before
     */
    public void viewBehind(String part, DoubleSupplier seconds) {
        behind.computeIfAbsent(part, name -> {
            var latest = new AtomicReference<>(seconds);
            all.add(Gauge.builder("tidegate.view.behind.seconds",
                    () -> latest.get().getAsDouble())
                    .description("For how long events have been read but not applied")
                    .tag("product", product).tag("part", name).register(registry));
            return latest;
        }).set(seconds);
    }

    /**
     * The indexes of the view.
     *
     * @param built
     *            how many serve; asked at each reading, from now on instead of the one of before
     * @param bytes
     *            about how much all of them take
     */
    public void viewIndexes(DoubleSupplier built, DoubleSupplier building, DoubleSupplier bytes) {
        supplied("view.indexes", "Indexes of the view that serve", built);
        supplied("view.indexes.building", "Indexes of the view that are being built", building);
        supplied("view.indexes.bytes", "About how much the indexes of the view take", bytes);
    }

    private void supplied(String name, String description, DoubleSupplier value) {
        supplied.computeIfAbsent(name, ignored -> {
            var latest = new AtomicReference<>(value);
            all.add(Gauge.builder("tidegate." + name, () -> latest.get().getAsDouble())
                    .description(description).tag("product", product).register(registry));
            return latest;
        }).set(value);
    }

    void remove() {
        all.forEach(registry::remove);
    }

    private Counter counter(String name, String description, Transport transport) {
        return kept(Counter.builder("tidegate." + name).description(description)
                .tag("product", product).tag("transport", transport.label()).register(registry));
    }

    private Counter counter(String name, String description) {
        return kept(Counter.builder("tidegate." + name).description(description)
                .tag("product", product).register(registry));
    }

    private void gauge(String name, String description, AtomicLong value, double divisor) {
        all.add(Gauge.builder("tidegate." + name, value, v -> v.doubleValue() / divisor)
                .description(description).tag("product", product).strongReference(true)
                .register(registry));
    }

    private Counter kept(Counter counter) {
        all.add(counter);
        return counter;
    }

    /** One product on one transport. */
    public static final class Delivery {
        private final Counter opened;
        private final Counter events;
        private final Counter bytes;
        private final AtomicLong open;

        private Delivery(Counter opened, Counter events, Counter bytes, AtomicLong open) {
            this.opened = opened;
            this.events = events;
            this.bytes = bytes;
            this.open = open;
        }

        /** Events were written to a partner. */
        public void delivered(long eventCount, long byteCount) {
            events.increment((double) eventCount);
            bytes.increment((double) byteCount);
        }

        private void opened() {
            opened.increment();
            open.incrementAndGet();
        }

        private void closed() {
            open.decrementAndGet();
        }
    }
}

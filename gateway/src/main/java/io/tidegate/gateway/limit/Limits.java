package io.tidegate.gateway.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/**
 * What every partner uses of its plan on this node. Counts per partner, whatever tokens, addresses and transports it comes
 * with. A partner that has nothing open and has asked nothing for a while is forgotten; by then its buckets are full again, so
 * nothing is gained by waiting for that. A bucket holds one window's worth and fills evenly: over time the rate holds exactly,
 * and no window sees more than a full bucket beside it. Thread-safe.
 */
public final class Limits {
    /** Partners whose rates are remembered. */
    static final int PARTNERS_MAX = 100_000;

    private static final Duration COME_BACK = Duration.ofSeconds(5);
    private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

    private final TimeMeter meter;
    private final Cache<Key, Buckets> rates;
    // No bound of its own: holds only partners with something open, and that is bounded by the server's connections.
    private final ConcurrentHashMap<Holder, Open> open = new ConcurrentHashMap<>();

    /** What a partner has open counts against the plan it was opened under: a small plan is not used up by a large one. */
    private record Holder(String partner, String plan) {
    }

    /** A partner's buckets belong to a plan as it was: a changed plan starts with new ones. */
    private record Key(String partner, Rate requests, Rate queryCost) {
    }

    private record Buckets(Bucket requests, Bucket queryCost) {
    }

    private record Open(int connections, int subscriptions) {
        boolean isEmpty() {
            return connections == 0 && subscriptions == 0;
        }
    }

    /**
     * @param nanoTime
     *            {@code System::nanoTime}
     */
    public Limits(LongSupplier nanoTime) {
        this.meter = new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                return nanoTime.getAsLong();
            }

            @Override
            public boolean isWallClockBased() {
                return false;
            }
        };
        // Longer than the longest window, so that forgetting a partner never gives it anything.
        this.rates = Caffeine.newBuilder().maximumSize(PARTNERS_MAX)
                .expireAfterAccess(HOUR_NANOS + HOUR_NANOS / 2, TimeUnit.NANOSECONDS)
                .ticker(nanoTime::getAsLong)
                // Its upkeep is shorter than handing it to another thread.
                .executor(Runnable::run).build();
    }

    /** Counts one request. */
    public Verdict request(String partner, Plan plan) {
        return consume("requests", plan.requests(), buckets(partner, plan).requests(), 1);
    }

    /**
     * Counts what a pull query costs.
     *
     * @param cost
     *            at least 1; one that is larger than a whole window's quota is never allowed
     */
    public Verdict query(String partner, Plan plan, long cost) {
        var rate = plan.queryCost();
        if (cost > rate.amount()) {
            var state = new RateState("query-cost", rate.amount(), rate.windowSeconds(),
                    buckets(partner, plan).queryCost().getAvailableTokens(), 0);
            return new Verdict.Denied(Refusal.of(RefusalCode.QUERY_TOO_COMPLEX,
                    "the query costs " + cost + " but plan '" + plan.name() + "' allows " + rate
                            + "; select fewer fields or ask for smaller pages"),
                    state);
        }
        return consume("query-cost", rate, buckets(partner, plan).queryCost(), Math.max(1, cost));
    }

    /** The bucket knows no more than one token a nanosecond, which is no limit for any machine. */
    private static long amount(Rate rate) {
        return Math.min(rate.amount(), rate.window().toNanos());
    }

    /** Opens a connection. */
    public Admission connection(String partner, Plan plan) {
        return open(partner, plan, true);
    }

    /** Opens a subscription. */
    public Admission subscription(String partner, Plan plan) {
        return open(partner, plan, false);
    }

    /** Connections that a partner has open. */
    public int connections(String partner) {
        return sum(partner, Open::connections);
    }

    /** Subscriptions that a partner has open. */
    public int subscriptions(String partner) {
        return sum(partner, Open::subscriptions);
    }

    private int sum(String partner, ToIntFunction<Open> of) {
        return open.entrySet().stream().filter(entry -> entry.getKey().partner().equals(partner))
                .mapToInt(entry -> of.applyAsInt(entry.getValue())).sum();
    }

    /** Partners that have something open. */
    public int partnersWithSomethingOpen() {
        return (int) open.keySet().stream().map(Holder::partner).distinct().count();
    }

    private Buckets buckets(String partner, Plan plan) {
        return rates.get(new Key(partner, plan.requests(), plan.queryCost()),
                key -> new Buckets(bucket(key.requests()), bucket(key.queryCost())));
    }

    private Bucket bucket(Rate rate) {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(amount(rate)).refillGreedy(amount(rate),
                        rate.window()))
                .withCustomTimePrecision(meter).build();
    }

    private static Verdict consume(String name, Rate rate, Bucket bucket, long tokens) {
        ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(tokens);
        // The draft wants Retry-After not before `t`, so a denied answer names one and the same moment in both.
        long seconds = secondsUp(probe.isConsumed()
                ? probe.getNanosToWaitForReset()
                : probe.getNanosToWaitForRefill());
        var state = new RateState(name, rate.amount(), rate.windowSeconds(),
                probe.getRemainingTokens(), seconds);
        if (probe.isConsumed()) {
            return new Verdict.Allowed(state);
        }
        return new Verdict.Denied(Refusal.retryAfter(RefusalCode.RATE_LIMITED,
                "the plan's " + name + " of " + rate + " are used up", Duration.ofSeconds(seconds)),
                state);
    }

    private static long secondsUp(long nanos) {
        return Math.max(1, Math.ceilDiv(nanos, TimeUnit.SECONDS.toNanos(1)));
    }

    private Admission open(String partner, Plan plan, boolean isConnection) {
        int max = isConnection ? plan.connections() : plan.subscriptions();
        var holder = new Holder(partner, plan.name());
        var after = new AtomicInteger(-1);
        open.compute(holder, (name, before) -> {
            var now = before == null ? new Open(0, 0) : before;
            int used = isConnection ? now.connections() : now.subscriptions();
            if (used >= max) {
                return before;
            }
            after.set(used + 1);
            return changed(now, isConnection, 1);
        });
        if (after.get() > 0) {
            return new Admission.Admitted(new Lease(() -> open.computeIfPresent(holder,
                    (name, before) -> {
                        var left = changed(before, isConnection, -1);
                        return left.isEmpty() ? null : left;
                    })));
        }
        var what = isConnection ? "connections" : "subscriptions";
        return new Admission.Full(new Verdict.Denied(
                Refusal.retryAfter(
                        isConnection
                                ? RefusalCode.CONNECTION_LIMIT
                                : RefusalCode.SUBSCRIPTION_LIMIT,
                        "plan '" + plan.name() + "' allows " + max + " " + what
                                + " at once and all are open",
                        COME_BACK),
                new RateState(what, max, 0, 0, 0)));
    }

    private static Open changed(Open open, boolean isConnection, int by) {
        return isConnection
                ? new Open(open.connections() + by, open.subscriptions())
                : new Open(open.connections(), open.subscriptions() + by);
    }
}

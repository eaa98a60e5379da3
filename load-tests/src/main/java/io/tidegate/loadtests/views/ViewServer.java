package io.tidegate.loadtests.views;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.FeedListener;
import io.tidegate.gateway.feed.GroupShare;
import io.tidegate.gateway.feed.KafkaCluster;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.view.AggregateQuery;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.EmbeddedViewStore;
import io.tidegate.gateway.view.IndexLimits;
import io.tidegate.gateway.view.ItemsQuery;
import io.tidegate.gateway.view.PostgresAddress;
import io.tidegate.gateway.view.PostgresViewStore;
import io.tidegate.gateway.view.Unindexed;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFeeder;
import io.tidegate.loadtests.server.Child;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** A view as the gateway has it, fed from a topic, in a process of its own; asked by itself, without HTTP and GraphQL. */
public final class ViewServer {
    private static final String[] KINDS = {"point", "page", "group"};

    private final ProductSchema schema = Shipment.product();
    private final long rows;
    private final View view;
    private final List<ViewFeeder> feeders = new ArrayList<>();
    private final AtomicLongArray applied;
    private final AtomicLong behindMax = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final SplittableRandom random = new SplittableRandom(11);
    private volatile int queriesPerSecond;
    /** Of queries under load, microseconds; one list a kind. */
    private final List<List<Long>> latencies = List.of(new ArrayList<>(), new ArrayList<>(),
            new ArrayList<>());

    private ViewServer(View view, long rows) {
        this.view = view;
        this.rows = rows;
        this.applied = new AtomicLongArray(view.parts().size());
    }

    /**
     * @param args
     *            address of the Kafka broker, folder of the views or address of their PostgreSQL, bytes of
     *            {@code views.memory}, rows,
     *            page indexes at most
     */
    public static void main(String[] args) throws IOException {
        long rows = Long.parseLong(args[3]);
        var cluster = new KafkaCluster("load", Map.of("bootstrap.servers", args[0]));
        var store = PostgresAddress.isMeant(args[1])
                ? PostgresViewStore.at(PostgresAddress.parse(args[1]),
                        PostgresViewStore.Limits.defaults(),
                        (of, group) -> new GroupShare(cluster, of.product().stream().topics(),
                                group),
                        Clock.systemUTC())
                : EmbeddedViewStore.open(Path.of(args[1]),
                        DuckDbViewStore.Limits.defaults().withMemory(Long.parseLong(args[2])),
                        new IndexLimits(Integer.parseInt(args[4]), 20),
                        Clock.systemUTC());
        var view = store.open(Shipment.product());
        var server = new ViewServer(view, rows);
        long opened = uptime();
        var first = new StringBuilder();
        if (view.reached().isPresent()) {
            for (int kind = 0; kind < KINDS.length; kind++) {
                server.ask(kind);
                first.append(' ').append(KINDS[kind]).append('=').append(uptime());
            }
        }
        var feed = new Feed(Shipment.product(), cluster,
                new Cursors("0123456789abcdef".getBytes(StandardCharsets.US_ASCII)),
                new FeedBounds(1 << 16, 64 << 20, 0), FeedListener.NONE);
        server.feed(feed);
        Child.serve("opened=" + opened + first, server::command);
        server.feeders.forEach(ViewFeeder::close);
        feed.close();
        store.close();
        System.exit(0);
    }

    /** Since the virtual machine began, milliseconds. */
    private static long uptime() {
        return ManagementFactory.getRuntimeMXBean().getUptime();
    }

    private void feed(Feed feed) {
        for (int i = 0; i < view.parts().size(); i++) {
            int part = i;
            feeders.add(new ViewFeeder(feed, view.parts().get(i),
                    (events, lag) -> applied.addAndGet(part, events)));
        }
        feed.start();
        feeders.forEach(ViewFeeder::start);
        Thread.ofPlatform().daemon().name("watch").start(this::watch);
        Thread.ofPlatform().daemon().name("asks points").start(() -> load(0, 0, 90));
        Thread.ofPlatform().daemon().name("asks pages").start(() -> load(1, 1, 8));
        Thread.ofPlatform().daemon().name("asks groups").start(() -> load(2, 2, 2));
    }

    private void watch() {
        while (!Thread.currentThread().isInterrupted()) {
            long behind = feeders.getFirst().standing().behind().toMillis();
            behindMax.accumulateAndGet(behind, Math::max);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private String command(String[] words) {
        return switch (words[0]) {
            case "standing" -> standing();
            case "clear" -> clear();
            case "load" -> {
                queriesPerSecond = Integer.parseInt(words[1]);
                yield "";
            }
            case "latencies" -> latencies();
            case "ask" -> repeated(Arrays.asList(KINDS).indexOf(words[1]),
                    Integer.parseInt(words[2]));
            default -> throw new IllegalArgumentException("no command is " + words[0]);
        };
    }

    private String standing() {
        var out = new StringBuilder();
        for (int i = 0; i < feeders.size(); i++) {
            var standing = feeders.get(i).standing();
            out.append("applied").append(i).append('=').append(applied.get(i)).append(" at")
                    .append(i).append('=')
                    .append(view.parts().get(i).position()
                            .map(position -> position.slots().getFirst().next()).orElse(0L))
                    .append(" trouble").append(i).append('=')
                    .append(standing.trouble().isPresent() ? 1 : 0).append(' ');
        }
        return out.append("behind=").append(behindMax.get()).append(" failed=")
                .append(failed.get()).toString();
    }

    private String clear() {
        behindMax.set(0);
        failed.set(0);
        latencies.forEach(list -> {
            synchronized (list) {
                list.clear();
            }
        });
        return "";
    }

    /** Queries of one kind at times that are due, whether or not the one before took longer. */
    private void load(int kind, int seed, int share) {
        long due = System.nanoTime();
        while (!Thread.currentThread().isInterrupted()) {
            int rate = queriesPerSecond * share / 100;
            if (rate == 0) {
                LockSupport.parkNanos(20_000_000L + seed);
                due = System.nanoTime();
                continue;
            }
            due += 1_000_000_000L / rate;
            long early = due - System.nanoTime();
            if (early > 0) {
                LockSupport.parkNanos(early);
            }
            try {
                ask(kind);
            } catch (RuntimeException e) {
                failed.incrementAndGet();
                System.err.println(e);
            }
            var list = latencies.get(kind);
            synchronized (list) {
                list.add((System.nanoTime() - due) / 1000);
            }
        }
    }

    private String latencies() {
        var out = new StringBuilder();
        for (int kind = 0; kind < KINDS.length; kind++) {
            var list = latencies.get(kind);
            synchronized (list) {
                out.append(told(KINDS[kind], list.stream().mapToLong(Long::longValue).toArray()))
                        .append(' ');
            }
        }
        return out.toString().strip();
    }

    private static String told(String name, long[] micros) {
        Arrays.sort(micros);
        return name + "=" + micros.length + " " + name + "50=" + at(micros, 0.5) + " " + name
                + "99=" + at(micros, 0.99);
    }

    private static long at(long[] sorted, double share) {
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1, (long) (share * sorted.length))];
    }

    private String repeated(int kind, int times) {
        var micros = new long[times];
        for (int i = 0; i < times; i++) {
            long begin = System.nanoTime();
            ask(kind);
            micros[i] = (System.nanoTime() - begin) / 1000;
        }
        return told(KINDS[kind], micros);
    }

    private void ask(int kind) {
        long found = switch (kind) {
            case 0 -> point();
            case 1 -> page();
            default -> groups();
        };
        if (found == 0) {
            throw new IllegalStateException("nothing was found by a " + KINDS[kind]);
        }
    }

    private long next(long bound) {
        synchronized (random) {
            return random.nextLong(bound);
        }
    }

    private long point() {
        try (var snapshot = view.keySnapshot()) {
            return snapshot.latest(List.of(Shipment.key(next(rows))), Predicate.ALL).isPresent()
                    ? 1
                    : 0;
        }
    }

    private long page() {
        var where = new Predicate.Compare(field("carrier"), Predicate.Comparison.EQ,
                Shipment.carrier((int) next(Shipment.CARRIERS)));
        var query = new ItemsQuery(where,
                List.of(new ItemsQuery.Order(field("updated_at"), true)), 100,
                Optional.empty(), false);
        try (var snapshot = view.snapshotFor(List.of(query))) {
            return snapshot.items(query).rows().size();
        } catch (Unindexed e) {
            try (var snapshot = view.snapshot()) {
                return snapshot.items(query).rows().size();
            }
        }
    }

    private long groups() {
        var weight = Optional.of(field("weight_grams"));
        var query = new AggregateQuery(Predicate.ALL, List.of(field("status")), Optional.empty(),
                List.of(AggregateQuery.Measure.COUNT,
                        new AggregateQuery.Measure(AggregateQuery.Function.SUM, weight, 0),
                        new AggregateQuery.Measure(AggregateQuery.Function.AVG, weight, 0)),
                List.of(), List.of(), 100, Optional.empty());
        try (var snapshot = view.snapshot()) {
            return snapshot.aggregate(query).rows().size();
        }
    }

    private FieldPath field(String name) {
        return FieldPath.resolve(schema.rowType(), name).orElseThrow();
    }
}

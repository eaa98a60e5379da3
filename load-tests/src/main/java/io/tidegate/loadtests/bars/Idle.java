package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.client.Dial;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.JvmOptions;
import io.tidegate.loadtests.server.ServerProcess;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Source;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Ten thousand subscriptions that have got an event once and wait for the next. */
final class Idle implements Scenario {
    private static final int SUBSCRIBERS = 10_000;
    /** A stock server gets so many times fewer: all of them would fill its heap. */
    private static final int STOCK_FEWER = 5;

    /** What one subscription takes. */
    private record Each(double heapKb, double rssKib) {
    }

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public List<Integer> rows() {
        return List.of(7);
    }

    @Override
    public List<String> topics() {
        return List.of("idle");
    }

    @Override
    public void run(Stand stand, BarsSettings settings, Findings findings) throws IOException {
        int subscribers = settings.scaled(SUBSCRIBERS);
        var options = new ArrayList<>(JvmOptions.lean());
        Each ours;
        try (var gateway = stand.tidegate(options, settings.loops(), topics())) {
            ours = measure("tidegate-graphql", gateway, stand.topic("idle"),
                    () -> stand.graphQl(gateway, "idle"), subscribers, findings);
        }
        try (var vertx = stand.vertx(options)) {
            measure("vertx", vertx, new Source.Own(vertx), () -> Stand.webSocket(vertx, ""),
                    subscribers, findings);
        }
        try (var stock = stand.stockGraphQl(options)) {
            measure("stock-graphql", stock, new Source.Own(stock),
                    () -> Stand.stockGraphQl(stock), Math.max(1, subscribers / STOCK_FEWER),
                    findings);
        }
        findings.bar(new Bar(7, "live heap each of " + subscribers
                + " idle GraphQL subscriptions", "kB", Limit.AT_MOST, 12, List.of(ours.heapKb()),
                List.of()));
        findings.bar(new Bar(7, "RSS each of " + subscribers + " idle GraphQL subscriptions",
                "KiB", Limit.AT_MOST, 20, List.of(ours.rssKib()), List.of()));
    }

    /** Compared with the same server after a tenth of them has come and gone: what it takes once is not theirs. */
    private Each measure(String label, ServerProcess process, Source source, Supplier<Dial> dial,
            int subscribers, Findings findings) throws IOException {
        open(label, process, source, dial, Math.max(1, subscribers / 10)).close();
        var before = process.ask("memory");
        long rssBefore = process.rssKib();
        Each each;
        try (var client = open(label, process, source, dial, subscribers)) {
            var after = process.ask("memory");
            long rssAfter = process.rssKib();
            each = new Each(difference(before, after, "heap") / 1000.0 / subscribers,
                    (double) (rssAfter - rssBefore) / subscribers);
            var point = subscribers + " idle";
            findings.figure(name(), point, label, 0, "live heap each", each.heapKb(), "kB");
            findings.figure(name(), point, label, 0, "RSS each", each.rssKib(), "KiB");
            findings.figure(name(), point, label, 0, "RSS", rssAfter / 1024.0, "MiB");
            findings.figure(name(), point, label, 0, "direct buffers each",
                    difference(before, after, "direct") / 1000.0 / subscribers, "kB");
            if (client.closed() > 0) {
                throw new IOException(label + " closed " + client.closed() + " connections");
            }
        }
        return each;
    }

    private static long difference(Map<String, Long> before, Map<String, Long> after,
            String name) {
        return after.getOrDefault(name, 0L) - before.getOrDefault(name, 0L);
    }

    /** Opens that many; returns when each has got an event, which proves that it is subscribed. */
    private static LoadClient open(String label, ServerProcess process, Source source,
            Supplier<Dial> dial, int subscribers) throws IOException {
        var client = Stand.subscribers(dial, subscribers);
        var lane = new Lane(label, process, source, client);
        lane.measure(Load.paced(2), 0, 0.1);
        return client;
    }
}

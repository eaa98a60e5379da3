package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.client.Dial;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.LoadEvent;
import io.tidegate.loadtests.server.ServerProcess;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Sample;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Retained events are read again by one subscriber as fast as it can, then by many at once. */
final class Backlog implements Scenario {
    private static final int EVENTS = 1_000_000;
    private static final int RANGE = 50_000;
    private static final int READERS = 100;
    private static final double SECONDS_MAX = 120;
    private static final String POLL = "kafka-poll";
    private static final String WS = "tidegate-ws";

    @Override
    public String name() {
        return "backlog";
    }

    @Override
    public List<Integer> rows() {
        return List.of(4, 8);
    }

    @Override
    public List<String> topics() {
        return List.of("backlog", "range", "live", "livepoll");
    }

    @Override
    public void run(Stand stand, BarsSettings settings, Findings findings) throws IOException {
        // Before the gateway is there: what it has in memory would not have to be fetched.
        stand.producer().fill(LoadEvent.topic("backlog"), settings.scaled(EVENTS));
        if (settings.wants(this, 8)) {
            stand.producer().fill(LoadEvent.topic("range"), settings.scaled(RANGE));
        }
        try (var poll = stand.poll(List.of());
                var gateway = stand.tidegate(Recording.of(settings, name()), settings.loops(),
                        List.of("backlog", "range", "live"))) {
            single(stand, settings, findings, poll, gateway);
            if (settings.wants(this, 4)) {
                live(stand, settings, findings, poll, gateway);
            }
            if (settings.wants(this, 8)) {
                many(stand, settings, findings, gateway);
            }
        }
    }

    private void single(Stand stand, BarsSettings settings, Findings findings,
            ServerProcess poll, ServerProcess gateway) throws IOException {
        int events = settings.scaled(EVENTS);
        Supplier<Dial> polled = () -> Stand.poll(poll, "backlog", "earliest");
        Supplier<Dial> streamed = () -> stand.webSocket(gateway, "backlog", "?from=earliest");
        var rounds = new Rounds();
        // The first round is for the compiler.
        for (int round = -1; round < settings.rounds(); round++) {
            var baseline = read(POLL, poll, stand, polled, 1, events);
            var ours = read(WS, gateway, stand, streamed, 1, events);
            if (round >= 0) {
                rounds.add(POLL, baseline);
                rounds.add(WS, ours);
                findings.sample(name(), events + " retained", POLL, round, baseline);
                findings.sample(name(), events + " retained", WS, round, ours);
            }
        }
        var faults = rounds.faults(POLL, WS);
        if (settings.wants(this, 4)) {
            findings.bar(new Bar(4, "events/s, 1 reader of " + events + " / poll + decode + write",
                    "x", Limit.AT_LEAST, 0.6, rounds.compare(WS, POLL, Backlog::speed), faults));
        }
        if (settings.wants(this, 8)) {
            var ours = rounds.of(WS);
            findings.bar(new Bar(8, "replay of " + events + " by 1 reader", "events/s",
                    Limit.AT_LEAST, 300_000,
                    ours.stream().map(Sample::deliveriesPerSecond).toList(), faults));
            findings.bar(new Bar(8, "replay of " + events + " by 1 reader, CPU each", "us",
                    Limit.AT_MOST, 2, ours.stream().map(Sample::cpuPerDelivery).toList(),
                    faults));
        }
    }

    private static double speed(Sample ours, Sample baseline) {
        return ours.deliveriesPerSecond() / baseline.deliveriesPerSecond();
    }

    private static Sample read(String label, ServerProcess process, Stand stand,
            Supplier<Dial> dial, int readers, long events) throws IOException {
        try (var client = new LoadClient()) {
            return new Lane(label, process, stand.topic("backlog"), client)
                    .openUntil(index -> dial.get(), readers, events - 1, SECONDS_MAX);
        }
    }

    private void live(Stand stand, BarsSettings settings, Findings findings, ServerProcess poll,
            ServerProcess gateway) throws IOException {
        try (var baseline = Stand.subscribers(() -> Stand.poll(poll, "livepoll", "latest"), 1);
                var ours = Stand.subscribers(() -> stand.webSocket(gateway, "live", ""), 1)) {
            var lanes = List.of(new Lane(POLL, poll, stand.topic("livepoll"), baseline),
                    new Lane(WS, gateway, stand.topic("live"), ours));
            for (var lane : lanes) {
                lane.measure(Load.flatOut(), 1, 0.1);
            }
            var rounds = Rounds.measure(name(), "1 live flat out", lanes, Load.flatOut(), settings,
                    findings);
            findings.bar(new Bar(4, "events/s, 1 live reader flat out / poll + decode + write",
                    "x", Limit.AT_LEAST, 0.6, rounds.compare(WS, POLL, Backlog::speed),
                    rounds.faults(POLL, WS)));
        }
    }

    /** One reader, then many of the same range at once; what the feed fetches at the end of the topic meanwhile is taken off. */
    private void many(Stand stand, BarsSettings settings, Findings findings,
            ServerProcess gateway) throws IOException {
        int events = settings.scaled(RANGE);
        int readers = settings.scaled(READERS);
        Supplier<Dial> dial = () -> stand.webSocket(gateway, "range", "?from=earliest");
        read(WS, gateway, stand, dial, 1, events);
        var idle = Fetched.during(stand, "range", Backlog::idle);
        var one = Fetched.during(stand, "range",
                () -> read(WS, gateway, stand, dial, 1, events));
        var all = Fetched.during(stand, "range",
                () -> read(WS, gateway, stand, dial, readers, events));
        findings.sample(name(), "1 reader of " + events, WS, 0, one.sample());
        findings.sample(name(), readers + " readers of " + events, WS, 0, all.sample());
        double fetchesOfOne = one.without(idle);
        double fetchesOfAll = all.without(idle);
        findings.figure(name(), "no reader", WS, 0, "fetches", idle.perSecond(), "/s");
        findings.figure(name(), "1 reader", WS, 0, "fetches", (double) one.fetches(), "");
        findings.figure(name(), "1 reader", WS, 0, "fetched", one.bytes() / 1e6, "MB");
        findings.figure(name(), readers + " readers", WS, 0, "fetches", (double) all.fetches(), "");
        findings.figure(name(), readers + " readers", WS, 0, "fetched", all.bytes() / 1e6, "MB");
        var faults = new ArrayList<String>();
        for (var sample : List.of(one.sample(), all.sample())) {
            if (!sample.isSound()) {
                faults.add(sample.fault());
            }
        }
        if (one.bytes() < events) {
            faults.add("one reader had only " + one.bytes() + " bytes fetched for it: it was"
                    + " served from memory");
        }
        findings.bar(new Bar(8, "fetches, " + readers + " readers of the same range / 1 reader",
                "x", Limit.AT_MOST, 3, List.of(fetchesOfAll / Math.max(1, fetchesOfOne)), faults));
        findings.bar(new Bar(8, "bytes fetched, " + readers
                + " readers of the same range / 1 reader", "x", Limit.AT_MOST, 3,
                List.of((double) all.bytes() / Math.max(1, one.bytes())), faults));
    }

    /** A second in which nobody reads. */
    private static Sample idle() {
        long end = System.nanoTime() + 1_000_000_000L;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        return new Sample(Load.flatOut(), 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}

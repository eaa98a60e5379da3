package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.LoadEvent;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Sample;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Half of the subscribers stop reading; what that costs the other half. */
final class SlowReaders implements Scenario {
    private static final int SUBSCRIBERS = 1000;
    private static final int RATE = 30;
    /** More than the gateway keeps in memory, so that its log is full before memory is compared. */
    private static final int FILL = 70_000;
    /** About 5 MB for each stalled reader: more than the kernel's buffers take. */
    private static final int STALL = 12_500;
    private static final double STALL_SECONDS_MAX = 30;
    private static final double CATCH_UP_SECONDS = 60;
    private static final String WS = "tidegate-ws";

    /** What was measured with all reading, or with half. */
    private record Phase(Sample paced, Sample flatOut, long heap) {
    }

    @Override
    public String name() {
        return "slow";
    }

    @Override
    public List<Integer> rows() {
        return List.of(9);
    }

    @Override
    public List<String> topics() {
        return List.of("slow");
    }

    @Override
    public void run(Stand stand, BarsSettings settings, Findings findings) throws IOException {
        int half = Math.max(1, settings.scaled(SUBSCRIBERS) / 2);
        try (var gateway = stand.tidegate(Recording.of(settings, name()), settings.loops(),
                topics()); var client = new LoadClient()) {
            stand.producer().fill(LoadEvent.topic("slow"), FILL);
            client.open(i -> stand.webSocket(gateway, "slow", ""), 2 * half);
            var lane = new Lane(WS, gateway, stand.topic("slow"), client);
            lane.measure(Load.flatOut(), 3, 0.1);
            client.watch(half);
            var before = phase(lane, settings, findings, "others, all read");
            client.hold();
            long behind = stall(lane, stand);
            findings.figure(name(), "half stalled", WS, 0, "events behind", (double) behind, "");
            var during = phase(lane, settings, findings, "others, half stalled");
            var faults = new ArrayList<String>();
            if (behind < STALL) {
                faults.add("the stalled readers are only " + behind + " events behind");
            }
            int held = client.held();
            findings.figure(name(), "half stalled", WS, 0, "sockets full", held, "");
            if (held < half) {
                faults.add("only " + held + " of " + half + " stalled readers have bytes waiting");
            }
            catchUp(lane, stand, findings, faults);
            judge(findings, half, before, during, faults);
        }
    }

    /** Until nothing more can be on its way to the stalled readers; returns how many events they have been sent or not. */
    private static long stall(Lane lane, Stand stand) throws IOException {
        long from = stand.producer().next(LoadEvent.topic("slow"));
        long begin = System.nanoTime();
        long behind = 0;
        while (behind < STALL && (System.nanoTime() - begin) / 1e9 < STALL_SECONDS_MAX) {
            lane.measure(Load.flatOut(), 0, 1);
            behind = stand.producer().next(LoadEvent.topic("slow")) - from;
        }
        return behind;
    }

    private Phase phase(Lane lane, BarsSettings settings, Findings findings, String point)
            throws IOException {
        var flatOut = lane.measure(Load.flatOut(), settings.warmup(), 2 * settings.seconds());
        findings.sample(name(), point + ", flat out", lane.label(), 0, flatOut);
        var paced = lane.measure(Load.paced(RATE), 2 * settings.warmup(),
                3 * settings.seconds());
        findings.sample(name(), point, lane.label(), 0, paced);
        long heap = lane.process().ask("memory", "heap");
        findings.figure(name(), point, lane.label(), 0, "heap", heap / 1e6, "MB");
        findings.figure(name(), point, lane.label(), 0, "RSS",
                lane.process().rssKib() / 1024.0, "MiB");
        return new Phase(paced, flatOut, heap);
    }

    /** Whoever was stalled must be where the others are in the end, without a gap: nobody was thrown out to win. */
    private void catchUp(Lane lane, Stand stand, Findings findings, List<String> faults)
            throws IOException {
        var client = lane.client();
        client.release();
        client.keepAlive();
        long last = stand.producer().next(LoadEvent.topic("slow")) - 1;
        long behind = last - client.reached();
        long begin = System.nanoTime();
        while (client.reached() < last && (System.nanoTime() - begin) / 1e9 < CATCH_UP_SECONDS) {
            client.read(5);
        }
        findings.figure(name(), "stalled readers read on", lane.label(), 0, "still behind",
                (double) last - client.reached(), "");
        findings.figure(name(), "stalled readers read on", lane.label(), 0, "events behind",
                (double) behind, "");
        findings.figure(name(), "stalled readers read on", lane.label(), 0, "until all are live",
                (System.nanoTime() - begin) / 1e9, "s");
        if (client.reached() < last) {
            faults.add("after " + CATCH_UP_SECONDS + " s only " + client.reachedBy(last) + " of "
                    + client.size() + " have caught up");
        }
        if (client.gaps() > 0 || client.closed() > 0) {
            faults.add("gaps " + client.gaps() + ", closed " + client.closed());
        }
    }

    private static void judge(Findings findings, int half, Phase before, Phase during,
            List<String> faults) {
        for (var sample : List.of(before.paced(), before.flatOut(), during.paced(),
                during.flatOut())) {
            if (!sample.isSound()) {
                faults.add(sample.fault());
            }
        }
        findings.bar(new Bar(9, "p99 of " + half + ", as many stalled / none", "x", Limit.AT_MOST,
                2, List.of((double) during.paced().p99() / before.paced().p99()), faults));
        findings.bar(new Bar(9, "deliveries/s to " + half + ", as many stalled / none", "x",
                Limit.AT_LEAST, 0.95, List.of(during.flatOut().deliveriesPerSecond()
                        / before.flatOut().deliveriesPerSecond()),
                faults));
        findings.bar(new Bar(9, "live heap, " + half + " stalled / none", "x", Limit.AT_MOST, 1.1,
                List.of((double) during.heap() / before.heap()), faults));
    }
}

package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.client.CursorTap;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.LoadEvent;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Sample;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Thousands are cut off one after the other, and all come back within a second, each with its own cursor. */
final class Reconnect implements Scenario {
    private static final String PRODUCT = "reconnect";
    private static final int SUBSCRIBERS = 5000;
    private static final int RATE = 5;
    private static final double BACK_WITHIN_SECONDS = 1;
    private static final double SECONDS_MAX = 60;
    private static final String WS = "tidegate-ws";

    @Override
    public String name() {
        return "reconnect";
    }

    @Override
    public List<Integer> rows() {
        return List.of(10);
    }

    @Override
    public List<String> topics() {
        return List.of(PRODUCT);
    }

    @Override
    public void run(Stand stand, BarsSettings settings, Findings findings) throws IOException {
        int subscribers = settings.scaled(SUBSCRIBERS);
        try (var gateway = stand.tidegate(Recording.of(settings, name()), settings.loops(),
                topics());
                var tap = new CursorTap(gateway.port(), LoadEvent.path(PRODUCT), stand.token());
                var client = new LoadClient()) {
            client.open(i -> stand.webSocket(gateway, PRODUCT, ""), subscribers);
            var lane = new Lane(WS, gateway, stand.topic(PRODUCT), client);
            lane.start(Load.paced(RATE));
            client.clear();
            var outage = Fetched.during(stand, PRODUCT, () -> cutOff(lane, settings.outage()));
            long allocated = gateway.ask("counters", "allocated");
            var storm = Fetched.during(stand, PRODUCT,
                    () -> comeBack(stand, lane, tap, findings));
            findings.figure(name(), subscribers + " come back", WS, 0, "allocated each",
                    (gateway.ask("counters", "allocated") - allocated) / 1000.0 / subscribers,
                    "kB");
            judge(findings, subscribers, outage, storm, storm.sample(),
                    lane.count(Load.paced(RATE), 2));
            lane.source().stop();
            lane.drain(Load.paced(RATE));
        }
    }

    /** One after the other, so that their cursors are of different ages. */
    private static Sample cutOff(Lane lane, double seconds) throws IOException {
        var client = lane.client();
        int subscribers = client.size();
        long begin = System.nanoTime();
        for (int cut = 0; cut < subscribers;) {
            client.read(5);
            long due = (long) (subscribers * ((System.nanoTime() - begin) / 1e9 / seconds));
            for (; cut < Math.min(due, subscribers); cut++) {
                client.cut(cut);
            }
        }
        return lane.count(Load.paced(RATE), 0.5);
    }

    /** All dial within a second; counts until each has got the newest event of the time when the last of them dialled. */
    private static Sample comeBack(Stand stand, Lane lane, CursorTap tap, Findings findings)
            throws IOException {
        var client = lane.client();
        int subscribers = client.size();
        var sample = lane.counting(Load.flatOut(), () -> {
            long begin = System.nanoTime();
            for (int dialled = 0; dialled < subscribers;) {
                client.read(1);
                long due = (long) (subscribers * (System.nanoTime() - begin) / 1e9
                        / BACK_WITHIN_SECONDS);
                for (; dialled < Math.min(due, subscribers); dialled++) {
                    client.redial(dialled, stand.webSocket(lane.process(), PRODUCT,
                            "?from=" + tap.cursor(client.last(dialled))));
                }
            }
            long newest = stand.producer().next(LoadEvent.topic(PRODUCT)) - 1;
            while (client.opening() > 0 || client.reached() < newest) {
                client.read(5);
                if ((System.nanoTime() - begin) / 1e9 > SECONDS_MAX) {
                    throw new IOException("after " + SECONDS_MAX + " s " + client.opening()
                            + " are not let in, and " + client.reachedBy(newest) + " of "
                            + subscribers + " are live");
                }
            }
        });
        findings.sample("reconnect", subscribers + " come back", WS, 0, sample);
        return sample;
    }

    private static void judge(Findings findings, int subscribers, Fetched outage, Fetched storm,
            Sample back, Sample after) {
        findings.sample("reconnect", "afterwards", WS, 0, after);
        findings.figure("reconnect", subscribers + " come back", WS, 0, "CPU each",
                (double) back.cpuMicros() / subscribers, "us");
        findings.figure("reconnect", "before", WS, 0, "fetches", outage.perSecond(), "/s");
        findings.figure("reconnect", subscribers + " come back", WS, 0, "fetches",
                storm.perSecond(), "/s");
        var faults = new ArrayList<String>();
        if (back.gaps() > 0 || back.closed() > 0) {
            faults.add("while they came back: " + back.fault());
        }
        if (!after.isSound()) {
            faults.add("afterwards: " + after.fault());
        }
        findings.bar(new Bar(10, subscribers + " reconnect within "
                + Bar.figure(BACK_WITHIN_SECONDS) + " s, all live after", "s", Limit.AT_MOST, 10,
                List.of(back.seconds()), faults));
        findings.bar(new Bar(10, "fetches/s, " + subscribers + " come back / before", "x",
                Limit.AT_MOST, 1.5,
                List.of(storm.perSecond() / Math.max(0.1, outage.perSecond())), faults));
    }
}

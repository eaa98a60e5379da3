package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.LoadEvent;
import io.tidegate.loadtests.server.TidegateServer;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntFunction;

/** Every subscriber has a key of its own; each event is for one of 10,000, whether they are all there or ten of them. */
final class Keys implements Scenario {
    private static final int KEYS = 10_000;
    private static final int FEW = 10;
    private static final int RATE = 10_000;

    @Override
    public String name() {
        return "keys";
    }

    @Override
    public List<Integer> rows() {
        return List.of(5);
    }

    @Override
    public List<String> topics() {
        return List.of("keysall", "keysfew");
    }

    @Override
    public void run(Stand stand, BarsSettings settings, Findings findings) throws IOException {
        measure(stand, settings, findings, "filter", key -> "?filter="
                + URLEncoder.encode("event.shipment == \"" + LoadEvent.key(key) + "\"",
                        StandardCharsets.US_ASCII));
        if (!settings.isQuick()) {
            measure(stand, settings, findings, "key", key -> "?key=" + LoadEvent.key(key));
        }
    }

    private void measure(Stand stand, BarsSettings settings, Findings findings, String parameter,
            IntFunction<String> query) throws IOException {
        int keys = settings.scaled(KEYS);
        int few = Math.min(FEW, keys);
        try (var gateway = stand.tidegate(Recording.of(settings, name() + "-" + parameter),
                settings.loops(),
                topics().stream().map(name -> name + TidegateServer.KEYED).toList());
                var all = new LoadClient(keys);
                var some = new LoadClient(keys)) {
            all.open(i -> stand.webSocket(gateway, "keysall", query.apply(i)), keys);
            some.open(i -> stand.webSocket(gateway, "keysfew", query.apply(i)), few);
            var manyLane = new Lane(parameter + "-" + keys, gateway, stand.topic("keysall"), all);
            var fewLane = new Lane(parameter + "-" + few, gateway, stand.topic("keysfew"), some);
            // Each key's turn comes once a second.
            var load = Load.keyed(Math.min(RATE, keys), keys);
            var lanes = List.of(manyLane, fewLane);
            for (var lane : lanes) {
                lane.measure(load, 1, 0.1);
            }
            var rounds = Rounds.measure(name(), "1 of " + keys + " by " + parameter, lanes, load,
                    settings, Math.max(2.2, settings.seconds()), findings);
            findings.bar(new Bar(5, "CPU/event, " + keys + " keys / " + few + " keys, by "
                    + parameter, "x", Limit.AT_MOST, 3,
                    rounds.compare(manyLane.label(), fewLane.label(),
                            (a, b) -> a.cpuPerEvent() / b.cpuPerEvent()),
                    rounds.faults(manyLane.label(), fewLane.label())));
            for (var lane : lanes) {
                findings.figure(name(), "1 of " + keys + " by " + parameter, lane.label(), 0,
                        "CPU per event", Rounds.median(rounds.of(lane.label()).stream()
                                .map(sample -> sample.cpuPerEvent()).toList()),
                        "us");
            }
        }
    }
}

package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.LoadEvent;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.util.List;

/** A hundred different selections, each of ten subscribers, beside the same of one each. */
final class Shapes implements Scenario {
    private static final int SHAPES = 100;
    private static final int EACH = 10;

    @Override
    public String name() {
        return "shapes";
    }

    @Override
    public List<Integer> rows() {
        return List.of(6);
    }

    @Override
    public List<String> topics() {
        return List.of("shapesmany", "shapesone");
    }

    @Override
    public void run(Stand stand, BarsSettings settings, Findings findings) throws IOException {
        int shapes = settings.scaled(SHAPES);
        try (var gateway = stand.tidegate(Recording.of(settings, name()), settings.loops(),
                topics());
                var many = new LoadClient();
                var one = new LoadClient()) {
            many.open(i -> stand.graphQl(gateway, "shapesmany", fields(i % shapes)),
                    shapes * EACH);
            one.open(i -> stand.graphQl(gateway, "shapesone", fields(i)), shapes);
            var manyLane = new Lane(shapes + "x" + EACH, gateway, stand.topic("shapesmany"), many);
            var oneLane = new Lane(shapes + "x1", gateway, stand.topic("shapesone"), one);
            var lanes = List.of(manyLane, oneLane);
            for (var lane : lanes) {
                lane.measure(Load.flatOut(), 2, 0.1);
            }
            var rounds = Rounds.measure(name(), shapes + " shapes flat out", lanes,
                    Load.flatOut(), settings, findings);
            findings.bar(new Bar(6, "CPU/delivery, " + shapes + " shapes x " + EACH + " / x 1",
                    "x", Limit.AT_MOST, 1.3, rounds.cpu(manyLane.label(), oneLane.label()),
                    rounds.faults(manyLane.label(), oneLane.label())));
            for (var lane : lanes) {
                findings.figure(name(), shapes + " shapes flat out", lane.label(), 0,
                        "CPU per event", Rounds.median(rounds.of(lane.label()).stream()
                                .map(sample -> sample.cpuPerEvent()).toList()),
                        "us");
            }
        }
    }

    /** All fields, one of them under a name of its own. */
    static String fields(int shape) {
        return LoadEvent.OTHER_FIELDS.replace("shipment", "s" + (100 + shape) + ":shipment");
    }
}

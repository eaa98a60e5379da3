package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.LoadEvent;
import io.tidegate.loadtests.server.ServerProcess;
import io.tidegate.loadtests.server.TidegateServer;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.util.List;

/** Each subscriber gets five events a second, one by one: the same ones, or ones of its own. */
final class Paced implements Scenario {
    private static final int SUBSCRIBERS = 1000;
    private static final int RATE = 5;
    private static final String NETTY = "netty-kafka";
    private static final String WS = "tidegate-ws";
    private static final String GRAPHQL = "tidegate-graphql";

    @Override
    public String name() {
        return "paced";
    }

    @Override
    public List<Integer> rows() {
        return List.of(3);
    }

    @Override
    public List<String> topics() {
        return List.of("pacedws", "pacedgraphql", "pacedkeys", "pacednetty", "pacednettykeys");
    }

    @Override
    public void run(Stand stand, BarsSettings settings, Findings findings) throws IOException {
        try (var netty = stand.nettyKafka(List.of(), "pacednetty");
                var nettyKeys = stand.nettyKafka(List.of(), "pacednettykeys");
                var gateway = stand.tidegate(Recording.of(settings, name()), settings.loops(),
                        List.of("pacedws", "pacedgraphql",
                                "pacedkeys" + TidegateServer.KEYED))) {
            same(stand, settings, findings, netty, gateway);
            own(stand, settings, findings, nettyKeys, gateway);
        }
    }

    /** All get the same events. */
    private void same(Stand stand, BarsSettings settings, Findings findings, ServerProcess netty,
            ServerProcess gateway) throws IOException {
        int subscribers = settings.scaled(SUBSCRIBERS);
        try (var baseline = Stand.subscribers(() -> Stand.webSocket(netty, ""), subscribers);
                var plain = Stand.subscribers(() -> stand.webSocket(gateway, "pacedws", ""),
                        subscribers);
                var graphQl = Stand.subscribers(() -> stand.graphQl(gateway, "pacedgraphql"),
                        subscribers)) {
            var lanes = List.of(new Lane(NETTY, netty, stand.topic("pacednetty"), baseline),
                    new Lane(WS, gateway, stand.topic("pacedws"), plain),
                    new Lane(GRAPHQL, gateway, stand.topic("pacedgraphql"), graphQl));
            for (var lane : lanes) {
                // Enough of them that the compiler is through.
                lane.measure(Load.paced(20 * RATE), 2, 0.1);
            }
            var rounds = Rounds.measure(name(), subscribers + " at " + RATE + "/s", lanes,
                    Load.paced(RATE), settings, 2.5 * settings.seconds(), findings);
            judge(findings, rounds, WS, subscribers + " WebSockets");
            judge(findings, rounds, GRAPHQL, subscribers + " graphql-transport-ws");
        }
    }

    private static void judge(Findings findings, Rounds rounds, String label, String what) {
        findings.bar(new Bar(3, "CPU/delivery at 5/s, " + what + " / netty-kafka", "x",
                Limit.AT_MOST, 1.3, rounds.cpu(label, NETTY), rounds.faults(label, NETTY)));
        findings.bar(new Bar(3, "p99 at 5/s, " + what + " - netty-kafka", "ms", Limit.AT_MOST, 5,
                rounds.compare(label, NETTY, (a, b) -> (a.p99() - b.p99()) / 1e3),
                rounds.faults(label, NETTY)));
    }

    /** Each gets the events of its own key. */
    private void own(Stand stand, BarsSettings settings, Findings findings, ServerProcess netty,
            ServerProcess gateway) throws IOException {
        int keys = settings.scaled(SUBSCRIBERS);
        try (var baseline = new LoadClient(keys); var plain = new LoadClient(keys)) {
            baseline.open(i -> Stand.webSocket(netty, "?key=" + LoadEvent.key(i)), keys);
            plain.open(i -> stand.webSocket(gateway, "pacedkeys", "?key=" + LoadEvent.key(i)),
                    keys);
            var lanes = List.of(
                    new Lane(NETTY, netty, stand.topic("pacednettykeys"), baseline),
                    new Lane(WS, gateway, stand.topic("pacedkeys"), plain));
            var load = Load.keyed(keys * RATE, keys);
            for (var lane : lanes) {
                lane.measure(load, 2, 0.1);
            }
            judge(findings, Rounds.measure(name(), keys + " keys at " + RATE + "/s", lanes, load,
                    settings, findings), WS, keys + " keys");
        }
    }
}

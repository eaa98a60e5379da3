package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.server.ServerProcess;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Source;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** All subscribers get every event in the same shape, as fast as they take them. */
final class Broadcast implements Scenario {
    private static final int JUDGED_FROM = 100;
    private static final String NETTY = "netty";
    private static final String NETTY_SSE = "netty-sse";
    private static final String STOCK = "stock-graphql";
    private static final String WS = "tidegate-ws";
    private static final String SSE = "tidegate-sse";
    private static final String GRAPHQL = "tidegate-graphql";

    @Override
    public String name() {
        return "broadcast";
    }

    @Override
    public List<Integer> rows() {
        return List.of(1, 2);
    }

    @Override
    public List<String> topics() {
        return List.of("ws", "sse", "graphql");
    }

    @Override
    public void run(Stand stand, BarsSettings settings, Findings findings) throws IOException {
        try (var netty = stand.netty(List.of());
                var nettySse = stand.netty(List.of());
                var stock = stand.stockGraphQl(List.of());
                var gateway = stand.tidegate(Recording.of(settings, name()), settings.loops(),
                        topics())) {
            boolean isCold = true;
            for (int size : settings.isQuick() ? List.of(1000, 10) : List.of(1000, 100, 10)) {
                int subscribers = settings.scaled(size);
                var lanes = lanes(stand, settings, subscribers, netty, nettySse, stock, gateway);
                try {
                    for (var lane : lanes) {
                        // The compiler's work is nobody's cost per delivery.
                        lane.measure(Load.flatOut(), isCold ? 3 : settings.warmup(), 0.1);
                    }
                    isCold = false;
                    judge(settings, findings, subscribers, Rounds.measure(name(),
                            subscribers + " flat out", lanes, Load.flatOut(), settings,
                            findings));
                } finally {
                    for (var lane : lanes) {
                        lane.client().close();
                    }
                }
            }
        }
    }

    private List<Lane> lanes(Stand stand, BarsSettings settings, int subscribers,
            ServerProcess netty, ServerProcess nettySse, ServerProcess stock,
            ServerProcess gateway) throws IOException {
        var lanes = new ArrayList<Lane>();
        lanes.add(new Lane(NETTY, netty, new Source.Own(netty),
                Stand.subscribers(() -> Stand.webSocket(netty, ""), subscribers)));
        if (settings.wants(this, 1)) {
            lanes.add(new Lane(WS, gateway, stand.topic("ws"), Stand
                    .subscribers(() -> stand.webSocket(gateway, "ws", ""), subscribers)));
            lanes.add(new Lane(NETTY_SSE, nettySse, new Source.Own(nettySse),
                    Stand.subscribers(() -> Stand.sse(nettySse), subscribers)));
            lanes.add(new Lane(SSE, gateway, stand.topic("sse"),
                    Stand.subscribers(() -> stand.sse(gateway, "sse"), subscribers)));
        }
        if (settings.wants(this, 2)) {
            lanes.add(new Lane(GRAPHQL, gateway, stand.topic("graphql"),
                    Stand.subscribers(() -> stand.graphQl(gateway, "graphql"), subscribers)));
            lanes.add(new Lane(STOCK, stock, new Source.Own(stock),
                    Stand.subscribers(() -> Stand.stockGraphQl(stock), subscribers)));
        }
        return lanes;
    }

    /** With few subscribers reading Kafka and decoding is most of it, which the limit does not do: told, not judged. */
    private void judge(BarsSettings settings, Findings findings, int subscribers,
            Rounds rounds) {
        if (subscribers < settings.scaled(JUDGED_FROM)) {
            return;
        }
        if (settings.wants(this, 1)) {
            findings.bar(new Bar(1, "CPU/delivery, " + subscribers + " WebSockets / raw Netty", "x",
                    Limit.AT_MOST, 1.5, rounds.cpu(WS, NETTY), rounds.faults(WS, NETTY)));
            findings.bar(new Bar(1, "CPU/delivery, " + subscribers + " SSE / raw Netty", "x",
                    Limit.AT_MOST, 1.5, rounds.cpu(SSE, NETTY_SSE),
                    rounds.faults(SSE, NETTY_SSE)));
        }
        if (settings.wants(this, 2)) {
            findings.bar(new Bar(2, "CPU/delivery, " + subscribers
                    + " graphql-transport-ws / raw Netty", "x", Limit.AT_MOST, 2,
                    rounds.cpu(GRAPHQL, NETTY), rounds.faults(GRAPHQL, NETTY)));
            findings.bar(new Bar(2, "CPU/delivery, stock GraphQL / " + subscribers
                    + " graphql-transport-ws", "x", Limit.AT_LEAST, 12,
                    rounds.cpu(STOCK, GRAPHQL), rounds.faults(GRAPHQL, STOCK)));
        }
    }
}

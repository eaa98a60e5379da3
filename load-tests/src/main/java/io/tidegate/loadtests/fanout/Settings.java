package io.tidegate.loadtests.fanout;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What to run.
 *
 * @param deliveries
 *            a second, all subscribers together, that a paced point aims at; the events' rate is this through the
 *            subscribers, but at most {@code rateMax}
 * @param bursts
 *            events that are due at the same time, each a point of its own
 * @param isFlatOut
 *            whether a point as fast as the clients take it is added
 * @param jfr
 *            whether the gateway is recorded
 */
record Settings(Set<Server> servers, List<Integer> subscribers, int seconds, int warmup,
        int deliveries, int rateMax, List<Integer> bursts, boolean isFlatOut, int loops,
        boolean jfr,
        Path results) {
    static final String USAGE = """
            usage: run fanout [options]
              --servers LIST      of netty,netty-kafka,vertx,stock-graphql,stock-graphql-kafka,tidegate-ws,
                                  tidegate-sse,tidegate-graphql (default: all)
              --subscribers LIST  numbers of connections (default: 1,10,100,1000)
              --seconds N         how long each point is measured (default: 3)
              --warmup N          seconds before that (default: 2)
              --deliveries N      a second, all subscribers together, at paced points (default: 20000)
              --rate N            at most so many events a second (default: 2000)
              --bursts LIST       events that are due at once (default: 1,16)
              --flat-out          also as fast as the clients take it
              --loops N           event loops of the gateway (default: 1)
              --jfr               record the gateway with the flight recorder
              --results FOLDER    (default: results)
            """;
    private static final int SUBSCRIBERS_MAX = 20_000;

    static Settings of(String[] args) {
        Set<Server> servers = EnumSet.allOf(Server.class);
        var subscribers = List.of(1, 10, 100, 1000);
        var bursts = List.of(1, 16);
        int seconds = 3;
        int warmup = 2;
        int deliveries = 20_000;
        int rateMax = 2000;
        int loops = 1;
        boolean isFlatOut = false;
        boolean jfr = false;
        var results = Path.of("results");
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--flat-out" -> isFlatOut = true;
                case "--jfr" -> jfr = true;
                case "--servers" -> {
                    servers = EnumSet.noneOf(Server.class);
                    for (var label : value(args, ++i).split(",", -1)) {
                        servers.add(Server.named(label));
                    }
                }
                case "--subscribers" -> subscribers = numbers(args, ++i, SUBSCRIBERS_MAX);
                case "--bursts" -> bursts = numbers(args, ++i, 1024);
                case "--seconds" -> seconds = number(args, ++i, 600);
                case "--warmup" -> warmup = number(args, ++i, 600);
                case "--deliveries" -> deliveries = number(args, ++i, 100_000_000);
                case "--rate" -> rateMax = number(args, ++i, 1_000_000);
                case "--loops" -> loops = number(args, ++i, 64);
                case "--results" -> results = Path.of(value(args, ++i));
                default -> throw new IllegalArgumentException(
                        "there is no option '" + args[i] + "'\n" + USAGE);
            }
        }
        return new Settings(servers, subscribers, seconds, warmup, deliveries, rateMax, bursts,
                isFlatOut, loops, jfr, results);
    }

    /** The rate of a paced point. */
    int rate(int connections, int burst) {
        return Math.max(burst, Math.min(rateMax, deliveries / connections));
    }

    private static String value(String[] args, int at) {
        if (at >= args.length) {
            throw new IllegalArgumentException(args[at - 1] + " needs a value\n" + USAGE);
        }
        return args[at];
    }

    private static List<Integer> numbers(String[] args, int at, int max) {
        return Arrays.stream(value(args, at).split(",", -1))
                .map(text -> number(args[at - 1], text, max)).toList();
    }

    private static int number(String[] args, int at, int max) {
        return number(args[at - 1], value(args, at), max);
    }

    private static int number(String option, String text, int max) {
        try {
            int value = Integer.parseInt(text);
            if (value >= 1 && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                option + ": expected a number from 1 to " + max + " but was '" + text + "'");
    }
}

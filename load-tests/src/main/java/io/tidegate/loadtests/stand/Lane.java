package io.tidegate.loadtests.stand;

import io.tidegate.loadtests.client.Dial;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.CpuTime;
import io.tidegate.loadtests.server.ServerProcess;
import java.io.IOException;
import java.util.function.IntFunction;

/**
 * A server, its subscribers, and where its events come from: what is measured, one after the other with the lanes that it is
 * compared with.
 *
 * @param label
 *            of the server
 */
public record Lane(String label, ServerProcess process, Source source, LoadClient client) {
    private static final long BEGIN_NANOS = 60_000_000_000L;
    private static final long QUIET_NANOS = 300_000_000L;

    /** What the server's process had taken when counting began. */
    private record Before(CpuTime cpu, long allocated, long nanos) {
    }

    /**
     * Sends events, waits until each subscriber has got one, and then for the warm-up, counts, stops and waits until
     * nothing comes any more.
     *
     * @throws IOException
     *             if not every subscriber gets an event within 60 s
     */
    public Sample measure(Load load, double warmup, double seconds) throws IOException {
        start(load);
        readFor(warmup);
        var sample = count(load, seconds);
        source.stop();
        drain(load);
        return sample;
    }

    /** Lets events come; returns when each subscriber has got one. */
    public void start(Load load) throws IOException {
        client.keepAlive();
        source.reached(-1);
        source.start(load, Math.max(1, client.size()));
        long begin = System.nanoTime();
        while (!client.hasAllBegun()) {
            read();
            if (System.nanoTime() - begin > BEGIN_NANOS) {
                throw new IOException(label + ": after 60 s " + client.size()
                        + " subscribers have not all got an event, " + client.closed()
                        + " connections were closed, one was told '" + client.complaint() + "'");
            }
        }
    }

    /** Counts for so long while events come. */
    public Sample count(Load load, double seconds) throws IOException {
        return counting(load, () -> readFor(seconds));
    }

    /** Something that reads for a while. */
    @FunctionalInterface
    public interface Reading {
        void read() throws IOException;
    }

    /** Counts until the reading is over. */
    public Sample counting(Load load, Reading reading) throws IOException {
        client.clear();
        var before = before();
        reading.read();
        return since(before, load);
    }

    private Before before() throws IOException {
        // Asking costs the process something, too: before its CPU is read, and behind it.
        long allocated = process.ask("counters", "allocated");
        return new Before(process.cpu(), allocated, System.nanoTime());
    }

    private Sample since(Before before, Load load) throws IOException {
        long cpuMicros = process.cpu().since(before.cpu());
        double seconds = (System.nanoTime() - before.nanos()) / 1e9;
        long allocated = process.ask("counters", "allocated") - before.allocated();
        var latencies = client.latencies();
        long deliveries = client.deliveries();
        // With keys each subscriber gets its own share of what came.
        double events = load.keys() > 0
                ? load.rate() * seconds
                : (double) deliveries / Math.max(1, client.size());
        return new Sample(load, client.size(), seconds, events, deliveries, cpuMicros, allocated,
                process.rssKib(), latencies.percentile(0.5), latencies.percentile(0.99),
                latencies.percentile(0.999), client.fewest(), client.most(), client.gaps(),
                client.closed());
    }

    /**
     * Opens subscriptions and counts until each of them has got the event of this number, which nothing but the server
     * decides. The subscribers must be the first.
     *
     * @throws IOException
     *             if that takes longer than so many seconds
     */
    public Sample openUntil(IntFunction<Dial> dial, int subscribers, long number,
            double secondsMax) throws IOException {
        long begin = System.nanoTime();
        return counting(Load.flatOut(), () -> {
            client.open(dial, subscribers);
            while (client.reached() < number) {
                client.read(5);
                if ((System.nanoTime() - begin) / 1e9 > secondsMax || client.closed() > 0) {
                    throw new IOException(label + ": after "
                            + (System.nanoTime() - begin) / 1_000_000 + " ms " + client.size()
                            + " subscribers had not all got event " + number
                            + ", the slowest is at " + client.reached() + ", " + client.closed()
                            + " were closed");
                }
            }
        });
    }

    private void readFor(double seconds) throws IOException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (end - System.nanoTime() > 0) {
            read();
        }
    }

    private void read() throws IOException {
        client.read(5);
        source.reached(client.reached());
    }

    /**
     * Reads until the subscribers have all that was sent and nothing has come for a while, so that the next point begins
     * with empty buffers.
     *
     * @param load
     *            what was sent
     */
    public void drain(Load load) throws IOException {
        long begin = System.nanoTime();
        long quietSince = begin;
        long known = client.deliveries();
        while (System.nanoTime() - begin < BEGIN_NANOS) {
            client.read(20);
            // With keys nobody has the last number but the one whose key it has.
            boolean isDrained = load.keys() > 0 || source.isDrained(client.reached());
            if (client.deliveries() != known || !isDrained) {
                known = client.deliveries();
                quietSince = System.nanoTime();
            } else if (System.nanoTime() - quietSince > QUIET_NANOS) {
                return;
            }
        }
    }
}

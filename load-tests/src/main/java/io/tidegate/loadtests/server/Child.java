package io.tidegate.loadtests.server;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;

/**
 * A process under measurement, seen from inside: says when it is ready, does as it is told, ends with its parent. Every
 * command is answered with one line; {@code memory} and {@code counters} are understood by every process.
 */
public final class Child {
    static final String READY = "READY ";
    static final String ANSWER = "= ";

    /** What is to be done about a line from the parent. */
    @FunctionalInterface
    public interface Commands {
        /**
         * @return {@code name=value} with spaces between; may be empty
         */
        String command(String[] words);
    }

    private Child() {
    }

    /** Says that this process is ready, and where; returns when the parent has closed the line or is gone. */
    public static void serve(String where, Commands commands) throws IOException {
        System.out.println(READY + where);
        System.out.flush();
        try (var in = new BufferedReader(
                new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                var answer = switch (line) {
                    case "memory" -> memory();
                    case "counters" -> counters();
                    default -> commands.command(line.split(" ", -1));
                };
                System.out.println(ANSWER + answer);
                System.out.flush();
            }
        }
    }

    /** Of a process that knows no commands of its own. */
    static Commands none() {
        return words -> "";
    }

    /** Commands {@code start RATE BURST} and {@code stop} for a pacer. */
    static Commands of(Pacer pacer) {
        return words -> {
            if (words[0].equals("start")) {
                pacer.start(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            } else {
                pacer.stop();
            }
            return "";
        };
    }

    /** What is alive: in the heap after full collections, and in buffers outside of it. */
    private static String memory() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
        return "heap=" + heap.getUsed() + " committed=" + heap.getCommitted() + " direct="
                + direct + " threads=" + ManagementFactory.getThreadMXBean().getThreadCount();
    }

    private static String counters() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long collecting = ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
        return "allocated=" + threads.getTotalThreadAllocatedBytes() + " collecting=" + collecting;
    }
}

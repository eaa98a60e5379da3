package io.tidegate.loadtests.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * CPU that a process has taken, as the kernel has counted it twice: user and system time of the whole process, in ticks, and the
 * run time of each of its threads, which is exact but forgets threads that have ended.
 *
 * @param processMicros
 *            in steps of ten milliseconds
 * @param threadsMicros
 *            of the threads that there are
 */
public record CpuTime(long processMicros, long threadsMicros) {
    /** The kernel counts in hundredths of a second, whatever the machine. */
    private static final long MICROS_PER_TICK = 10_000;
    /** As much as two counts in ticks can be wrong. */
    private static final long AGREE_MICROS = 2 * MICROS_PER_TICK;

    static CpuTime of(long pid) throws IOException {
        var proc = Path.of("/proc", Long.toString(pid));
        long nanos = 0;
        try (var tasks = Files.newDirectoryStream(proc.resolve("task"))) {
            for (var task : tasks) {
                nanos += runNanos(task);
            }
        }
        return new CpuTime(ticks(Files.readString(proc.resolve("stat"))) * MICROS_PER_TICK,
                nanos / 1000);
    }

    private static long runNanos(Path task) throws IOException {
        try {
            var text = Files.readString(task.resolve("schedstat"));
            return Long.parseLong(text.substring(0, text.indexOf(' ')));
        } catch (NoSuchFileException e) {
            // It has just ended.
            return 0;
        }
    }

    /** User and system time of a {@code /proc/PID/stat}; the name in it may hold anything, so what counts is behind it. */
    static long ticks(String stat) {
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    /**
     * What was taken between an earlier time and this, in microseconds: as the threads have it, unless some of them
     * have ended meanwhile, which shows in that the two counts differ.
     */
    public long since(CpuTime earlier) {
        long whole = processMicros - earlier.processMicros;
        long exact = threadsMicros - earlier.threadsMicros;
        return Math.abs(exact - whole) <= AGREE_MICROS ? exact : whole;
    }
}

package io.tidegate.loadtests.server;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What a run was made on, in a line: without it no figure means anything. */
public final class Machine {
    private Machine() {
    }

    /** Cores, system, virtual machine, and how busy it is now. */
    public static String describe() {
        return String.format(Locale.ROOT,
                "%d cores (%s), %s %s, JDK %s, load average %.1f; server, clients, producer and broker share the cores",
                Runtime.getRuntime().availableProcessors(), processor(),
                System.getProperty("os.name"), System.getProperty("os.arch"),
                System.getProperty("java.version"),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    /** How busy it is now. */
    public static String load() {
        return String.format(Locale.ROOT, "load average %.1f",
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static String processor() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name")).findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).trim()).orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}

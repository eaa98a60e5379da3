package io.tidegate.loadtests.client;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** What the kernel says of the sockets of this machine. */
final class KernelSockets {
    static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"),
            Path.of("/proc/net/tcp6"));
    private static final int LOCAL = 1;
    private static final int QUEUES = 4;

    private KernelSockets() {
    }

    /** How many sockets with one of these own ports have bytes that nobody has read. */
    static int unread(List<String> table, Collection<Integer> ports) {
        int unread = 0;
        for (var line : table.subList(Math.min(1, table.size()), table.size())) {
            var fields = line.trim().split("\\s+", -1);
            int port = Integer.parseInt(after(fields[LOCAL]), 16);
            if (ports.contains(port) && Long.parseLong(after(fields[QUEUES]), 16) > 0) {
                unread++;
            }
        }
        return unread;
    }

    private static String after(String pair) {
        return pair.substring(pair.indexOf(':') + 1);
    }
}

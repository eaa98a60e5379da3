package io.tidegate.loadtests.server;

import java.util.ArrayList;
import java.util.List;

/** How the processes under measurement are started: the one place that says it, the same for all of them. */
public final class JvmOptions {
    private static final List<String> SERVER = List.of("-Xms128m", "-Xmx1g", "-XX:+UseSerialGC");
    /** Gives back memory after a full collection, so that what is resident is what is used. */
    private static final List<String> LEAN = List.of("-XX:MinHeapFreeRatio=10",
            "-XX:MaxHeapFreeRatio=20");

    private JvmOptions() {
    }

    /** Of every server, the broker too. */
    public static List<String> server() {
        var options = new ArrayList<>(SERVER);
        options.add("--enable-native-access=ALL-UNNAMED");
        int version = Runtime.version().feature();
        if (version >= 23) {
            options.add("--sun-misc-unsafe-memory-access=allow");
        }
        if (version == 24) {
            options.add("-XX:+UnlockExperimentalVMOptions");
        }
        if (version >= 24) {
            options.add("-XX:+UseCompactObjectHeaders");
        }
        return List.copyOf(options);
    }

    /** Beside those of a server: of every server whose memory is measured. */
    public static List<String> lean() {
        return LEAN;
    }

    /** Beside those of a server: a recording into this file. */
    public static String recording(String file) {
        return "-XX:StartFlightRecording:settings=profile,jdk.CPUTimeSample#enabled=true,filename="
                + file;
    }
}

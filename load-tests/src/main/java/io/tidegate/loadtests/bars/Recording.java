package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.server.JvmOptions;
import java.util.List;

/** The options by which the gateway is recorded in a scenario, if that is wanted. */
final class Recording {
    private Recording() {
    }

    static List<String> of(BarsSettings settings, String scenario) {
        return settings.jfr()
                ? List.of(JvmOptions.recording(settings.results().toAbsolutePath()
                        .resolve("bars-" + scenario + ".jfr").toString()))
                : List.of();
    }
}

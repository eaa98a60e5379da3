package io.tidegate.gateway;

import io.tidegate.gateway.limit.Plans;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The plans of the configuration, read again when its file changes. Everything but {@link #plans} is of one thread. */
final class PlansFile {
    private final Optional<Path> file;
    private final GatewayConfig atStart;
    private volatile Plans plans;
    private GatewayConfig last;
    private @Nullable FileListing seen;
    private List<Problem> problems = List.of();

    /**
     * @param file
     *            where the configuration is from; empty = it never changes
     */
    PlansFile(Optional<Path> file, GatewayConfig config) {
        this.file = file;
        this.atStart = config;
        this.last = config;
        this.plans = Plans.of(config.plans());
    }

    /** What counts now. From any thread. */
    Plans plans() {
        return plans;
    }

    /** What is wrong with the file as it is; the plans of before count as long as there is an error. */
    List<Problem> problems() {
        return problems;
    }

    /** Whether the file is not the one that was read last. */
    boolean isChanged(Instant now) {
        if (file.isEmpty()) {
            return false;
        }
        try {
            var before = seen;
            var listing = FileListing.ofFile(file.get(), now,
                    before == null ? new FileListing(file.get(), file.get(), Map.of()) : before);
            boolean isChanged = before != null && !listing.equals(before);
            seen = listing;
            return isChanged;
        } catch (IOException e) {
            // Between two names of an editor that saves; what was read stays.
            return false;
        }
    }

    /** Reads the file again; whether plans have changed. */
    boolean read() {
        if (file.isEmpty()) {
            return false;
        }
        var read = ConfigReader.read(file.get(), System::getenv);
        if (read.config().isEmpty()) {
            problems = read.problems();
            return false;
        }
        var config = read.config().get();
        var found = new ArrayList<>(read.problems());
        restart(config).forEach(key -> found.add(Problem.warning(Place.of(file.get().toString()),
                "restart", key + ": has changed; it takes effect with the next start")));
        problems = List.copyOf(found);
        boolean isChanged = !config.plans().equals(last.plans());
        last = config;
        if (isChanged) {
            plans = Plans.of(config.plans());
        }
        return isChanged;
    }

    /** Parts that have changed since the start and count from the next one on. */
    List<String> restart() {
        return restart(last);
    }

    private List<String> restart(GatewayConfig now) {
        var changed = new ArrayList<String>();
        note(changed, "http", atStart.http(), now.http());
        note(changed, "management", atStart.management(), now.management());
        note(changed, "kafka", atStart.kafka(), now.kafka());
        note(changed, "registry", List.of(atStart.registryUrl(), atStart.reload().registry()),
                List.of(now.registryUrl(), now.reload().registry()));
        note(changed, "contracts",
                List.of(atStart.contracts(), atStart.reload().every(), atStart.reload().keep()),
                List.of(now.contracts(), now.reload().every(), now.reload().keep()));
        note(changed, "identity", atStart.identity(), now.identity());
        note(changed, "views", atStart.views(), now.views());
        note(changed, "feeds", atStart.feeds(), now.feeds());
        note(changed, "graphql", atStart.graphQl(), now.graphQl());
        note(changed, "catalog", atStart.isCatalogPublic(), now.isCatalogPublic());
        note(changed, "secrets", atStart.secrets(), now.secrets());
        return changed;
    }

    private static void note(List<String> changed, String key, Object before, Object after) {
        if (!before.equals(after)) {
            changed.add(key);
        }
    }
}

package io.tidegate.gateway;

import io.tidegate.contract.ProductId;
import io.tidegate.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of reading contracts and plans once.
 *
 * @param changes
 *            by product, as they have taken effect
 * @param problems
 *            of everything that was read; what an error is about stays as it was
 * @param restart
 *            keys of the configuration that have changed and count from the next start on
 */
record Reloaded(Instant at, Duration took, Result result, Map<ProductId, Change> changes,
        boolean arePlansChanged, List<Problem> problems, List<String> restart) {
    Reloaded {
        changes = new TreeMap<>(changes);
        problems = List.copyOf(problems);
        restart = List.copyOf(restart);
    }

    /** How it ended. */
    enum Result {
        /** Something took effect. */
        CHANGED,
        /** Everything is as it was. */
        UNCHANGED,
        /** Nothing took effect because of errors. */
        FAILED
    }

    /** What became of a product. */
    enum Change {
        ADDED, REMOVED,
        /** Grants, descriptions and the like. */
        TERMS,
        /** Another generation; streams of before go on with theirs. */
        COMPATIBLE,
        /** Another generation; streams of before end. */
        INCOMPATIBLE,
        /** Another generation, which takes effect when its view has been built. */
        BUILDING
    }
}

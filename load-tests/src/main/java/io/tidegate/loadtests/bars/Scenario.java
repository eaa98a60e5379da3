package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.util.List;

/** A situation that promises are made of. */
interface Scenario {
    /** For {@code --only}. */
    String name();

    /** Of the promises that it measures. */
    List<Integer> rows();

    /** Topics that it needs, each named like the product or the baseline that reads it. */
    List<String> topics();

    /**
     * Measures and tells what it has found.
     *
     * @throws IOException
     *             if a server does not do what it is there for
     */
    void run(Stand stand, BarsSettings settings, Findings findings) throws IOException;
}

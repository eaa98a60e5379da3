package io.tidegate.loadtests.pull;

import java.util.Locale;

/** What is asked. */
enum Point {
    /** One row by its key, all eight fields. */
    KEY("one row by key, 8 fields", 5),
    /** A hundred rows of one carrier, the newest first, at a random depth. */
    PAGE("page of 100, carrier, newest first", 2),
    /** Count, sum and average over all rows by status; no answer may be an earlier one's. */
    GROUP("count, sum, avg of all rows by status", 3),
    /** The same while nothing changes. */
    REPEAT("the same group-by again", 50),
    /** All of them at a rate, without and with updates beside it. */
    MIXED("points, pages, group-bys at a rate", 1.5);

    private final String what;
    private final double bar;

    Point(String what, double bar) {
        this.what = what;
        this.bar = bar;
    }

    /** For {@code --only}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String what() {
        return what;
    }

    /**
     * What is promised: requests for each CPU second as a multiple of PostGraphile's; of the mixed load the most that p99 may be, as a
     * multiple of p99 without updates.
     */
    double bar() {
        return bar;
    }
}

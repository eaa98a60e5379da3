package io.tidegate.loadtests.pull;

import java.io.IOException;
import java.util.List;

/** One of the two that are compared, with all rows in it. */
interface Contender extends AutoCloseable {
    String label();

    int port();

    /** Shown with each request; empty if it asks for none. */
    String token();

    Questions questions();

    /** CPU that its processes have taken so far, in microseconds. */
    long cpuMicros() throws IOException;

    /** Memory that its processes have resident, in KiB. */
    long rssKib() throws IOException;

    /** Begins to change random rows, so many a second. */
    void startUpdates(int rate) throws IOException;

    /**
     * Changes no more.
     *
     * @return rows that were changed
     */
    long stopUpdates() throws IOException;

    @Override
    void close() throws IOException;

    /**
     * Asks pages until the server has got ready for them, if it does so once it is asked.
     *
     * @param places
     *            of pages, at least one
     * @return how long that took, in seconds
     */
    default double settle(List<Questions.Place> places) throws IOException {
        return 0;
    }
}

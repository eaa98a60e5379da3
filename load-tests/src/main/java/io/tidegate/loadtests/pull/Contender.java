package io.tidegate.loadtests.pull;

import java.io.IOException;

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
}

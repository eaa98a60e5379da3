package io.tidegate.gateway.delivery;

import io.tidegate.gateway.subscription.EndReason;

/**
 * The way out to one client, on the event loop of its connection. Knows a transport's frames and nothing of logs.
 */
public interface Outlet {

    /** Whether the connection takes more now; if not, {@link Delivery#writable} is called when it does again. */
    boolean isWritable();

    /** Whether its client has agreed to get frames deflated; the same for as long as it lives. */
    default boolean inflates() {
        return false;
    }

    /** Writes a batch and flushes it. */
    void write(Frames frames);

    /**
     * The stream is over; nothing is written after it.
     *
     * @param cursor
     *            where the client should resume
     */
    void end(EndReason reason, String cursor);
}

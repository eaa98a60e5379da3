package io.tidegate.gateway.delivery;

/** How fast a reader may be served. It paces the cursor: nothing is dropped for it. */
public interface Pace {

    /** How many events may go now; 0 = none yet. */
    int permits(long nowNanos);

    /** Events and bytes have gone. */
    void took(int events, int bytes, long nowNanos);

    /** How long until at least one may go. */
    long nanosUntilPermit(long nowNanos);

    /** As fast as the connection takes them. */
    Pace UNLIMITED = new Pace() {
        @Override
        public int permits(long nowNanos) {
            return Integer.MAX_VALUE;
        }

        @Override
        public void took(int events, int bytes, long nowNanos) {
        }

        @Override
        public long nanosUntilPermit(long nowNanos) {
            return 0;
        }
    };
}

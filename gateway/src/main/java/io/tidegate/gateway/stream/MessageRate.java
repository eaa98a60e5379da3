package io.tidegate.gateway.stream;

/** How many messages a client may send: a bucket of what it has left, filled at an even rate. */
final class MessageRate {
    private final double burst;
    private final double perNano;
    private double left;
    private long filledAt;

    MessageRate(double perSecond, double burst, long nowNanos) {
        this.burst = burst;
        this.perNano = perSecond / 1e9;
        this.left = burst;
        this.filledAt = nowNanos;
    }

    /** Whether a message of this cost may come now; it is paid for then. */
    boolean admits(double cost, long nowNanos) {
        left = Math.min(burst, left + (nowNanos - filledAt) * perNano);
        filledAt = nowNanos;
        if (left < cost) {
            return false;
        }
        left -= cost;
        return true;
    }
}

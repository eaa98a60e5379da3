package io.tidegate.gateway.delivery;

/**
 * Whether deflating an audience's batches pays, as the last ones tell: it does as long as they shrink to four fifths or less.
 * Where they do not, one batch in {@value #TRIAL_EVERY} is tried again. Confined to one event loop.
 */
final class Payoff {
    /** Deflated to plain; what saves less than a fifth of the bytes is not worth the time. */
    static final double WORTH = 0.8;

    static final int TRIAL_EVERY = 64;

    /** How slowly the ratio forgets. */
    private static final int MEMORY = 8;

    private double ratio;
    private int passedOver;

    /** Whether the next batch should be deflated; asked once for each. */
    boolean isNext() {
        if (ratio <= WORTH) {
            return true;
        }
        passedOver++;
        if (passedOver < TRIAL_EVERY) {
            return false;
        }
        passedOver = 0;
        return true;
    }

    /** What came of a batch. */
    void tried(int plainBytes, int deflatedBytes) {
        double now = (double) deflatedBytes / plainBytes;
        boolean isTrial = ratio == 0 || ratio > WORTH;
        ratio = isTrial ? now : ratio + (now - ratio) / MEMORY;
    }
}

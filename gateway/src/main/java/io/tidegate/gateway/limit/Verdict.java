package io.tidegate.gateway.limit;

import io.tidegate.gateway.refusal.Refusal;

/** Whether a partner's plan allows something, and where it stands then. */
public sealed interface Verdict {
    /** The headers of the answer are made from this. */
    RateState state();

    /** It does, and it has been counted. */
    record Allowed(RateState state) implements Verdict {
    }

    /**
     * It does not, and nothing was counted.
     *
     * @param refusal
     *            carries what {@code Retry-After} says
     */
    record Denied(Refusal refusal, RateState state) implements Verdict {
    }
}

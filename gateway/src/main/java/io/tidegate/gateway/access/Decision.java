package io.tidegate.gateway.access;

import io.tidegate.gateway.refusal.Refusal;

/** Whether a caller may read a product, and what of it. */
public sealed interface Decision {
    /** As far as the permit says. */
    record Granted(Permit permit) implements Decision {
    }

    /** Not at all; the caller cannot tell whether the product exists. */
    record Refused(Refusal refusal) implements Decision {
    }
}

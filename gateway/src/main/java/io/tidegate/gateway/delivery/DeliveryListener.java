package io.tidegate.gateway.delivery;

import io.tidegate.gateway.subscription.EndReason;

/** Hears what one delivery does, for metrics and for the lease that it holds. On its event loop. */
public interface DeliveryListener {

    void delivered(int events, int bytes);

    /** Once, whatever ended it. */
    void ended(EndReason reason);
}

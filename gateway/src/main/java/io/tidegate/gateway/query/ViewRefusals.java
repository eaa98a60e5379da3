package io.tidegate.gateway.query;

import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.view.ViewFailure;
import java.time.Duration;

/** What callers are told when a store cannot answer; what exactly is wrong with it is the operator's. */
public final class ViewRefusals {
    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private ViewRefusals() {
    }

    public static Refusal of(ViewFailure failure) {
        return switch (failure.reason()) {
            case DEADLINE -> Refusal.of(RefusalCode.QUERY_TIMEOUT,
                    "The query took longer than the store gives it, and was ended.");
            case BUSY -> Refusal.retryAfter(RefusalCode.VIEW_STALE,
                    "The product answers as many queries as it can at a time; try again.",
                    COME_BACK);
            case FULL, BROKEN, CLOSED -> Refusal.retryAfter(RefusalCode.VIEW_STALE,
                    "The product's current state cannot be read now; try again.", COME_BACK);
        };
    }
}

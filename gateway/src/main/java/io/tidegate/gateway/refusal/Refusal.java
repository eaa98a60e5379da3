package io.tidegate.gateway.refusal;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A "no" to a caller, ready for any transport.
 *
 * @param detail
 *            one sentence for the caller: what was wrong and what to do. Names nothing that the caller may not see
 * @param retryAfter
 *            when coming back makes sense
 */
public record Refusal(RefusalCode code, String detail, Optional<Duration> retryAfter) {
    public Refusal {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(detail, "detail");
    }

    public static Refusal of(RefusalCode code, String detail) {
        return new Refusal(code, detail, Optional.empty());
    }

    /** Carries a refusal through code that can only throw. */
    public static final class Thrown extends RuntimeException {
        private final transient Refusal refusal;

        public Thrown(Refusal refusal) {
            super(refusal.detail(), null, false, false);
            this.refusal = refusal;
        }

        public Refusal refusal() {
            return refusal;
        }
    }
}

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
        if (retryAfter.isPresent() && retryAfter.get().isNegative()) {
            throw new IllegalArgumentException("retryAfter is negative: " + retryAfter.get());
        }
    }

    public static Refusal of(RefusalCode code, String detail) {
        return new Refusal(code, detail, Optional.empty());
    }

    /** A refusal that ends by itself after this time. */
    public static Refusal retryAfter(RefusalCode code, String detail, Duration after) {
        return new Refusal(code, detail, Optional.of(after));
    }

    /** {@link #retryAfter} as HTTP's {@code Retry-After} has it: whole seconds, rounded up, at least 1. */
    public Optional<Long> retryAfterSeconds() {
        return retryAfter.map(wait -> Math.max(1, wait.plusMillis(999).toSeconds()));
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

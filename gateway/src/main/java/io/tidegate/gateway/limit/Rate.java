package io.tidegate.gateway.limit;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * So many of something in so much time.
 *
 * @param amount
 *            at least 1
 * @param window
 *            a second, a minute or an hour
 */
public record Rate(long amount, Duration window) {
    private static final Pattern FORM = Pattern
            .compile("\\s*(\\d{1,15})\\s*([A-Za-z]*)\\s*/\\s*([A-Za-z]+)\\s*");
    private static final Map<String, Long> SIZES = Map.of("", 1L, "b", 1L, "kb", 1000L, "kib",
            1024L, "mb", 1_000_000L, "mib", 1L << 20, "gb", 1_000_000_000L, "gib", 1L << 30);
    private static final Map<String, Duration> WINDOWS = Map.of("s", Duration.ofSeconds(1), "sec",
            Duration.ofSeconds(1), "min", Duration.ofMinutes(1), "m", Duration.ofMinutes(1), "h",
            Duration.ofHours(1));
    /** So that an hour's worth still counts in nanoseconds without overflow. */
    private static final long AMOUNT_MAX = 1_000_000_000_000L;

    public Rate {
        if (amount < 1 || amount > AMOUNT_MAX) {
            throw new IllegalArgumentException(
                    "a rate must be between 1 and " + AMOUNT_MAX + " but was " + amount);
        }
        if (window.isZero() || window.isNegative()) {
            throw new IllegalArgumentException("a rate's window must be more than zero");
        }
    }

    public static Rate perSecond(long amount) {
        return new Rate(amount, Duration.ofSeconds(1));
    }

    /**
     * Reads {@code 50/s}, {@code 100000/min}, {@code 5MiB/s}.
     *
     * @throws IllegalArgumentException
     *             if it is none of these; the message lists the forms
     */
    public static Rate parse(String text) {
        var match = FORM.matcher(text);
        if (match.matches()) {
            var size = SIZES.get(match.group(2).toLowerCase(Locale.ROOT));
            var window = WINDOWS.get(match.group(3).toLowerCase(Locale.ROOT));
            if (size != null && window != null) {
                var amount = new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(size));
                if (amount.signum() > 0 && amount.compareTo(BigDecimal.valueOf(AMOUNT_MAX)) <= 0) {
                    return new Rate(amount.longValueExact(), window);
                }
            }
        }
        throw new IllegalArgumentException("expected a rate of at least 1 such as '50/s',"
                + " '1000/min', '5000/h', '64KiB/s' or '5MiB/s' but was '" + text + "'");
    }

    /** {@link #window} in whole seconds. */
    public long windowSeconds() {
        return Math.max(1, window.toSeconds());
    }

    @Override
    public String toString() {
        return amount + "/" + (windowSeconds() == 1
                ? "s"
                : windowSeconds() == 60
                        ? "min"
                        : windowSeconds() == 3600 ? "h" : windowSeconds() + "s");
    }
}

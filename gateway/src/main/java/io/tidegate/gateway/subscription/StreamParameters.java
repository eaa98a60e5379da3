package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.regex.Pattern;

/** The words that every transport uses to say what a stream should be. */
public final class StreamParameters {
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
    private static final Duration INTERVAL_MIN = Duration.ofMillis(10);
    private static final Duration INTERVAL_MAX = Duration.ofHours(1);

    private StreamParameters() {
    }

    /**
     * Reads {@code from}: {@code latest}, {@code earliest}, an RFC 3339 time, or a cursor.
     *
     * @param resume
     *            the cursor that the transport itself brings ({@code Last-Event-ID}); it wins, since it is what a client
     *            that reconnects by itself adds to the address it was given
     * @throws Refusal.Thrown
     *             if it is none of these
     */
    public static From from(Optional<String> from, Optional<String> resume) {
        if (resume.isPresent()) {
            return new From.After(resume.get());
        }
        if (from.isEmpty() || from.get().equals("latest")) {
            return new From.Latest();
        }
        var text = from.get();
        if (text.equals("earliest")) {
            return new From.Earliest();
        }
        if (text.length() >= 20 && Character.isDigit(text.charAt(0)) && text.charAt(4) == '-') {
            try {
                // A plus sign in a query string arrives as a space.
                return new From.Time(OffsetDateTime.parse(text.replace(' ', '+')).toInstant());
            } catch (DateTimeException e) {
                throw invalid(
                        "'from' is no RFC 3339 time; expected one like 2026-01-31T12:00:00Z.");
            }
        }
        return new From.After(text);
    }

    /**
     * Reads {@code conflate} and {@code onSlow}; every event, and {@code wait}, if they are not given.
     *
     * @param hasKey
     *            whether the product has a key: only then is one event newer than another
     * @throws Refusal.Thrown
     *             naming the one that cannot be used
     */
    public static Tempo tempo(Optional<String> conflate, Optional<String> onSlow,
            boolean hasKey) {
        var interval = conflate.map(StreamParameters::interval);
        var policy = onSlow.map(word -> OnSlow.parse(word).orElseThrow(() -> invalid(
                "'onSlow' must be 'wait', 'conflate', 'drop' or 'disconnect'.")))
                .orElse(OnSlow.WAIT);
        if (interval.isPresent() && !hasKey) {
            throw invalid("The product has no key, so no event is newer than another of its key;"
                    + " leave 'conflate' out.");
        }
        if (policy == OnSlow.CONFLATE && !hasKey) {
            throw invalid("The product has no key, so no event is newer than another of its key;"
                    + " 'onSlow' must be 'wait', 'drop' or 'disconnect'.");
        }
        return new Tempo(interval, policy);
    }

    private static Duration interval(String text) {
        var interval = duration(text)
                .filter(d -> d.compareTo(INTERVAL_MIN) >= 0 && d.compareTo(INTERVAL_MAX) <= 0);
        return interval.orElseThrow(() -> invalid(
                "'conflate' must be a duration of 10ms to 1h, such as 500ms, 2s or PT0.5S."));
    }

    private static Optional<Duration> duration(String text) {
        var brief = SHORT_DURATION.matcher(text);
        if (brief.matches()) {
            long amount = Long.parseLong(brief.group(1));
            return Optional.of(switch (brief.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
            });
        }
        try {
            return Optional.of(Duration.parse(text));
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    public static Refusal.Thrown invalid(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID, detail));
    }
}

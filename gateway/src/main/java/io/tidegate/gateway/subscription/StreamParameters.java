package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Optional;

/** The words that every transport uses to say what a stream should be. */
public final class StreamParameters {
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

    /** Reads {@code onSlow}; {@code wait} if it is not given. */
    public static OnSlow onSlow(Optional<String> word) {
        return word
                .map(w -> OnSlow.parse(w)
                        .orElseThrow(() -> w.equals("conflate")
                                ? new Refusal.Thrown(noConflation())
                                : invalid("'onSlow' must be 'wait', 'drop' or 'disconnect'.")))
                .orElse(OnSlow.WAIT);
    }

    /** What a client hears that asks for conflation. */
    public static Refusal noConflation() {
        return Refusal.of(RefusalCode.PARAMETER_INVALID,
                "Conflation is not served by this version; leave 'conflate' out, or use onSlow 'drop'.");
    }

    public static Refusal.Thrown invalid(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID, detail));
    }
}

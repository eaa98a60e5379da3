package io.tidegate.gateway.http;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which of several media types an {@code Accept} header likes best (RFC 9110 section 12.5.1). Pure. */
public final class Accept {
    private Accept() {
    }

    /**
     * @param offers
     *            the first one is the answer where the header has no preference, or likes nothing that there is: a document
     *            in another format helps more than none
     */
    public static String best(@Nullable String header, List<String> offers) {
        return liked(header, offers).orElseGet(offers::getFirst);
    }

    /**
     * @param offers
     *            of those that are liked alike the first one is the answer
     * @return empty if the header likes none of them
     */
    public static Optional<String> liked(@Nullable String header, List<String> offers) {
        var best = Optional.<String>empty();
        double bestQuality = 0;
        for (var offer : offers) {
            double quality = quality(header == null || header.isBlank() ? "*/*" : header, offer);
            if (quality > bestQuality) {
                best = Optional.of(offer);
                bestQuality = quality;
            }
        }
        return best;
    }

    /** Whether a person's browser asks: it names HTML, which programs do not. */
    public static boolean isBrowser(@Nullable String header) {
        return header != null && header.toLowerCase(Locale.ROOT).contains("text/html");
    }

    private static double quality(String header, String offer) {
        var type = essence(offer);
        double quality = 0;
        int closest = -1;
        for (var range : header.split(",")) {
            var wanted = essence(range);
            int closeness = wanted.equals(type)
                    ? 2
                    : wanted.endsWith("/*")
                            && type.startsWith(wanted.substring(0, wanted.length() - 1))
                                    ? 1
                                    : wanted.equals("*/*") ? 0 : -1;
            if (closeness > closest) {
                closest = closeness;
                quality = weight(range);
            }
        }
        return quality;
    }

    private static String essence(String range) {
        int end = range.indexOf(';');
        return (end < 0 ? range : range.substring(0, end)).trim().toLowerCase(Locale.ROOT);
    }

    private static double weight(String range) {
        for (var parameter : range.split(";")) {
            var text = parameter.trim();
            if (text.regionMatches(true, 0, "q=", 0, 2)) {
                try {
                    return Math.clamp(Double.parseDouble(text.substring(2)), 0, 1);
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
    }
}

package io.tidegate.gateway.http;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a client offers in {@code Sec-WebSocket-Extensions}, and the answer to it (RFC 7692 sections 5 and 7). */
final class DeflateOffers {
    /** Neither side may keep a window: frames are deflated once for many, and an idle connection costs nothing. */
    private static final String ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    private static final Pattern WINDOW_BITS = Pattern.compile("[89]|1[0-5]");

    private DeflateOffers() {
    }

    /**
     * The answer to the first offer that can be kept to; empty if there is none.
     *
     * @param headers
     *            every {@code Sec-WebSocket-Extensions} of the request
     */
    static Optional<String> answer(List<String> headers) {
        // Values are tokens even when quoted: a comma or semicolon can only stand between.
        for (String offer : String.join(",", headers).split(",", -1)) {
            var parts = offer.split(";", -1);
            if (parts[0].strip().equals("permessage-deflate")) {
                var answer = answer(parts);
                if (answer.isPresent()) {
                    return answer;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> answer(String[] parts) {
        var seen = new HashSet<String>();
        var answer = ANSWER;
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            var name = (equals < 0 ? parts[i] : parts[i].substring(0, equals)).strip();
            var value = equals < 0
                    ? Optional.<String>empty()
                    : Optional.of(unquoted(parts[i].substring(equals + 1).strip()));
            boolean isGood = seen.add(name) && switch (name) {
                case "server_no_context_takeover", "client_no_context_takeover" -> value.isEmpty();
                case "client_max_window_bits" -> value.isEmpty()
                        || WINDOW_BITS.matcher(value.get()).matches();
                // The deflater knows the largest window alone.
                case "server_max_window_bits" -> value.equals(Optional.of("15"));
                default -> false;
            };
            if (!isGood) {
                return Optional.empty();
            }
            if (name.equals("server_max_window_bits")) {
                answer += "; server_max_window_bits=15";
            }
        }
        return Optional.of(answer);
    }

    private static String unquoted(String value) {
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }
}

package io.tidegate.loadtests.server;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a baseline without a codec needs to know of a request, and what it answers. */
record RequestHead(String text) {
    private static final Pattern KEY = Pattern.compile("(?i)sec-websocket-key: *(\\S+)");
    private static final String LINE = "\r\n";
    private static final String KEY_END = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /** WebSocket if that is asked for, else server-sent events. */
    Wire wire() {
        return text.toLowerCase(Locale.ROOT).contains("upgrade: websocket")
                ? Wire.WEBSOCKET
                : Wire.SSE;
    }

    /** The value of a parameter of the address; empty if there is none. */
    String parameter(String name) {
        var line = text.substring(0, Math.max(0, text.indexOf("\r\n")));
        var found = Pattern.compile("[?&]" + Pattern.quote(name) + "=([^& ]*)").matcher(line);
        return found.find() ? found.group(1) : "";
    }

    /** The head of the answer, after which events may come. */
    String answer() {
        var key = KEY.matcher(text);
        return wire() == Wire.WEBSOCKET && key.find()
                ? String.join(LINE, "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket",
                        "Connection: Upgrade", "Sec-WebSocket-Accept: " + accept(key.group(1)),
                        LINE)
                : String.join(LINE, "HTTP/1.1 200 OK", "Content-Type: text/event-stream",
                        "Transfer-Encoding: chunked", LINE);
    }

    private static String accept(String key) {
        try {
            return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1")
                    .digest((key + KEY_END).getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}

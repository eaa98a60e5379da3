package io.tidegate.gateway.refusal;

import java.nio.charset.StandardCharsets;

/** The reason in a WebSocket close frame, which holds no more than 123 bytes of UTF-8 (RFC 6455 section 5.5). Pure. */
public final class CloseReasons {
    /** Bytes of UTF-8 in a reason. */
    public static final int BYTES_MAX = 123;

    private CloseReasons() {
    }

    /** {@code CODE: detail}, cut between two characters where it is too long. */
    public static String of(Refusal refusal) {
        return cut(refusal.code().name() + ": " + refusal.detail());
    }

    /** {@code CODE cursor=…}; only the code where the cursor does not fit, because half a cursor is none. */
    public static String withCursor(RefusalCode code, String cursor) {
        var reason = code.name() + " cursor=" + cursor;
        return reason.getBytes(StandardCharsets.UTF_8).length <= BYTES_MAX ? reason : code.name();
    }

    /** The longest beginning of the text that fits. Half of a surrogate pair becomes {@code ?}. */
    public static String cut(String text) {
        var out = new StringBuilder();
        int bytes = 0;
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (Character.isSurrogate((char) c) && Character.isBmpCodePoint(c)) {
                c = '?';
            }
            bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            if (bytes > BYTES_MAX) {
                break;
            }
            out.appendCodePoint(c);
        }
        return out.toString();
    }
}

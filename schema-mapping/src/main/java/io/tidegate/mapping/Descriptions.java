package io.tidegate.mapping;

import org.jspecify.annotations.Nullable;

/** Text of contracts and schemas, which strangers wrote, on its way into documents. */
public final class Descriptions {
    private static final int LENGTH_MAX = 4_000;

    private Descriptions() {
    }

    /**
     * The text without control characters and surrounding space, at most 4,000 characters long; null if nothing is left.
     * Whoever shows it as HTML still has to escape it.
     */
    public static @Nullable String of(String text) {
        var clean = new StringBuilder(Math.min(text.length(), LENGTH_MAX));
        text.codePoints().filter(c -> c != '\r').limit(LENGTH_MAX).forEach(
                c -> clean.appendCodePoint(isShown(c) ? c : ' '));
        var shown = clean.toString().strip();
        return shown.isEmpty() ? null : shown;
    }

    /** Not control characters, unpaired surrogates, or marks that change the direction of text. */
    private static boolean isShown(int c) {
        return c == '\n' || switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                false;
            default -> true;
        };
    }
}

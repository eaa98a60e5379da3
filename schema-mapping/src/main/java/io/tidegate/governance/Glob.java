package io.tidegate.governance;

import java.util.Locale;

/**
 * Text in which {@code *} stands for any characters, also none; case does not count. A pattern for fields is compared
 * with a field's name, or with its whole path where the pattern holds a dot; {@code homePhone} and {@code home-phone}
 * count as {@code home_phone} too.
 */
record Glob(String text) {
    static final int LENGTH_MAX = 200;

    /** Whether a text matches, as it stands. */
    boolean matches(String candidate) {
        return matches(lower(text), lower(candidate));
    }

    /**
     * Whether the field with this path is meant.
     *
     * @param path
     *            names from the row down to the field, joined by dots
     * @param name
     *            the last of them
     */
    boolean matchesField(String path, String name) {
        var subject = text.contains(".") ? path : name;
        return matches(subject) || matches(snake(text), snake(subject));
    }

    /** Whether every field that another pattern means is meant by this one, as far as the texts show. */
    boolean covers(Glob other) {
        if (text.contains(".") == other.text.contains(".")) {
            return matches(other.text) || matches(snake(text), snake(other.text));
        }
        var name = other.text.substring(other.text.lastIndexOf('.') + 1);
        // A star passes dots, so the name at the end of such a path could be any.
        return !text.contains(".") && !name.contains("*") && covers(new Glob(name));
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    private static String snake(String text) {
        return lower(text.replaceAll("([a-z0-9])([A-Z])", "$1_$2").replace('-', '_'));
    }

    /** Greedy with one way back: time in proportion to the product of both lengths at worst. */
    private static boolean matches(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}

package io.tidegate.governance;

import java.util.Locale;

/**
 * Text in which {@code *} stands for any characters, also none; case does not count. A pattern for fields is compared
 * with a field's name, or with its whole path where the pattern holds a dot; {@code homePhone} and {@code home-phone}
 * count as {@code home_phone} too.
 */
final class Glob {
    static final int LENGTH_MAX = 200;

    private final String text;
    private final Subject pattern;

    Glob(String text) {
        this.text = text;
        this.pattern = Subject.of(text);
    }

    /**
     * What is compared with patterns, in both spellings: many patterns meet many names.
     *
     * @param lower
     *            as it is written, in lower case
     * @param snake
     *            with {@code _} where a hyphen or a new hump of camel case is
     */
    record Subject(String lower, String snake) {
        static Subject of(String text) {
            return new Subject(text.toLowerCase(Locale.ROOT),
                    text.replaceAll("([a-z0-9])([A-Z])", "$1_$2").replace('-', '_')
                            .toLowerCase(Locale.ROOT));
        }
    }

    /** As it is written. */
    String text() {
        return text;
    }

    /** Whether a text matches, as it stands. */
    boolean matches(String candidate) {
        return matches(pattern.lower(), candidate.toLowerCase(Locale.ROOT));
    }

    /**
     * Whether the field with this path is meant.
     *
     * @param path
     *            names from the row down to the field, joined by dots
     * @param name
     *            the last of them
     */
    boolean matchesField(Subject path, Subject name) {
        return matches(text.contains(".") ? path : name);
    }

    /** Whether every field that another pattern means is meant by this one, as far as the texts show. */
    boolean covers(Glob other) {
        if (text.contains(".") == other.text.contains(".")) {
            return matches(other.pattern);
        }
        var name = other.lastName();
        // A star passes dots, so the name at the end of such a path could be any.
        return !text.contains(".") && !name.contains("*") && matches(Subject.of(name));
    }

    /** The part behind the last dot. */
    String lastName() {
        return text.substring(text.lastIndexOf('.') + 1);
    }

    private boolean matches(Subject subject) {
        return matches(pattern.lower(), subject.lower())
                || matches(pattern.snake(), subject.snake());
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

    @Override
    public String toString() {
        return text;
    }
}

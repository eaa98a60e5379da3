package io.tidegate.gateway.view;

import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;

/**
 * Patterns of RE2 in the words of PostgreSQL's own regular expressions, which look alike and mean other things: there a point
 * is any character, and {@code \d} depends on the language. What has no counterpart that means the same is refused.
 */
final class PostgresPattern {
    private static final int REPEATS_MAX = 255;
    private static final String WORD = "0-9A-Za-z_";
    /** Begins a pattern whose words are PostgreSQL's advanced ones, whatever the server takes for usual. */
    private static final String BEGIN = "***:";

    private final String pattern;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private boolean isDotAll;
    private boolean isIgnoringCase;

    private PostgresPattern(String pattern) {
        this.pattern = pattern;
    }

    /**
     * @param pattern
     *            one that RE2 understands
     * @throws Refusal.Thrown
     *             if PostgreSQL has no such pattern
     */
    static String of(String pattern) {
        return new PostgresPattern(pattern).translated();
    }

    private String translated() {
        flags();
        while (at < pattern.length()) {
            piece();
        }
        return BEGIN + (isIgnoringCase ? "(?i)" : "") + out;
    }

    /** Of the whole pattern, at its beginning. */
    private void flags() {
        while (pattern.startsWith("(?", at)) {
            int end = pattern.indexOf(')', at);
            String flags = end < 0 ? "" : pattern.substring(at + 2, end);
            if (flags.isEmpty() || !flags.matches("[is]+")) {
                return;
            }
            isDotAll |= flags.contains("s");
            isIgnoringCase |= flags.contains("i");
            at = end + 1;
        }
    }

    private void piece() {
        int c = pattern.codePointAt(at);
        switch (c) {
            case '\\' -> {
                at++;
                escape(false);
            }
            case '[' -> set();
            case '(' -> group();
            case '.' -> {
                at++;
                out.append(other(isDotAll ? "" : "\\n"));
            }
            case '{' -> repeat();
            case '*', '+', '?' -> {
                at++;
                out.append((char) c);
                greed();
            }
            case '|', ')' -> {
                at++;
                out.append((char) c);
            }
            // PostgreSQL's are those of the whole text, as RE2's are without (?m)
            case '^', '$' -> {
                at++;
                out.append(c == '^' ? "\\A" : "\\Z");
            }
            default -> {
                at += Character.charCount(c);
                literal(c);
            }
        }
    }

    /** Whether a match is short or long makes no difference to there being one. */
    private void greed() {
        if (at < pattern.length() && pattern.charAt(at) == '?') {
            at++;
        }
    }

    private void repeat() {
        int end = pattern.indexOf('}', at);
        String counts = end < 0 ? "" : pattern.substring(at + 1, end);
        if (!counts.matches("[0-9]{1,4}(,[0-9]{0,4})?")) {
            at++;
            literal('{');
            return;
        }
        for (String count : counts.split(",")) {
            if (Integer.parseInt(count) > REPEATS_MAX) {
                throw refused("{" + counts + "}");
            }
        }
        out.append('{').append(counts).append('}');
        at = end + 1;
        greed();
    }

    private void group() {
        if (!pattern.startsWith("(?", at)) {
            at++;
            out.append("(?:");
            return;
        }
        if (pattern.startsWith("(?:", at)) {
            at += 3;
            out.append("(?:");
            return;
        }
        int name = pattern.startsWith("(?P<", at)
                ? at + 4
                : pattern.startsWith("(?<", at)
                        ? at + 3
                        : -1;
        int end = name < 0 ? -1 : pattern.indexOf('>', name);
        if (end < 0) {
            throw refused(pattern.substring(at, Math.min(pattern.length(), at + 4)));
        }
        at = end + 1;
        out.append("(?:");
    }

    private void escape(boolean isInSet) {
        if (at >= pattern.length()) {
            throw refused("\\");
        }
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        switch (c) {
            case 'd' -> out.append(isInSet ? "0-9" : "[0-9]");
            case 'w' -> out.append(isInSet ? WORD : "[" + WORD + "]");
            case 's' -> out.append(isInSet ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]");
            case 'D', 'W', 'S' -> {
                if (isInSet) {
                    throw refused("\\" + (char) c);
                }
                out.append(other(switch (c) {
                    case 'D' -> "0-9";
                    case 'W' -> WORD;
                    default -> "\\t\\n\\f\\r ";
                }));
            }
            case 't', 'n', 'f', 'r', 'v', 'a' -> out.append('\\').append((char) c);
            case 'A', 'z' -> {
                if (isInSet) {
                    throw refused("\\" + (char) c);
                }
                out.append(c == 'A' ? "\\A" : "\\Z");
            }
            case 'b' -> {
                if (isInSet) {
                    throw refused("\\b");
                }
                out.append("(?:(?<=[" + WORD + "])(?![" + WORD + "])|(?<![" + WORD + "])(?=["
                        + WORD + "]))");
            }
            case 'Q' -> {
                int end = pattern.indexOf("\\E", at);
                String quoted = pattern.substring(at, end < 0 ? pattern.length() : end);
                quoted.codePoints().forEach(this::literal);
                at = end < 0 ? pattern.length() : end + 2;
            }
            default -> {
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    throw refused("\\" + (char) c);
                }
                literal(c);
            }
        }
    }

    /** Any character but these; the two that are kept as a pair are one. */
    private static String other(String than) {
        return "(?:[^" + than + "\\u0001]|\\u0001[\\u0001\\u0002])";
    }

    private void set() {
        at++;
        int begin = out.length();
        boolean isOther = at < pattern.length() && pattern.charAt(at) == '^';
        if (isOther) {
            at++;
        }
        boolean isFirst = true;
        while (at < pattern.length() && (isFirst || pattern.charAt(at) != ']')) {
            int c = pattern.codePointAt(at);
            if (c == '\\') {
                at++;
                escape(true);
            } else if (pattern.startsWith("[:", at)) {
                throw refused("[:");
            } else if (c == '-' && !isFirst && at + 1 < pattern.length()
                    && pattern.charAt(at + 1) != ']') {
                at++;
                out.append('-');
            } else {
                at += Character.charCount(c);
                literal(c);
            }
            isFirst = false;
        }
        if (at >= pattern.length()) {
            throw refused("[");
        }
        at++;
        String of = out.substring(begin);
        out.setLength(begin);
        out.append(isOther ? other(of) : "[" + of + "]");
    }

    private void literal(int c) {
        if (c == 0 || c == 1) {
            // as it is stored
            out.append("\\u0001").append(c == 0 ? "\\u0001" : "\\u0002");
        } else if (c < 128 && !Character.isLetterOrDigit(c) && c != ' ' && c > 31) {
            out.append('\\').append((char) c);
        } else {
            out.appendCodePoint(c);
        }
    }

    private Refusal.Thrown refused(String what) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.FILTER_INVALID, "the pattern '" + pattern
                + "' cannot be asked of this product's store, which has no '" + what
                + "'; say it in other words"));
    }
}

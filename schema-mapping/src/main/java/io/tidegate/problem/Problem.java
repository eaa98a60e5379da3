package io.tidegate.problem;

/**
 * Something wrong in a user's file.
 *
 * @param rule
 *            the stable name of the rule that found it, kebab-case
 * @param message
 *            one sentence: what is wrong, what is expected, what to do; quotes the user's text
 */
public record Problem(Place place, Severity severity, String rule, String message) {

    /** How bad it is: an error keeps the file from being used. */
    public enum Severity {
        ERROR, WARNING
    }

    public static Problem error(Place place, String rule, String message) {
        return new Problem(place, Severity.ERROR, rule, message);
    }

    public static Problem warning(Place place, String rule, String message) {
        return new Problem(place, Severity.WARNING, rule, message);
    }

    public boolean isError() {
        return severity == Severity.ERROR;
    }

    /** {@code file:line:column: rule: message}. */
    @Override
    public String toString() {
        return place + ": " + rule + ": " + message;
    }
}

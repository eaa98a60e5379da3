package io.tidegate.problem;

import java.util.Optional;

/**
 * Something wrong in a user's file.
 *
 * @param rule
 *            the stable name of the rule that found it, kebab-case; {@link ProblemRule} lists them all
 * @param message
 *            one sentence: what is wrong, what is expected, what to do; quotes the user's text
 * @param related
 *            the other place, where two do not agree; the message names it too
 */
public record Problem(Place place, Severity severity, String rule, String message,
        Optional<Place> related) {

    /** How bad it is: an error keeps the file from being used. */
    public enum Severity {
        ERROR, WARNING
    }

    public Problem(Place place, Severity severity, String rule, String message) {
        this(place, severity, rule, message, Optional.empty());
    }

    public static Problem error(Place place, String rule, String message) {
        return new Problem(place, Severity.ERROR, rule, message);
    }

    public static Problem warning(Place place, String rule, String message) {
        return new Problem(place, Severity.WARNING, rule, message);
    }

    /** The same problem with the other place that belongs to it. */
    public Problem relatedTo(Place other) {
        return new Problem(place, severity, rule, message, Optional.of(other));
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

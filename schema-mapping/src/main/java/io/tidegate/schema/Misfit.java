package io.tidegate.schema;

import java.util.Objects;

/**
 * A value in a payload that was not of its type and was therefore read as null. The rest of the payload is as good as
 * ever.
 *
 * @param path
 *            names of fields from the row's own down, joined by dots; {@code []} stands for any element of a list and
 *            {@code {}} for any value of a map, so that one mistake of a producer has one path. Holds no payload
 * @param expected
 *            what a value there has to be, in words: {@code a UUID}
 */
public record Misfit(String path, String expected) {
    public Misfit {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(expected, "expected");
    }

    @Override
    public String toString() {
        return path + ": expected " + expected;
    }
}

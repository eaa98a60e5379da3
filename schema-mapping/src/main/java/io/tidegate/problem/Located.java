package io.tidegate.problem;

/** Text from a user's file that is judged later (an expression, a path), with the place to name if it is wrong. */
public record Located(String text, Place place) {
    @Override
    public String toString() {
        return text;
    }
}

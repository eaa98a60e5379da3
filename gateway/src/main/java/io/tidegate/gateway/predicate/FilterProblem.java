package io.tidegate.gateway.predicate;

/** A filter that cannot be used. The message is one sentence for whoever wrote the filter. */
public final class FilterProblem extends Exception {
    private final int column;

    /**
     * @param column
     *            of the filter's text, from 1; 0 = not known
     */
    public FilterProblem(String message, int column) {
        super(message, null, false, false);
        this.column = column;
    }

    public int column() {
        return column;
    }
}

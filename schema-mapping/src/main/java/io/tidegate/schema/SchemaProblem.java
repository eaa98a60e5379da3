package io.tidegate.schema;

/** A schema that cannot be read: what is wrong, and where in its text. */
public final class SchemaProblem extends Exception {
    private final int line;
    private final int column;

    /**
     * @param line
     *            from 1; 0 = not known
     * @param column
     *            from 1; 0 = not known
     */
    public SchemaProblem(String message, int line, int column) {
        super(message);
        this.line = line;
        this.column = column;
    }

    public SchemaProblem(String message) {
        this(message, 0, 0);
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }
}

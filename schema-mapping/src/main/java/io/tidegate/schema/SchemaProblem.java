package io.tidegate.schema;

/** A schema that cannot be read: what is wrong, and where in its text. */
public final class SchemaProblem extends Exception {
    private final String origin;
    private final int line;
    private final int column;

    /**
     * @param line
     *            from 1; 0 = not known
     * @param column
     *            from 1; 0 = not known
     */
    public SchemaProblem(String message, int line, int column) {
        this(message, "", line, column);
    }

    /**
     * @param origin
     *            of the text that the problem is in, where that is another file than the schema that was opened; else empty
     *            or the schema's own
     * @param line
     *            from 1; 0 = not known
     * @param column
     *            from 1; 0 = not known
     */
    public SchemaProblem(String message, String origin, int line, int column) {
        super(message);
        this.origin = origin;
        this.line = line;
        this.column = column;
    }

    public SchemaProblem(String message) {
        this(message, 0, 0);
    }

    /** Which text; empty for the schema that was opened. */
    public String origin() {
        return origin;
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }
}

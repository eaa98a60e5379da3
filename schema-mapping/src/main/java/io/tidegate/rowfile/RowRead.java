package io.tidegate.rowfile;

import io.tidegate.schema.Change;

/** What one row of a file turned out to be. */
public sealed interface RowRead {

    /**
     * Where in the file: its line from 1; in files without lines, which record from 1.
     */
    long line();

    /** A row that fits the product. */
    record Good(long line, Change change) implements RowRead {
    }

    /**
     * A row that does not.
     *
     * @param message
     *            names the field and what was expected; holds no value of the row
     */
    record Bad(long line, String message) implements RowRead {
    }
}

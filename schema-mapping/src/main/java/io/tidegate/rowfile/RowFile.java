package io.tidegate.rowfile;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** A file of rows that is open for reading, once, front to back. Holds one row at a time. */
public interface RowFile extends Closeable {

    /**
     * The next row; empty at the end. Where the file cannot be read any further its last row is a {@link RowRead.Bad} that
     * says so.
     *
     * @throws IOException
     *             if the file itself fails
     */
    Optional<RowRead> next() throws IOException;
}

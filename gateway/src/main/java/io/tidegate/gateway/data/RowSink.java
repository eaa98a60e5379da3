package io.tidegate.gateway.data;

import io.tidegate.schema.Row;
import java.io.IOException;
import java.util.List;

/** Writes rows in one format. */
interface RowSink extends AutoCloseable {

    /** Before the first row. */
    void begin() throws IOException;

    /** Any number of times. */
    void rows(List<Row> rows) throws IOException;

    /** Behind the last row; nothing is written any more. */
    void end() throws IOException;

    /** Gives back what it holds, whether or not it came to its end. */
    @Override
    default void close() {
        // Most hold nothing.
    }
}

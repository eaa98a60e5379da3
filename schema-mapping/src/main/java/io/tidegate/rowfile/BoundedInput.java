package io.tidegate.rowfile;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Ends in an error where a parser asks for more bytes than one row may have, before it has kept them all. */
final class BoundedInput extends FilterInputStream {
    private long left = RowFiles.ROW_MAX;

    BoundedInput(InputStream in) {
        super(in);
    }

    /** A row without an end, or one that is too long. */
    static final class RowTooLong extends IOException {
        RowTooLong() {
            super("the row is longer than " + RowFiles.ROW_MAX
                    + " bytes; the rest of the file is not read");
        }
    }

    void nextRow() {
        left = RowFiles.ROW_MAX;
    }

    @Override
    public int read() throws IOException {
        int one = super.read();
        count(one < 0 ? 0 : 1);
        return one;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        int read = super.read(bytes, from, length);
        count(Math.max(0, read));
        return read;
    }

    private void count(int bytes) throws IOException {
        left -= bytes;
        if (left < 0) {
            throw new RowTooLong();
        }
    }
}

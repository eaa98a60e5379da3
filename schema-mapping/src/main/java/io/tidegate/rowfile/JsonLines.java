package io.tidegate.rowfile;

import io.tidegate.schema.UnreadablePayload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** One JSON object a line; blank lines do not count as rows. */
final class JsonLines implements RowFile {
    private final InputStream in;
    private final Rows rows;
    private long line;

    JsonLines(InputStream in, Rows rows) {
        this.in = in;
        this.rows = rows;
    }

    @Override
    public Optional<RowRead> next() throws IOException {
        while (true) {
            var text = new ByteArrayOutputStream(512);
            boolean tooLong = false;
            int one = in.read();
            if (one < 0) {
                return Optional.empty();
            }
            line++;
            for (; one >= 0 && one != '\n'; one = in.read()) {
                if (text.size() < RowFiles.ROW_MAX) {
                    text.write(one);
                } else {
                    tooLong = true;
                }
            }
            if (tooLong) {
                return Optional.of(new RowRead.Bad(line,
                        "the line is longer than " + RowFiles.ROW_MAX + " bytes"));
            }
            byte[] bytes = text.toByteArray();
            if (RowFiles.first(bytes) != 0) {
                return Optional.of(read(bytes));
            }
        }
    }

    private RowRead read(byte[] bytes) {
        try {
            return new RowRead.Good(line, rows.json(bytes));
        } catch (UnreadablePayload e) {
            return Rows.bad(line, e);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

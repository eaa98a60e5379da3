package io.tidegate.rowfile;

import io.tidegate.schema.AvroRecords;
import io.tidegate.schema.SchemaProblem;
import io.tidegate.schema.UnreadablePayload;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericDatumReader;

/** Avro's container file, of any codec; fields are matched by name. */
final class AvroFile implements RowFile {
    private final DataFileStream<Object> in;
    private final AvroRecords records;
    private final Rows rows;
    private long number;
    private boolean ended;

    AvroFile(InputStream in, Rows rows) throws IOException {
        this.rows = rows;
        try {
            this.in = new DataFileStream<>(in, new GenericDatumReader<>());
            this.records = new AvroRecords(this.in.getSchema(), rows.type());
        } catch (SchemaProblem | AvroRuntimeException e) {
            throw new IOException("the schema in the Avro file cannot be used: " + e.getMessage(),
                    e);
        }
    }

    @Override
    public Optional<RowRead> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        number++;
        try {
            if (!in.hasNext()) {
                ended = true;
                return Optional.empty();
            }
            return Optional.of(new RowRead.Good(number, rows.row(records.row(in.next()))));
        } catch (UnreadablePayload e) {
            return Optional.of(Rows.bad(number, e));
        } catch (AvroRuntimeException e) {
            ended = true;
            return Optional.of(new RowRead.Bad(number,
                    "the Avro file is damaged here; the rest of it is not read"));
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

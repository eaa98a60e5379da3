package io.tidegate.gateway.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Rows as the JSON of plain streams: one object a line. */
final class JsonRows implements RowSink {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    private final RecordType type;
    private final JsonGenerator out;

    private JsonRows(RecordType type, JsonGenerator out) {
        this.type = type;
        this.out = out;
    }

    /** One object a line (NDJSON). */
    static RowSink lines(RecordType type, OutputStream target) throws IOException {
        return new JsonRows(type, FACTORY.createGenerator(target).setRootValueSeparator(null));
    }

    /**
     * One document with all of them.
     *
     * @param facts
     *            what stands beside the rows
     */
    static RowSink document(RecordType type, OutputStream target, Facts facts) throws IOException {
        return new Document(type, FACTORY.createGenerator(target), facts);
    }

    @Override
    public void begin() {
        // Lines have nothing before them.
    }

    @Override
    public void rows(List<Row> rows) throws IOException {
        for (var row : rows) {
            JsonValues.write(out, type, row);
            out.writeRaw('\n');
        }
        out.flush();
    }

    @Override
    public void end() throws IOException {
        out.flush();
    }

    /** Writes members of the document's object. */
    interface Facts {
        void write(JsonGenerator out) throws IOException;
    }

    private record Document(RecordType type, JsonGenerator out, Facts facts) implements RowSink {
        @Override
        public void begin() throws IOException {
            out.writeStartObject();
            out.writeFieldName("data");
            out.writeStartArray();
        }

        @Override
        public void rows(List<Row> rows) throws IOException {
            for (var row : rows) {
                JsonValues.write(out, type, row);
            }
        }

        @Override
        public void end() throws IOException {
            out.writeEndArray();
            facts.write(out);
            out.writeEndObject();
            out.flush();
        }
    }
}

package io.tidegate.schema;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** The records of an Avro file as rows of a type that need not be the file's: fields are matched by name. */
public final class AvroRecords {
    private static final byte[] FRAME = new byte[5];

    private final Codec codec;
    private final RowProjection projection;
    private final GenericDatumWriter<Object> writer;

    /**
     * @param schema
     *            that the file was written with
     * @throws SchemaProblem
     *             if it has no neutral type
     */
    public AvroRecords(Schema schema, RecordType rows) throws SchemaProblem {
        var source = new SourceSchema(SchemaLanguage.AVRO, schema.toString(), "the file's header");
        // Framed payloads are never mistaken; a bare one that starts with a zero could be.
        this.codec = Schemas.open(source, Optional.empty(), List.of(), path -> {
            throw new IOException("nothing stands beside a file of records");
        }, id -> source);
        this.projection = new RowProjection(codec.type(), rows);
        this.writer = new GenericDatumWriter<>(schema);
    }

    /** The row that one of Avro's generic records means. */
    public Row row(Object genericRecord) throws UnreadablePayload {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(FRAME);
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            writer.write(genericRecord, encoder);
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail to be written", e);
        }
        return projection.apply(codec.decode(bytes.toByteArray()));
    }
}

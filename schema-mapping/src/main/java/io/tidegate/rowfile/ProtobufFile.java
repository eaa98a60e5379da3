package io.tidegate.rowfile;

import io.tidegate.schema.Change;
import io.tidegate.schema.ContainerCodec;
import io.tidegate.schema.UnreadablePayload;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Protobuf messages, each behind its length (a varint); or the file is one message: a payload, or one that repeats
 * payloads. Files beyond {@value #WHOLE_MAX} bytes can only be the first, because the others must be held in memory.
 */
final class ProtobufFile implements RowFile {
    static final int WHOLE_MAX = 64 * 1024 * 1024;

    private final InputStream file;
    private final Rows rows;
    private final InputStream in;
    private final @Nullable Iterator<Change> contained;
    private long number;
    private boolean ended;

    ProtobufFile(InputStream file, Rows rows) throws IOException {
        this.file = file;
        this.rows = rows;
        if (!(rows.payload() instanceof ContainerCodec codec)) {
            throw new IOException("a file of Protobuf messages needs a product whose schema is"
                    + " Protobuf; use JSON, CSV or Avro for this one");
        }
        byte[] head = file.readNBytes(WHOLE_MAX);
        boolean whole = head.length < WHOLE_MAX;
        InputStream delimited = new SequenceInputStream(new ByteArrayInputStream(head), file);
        Iterator<Change> found = null;
        if (whole && head.length > 0 && !isDelimited(head, codec::fits)) {
            List<Change> inside = codec.fits(head) ? List.of() : contained(codec, head);
            if (!inside.isEmpty()) {
                found = inside.iterator();
            } else if (codec.fits(head) || !isDelimited(head, message -> true)) {
                delimited = new ByteArrayInputStream(withLength(head));
            }
        }
        this.contained = found;
        this.in = delimited;
    }

    private static List<Change> contained(ContainerCodec codec, byte[] head) throws IOException {
        try {
            return codec.contained(head);
        } catch (UnreadablePayload e) {
            throw new IOException("the file is a message that repeats the product's, but "
                    + e.getMessage(), e);
        }
    }

    private static boolean isDelimited(byte[] whole, Predicate<byte[]> fits) throws IOException {
        var in = new ByteArrayInputStream(whole);
        try {
            for (byte[] message = message(in); message != null; message = message(in)) {
                if (!fits.test(message)) {
                    return false;
                }
            }
            return true;
        } catch (EOFException | RowTooLong e) {
            return false;
        }
    }

    private static byte[] withLength(byte[] message) {
        var bytes = new java.io.ByteArrayOutputStream(message.length + 5);
        int rest = message.length;
        for (; rest > 0x7F; rest >>>= 7) {
            bytes.write((rest & 0x7F) | 0x80);
        }
        bytes.write(rest);
        bytes.writeBytes(message);
        return bytes.toByteArray();
    }

    private static final class RowTooLong extends IOException {
        RowTooLong() {
            super("the message is longer than " + WHOLE_MAX + " bytes");
        }
    }

    /** Null at the end. */
    private static byte @Nullable [] message(InputStream in) throws IOException {
        long length = 0;
        for (int shift = 0;; shift += 7) {
            int one = in.read();
            if (one < 0) {
                if (shift == 0) {
                    return null;
                }
                throw new EOFException("the file ends inside of a length");
            }
            length |= (one & 0x7FL) << shift;
            if (shift > 28 || length > WHOLE_MAX) {
                throw new RowTooLong();
            }
            if (one < 0x80) {
                break;
            }
        }
        byte[] message = in.readNBytes((int) length);
        if (message.length < length) {
            throw new EOFException("the file ends inside of a message");
        }
        return message;
    }

    @Override
    public Optional<RowRead> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        number++;
        if (contained != null) {
            ended = !contained.hasNext();
            return ended ? Optional.empty() : Optional.of(good(contained.next()));
        }
        try {
            byte[] message = message(in);
            if (message == null) {
                ended = true;
                return Optional.empty();
            }
            return Optional.of(good(rows.event(message)));
        } catch (UnreadablePayload e) {
            return Optional.of(Rows.bad(number, e));
        } catch (EOFException | RowTooLong e) {
            ended = true;
            return Optional.of(new RowRead.Bad(number,
                    e.getMessage() + "; the rest of the file is not read"));
        }
    }

    private RowRead good(Change change) {
        return new RowRead.Good(number, change);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

package io.tidegate.schema;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Avro's binary encoding over one payload in memory. Never allocates more than the payload is long: a length that reaches
 * beyond the end is refused before anything is allocated for it, and so is a collection that claims more items than the
 * payload has bytes (with some room for items of no bytes at all).
 */
final class AvroBytes extends Decoder {
    private static final int FREE_ITEMS = 1000;

    private final byte[] bytes;
    private final int end;
    private int at;
    private long items;

    AvroBytes(byte[] bytes, int from) {
        this.bytes = bytes;
        this.at = from;
        this.end = bytes.length;
    }

    int position() {
        return at;
    }

    boolean isAtEnd() {
        return at == end;
    }

    private byte next() throws EOFException {
        if (at == end) {
            throw new EOFException("the payload ends too early");
        }
        return bytes[at++];
    }

    private int take(long length) throws IOException {
        if (length < 0 || length > end - at) {
            throw new EOFException(
                    "a length of " + length + " reaches beyond the end of the payload");
        }
        int start = at;
        at += (int) length;
        return start;
    }

    @Override
    public void readNull() {
    }

    @Override
    public boolean readBoolean() throws IOException {
        byte value = next();
        if (value != 0 && value != 1) {
            throw new IOException("a boolean is neither 0 nor 1");
        }
        return value == 1;
    }

    @Override
    public int readInt() throws IOException {
        long value = readLong();
        if (value != (int) value) {
            throw new IOException("an int has more than 32 bits");
        }
        return (int) value;
    }

    @Override
    public long readLong() throws IOException {
        long raw = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte part = next();
            raw |= (long) (part & 0x7f) << shift;
            if (part >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new IOException("a long has more than 64 bits");
    }

    @Override
    public float readFloat() throws IOException {
        int start = take(4);
        return Float.intBitsToFloat(littleEndian(start));
    }

    @Override
    public double readDouble() throws IOException {
        int start = take(8);
        return Double.longBitsToDouble(
                (littleEndian(start) & 0xffff_ffffL) | (long) littleEndian(start + 4) << 32);
    }

    private int littleEndian(int start) {
        return (bytes[start] & 0xff) | (bytes[start + 1] & 0xff) << 8
                | (bytes[start + 2] & 0xff) << 16
                | bytes[start + 3] << 24;
    }

    @Override
    public Utf8 readString(@Nullable Utf8 old) throws IOException {
        return new Utf8(readByteArray());
    }

    @Override
    public String readString() throws IOException {
        long length = readLong();
        return new String(bytes, take(length), (int) length, StandardCharsets.UTF_8);
    }

    @Override
    public void skipString() throws IOException {
        skipBytes();
    }

    @Override
    public ByteBuffer readBytes(@Nullable ByteBuffer old) throws IOException {
        return ByteBuffer.wrap(readByteArray());
    }

    byte[] readByteArray() throws IOException {
        long length = readLong();
        int start = take(length);
        return Arrays.copyOfRange(bytes, start, start + (int) length);
    }

    @Override
    public void skipBytes() throws IOException {
        var unused = take(readLong());
    }

    @Override
    public void readFixed(byte[] target, int start, int length) throws IOException {
        System.arraycopy(bytes, take(length), target, start, length);
    }

    @Override
    public void skipFixed(int length) throws IOException {
        var unused = take(length);
    }

    @Override
    public int readEnum() throws IOException {
        return readInt();
    }

    @Override
    public int readIndex() throws IOException {
        return readInt();
    }

    private long readCount() throws IOException {
        long count = readLong();
        if (count < 0) {
            count = -count;
            long size = readLong();
            if (size < 0 || size > end - at) {
                throw new EOFException(
                        "a block of " + size + " bytes reaches beyond the end of the payload");
            }
        }
        items += count;
        if (count < 0 || items < 0 || items > (long) end + FREE_ITEMS) {
            throw new IOException("a collection claims more items than the payload can hold");
        }
        return count;
    }

    @Override
    public long readArrayStart() throws IOException {
        return readCount();
    }

    @Override
    public long arrayNext() throws IOException {
        return readCount();
    }

    /** Skips the blocks that tell their size, and returns the count of the first one that does not. */
    @Override
    public long skipArray() throws IOException {
        for (long count = readLong(); count != 0; count = readLong()) {
            if (count > 0) {
                items += count;
                if (items < 0 || items > (long) end + FREE_ITEMS) {
                    throw new IOException(
                            "a collection claims more items than the payload can hold");
                }
                return count;
            }
            var unused = take(readLong());
        }
        return 0;
    }

    @Override
    public long readMapStart() throws IOException {
        return readCount();
    }

    @Override
    public long mapNext() throws IOException {
        return readCount();
    }

    @Override
    public long skipMap() throws IOException {
        return skipArray();
    }
}

package io.tidegate.schema;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Avro's binary encoding over one payload in memory. Never allocates more than the payload is long: a length that reaches
 * beyond the end is refused before anything is allocated for it, and so is a collection that claims more items than the
 * payload has bytes (with some room for items of no bytes at all). Knows where in the value the reading is.
 */
final class AvroBytes {
    private static final int FREE_ITEMS = 1000;
    private static final int MISFITS_MAX = 100;

    /** The step into any element of an array. */
    static final String ELEMENT = "[]";
    /** The step into any value of a map. */
    static final String ENTRY = "{}";
    /** Stands for a value that is not of its type, until it comes to a place that may be null. */
    static final Object MISFIT = new Object();

    private final byte[] bytes;
    private final int end;
    private int at;
    private long items;
    private long records;
    private @Nullable String[] path = new @Nullable String[8];
    private int level;
    private Set<Misfit> misfits = Set.of();

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

    boolean readBoolean() throws IOException {
        byte value = next();
        if (value != 0 && value != 1) {
            throw new IOException("a boolean is neither 0 nor 1");
        }
        return value == 1;
    }

    int readInt() throws IOException {
        long value = readLong();
        if (value != (int) value) {
            throw new IOException("an int has more than 32 bits");
        }
        return (int) value;
    }

    long readLong() throws IOException {
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

    float readFloat() throws IOException {
        int start = take(4);
        return Float.intBitsToFloat(littleEndian(start));
    }

    double readDouble() throws IOException {
        int start = take(8);
        return Double.longBitsToDouble(
                (littleEndian(start) & 0xffff_ffffL) | (long) littleEndian(start + 4) << 32);
    }

    private int littleEndian(int start) {
        return (bytes[start] & 0xff) | (bytes[start + 1] & 0xff) << 8
                | (bytes[start + 2] & 0xff) << 16
                | bytes[start + 3] << 24;
    }

    String readString() throws IOException {
        long length = readLong();
        return new String(bytes, take(length), (int) length, StandardCharsets.UTF_8);
    }

    byte[] readByteArray() throws IOException {
        long length = readLong();
        int start = take(length);
        return Arrays.copyOfRange(bytes, start, start + (int) length);
    }

    void skipBytes() throws IOException {
        var unused = take(readLong());
    }

    byte[] readFixed(int size) throws IOException {
        int start = take(size);
        return Arrays.copyOfRange(bytes, start, start + size);
    }

    void skipFixed(int length) throws IOException {
        var unused = take(length);
    }

    /** Items of the next block of an array or map, 0 behind the last one. */
    long readCount() throws IOException {
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

    /** Skips blocks of an array or map that tell their size; items of the first one that does not, 0 behind the last one. */
    long skipCount() throws IOException {
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

    /** Counts a record begun: one without bytes may hold others without bytes, and each of them two more. */
    void beginRecord() throws IOException {
        records++;
        if (records > (end + (long) FREE_ITEMS) * JsonReading.MAX_DEPTH) {
            throw new IOException("it holds more records than the payload can");
        }
    }

    /** Says that what is read next stands in this step of the value at this depth. */
    void enter(int depth, String step) {
        if (depth >= path.length) {
            path = Arrays.copyOf(path, path.length * 2);
        }
        path[depth] = step;
        level = depth + 1;
    }

    /** Where in the value the reading is, empty at its root. */
    String path() {
        var text = new StringBuilder();
        for (int i = 0; i < level; i++) {
            String step = String.valueOf(path[i]);
            boolean isName = !step.equals(ELEMENT) && !step.equals(ENTRY);
            text.append(isName && !text.isEmpty() ? "." : "").append(step);
        }
        return text.toString();
    }

    /** Notes that the value just read at this depth is not of its type, and what stands for it. */
    Object misfit(int depth, String expected) {
        level = depth;
        var misfit = new Misfit(path(), expected);
        // One mistake of a producer is one misfit, in however many elements it made it.
        if (misfits.isEmpty()) {
            misfits = new LinkedHashSet<>();
        }
        if (misfits.size() < MISFITS_MAX) {
            misfits.add(misfit);
        }
        return MISFIT;
    }

    @SuppressWarnings("ReferenceEquality") // it is one object
    static boolean isMisfit(@Nullable Object value) {
        return value == MISFIT;
    }

    /** In the order of the payload. */
    Set<Misfit> misfits() {
        return misfits;
    }
}

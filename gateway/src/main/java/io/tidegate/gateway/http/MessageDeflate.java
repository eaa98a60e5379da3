package io.tidegate.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Frames;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Deflates batches and inflates messages (RFC 7692) for every connection of one event loop. No window outlives a message, so
 * that one deflater and one inflater serve all. Confined to that event loop.
 */
final class MessageDeflate implements AutoCloseable {
    /** Larger messages go as they are: deflating them would hold up the event loop for milliseconds. */
    private static final int DEFLATED_MAX = 256 * 1024;
    /** Below this a message hardly ever gets smaller. */
    private static final int DEFLATED_MIN = 48;
    private static final int STORED_MAX = 0xffff;
    private static final int STORED_HEADER = 5;
    /** Ends every flush; senders cut it off and receivers put it back. */
    private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};
    private static final int FIRST_SCRATCH = 16 * 1024;

    private final int messageMax;
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private final Inflater inflater = new Inflater(true);
    private byte[] scratch = new byte[FIRST_SCRATCH];
    private boolean isClosed;

    /**
     * @param messageMax
     *            bytes that a client's message may have, deflated or not
     */
    MessageDeflate(int messageMax) {
        this.messageMax = messageMax;
    }

    /** Bytes that a client's message may have, deflated or not. */
    int messageMax() {
        return messageMax;
    }

    // ---- out ----

    /**
     * The same messages, each deflated where that makes it smaller. A hole stays a hole: what leads up to the client's id and
     * the id itself are stored in a block of their own, which begins and ends at whole bytes, and only what follows is deflated.
     *
     * @param plain
     *            unmasked text frames
     * @param idBytes
     *            length of every hole
     */
    Frames deflate(Frames plain, int idBytes) {
        if (isClosed) {
            return plain;
        }
        var in = plain.bytes();
        var holes = plain.holes();
        var out = new FrameBuffer();
        int hole = 0;
        int at = 0;
        while (at < in.length) {
            int payload = payload(in, at);
            int end = payload + length(in, at);
            int first = hole;
            while (hole < holes.length && holes[hole] < end) {
                hole++;
            }
            boolean isText = (in[at] & 0xff) == 0x81;
            if (!isText || hole - first > 1 || !append(out, in, payload, end,
                    hole == first ? payload : holes[first] + idBytes, idBytes)) {
                copy(out, in, at, end, holes, first, hole, idBytes);
            }
            at = end;
        }
        return out.finish();
    }

    /**
     * Appends a message deflated, if that makes it smaller.
     *
     * @param rest
     *            where the hole ends; the payload's begin if there is none
     */
    private boolean append(FrameBuffer out, byte[] in, int payload, int end, int rest,
            int idBytes) {
        int plain = end - payload;
        int prefix = rest - payload;
        if (plain < DEFLATED_MIN || plain > DEFLATED_MAX || prefix > STORED_MAX) {
            return false;
        }
        int deflated = deflate(in, rest, end - rest);
        int whole = deflated + (prefix == 0 ? 0 : STORED_HEADER + prefix);
        if (whole >= plain) {
            return false;
        }
        out.deflatedWebSocketText(whole);
        if (prefix > 0) {
            // BFINAL=0, BTYPE=00 and padding; LEN and its complement (RFC 1951 section 3.2.4).
            out.octet(0).octet(prefix).octet(prefix >>> 8).octet(~prefix).octet(~prefix >>> 8)
                    .bytes(in, payload, prefix - idBytes).hole(idBytes);
        }
        out.bytes(scratch, 0, deflated);
        return true;
    }

    /** Deflates to scratch, without the tail; returns the length there. */
    private int deflate(byte[] in, int from, int count) {
        if (count == 0) {
            // What an empty flush leaves: the header of a stored block, whose length is the tail.
            scratch[0] = 0;
            return 1;
        }
        // Nine bits for each byte is the worst that there is, and the flush.
        int most = count + count / 8 + 64;
        if (scratch.length < most) {
            scratch = new byte[most];
        }
        deflater.reset();
        deflater.setInput(in, from, count);
        int made = deflater.deflate(scratch, 0, scratch.length, Deflater.SYNC_FLUSH);
        return made - TAIL.length;
    }

    private static void copy(FrameBuffer out, byte[] in, int from, int end, int[] holes, int first,
            int last, int idBytes) {
        int at = from;
        for (int i = first; i < last; i++) {
            out.bytes(in, at, holes[i] - at).hole(idBytes);
            at = holes[i] + idBytes;
        }
        out.bytes(in, at, end - at);
    }

    private static int payload(byte[] in, int at) {
        return at + switch (in[at + 1] & 0x7f) {
            case 126 -> 4;
            case 127 -> 10;
            default -> 2;
        };
    }

    private static int length(byte[] in, int at) {
        int announced = in[at + 1] & 0x7f;
        if (announced < 126) {
            return announced;
        }
        // The upper half of 64 bits is zero: a batch is an array.
        int octets = announced == 126 ? 2 : 4;
        int end = payload(in, at);
        int length = 0;
        for (int i = end - octets; i < end; i++) {
            length = (length << 8) | (in[i] & 0xff);
        }
        return length;
    }

    // ---- in ----

    /**
     * Inflates a client's message.
     *
     * @throws CorruptedWebSocketFrameException
     *             with the close code: 1009 if more than a message may have comes out of it, 1007 if it is not deflated
     */
    ByteBuf inflate(byte[] message) {
        if (isClosed) {
            throw new CorruptedWebSocketFrameException(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE,
                    "The gateway is going.");
        }
        inflater.reset();
        inflater.setInput(message);
        var out = Unpooled.buffer(Math.min(messageMax, Math.max(256, message.length * 3)));
        boolean isTailGiven = false;
        try {
            while (true) {
                int made = inflater.inflate(scratch);
                if (made > messageMax - out.readableBytes()) {
                    throw new CorruptedWebSocketFrameException(
                            WebSocketCloseStatus.MESSAGE_TOO_BIG, "A message has at most "
                                    + messageMax + " bytes, inflated or not.");
                }
                out.writeBytes(scratch, 0, made);
                if (inflater.finished()) {
                    // A block that says it is the last one; some senders pad it with a byte (RFC 7692 section 7.2.3.4).
                    if (!isTailGiven && inflater.getRemaining() > 1) {
                        throw notDeflated();
                    }
                    return out;
                }
                if (made == 0) {
                    if (!inflater.needsInput()) {
                        throw notDeflated();
                    }
                    if (isTailGiven) {
                        return out;
                    }
                    inflater.setInput(TAIL);
                    isTailGiven = true;
                }
            }
        } catch (DataFormatException e) {
            throw notDeflated();
        }
    }

    private static CorruptedWebSocketFrameException notDeflated() {
        return new CorruptedWebSocketFrameException(WebSocketCloseStatus.INVALID_PAYLOAD_DATA,
                "The message is not deflated as it says.");
    }

    /** What comes after is neither deflated nor read. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            deflater.end();
            inflater.end();
        }
    }
}

package io.tidegate.gateway.delivery;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Grows a batch of frames. Confined to one event loop. */
public final class FrameBuffer {
    private byte[] bytes = new byte[1024];
    private int length;
    private int events;
    private int[] holes = new int[16];
    private int holeCount;

    /** Appends the text, which must be ASCII. */
    public FrameBuffer ascii(String text) {
        room(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) text.charAt(i);
        }
        return this;
    }

    public FrameBuffer utf8(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    public FrameBuffer bytes(byte[] more) {
        return bytes(more, 0, more.length);
    }

    public FrameBuffer bytes(byte[] more, int from, int count) {
        room(count);
        System.arraycopy(more, from, bytes, length, count);
        length += count;
        return this;
    }

    public FrameBuffer octet(int value) {
        room(1);
        bytes[length++] = (byte) value;
        return this;
    }

    /** Leaves room for the client's own id. */
    public FrameBuffer hole(int size) {
        room(size);
        if (holeCount == holes.length) {
            holes = Arrays.copyOf(holes, holeCount * 2);
        }
        holes[holeCount++] = length;
        length += size;
        return this;
    }

    /** Begins an unmasked, final WebSocket text frame (RFC 6455 section 5.2) of this payload length. */
    public FrameBuffer webSocketText(int payload) {
        return webSocketFrame(0x81, payload);
    }

    /** Likewise for a text message that has been deflated (RFC 7692 section 6). */
    public FrameBuffer deflatedWebSocketText(int payload) {
        return webSocketFrame(0xc1, payload);
    }

    private FrameBuffer webSocketFrame(int first, int payload) {
        octet(first);
        if (payload < 126) {
            return octet(payload);
        }
        if (payload < 65536) {
            return octet(126).octet(payload >>> 8).octet(payload);
        }
        octet(127);
        for (int shift = 56; shift >= 0; shift -= 8) {
            octet((int) ((long) payload >>> shift));
        }
        return this;
    }

    /** Counts an event that has been appended. */
    public void countEvent() {
        events++;
    }

    public int length() {
        return length;
    }

    public int events() {
        return events;
    }

    int capacity() {
        return bytes.length;
    }

    /** Begins anew. */
    void reset() {
        length = 0;
        events = 0;
        holeCount = 0;
    }

    public Frames finish() {
        return new Frames(Arrays.copyOf(bytes, length), events, Arrays.copyOf(holes, holeCount));
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}

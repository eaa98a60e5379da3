package io.tidegate.gateway.delivery;

import java.util.ArrayDeque;
import java.util.Deque;

/** Buffers that grow batches, used again and again on one event loop: growing one anew costs more than what it holds. */
final class FrameBuffers {
    private static final int KEPT_MAX = 64;
    private static final int KEPT_BYTES_MAX = 128 * 1024;

    private final Deque<FrameBuffer> idle = new ArrayDeque<>();

    FrameBuffer take() {
        var buffer = idle.pollLast();
        return buffer == null ? new FrameBuffer() : buffer;
    }

    /** Takes a buffer back; what it holds is forgotten. */
    void give(FrameBuffer buffer) {
        if (idle.size() < KEPT_MAX && buffer.capacity() <= KEPT_BYTES_MAX) {
            buffer.reset();
            idle.addLast(buffer);
        }
    }
}

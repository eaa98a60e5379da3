package io.tidegate.gateway.delivery;

/**
 * A batch of frames, ready for the wire and shared by every client of a group: nobody may change it.
 *
 * @param events
 *            how many events it holds
 * @param holes
 *            where each frame has room for the client's own id; empty for framings without one
 */
public record Frames(byte[] bytes, int events, int[] holes) {
}

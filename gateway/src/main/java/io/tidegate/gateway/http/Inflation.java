package io.tidegate.gateway.http;

import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Puts a client's deflated messages together and inflates each when its last frame is there. Between messages it holds
 * nothing. Frames come in an order that RFC 6455 allows.
 */
final class Inflation {
    private static final int RSV1 = 4;

    private final MessageDeflate deflate;
    private @Nullable ByteArrayOutputStream parts;
    private boolean isBinary;

    Inflation(MessageDeflate deflate) {
        this.deflate = deflate;
    }

    /**
     * What goes on in place of this message, which is taken over; null if that is nothing yet.
     *
     * @throws CorruptedWebSocketFrameException
     *             with the close code
     */
    @Nullable
    Object read(Object message) {
        if (!(message instanceof WebSocketFrame frame)) {
            return message;
        }
        boolean isDeflated = frame.rsv() == RSV1
                && (frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame);
        if (isDeflated) {
            parts = new ByteArrayOutputStream(frame.content().readableBytes());
            isBinary = frame instanceof BinaryWebSocketFrame;
        } else if (frame.rsv() != 0) {
            ReferenceCountUtil.release(frame);
            throw new CorruptedWebSocketFrameException(WebSocketCloseStatus.PROTOCOL_ERROR,
                    "No extension gives these RSV bits a meaning.");
        }
        var growing = parts;
        if (growing == null || !(isDeflated || frame instanceof ContinuationWebSocketFrame)) {
            return frame;
        }
        boolean isLast = frame.isFinalFragment();
        take(growing, frame);
        if (!isLast) {
            return null;
        }
        parts = null;
        var content = deflate.inflate(growing.toByteArray());
        return isBinary ? new BinaryWebSocketFrame(content) : new TextWebSocketFrame(content);
    }

    private void take(ByteArrayOutputStream growing, WebSocketFrame frame) {
        try {
            var bytes = new byte[frame.content().readableBytes()];
            if (bytes.length > deflate.messageMax() - growing.size()) {
                throw new CorruptedWebSocketFrameException(WebSocketCloseStatus.MESSAGE_TOO_BIG,
                        "A message has at most " + deflate.messageMax() + " bytes.");
            }
            frame.content().readBytes(bytes);
            growing.write(bytes, 0, bytes.length);
        } finally {
            frame.release();
        }
    }
}

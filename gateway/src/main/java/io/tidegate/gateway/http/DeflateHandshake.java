package io.tidegate.gateway.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Agrees on {@code permessage-deflate} with one connection. Vert.x's own negotiation cannot be used: it inflates without a
 * bound, and lets every socket set RSV1 whether or not the extension was agreed on.
 */
final class DeflateHandshake extends ChannelDuplexHandler {
    private final MessageDeflate deflate;
    private final int frameMax;
    private @Nullable String answer;
    private boolean isAgreed;

    /**
     * @param deflate
     *            of the connection's event loop
     * @param frameMax
     *            bytes that a frame of a client may have
     */
    DeflateHandshake(MessageDeflate deflate, int frameMax) {
        this.deflate = deflate;
        this.frameMax = frameMax;
    }

    /** What deflates and inflates for this connection; empty if that was not agreed on. */
    Optional<MessageDeflate> agreed() {
        return isAgreed ? Optional.of(deflate) : Optional.empty();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (message instanceof HttpRequest request) {
            answer = DeflateOffers
                    .answer(request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS))
                    .orElse(null);
        }
        super.channelRead(context, message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
            throws Exception {
        if (answer != null && message instanceof HttpResponse response
                && response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)
                && response.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT)) {
            response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS, answer);
            isAgreed = true;
            // It stands there by now, with Vert.x's settings, which refuse RSV1.
            context.pipeline().replace(WebSocket13FrameDecoder.class, "wsdecoder",
                    new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                            .allowExtensions(true).maxFramePayloadLength(frameMax)
                            .closeOnProtocolViolation(false).build()));
        }
        super.write(context, message, promise);
    }
}

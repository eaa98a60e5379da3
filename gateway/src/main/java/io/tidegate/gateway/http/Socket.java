package io.tidegate.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.refusal.CloseReasons;
import io.tidegate.gateway.subscription.EndReason;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket, on its event loop. Data frames are written ready-made below Vert.x's encoder, so that a batch made for many
 * clients costs each of them one write; everything that is sent goes the same way and stays in order.
 *
 * <p>
 * Vert.x keeps the handshake, inbound frames, pongs and the closing handshake.
 */
public final class Socket extends Pulse.Member {
    private static final int HIGH_WATER = 64 * 1024;
    private static final int CLOSE_MILLIS = 2000;
    /** Pings and other small questions of a client that are answered in one second. */
    private static final int QUESTIONS_A_SECOND = 10;
    /** Frames of one message; one that is as long as may be and cut as small as is usual stays far below. */
    private static final int FRAMES_A_MESSAGE = 1024;

    private final Pulse pulse;
    private final ServerWebSocket webSocket;
    private final Channel channel;
    private final ChannelHandlerContext out;
    private final @Nullable MessageDeflate deflate;
    private boolean isClosing;
    private long heardAt;
    private final Uptake uptake = new Uptake();
    private int questions;
    private long questionsSince;
    private Runnable writable = () -> {
    };
    private Runnable closed = () -> {
    };
    private Runnable draining = () -> close(EndReason.DRAINING.closeCode(),
            EndReason.DRAINING.sentence());

    /** Takes over an accepted WebSocket; on its event loop. */
    public Socket(Pulse pulse, ServerWebSocket webSocket) {
        this.pulse = pulse;
        this.webSocket = webSocket;
        var context = ((WebSocketInternal) webSocket).channelHandlerContext();
        this.channel = context.channel();
        this.out = channel.pipeline().context(WebSocketFrameEncoder.class);
        this.deflate = agreed(channel);
        webSocket.setWriteQueueMaxSize(HIGH_WATER);
        channel.pipeline().addBefore(context.name(), "socket", new Inbound(deflate));
        // It was for requests that never end; from here on the heartbeat finds who is gone.
        if (channel.pipeline().get(IdleStateHandler.class) != null) {
            channel.pipeline().remove(IdleStateHandler.class);
        }
        // Vert.x keeps the request as long as the connection; its headers, token included, have been read.
        webSocket.headers().clear();
        heardAt = System.nanoTime();
        pulse.join(this);
        webSocket.closeHandler(ignored -> gone());
        webSocket.exceptionHandler(failure -> {
            // Too large, not UTF-8, or broken below: the client is told as far as the protocol has a word for it.
            close(switch (failure) {
                case CorruptedWebSocketFrameException broken -> broken.closeStatus().code();
                case IllegalStateException tooLong -> 1009;
                default -> 1002;
            }, "The message cannot be read.");
        });
    }

    private static @Nullable MessageDeflate agreed(Channel channel) {
        var handshake = channel.pipeline().get(DeflateHandshake.class);
        if (handshake == null) {
            return null;
        }
        channel.pipeline().remove(handshake);
        return handshake.agreed().orElse(null);
    }

    /** What Vert.x keeps to itself or does not look at: whether the client takes more, and sends what may be sent. */
    private final class Inbound extends Utf8FrameValidator {
        private final @Nullable Inflation inflation;
        private int frames;

        Inbound(@Nullable MessageDeflate deflate) {
            super(true);
            inflation = deflate == null ? null : new Inflation(deflate);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            heardAt = System.nanoTime();
            if (isTooMuch(message)) {
                ReferenceCountUtil.release(message);
                close(1008, "Too many frames.");
                return;
            }
            if (inflation != null && isClosing && !(message instanceof CloseWebSocketFrame)) {
                // Nobody hears it; inflating it would be for nothing.
                ReferenceCountUtil.release(message);
                return;
            }
            var whole = inflation == null ? message : inflated(inflation, message);
            if (whole != null) {
                super.channelRead(context, whole);
            }
        }

        private @Nullable Object inflated(Inflation by, Object message) {
            try {
                return by.read(message);
            } catch (CorruptedWebSocketFrameException broken) {
                close(broken.closeStatus().code(), String.valueOf(broken.getMessage()));
                return null;
            }
        }

        private boolean isTooMuch(Object message) {
            if (message instanceof PingWebSocketFrame) {
                return !isAnswerable();
            }
            if (message instanceof ContinuationWebSocketFrame frame) {
                frames = frame.isFinalFragment() ? 0 : frames + 1;
            }
            return frames >= FRAMES_A_MESSAGE;
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext changed) {
            if (channel.isWritable() && !isClosing) {
                writable.run();
            }
            // Vert.x's own queue lives on this event too.
            changed.fireChannelWritabilityChanged();
        }
    }

    /**
     * Whether the client may have one more small answer, such as a pong. It asks ten times a second at most; who asks more
     * often wants to keep us busy.
     */
    public boolean isAnswerable() {
        long now = System.nanoTime();
        if (now - questionsSince > TimeUnit.SECONDS.toNanos(1)) {
            questionsSince = now;
            questions = 0;
        }
        return questions++ < QUESTIONS_A_SECOND;
    }

    /** Called for every text message, and with null for a binary one. */
    public void onMessage(Consumer<@Nullable String> handler) {
        webSocket.textMessageHandler(text -> {
            if (!isClosing) {
                handler.accept(text);
            }
        });
        webSocket.binaryMessageHandler(bytes -> {
            if (!isClosing) {
                handler.accept(null);
            }
        });
    }

    public void onWritable(Runnable handler) {
        writable = handler;
    }

    /** Called once, whoever closed it. */
    public void onClosed(Runnable handler) {
        closed = handler;
    }

    /** Called when the gateway wants to end; without one the client is merely told to come back. */
    public void onDrain(Runnable handler) {
        draining = handler;
    }

    public @Nullable String subProtocol() {
        return webSocket.subProtocol();
    }

    public boolean isWritable() {
        return !isClosing && channel.isWritable();
    }

    public boolean isClosing() {
        return isClosing;
    }

    /** Sends one text message whatever the queue holds; for answers, which are few. */
    public void send(String text) {
        if (!isClosing) {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            write(Unpooled.wrappedBuffer(
                    new FrameBuffer().webSocketText(bytes.length).bytes(bytes).finish().bytes()));
        }
    }

    /** Writes shared frames. */
    public void write(Frames frames) {
        if (!isClosing) {
            write(ready(frames, 0).shared());
        }
    }

    /** Writes shared frames with this client's own id in every hole. */
    public void write(Frames frames, byte[] id) {
        if (!isClosing) {
            write(ready(frames, id.length).with(id));
        }
    }

    /** Whether its client has agreed to get frames deflated. */
    public boolean inflates() {
        return deflate != null;
    }

    private Ready ready(Frames frames, int idBytes) {
        var by = deflate;
        return by != null && frames.isWorthDeflating()
                ? frames.form(Deflated.class, plain -> Deflated.of(plain, by, idBytes))
                : frames.form(Direct.class, Direct::new);
    }

    private void write(ByteBuf bytes) {
        out.writeAndFlush(bytes, out.voidPromise());
    }

    /** Frames outside the heap, where the system reads them: copied once for all clients. */
    private abstract static class Ready implements Frames.Form {
        private final Frames frames;
        private ByteBuf buffer;

        Ready(Frames frames) {
            this.frames = frames;
            this.buffer = copy();
        }

        private ByteBuf copy() {
            var bytes = frames.bytes();
            return PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
        }

        ByteBuf shared() {
            return buffer.retainedDuplicate();
        }

        /**
         * The frames of the client with this id. Mostly the system has taken the last client's bytes before the next one's
         * turn, so that its id can be written over.
         */
        ByteBuf with(byte[] id) {
            if (frames.holes().length > 0 && buffer.refCnt() > 1) {
                buffer.release();
                buffer = copy();
            }
            for (int hole : frames.holes()) {
                buffer.setBytes(hole, id);
            }
            return buffer.retainedDuplicate();
        }

        @Override
        public void release() {
            buffer.release();
        }
    }

    /** As they are. */
    private static final class Direct extends Ready {
        Direct(Frames frames) {
            super(frames);
        }
    }

    /** For clients that inflate. */
    private static final class Deflated extends Ready {
        private Deflated(Frames deflated) {
            super(deflated);
        }

        static Deflated of(Frames plain, MessageDeflate by, int idBytes) {
            var deflated = by.deflate(plain, idBytes);
            plain.deflated(deflated.bytes().length);
            return new Deflated(deflated);
        }
    }

    /**
     * Closes with this code; nothing is sent after it. A client that does not read is cut off after a while.
     *
     * @param reason
     *            cut to what the protocol allows
     */
    public void close(int code, String reason) {
        if (isClosing) {
            return;
        }
        isClosing = true;
        webSocket.close((short) code, CloseReasons.cut(reason));
        // While frames are being read, Vert.x would keep it until after it has closed a connection that broke the protocol.
        channel.flush();
        // The closing handshake waits behind whatever the client does not read.
        channel.eventLoop().schedule(() -> {
            if (channel.isOpen()) {
                channel.pipeline().firstContext().close();
            }
        }, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    void beat(long now) {
        uptake.look(channel, now);
        // A pong may wait behind what a slow client has not read yet; as long as it reads, it lives.
        long alive = uptake.isStuck() ? Math.max(heardAt, uptake.movedAt()) : heardAt;
        if (now - alive > pulse.heartbeat().silence().toNanos()) {
            channel.pipeline().firstContext().close();
        } else if (!isClosing) {
            webSocket.writePing(Buffer.buffer());
        }
    }

    @Override
    void drain() {
        draining.run();
    }

    private void gone() {
        isClosing = true;
        pulse.leave(this);
        closed.run();
    }
}

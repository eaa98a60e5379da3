package io.tidegate.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.refusal.CloseReasons;
import io.vertx.core.Vertx;
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
public final class Socket {
    private static final int HIGH_WATER = 64 * 1024;
    private static final int PING_SECONDS = 20;
    private static final int SILENCE_SECONDS = 55;
    private static final int CLOSE_MILLIS = 2000;

    private final Vertx vertx;
    private final ServerWebSocket webSocket;
    private final Channel channel;
    private final ChannelHandlerContext out;
    private boolean isClosing;
    private long heardAt;
    private long heartbeat = -1;
    private Runnable writable = () -> {
    };
    private Runnable closed = () -> {
    };

    /** Takes over an accepted WebSocket; on its event loop. */
    public Socket(Vertx vertx, ServerWebSocket webSocket) {
        this.vertx = vertx;
        this.webSocket = webSocket;
        var context = ((WebSocketInternal) webSocket).channelHandlerContext();
        this.channel = context.channel();
        this.out = channel.pipeline().context(WebSocketFrameEncoder.class);
        webSocket.setWriteQueueMaxSize(HIGH_WATER);
        channel.pipeline().addBefore(context.name(), "writability",
                new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelWritabilityChanged(ChannelHandlerContext changed) {
                        if (channel.isWritable() && !isClosing) {
                            writable.run();
                        }
                        // Vert.x's own queue lives on this event too.
                        changed.fireChannelWritabilityChanged();
                    }
                });
        heardAt = System.nanoTime();
        webSocket.pongHandler(pong -> heardAt = System.nanoTime());
        heartbeat = vertx.setPeriodic(PING_SECONDS * 1000L, timer -> beat());
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

    /** Called for every text message, and with null for a binary one. */
    public void onMessage(Consumer<@Nullable String> handler) {
        webSocket.textMessageHandler(text -> {
            heardAt = System.nanoTime();
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
            write(frames.form(Direct.class, Direct::new).shared());
        }
    }

    /** Writes shared frames with this client's own id in every hole. */
    public void write(Frames frames, byte[] id) {
        if (!isClosing) {
            write(frames.form(Direct.class, Direct::new).with(id));
        }
    }

    private void write(ByteBuf bytes) {
        out.writeAndFlush(bytes, out.voidPromise());
    }

    /** Frames outside the heap, where the system reads them: copied once for all clients. */
    private static final class Direct implements Frames.Form {
        private final Frames frames;
        private ByteBuf buffer;

        Direct(Frames frames) {
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
        // The closing handshake waits behind whatever the client does not read.
        channel.eventLoop().schedule(() -> {
            if (channel.isOpen()) {
                channel.pipeline().firstContext().close();
            }
        }, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void beat() {
        if (TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - heardAt) > SILENCE_SECONDS) {
            channel.pipeline().firstContext().close();
        } else if (!isClosing) {
            webSocket.writePing(io.vertx.core.buffer.Buffer.buffer());
        }
    }

    private void gone() {
        isClosing = true;
        vertx.cancelTimer(heartbeat);
        closed.run();
    }
}

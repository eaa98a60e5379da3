package io.tidegate.loadtests.fanout;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The limit: bare Netty, one event loop, ready frames in one buffer that all connections share, one flush a burst. No codec
 * is in the way after the handshake.
 */
public final class NettyServer implements Pacer.Sender {
    private static final Pattern KEY = Pattern.compile("(?i)sec-websocket-key: *(\\S+)");
    private static final String KEY_END = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int HEAD_MAX = 8192;

    /** Touched on the loop alone. */
    private final List<Channel> members = new ArrayList<>();
    private final EventLoop loop;
    private final Pacer pacer;

    private NettyServer(EventLoop loop) {
        this.loop = loop;
        this.pacer = new Pacer(loop, this);
    }

    /**
     * @param args
     *            none, or the address of a Kafka broker to be fed from
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        var server = new NettyServer((EventLoop) group.next());
        var listening = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(32 * 1024, 64 * 1024))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(server.new Handshake());
                    }
                }).bind(InetAddress.getLoopbackAddress(), 0).sync().channel();
        if (args.length > 0) {
            Thread.ofPlatform().daemon().name("consumer").start(() -> server.follow(args[0]));
        }
        Child.serve("port=" + ((InetSocketAddress) listening.localAddress()).getPort(),
                Child.of(server.pacer));
        System.exit(0);
    }

    @Override
    public boolean hasRoom() {
        for (var member : members) {
            if (!member.isWritable()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void send(long first, int events, long dueMicros) {
        var frames = PooledByteBufAllocator.DEFAULT.directBuffer(events * 256);
        for (int i = 0; i < events; i++) {
            frame(frames, LoadEvent.json(first + i, dueMicros));
        }
        broadcast(frames);
    }

    private void broadcast(ByteBuf frames) {
        for (var member : members) {
            if (member.isWritable()) {
                member.writeAndFlush(frames.retainedDuplicate(), member.voidPromise());
            }
        }
        frames.release();
    }

    private static void frame(ByteBuf out, byte[] text) {
        out.writeByte(0x81).writeByte(126).writeShort(text.length).writeBytes(text);
    }

    private void follow(String kafka) {
        try (var consumer = new KafkaConsumer<byte[], byte[]>(
                Map.of("bootstrap.servers", kafka, "max.poll.records", "2000"),
                new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partition = new TopicPartition(LoadEvent.TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seekToEnd(List.of(partition));
            while (!Thread.currentThread().isInterrupted()) {
                var records = consumer.poll(Duration.ofMillis(500));
                if (!records.isEmpty()) {
                    var frames = PooledByteBufAllocator.DEFAULT.directBuffer(records.count() * 256);
                    records.forEach(each -> frame(frames, each.value()));
                    loop.execute(() -> broadcast(frames));
                }
            }
        }
    }

    /** Answers the upgrade request; from then on the connection is one of the members and what it says is thrown away. */
    private final class Handshake extends ChannelInboundHandlerAdapter {
        private final StringBuilder head = new StringBuilder();
        private boolean isDone;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var bytes = (ByteBuf) message;
            if (!isDone) {
                head.append(bytes.toString(StandardCharsets.US_ASCII));
                if (head.indexOf("\r\n\r\n") >= 0) {
                    isDone = true;
                    accept(context);
                } else if (head.length() > HEAD_MAX) {
                    context.close();
                }
            }
            bytes.release();
        }

        private void accept(ChannelHandlerContext context) {
            var key = KEY.matcher(head);
            if (!key.find()) {
                context.close();
                return;
            }
            context.writeAndFlush(Unpooled.copiedBuffer(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: " + answer(key.group(1)) + "\r\n\r\n",
                    StandardCharsets.US_ASCII));
            members.add(context.channel());
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            members.remove(context.channel());
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            pacer.roomAgain();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private static String answer(String key) {
        try {
            return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1")
                    .digest((key + KEY_END).getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}

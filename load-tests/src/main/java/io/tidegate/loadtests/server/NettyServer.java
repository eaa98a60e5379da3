package io.tidegate.loadtests.server;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;

/**
 * The limit: bare Netty, one event loop, ready frames in one buffer that all connections share, one flush a burst. No codec
 * is in the way after the handshake. A connection that asked with a key gets the events of that key alone.
 */
public final class NettyServer implements Pacer.Sender {
    private static final int HEAD_MAX = 8192;
    private static final int EVENT_BYTES = 288;

    /** Members that get everything, by the form of their frames; touched on the loop alone, like the others. */
    private final Map<Wire, List<Channel>> members = Map.of(Wire.WEBSOCKET, new ArrayList<>(),
            Wire.SSE, new ArrayList<>());
    private final Map<String, Channel> byKey = new HashMap<>();
    private final EventLoop loop;
    private final Pacer pacer;

    private NettyServer(EventLoop loop) {
        this.loop = loop;
        this.pacer = new Pacer(loop, this);
    }

    /**
     * @param args
     *            none, or the address of a Kafka broker to be fed from, and a topic
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
            KafkaFeed.follow(args[0], args[1],
                    records -> server.loop.execute(() -> server.relay(records)));
        }
        Child.serve("port=" + ((InetSocketAddress) listening.localAddress()).getPort(),
                Child.of(server.pacer));
        System.exit(0);
    }

    @Override
    public boolean hasRoom() {
        for (var all : members.values()) {
            for (var member : all) {
                if (!member.isWritable()) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public void send(long first, int events, long dueMicros) {
        members.forEach((wire, all) -> {
            if (!all.isEmpty()) {
                var frames = PooledByteBufAllocator.DEFAULT.directBuffer(events * EVENT_BYTES);
                for (int i = 0; i < events; i++) {
                    wire.frame(frames, LoadEvent.json(first + i, dueMicros));
                }
                broadcast(all, frames);
            }
        });
    }

    private static void broadcast(List<Channel> all, ByteBuf frames) {
        for (var member : all) {
            if (member.isWritable()) {
                member.writeAndFlush(frames.retainedDuplicate(), member.voidPromise());
            }
        }
        frames.release();
    }

    /** A whole poll: one flush for each connection that gets something. */
    private void relay(ConsumerRecords<byte[], byte[]> records) {
        members.forEach((wire, all) -> {
            if (!all.isEmpty()) {
                var frames = PooledByteBufAllocator.DEFAULT
                        .directBuffer(records.count() * EVENT_BYTES);
                records.forEach(each -> wire.frame(frames, each.value()));
                broadcast(all, frames);
            }
        });
        if (byKey.isEmpty()) {
            return;
        }
        var touched = new LinkedHashSet<Channel>();
        for (var each : records) {
            var member = each.key() == null
                    ? null
                    : byKey.get(new String(each.key(), StandardCharsets.US_ASCII));
            if (member != null && member.isWritable()) {
                var frame = member.alloc().directBuffer(EVENT_BYTES);
                Wire.WEBSOCKET.frame(frame, each.value());
                member.write(frame, member.voidPromise());
                touched.add(member);
            }
        }
        touched.forEach(Channel::flush);
    }

    /** Answers the request; from then on the connection is one of the members and what it says is thrown away. */
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
                    accept(context, new RequestHead(head.toString()));
                } else if (head.length() > HEAD_MAX) {
                    context.close();
                }
            }
            bytes.release();
        }

        private void accept(ChannelHandlerContext context, RequestHead request) {
            context.writeAndFlush(
                    Unpooled.copiedBuffer(request.answer(), StandardCharsets.US_ASCII));
            var key = request.parameter("key");
            if (key.isEmpty()) {
                members(request.wire()).add(context.channel());
            } else {
                byKey.put(key, context.channel());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            members.values().forEach(all -> all.remove(context.channel()));
            byKey.values().remove(context.channel());
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

    private List<Channel> members(Wire wire) {
        var all = members.get(wire);
        if (all == null) {
            throw new IllegalStateException("there are no members for " + wire);
        }
        return all;
    }
}

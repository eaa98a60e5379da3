package io.tidegate.loadtests.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The limit of one subscriber: a thread that polls Kafka, decodes each payload to a tree, and writes each poll to its socket at once. The
 * request names the {@code topic}; with {@code from=earliest} it begins at the topic's beginning.
 */
public final class PollServer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int HEAD_MAX = 8192;
    private static final int EVENT_BYTES = 288;

    private PollServer() {
    }

    /**
     * @param args
     *            address of a Kafka broker
     */
    public static void main(String[] args) throws IOException {
        try (var listening = new ServerSocket(0, 128, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> accept(listening, args[0]));
            Child.serve("port=" + listening.getLocalPort(), Child.none());
        }
        System.exit(0);
    }

    private static void accept(ServerSocket listening, String kafka) {
        try {
            while (!listening.isClosed()) {
                var socket = listening.accept();
                Thread.ofPlatform().daemon().start(() -> serve(socket, kafka));
            }
        } catch (IOException e) {
            // The process ends.
        }
    }

    private static void serve(Socket socket, String kafka) {
        try (socket;
                var consumer = new KafkaConsumer<byte[], byte[]>(
                        Map.of("bootstrap.servers", kafka, "max.poll.records", "2000"),
                        new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var head = head(socket.getInputStream());
            var partition = new TopicPartition(head.parameter("topic"), 0);
            consumer.assign(List.of(partition));
            if (head.parameter("from").equals("earliest")) {
                consumer.seekToBeginning(List.of(partition));
            } else {
                consumer.seekToEnd(List.of(partition));
            }
            consumer.position(partition);
            socket.getOutputStream().write(head.answer().getBytes(StandardCharsets.US_ASCII));
            relay(consumer, socket);
        } catch (IOException e) {
            // The reader has gone.
        }
    }

    private static void relay(KafkaConsumer<byte[], byte[]> consumer, Socket socket)
            throws IOException {
        var out = Channels.newChannel(socket.getOutputStream());
        var frames = Unpooled.buffer(2000 * EVENT_BYTES);
        long decoded = 0;
        while (decoded >= 0) {
            for (var each : consumer.poll(Duration.ofMillis(500))) {
                JsonNode tree = JSON.readTree(each.value());
                decoded += tree.size();
                Wire.WEBSOCKET.frame(frames, each.value());
            }
            if (frames.isReadable()) {
                var bytes = frames.nioBuffer();
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                frames.clear();
            }
        }
    }

    private static RequestHead head(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0 || head.length() > HEAD_MAX) {
                throw new IOException("no request of a sensible size");
            }
            head.append((char) next);
        }
        return new RequestHead(head.toString());
    }
}

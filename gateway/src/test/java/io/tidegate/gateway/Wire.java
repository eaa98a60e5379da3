package io.tidegate.gateway;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A client that says what no library would, and reads only what it is told to. */
final class Wire implements AutoCloseable {
    private static final int WITHIN_MILLIS = 10_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    /** How a WebSocket ended; code 0 = without a close frame. */
    record Closed(int code, String reason) {
    }

    /**
     * @param receiveBuffer
     *            bytes that the system takes for it; 0 = as usual
     */
    Wire(String address, int receiveBuffer) throws IOException {
        var uri = URI.create(address);
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setSoTimeout(WITHIN_MILLIS);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), WITHIN_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** Sends a request and returns the head of its answer. */
    String request(String path, String... headers) throws IOException {
        send(("GET " + path + " HTTP/1.1\r\nHost: gateway\r\n" + String.join("\r\n", headers)
                + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        return head();
    }

    /** Becomes a WebSocket. */
    Wire upgraded(String path, String subProtocol, String... headers) throws IOException {
        var all = new String[headers.length + 5];
        all[0] = "Upgrade: websocket";
        all[1] = "Connection: Upgrade";
        all[2] = "Sec-WebSocket-Version: 13";
        all[3] = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
        all[4] = "Sec-WebSocket-Protocol: " + subProtocol;
        System.arraycopy(headers, 0, all, 5, headers.length);
        var head = request(path, all);
        if (!head.startsWith("HTTP/1.1 101")) {
            throw new IOException("no WebSocket: " + head);
        }
        return this;
    }

    private String head() throws IOException {
        var head = new StringBuilder();
        while (head.length() < 4 || head.lastIndexOf("\r\n\r\n") != head.length() - 4) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException("no answer: " + head);
            }
            head.append((char) octet);
        }
        return head.toString();
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** A masked frame; the mask is zero, which is as good as any. */
    static byte[] frame(int first, byte[] payload) {
        var frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else if (payload.length < 65_536) {
            frame.write(0x80 | 126);
            frame.write(payload.length >>> 8);
            frame.write(payload.length);
        } else {
            frame.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                frame.write((int) ((long) payload.length >>> shift));
            }
        }
        frame.writeBytes(new byte[4]);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    static byte[] text(String text) {
        return frame(0x81, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads as many bytes as there are, up to this many; -1 at the end. */
    int read(int most) throws IOException {
        return in.read(new byte[most]);
    }

    /** Some of what there is; empty at the end. */
    String readText() throws IOException {
        var bytes = new byte[16 * 1024];
        int count = in.read(bytes);
        return count < 0 ? "" : new String(bytes, 0, count, StandardCharsets.UTF_8);
    }

    /** The next frame's first octet and payload; pings are not answered. */
    byte[] readFrame() throws IOException {
        var data = new DataInputStream(in);
        int first = data.readUnsignedByte();
        int length = data.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = data.readUnsignedShort();
        } else if (length == 127) {
            length = (int) data.readLong();
        }
        var frame = new byte[length + 1];
        frame[0] = (byte) first;
        data.readFully(frame, 1, length);
        return frame;
    }

    /** Reads whatever comes until the other side closes. */
    Closed closed() throws IOException {
        try {
            while (true) {
                var frame = readFrame();
                if ((frame[0] & 0xf) == 8) {
                    int code = frame.length < 3
                            ? 1005
                            : (frame[1] & 0xff) << 8 | frame[2] & 0xff;
                    return new Closed(code, frame.length < 3
                            ? ""
                            : new String(frame, 3, frame.length - 3, StandardCharsets.UTF_8));
                }
            }
        } catch (EOFException | SocketException e) {
            return new Closed(0, "");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package io.tidegate.loadtests.server;

import io.netty.buffer.ByteBuf;

/** How a baseline puts an event on a connection: the least that the protocol allows. */
enum Wire {
    /** An unmasked text frame. */
    WEBSOCKET {
        @Override
        void frame(ByteBuf out, byte[] event) {
            out.writeByte(0x81).writeByte(126).writeShort(event.length).writeBytes(event);
        }
    },
    /** A server-sent event in a chunk of its own. */
    SSE {
        @Override
        void frame(ByteBuf out, byte[] event) {
            int length = DATA.length + event.length + 2;
            for (int shift = 8; shift >= 0; shift -= 4) {
                out.writeByte(HEX[length >> shift & 15]);
            }
            out.writeShort(LINE).writeBytes(DATA).writeBytes(event).writeByte('\n')
                    .writeByte('\n').writeShort(LINE);
        }
    };

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b',
            'c', 'd', 'e', 'f'};
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':', ' '};
    private static final int LINE = '\r' << 8 | '\n';

    /**
     * Adds one event.
     *
     * @param event
     *            from 126 to 4000 bytes
     */
    abstract void frame(ByteBuf out, byte[] event);
}

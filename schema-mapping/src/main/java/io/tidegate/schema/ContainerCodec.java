package io.tidegate.schema;

import java.util.List;

/**
 * A codec that can tell its payloads from other messages of the same schema, for files whose form nobody announces.
 */
public interface ContainerCodec extends Codec {

    /** Whether these bytes are a payload and hold nothing that its message does not know. */
    boolean fits(byte[] bytes);

    /**
     * The payloads inside of one message that repeats them (the entities of a feed), each with its misfits; empty if the
     * bytes are no such message.
     *
     * @throws UnreadablePayload
     *             if they are such a message, but one of its payloads cannot be read
     */
    List<Change> contained(byte[] bytes) throws UnreadablePayload;
}

package io.tidegate.gateway.subscription;

/**
 * Every way a stream ends. The close code is what a WebSocket gets (RFC 6455 section 7.4; 44xx as graphql-transport-ws has
 * them); the sentence goes to the client; the name, in lower case, labels metrics and SSE {@code end} events.
 */
public enum EndReason {
    // One line a text: the formatter would put each constant further to the right.
    // @formatter:off
    REFUSED(1008,
            "The stream was refused.",
            false),
    CLIENT_CLOSED(1000,
            "The client closed the stream.",
            false),
    TOKEN_EXPIRED(4403,
            "The token has expired; connect again with a fresh one.",
            false),
    SLOW(1013,
            "The client reads too slowly for the chosen onSlow=disconnect; resume from the "
                    + "cursor.",
            true),
    SNAPSHOT_ABANDONED(1013,
            "No row of the snapshot was read for a minute; resume from the cursor, which begins the "
                    + "snapshot anew.",
            true),
    UNREADABLE(1011,
            "A record cannot be read and the product's contract ends its streams then.",
            false),
    UPSTREAM(1013,
            "The data source is unavailable; resume from the cursor.",
            true),
    CONTRACT_CHANGED(1012,
            "The product's contract has changed; resume from the cursor.",
            true),
    FORBIDDEN(4403,
            "The token may not read this product any more.",
            false),
    REMOVED(4404,
            "The product is not served any more.",
            false),
    REPLACED(4409,
            "Another stream has taken the name, or the name was deleted.",
            false),
    DRAINING(1012,
            "The gateway is restarting; resume from the cursor.",
            true),
    INTERNAL(1011,
            "Internal error; resume from the cursor.",
            true);
    // @formatter:on

    private final int closeCode;
    private final String sentence;
    private final boolean resumable;

    EndReason(int closeCode, String sentence, boolean resumable) {
        this.closeCode = closeCode;
        this.sentence = sentence;
        this.resumable = resumable;
    }

    public int closeCode() {
        return closeCode;
    }

    public String sentence() {
        return sentence;
    }

    /** Whether the client should come back with its last cursor. */
    public boolean isResumable() {
        return resumable;
    }

    /** {@code token-expired}. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}

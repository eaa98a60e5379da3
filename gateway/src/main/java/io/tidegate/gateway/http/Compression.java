package io.tidegate.gateway.http;

/** Whether WebSockets may be deflated (RFC 7692). */
public enum Compression {
    /** The extension is not negotiated. */
    OFF,
    /** Negotiated with clients that offer it; what they are sent is deflated where that pays. */
    AUTO
}

package io.tidegate.gateway.view;

/** The store could not do it; the message says what and where, for an operator. */
public class ViewFailure extends RuntimeException {
    private final Reason reason;

    /** Why it could not. */
    public enum Reason {
        /** As much is being answered as the limits allow; later there is room. */
        BUSY,
        /** The question took longer than its deadline, and was ended in the store. */
        DEADLINE,
        /** There is no room on the disk, or in memory; it goes on by itself when there is. */
        FULL,
        /** What is kept cannot be read or written. */
        BROKEN,
        /** The view is closed. */
        CLOSED
    }

    public ViewFailure(String message) {
        this(Reason.BROKEN, message);
    }

    public ViewFailure(String message, Throwable cause) {
        this(Reason.BROKEN, message, cause);
    }

    public ViewFailure(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public ViewFailure(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}

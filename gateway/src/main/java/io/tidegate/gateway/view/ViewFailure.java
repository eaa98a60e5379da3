package io.tidegate.gateway.view;

/** The store could not do it; the message says what and where, for an operator. */
public class ViewFailure extends RuntimeException {
    public ViewFailure(String message) {
        super(message);
    }

    public ViewFailure(String message, Throwable cause) {
        super(message, cause);
    }
}

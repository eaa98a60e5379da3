package io.tidegate.gateway.view;

/** The view is closed: its product is served by another one now, or not at all. */
public final class ViewClosed extends ViewFailure {
    public ViewClosed(String message) {
        super(Reason.CLOSED, message);
    }
}

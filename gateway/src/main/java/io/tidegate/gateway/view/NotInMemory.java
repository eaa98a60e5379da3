package io.tidegate.gateway.view;

/** What was asked of {@link View#keysInMemory} would have to be read from a disk, or has just changed. Nothing has failed. */
public final class NotInMemory extends RuntimeException {
    private static final long serialVersionUID = 1;

    public NotInMemory() {
        super("this takes longer than memory does", null, false, false);
    }
}

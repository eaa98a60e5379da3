package io.tidegate.gateway.view;

/**
 * The state that was taken for some questions cannot answer one of them after all: it has to be begun again with
 * {@link View#snapshot}, all questions of a request together. Nothing has failed.
 */
public final class Unindexed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unindexed() {
        super("no index answers this question cheaply enough", null, false, false);
    }
}

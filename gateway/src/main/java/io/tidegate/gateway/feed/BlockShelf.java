package io.tidegate.gateway.feed;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One product's blocks, as a {@link Replay} asks for them. */
interface BlockShelf {

    /** The block that covers this offset, if it is at hand. */
    @Nullable
    Block find(int slot, long offset);

    /** See {@link History#load}. */
    CompletableFuture<Piece> load(int slot, long offset, int epoch, boolean goesOn, long end);

    /** The next thing to be asked for. */
    void ahead(int slot, long offset, int epoch, boolean goesOn, long end);

    /** Nobody will ask again: the topics have changed. */
    void forget();

    /**
     * Of all readers.
     *
     * @param threads
     *            that read; they may block
     */
    static BlockShelf shared(History history, Feed.Era era, BlockSource source, Executor threads) {
        return new BlockShelf() {
            private History.Address address(int slot) {
                return new History.Address(era, slot);
            }

            @Override
            public @Nullable Block find(int slot, long offset) {
                return history.find(address(slot), offset);
            }

            @Override
            public CompletableFuture<Piece> load(int slot, long offset, int epoch, boolean goesOn,
                    long end) {
                return history.load(address(slot), source, offset, epoch, goesOn, end, threads);
            }

            @Override
            public void ahead(int slot, long offset, int epoch, boolean goesOn, long end) {
                history.ahead(address(slot), source, offset, epoch, goesOn, end, threads);
            }

            @Override
            public void forget() {
                history.forget(era);
            }
        };
    }
}

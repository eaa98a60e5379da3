package io.tidegate.gateway.feed;

import java.util.List;
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

    /** Of one reader, which waits for each block itself: it reads so much that it would push out what others share. */
    static BlockShelf own(BlockSource source) {
        return new BlockShelf() {
            private static final int BLOCKS = 4;
            private List<Block> held = List.of();
            private int heldSlot;

            @Override
            public @Nullable Block find(int slot, long offset) {
                return heldSlot != slot
                        ? null
                        : held.stream().filter(block -> block.covers(offset)).findFirst()
                                .orElse(null);
            }

            @Override
            public CompletableFuture<Piece> load(int slot, long offset, int epoch, boolean goesOn,
                    long end) {
                try {
                    var piece = source.read(slot, offset, epoch, offset, end, BLOCKS);
                    held = piece instanceof Piece.Read(var blocks) ? blocks : List.of();
                    heldSlot = slot;
                    return CompletableFuture.completedFuture(piece);
                } catch (RuntimeException e) {
                    return CompletableFuture.failedFuture(e);
                }
            }

            @Override
            public void ahead(int slot, long offset, int epoch, boolean goesOn, long end) {
                // Kafka's client reads ahead by itself.
            }

            @Override
            public void forget() {
                held = List.of();
            }
        };
    }
}

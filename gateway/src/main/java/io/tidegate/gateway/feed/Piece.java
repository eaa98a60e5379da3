package io.tidegate.gateway.feed;

import java.util.List;

/** What a {@link BlockSource} found at an offset. */
sealed interface Piece {

    /**
     * What is there.
     *
     * @param blocks
     *            at least one, each beginning where the one before it ends
     */
    record Read(List<Block> blocks) implements Piece {
        public Read {
            blocks = List.copyOf(blocks);
        }
    }

    /**
     * Retention has removed it.
     *
     * @param earliest
     *            the first offset that is still there
     */
    record Gone(long earliest) implements Piece {
    }
}

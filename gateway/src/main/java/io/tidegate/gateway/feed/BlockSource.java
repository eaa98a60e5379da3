package io.tidegate.gateway.feed;

/** Where the blocks of a product come from. */
interface BlockSource {

    /**
     * Reads on from an offset; may block.
     *
     * @param from
     *            where to begin, so that readers who are close begin alike; what is gone before {@code wanted} is passed over
     * @param wanted
     *            the offset that is asked for, not before {@code from}: the blocks cover it
     * @param end
     *            everything before it can be read; behind {@code wanted}
     * @param blocks
     *            how many to make at most, of what is quickly at hand
     * @throws KafkaUnavailable
     *             or a Kafka exception, if it cannot be read now
     */
    Piece read(int slot, long from, long wanted, long end, int blocks);
}

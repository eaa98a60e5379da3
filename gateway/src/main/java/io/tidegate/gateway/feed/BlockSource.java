package io.tidegate.gateway.feed;

/** Where the blocks of a product come from. */
interface BlockSource {

    /**
     * Reads on from an offset; may block.
     *
     * @param from
     *            where to begin, so that readers who are close begin alike; what is gone before {@code wanted} is passed over
     * @param epoch
     *            of what lies before {@code from}, so that it shows whether the log has been cut there; -1 = unknown
     * @param wanted
     *            the offset that is asked for, not before {@code from}: the blocks cover it
     * @param end
     *            everything before it can be read; behind {@code wanted}
     * @param blocks
     *            how many to make at most, of what is quickly at hand
     * @throws KafkaUnavailable
     *             or a Kafka exception, if it cannot be read now
     * @throws Replaced
     *             if the log is not the one that was read before
     */
    Piece read(int slot, long from, int epoch, long wanted, long end, int blocks);
}

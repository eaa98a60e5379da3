package io.tidegate.gateway.feed;

/** Offsets do not mean any more what they did: topics were made again, given partitions, or cut. */
final class Replaced extends RuntimeException {
    Replaced(String message) {
        super(message);
    }
}

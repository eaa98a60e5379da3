package io.tidegate.loadtests.stand;

/**
 * How many events come.
 *
 * @param rate
 *            a second; 0 = as many as the slowest subscriber keeps up with
 * @param burst
 *            events that are due at the same time
 * @param keys
 *            different keys, one event after the other has the next; 0 = the events have none
 */
public record Load(int rate, int burst, int keys) {

    /** As fast as the subscribers take them, in bursts of 16. */
    public static Load flatOut() {
        return new Load(0, 16, 0);
    }

    /** So many a second, one by one. */
    public static Load paced(int rate) {
        return new Load(rate, 1, 0);
    }

    /** So many a second, one by one, one after the other with the next of so many keys. */
    public static Load keyed(int rate, int keys) {
        return new Load(rate, 1, keys);
    }

    boolean isFlatOut() {
        return rate == 0;
    }
}

package io.tidegate.gateway.feed;

import io.tidegate.contract.ProductId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;

/** How one cursor of a product stands to another: whether it has seen as much, or more. */
public enum CursorOrder {
    /** Both are the same position. */
    SAME,
    /** The given one has seen everything that the other has, and more. */
    AHEAD,
    /** The given one lacks something that the other has seen. */
    BEHIND,
    /** The given one is no cursor of this gateway. */
    UNREADABLE,
    /** The given one belongs to another product or major version. */
    OTHER_PRODUCT;

    private record Part(int topic, int partition) {
    }

    private record Place(long next, int epoch) {
        /** A later leader may have withdrawn what an earlier one said: then the smaller offset is the newer place. */
        boolean covers(Place other) {
            return next >= other.next || (epoch > other.epoch && other.epoch >= 0);
        }
    }

    /**
     * Judges {@code given} by {@code kept}. Of topics that the product does not have any more only what both speak of is
     * compared.
     *
     * @param kept
     *            if it cannot be read, everything is ahead of it
     */
    public static CursorOrder of(Feed feed, String kept, String given) {
        return of(feed.cursors(), feed.id(), feed.layout(), kept, given);
    }

    /** Whether a cursor is one of this product: {@link #SAME}, or what is wrong with it. */
    public static CursorOrder of(Feed feed, String given) {
        return check(feed.cursors(), feed.id(), given);
    }

    private static CursorOrder check(Cursors cursors, ProductId product, String given) {
        return cursors.read(given)
                .map(claim -> claim.product() == Cursors.stamp(product.path())
                        ? SAME
                        : OTHER_PRODUCT)
                .orElse(UNREADABLE);
    }

    static CursorOrder of(Cursors cursors, ProductId product, Layout now, String kept,
            String given) {
        var fault = check(cursors, product, given);
        if (fault != SAME || kept.equals(given)) {
            return fault;
        }
        if (check(cursors, product, kept) != SAME) {
            return AHEAD;
        }
        var before = places(cursors, kept);
        var after = places(cursors, given);
        var current = new HashSet<Part>();
        now.slots().forEach(slot -> current.add(new Part(slot.stamp(), slot.partition())));
        boolean isAhead = false;
        for (var place : before.entrySet()) {
            var then = after.get(place.getKey());
            if (then == null ? current.contains(place.getKey()) : !then.covers(place.getValue())) {
                return BEHIND;
            }
        }
        for (var place : after.entrySet()) {
            var then = before.get(place.getKey());
            if (then == null) {
                if (!current.contains(place.getKey())) {
                    return BEHIND;
                }
                isAhead = true;
            } else {
                isAhead |= then.next() != place.getValue().next();
            }
        }
        // Only the epochs differ, or a topic is gone: nothing that a reader would notice.
        return isAhead ? AHEAD : SAME;
    }

    private static Map<Part, Place> places(Cursors cursors, String text) {
        var places = new HashMap<Part, Place>();
        for (var topic : cursors.read(text).orElseThrow().topics()) {
            for (int i = 0; i < topic.next().length; i++) {
                places.put(new Part(topic.topicId(), i),
                        new Place(topic.next()[i], topic.epochs()[i]));
            }
        }
        return places;
    }
}

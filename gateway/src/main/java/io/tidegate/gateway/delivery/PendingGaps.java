package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Lost;
import java.util.ArrayList;
import java.util.List;

/**
 * Announcements that wait for the next event. Neighbours are told as one, and so are all of one partition and reason once
 * there are many: a log full of unreadable records must not fill the memory of whoever listens.
 */
final class PendingGaps {
    private static final int SEPARATE_MAX = 32;

    private final List<Gap> gaps = new ArrayList<>();
    private String json = "";

    private record Gap(Lost lost, String cursor) {
    }

    boolean isEmpty() {
        return gaps.isEmpty();
    }

    /** Members of a JSON array, in the order in which they came. */
    String json() {
        if (json.isEmpty() && !gaps.isEmpty()) {
            json = String.join(",",
                    gaps.stream().map(gap -> Gaps.json(gap.lost(), gap.cursor())).toList());
        }
        return json;
    }

    void add(Lost lost, String cursor) {
        json = "";
        for (int i = gaps.size() - 1; i >= 0; i--) {
            var known = gaps.get(i).lost();
            boolean isAlike = known.slot() == lost.slot() && known.reason() == lost.reason();
            boolean isNext = known.offset() + known.count() == lost.offset();
            if (isAlike && (isNext || gaps.size() >= SEPARATE_MAX)) {
                // Where others lie between, the count covers them too: better too much is announced than too little.
                long count = lost.offset() + lost.count() - known.offset();
                gaps.set(i, new Gap(new Lost(known.slot(), known.offset(), count, known.reason(),
                        known.detail()), cursor));
                return;
            }
            if (isAlike && gaps.size() < SEPARATE_MAX) {
                break;
            }
        }
        gaps.add(new Gap(lost, cursor));
    }

    void clear() {
        gaps.clear();
        json = "";
    }
}

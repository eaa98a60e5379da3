package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Lost;
import java.util.ArrayList;
import java.util.List;

/**
 * What is told with the next event, by framings that have no message of their own for it: what is missing before it, how many
 * events it stands for, notices. Bounded, whatever waits: neighbouring gaps are told as one, and so are all of one partition and
 * reason once there are many; of many notices the latest are kept.
 */
final class Attachments {
    private static final int SEPARATE_MAX = 32;
    private static final int NOTICES_MAX = 8;

    private final List<Gap> gaps = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private long passedOver;

    private record Gap(Lost lost, String cursor) {
    }

    /** What is told of events that newer ones of their keys stand for. */
    static String conflated(long passedOver) {
        return "\"conflated\":\"" + passedOver + "\"";
    }

    /** Members of a JSON object; empty if there is nothing to tell. */
    String members() {
        return members(0);
    }

    /**
     * As {@link #members}.
     *
     * @param alsoPassedOver
     *            events that are passed over beside those that are known
     */
    String members(long alsoPassedOver) {
        var members = new ArrayList<String>();
        if (!gaps.isEmpty()) {
            members.add("\"gaps\":["
                    + String.join(",",
                            gaps.stream().map(gap -> Gaps.json(gap.lost(), gap.cursor())).toList())
                    + "]");
        }
        if (passedOver + alsoPassedOver > 0) {
            members.add(conflated(passedOver + alsoPassedOver));
        }
        if (!notices.isEmpty()) {
            members.add("\"notices\":[" + String.join(",", notices) + "]");
        }
        return String.join(",", members);
    }

    void passedOver(long events) {
        passedOver += events;
    }

    /**
     * @param json
     *            an object
     */
    void notice(String json) {
        if (notices.size() == NOTICES_MAX) {
            notices.removeFirst();
        }
        notices.add(json);
    }

    void gap(Lost lost, String cursor) {
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
}

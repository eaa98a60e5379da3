package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The changes of a record of which the rest has yet to come, held back so that a position and what it counts always agree. The
 * position before them is that of the record; whoever reads on from there brings all of it again, and whoever simply goes on
 * brings the rest.
 */
final class Unfinished {
    private Map<Part, List<Event>> held = Map.of();

    private record Part(String topicId, int partition) {
    }

    /**
     * @param finished
     *            changes of records that are complete, in order
     * @param held
     *            what is to be held back from now on
     */
    record Taken(List<Event> finished, Map<?, List<Event>> held) {
    }

    /** Sorts out what can be applied. Nothing is held back or forgotten before {@link #keep}. */
    Taken finished(List<Event> events, Position after) {
        var before = new HashMap<>(held);
        var all = new ArrayList<Event>(events.size());
        for (int i = 0; i < events.size(); i++) {
            var event = events.get(i);
            var early = before.isEmpty() ? null : before.remove(part(event.slot(), after));
            if (early != null && early.getFirst().offset() <= event.offset()
                    && !comesAgain(early, events, i)) {
                early.forEach(one -> all.add(in(event.slot(), one)));
            }
            all.add(event);
        }
        var finished = new ArrayList<Event>(all.size());
        var unfinished = new HashMap<Part, List<Event>>();
        for (int slot = 0; slot < after.slots().size() && !before.isEmpty(); slot++) {
            var early = before.remove(part(slot, after));
            if (early != null) {
                for (var one : early) {
                    all.add(in(slot, one));
                }
            }
        }
        for (var event : all) {
            if (event.offset() < after.slots().get(event.slot()).next()) {
                finished.add(event);
            } else {
                unfinished.computeIfAbsent(part(event.slot(), after), part -> new ArrayList<>())
                        .add(event);
            }
        }
        return new Taken(finished, unfinished);
    }

    void keep(Taken taken) {
        var kept = new HashMap<Part, List<Event>>();
        taken.held().forEach((part, events) -> kept.put((Part) part, events));
        held = kept;
    }

    boolean hasAny() {
        return !held.isEmpty();
    }

    void forget() {
        held = Map.of();
    }

    /** Whether a reader that began anew at the record brings its first changes a second time. */
    private static boolean comesAgain(List<Event> early, List<Event> events, int from) {
        int slot = events.get(from).slot();
        int same = 0;
        for (int i = from; i < events.size() && same < early.size(); i++) {
            if (events.get(i).slot() == slot) {
                if (!events.get(i).equals(in(slot, early.get(same)))) {
                    return false;
                }
                same++;
            }
        }
        return same == early.size();
    }

    private static Part part(int slot, Position after) {
        var of = after.slots().get(slot);
        return new Part(of.topicId(), of.partition());
    }

    private static Event in(int slot, Event event) {
        return event.slot() == slot
                ? event
                : new Event(slot, event.offset(), event.leaderEpoch(), event.op(), event.key(),
                        event.time(), event.value(), event.previous());
    }
}

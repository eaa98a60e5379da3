package io.tidegate.gateway.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The heartbeat of all connections of one event loop: a wheel of slots, one of which is served at each tick, so that the pings
 * of many connections are spread over time and no connection needs a timer of its own. Confined to its event loop.
 */
public final class Pulse {
    static final int SLOTS = 20;

    private final Heartbeat heartbeat;
    private final List<List<Member>> slots = Stream
            .generate(() -> (List<Member>) new ArrayList<Member>())
            .limit(SLOTS).toList();
    private int at;
    private int next;

    /** A connection. */
    public abstract static class Member {
        private int slot = -1;
        private int index;

        /**
         * Its turn has come.
         *
         * @param now
         *            of {@code System.nanoTime}
         */
        abstract void beat(long now);

        /** The gateway wants to end; the client is told where to go on. */
        abstract void drain();
    }

    /** Silent until somebody calls {@link #tick} every {@link #tickLength}. */
    public Pulse(Heartbeat heartbeat) {
        this.heartbeat = heartbeat;
    }

    public Heartbeat heartbeat() {
        return heartbeat;
    }

    Duration tickLength() {
        return heartbeat.every().dividedBy(SLOTS);
    }

    /** Adds a connection; its first beat comes within one heartbeat. Once is enough. */
    void join(Member member) {
        if (member.slot < 0) {
            member.slot = next;
            var slot = slots.get(next);
            member.index = slot.size();
            slot.add(member);
            next = (next + 1) % SLOTS;
        }
    }

    /** Forgets a connection, also one that never joined. */
    void leave(Member member) {
        if (member.slot < 0) {
            return;
        }
        var slot = slots.get(member.slot);
        var last = slot.removeLast();
        if (member.index < slot.size()) {
            slot.set(member.index, last);
            last.index = member.index;
        }
        member.slot = -1;
    }

    /** Serves the next slot. */
    void tick(long now) {
        at = (at + 1) % SLOTS;
        // A copy, since a beat may end its connection, and with it others of the slot.
        for (var member : List.copyOf(slots.get(at))) {
            if (member.slot >= 0) {
                member.beat(now);
            }
        }
    }

    /** Everybody who is here now. */
    List<Member> members() {
        return slots.stream().flatMap(List::stream).toList();
    }
}

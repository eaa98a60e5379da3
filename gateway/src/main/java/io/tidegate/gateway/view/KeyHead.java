package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.time.Instant;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What a key table says of its rows.
 *
 * @param newest
 *            of the events' own times; null = there were none
 */
record KeyHead(Position position, @Nullable Instant newest) {

    byte[] toBytes() {
        var out = new RowBytes.Out();
        out.octet(newest == null ? 0 : 1);
        if (newest != null) {
            out.time(newest);
        }
        for (var slot : position.slots()) {
            out.text(slot.topic());
            out.text(slot.topicId());
            out.natural(slot.partition());
            out.natural(slot.next());
            out.number(slot.leaderEpoch());
        }
        return out.toBytes();
    }

    static KeyHead of(byte[] bytes) {
        var in = new RowBytes.In(bytes);
        var newest = in.octet() == 0 ? null : in.time();
        var slots = new ArrayList<Position.Slot>();
        while (in.hasMore()) {
            slots.add(new Position.Slot(in.text(), in.text(), (int) in.natural(), in.natural(),
                    (int) in.number()));
        }
        return new KeyHead(new Position(slots), newest);
    }
}

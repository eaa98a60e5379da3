package io.tidegate.gateway.view;

import io.tidegate.schema.Row;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/** A row of a view. Its key and its place are made when they are asked for: most readers want the value alone. */
public final class StoredRow {
    private final Row value;
    private final Instant time;
    private final Supplier<List<Object>> key;
    private final Supplier<String> place;

    /**
     * @param time
     *            of the event that wrote it
     * @param place
     *            see {@link #pageCursor}
     */
    StoredRow(Row value, Instant time, Supplier<List<Object>> key, Supplier<String> place) {
        this.value = value;
        this.time = time;
        this.key = key;
        this.place = place;
    }

    /** Values of the key fields in the order of the contract. */
    public List<Object> key() {
        return key.get();
    }

    public Row value() {
        return value;
    }

    /** Of the event that wrote it. */
    public Instant time() {
        return time;
    }

    /** The opaque place of this row in the query's order; URL-safe. Empty if it was not found by an order. */
    public String pageCursor() {
        return place.get();
    }
}

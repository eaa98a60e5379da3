package io.tidegate.gateway.delivery;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.schema.Row;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which events a reader gets: a predicate on rows, applied to changes of rows.
 *
 * <p>
 * A delete is judged by the row before it. Where only the key is known, it is judged by the key if the predicate asks for
 * nothing else, and withheld otherwise: a key must not leak to somebody who may not see its row.
 */
final class EventFilter {
    private final Matcher matcher;
    private final boolean isOpen;
    private final boolean needsKeyOnly;
    private final ProductSchema schema;

    EventFilter(Predicate predicate, ProductSchema schema) {
        this.matcher = Matcher.compile(predicate);
        this.isOpen = predicate.equals(Predicate.ALL);
        this.schema = schema;
        var keys = schema.key().stream().map(FieldPath::positions).toList();
        this.needsKeyOnly = !keys.isEmpty()
                && fields(predicate).allMatch(
                        f -> f.positions().size() == 1 && keys.contains(f.positions()));
    }

    boolean passes(Event event) {
        if (isOpen) {
            return true;
        }
        var row = row(event);
        if (row == null && needsKeyOnly) {
            row = keyRow(event, schema);
        }
        return row != null && matcher.matches(row);
    }

    /** Whether every event passes. */
    boolean isOpen() {
        return isOpen;
    }

    /** Whether the predicate asks for nothing but the key. */
    boolean needsKeyOnly() {
        return needsKeyOnly;
    }

    /** The row that an event is judged by; null if only its key is known. */
    static @Nullable Row row(Event event) {
        return event.value() != null ? event.value() : event.previous();
    }

    /** Whether the event tells a row before the change that this predicate does not let pass. */
    boolean hasForeignPrevious(Event event) {
        var previous = event.previous();
        return previous != null && !isOpen && !matcher.matches(previous);
    }

    /** A row of nothing but the event's key. */
    static Row keyRow(Event event, ProductSchema schema) {
        var key = event.key();
        var values = new @Nullable Object[schema.rowType().fields().size()];
        for (int i = 0; i < key.size(); i++) {
            var path = schema.key().get(i);
            if (path.positions().size() == 1) {
                values[path.positions().getFirst()] = key.get(i);
            }
        }
        return new Row(schema.rowType(), values);
    }

    private static Stream<FieldPath> fields(Predicate predicate) {
        return switch (predicate) {
            case Predicate.Constant ignored -> Stream.empty();
            case Predicate.And and -> and.terms().stream().flatMap(EventFilter::fields);
            case Predicate.Or or -> or.terms().stream().flatMap(EventFilter::fields);
            case Predicate.Not not -> fields(not.term());
            case Predicate.Compare compare -> Stream.of(compare.field());
            case Predicate.In in -> Stream.of(in.field());
            case Predicate.IsNull isNull -> Stream.of(isNull.field());
            case Predicate.Text text -> Stream.of(text.field());
            case Predicate.Size size -> Stream.of(size.field());
            case Predicate.Any any -> Stream.of(any.field());
        };
    }
}

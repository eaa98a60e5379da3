package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.feed.Position.Slot;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectLimitStep;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * One question for changes. They come in the order in which the view has got them, which within a partition is that of the
 * log; all changes that one record tells stand together.
 *
 * <p>
 * A position behind a page counts, of each partition, nothing from the first matching change on that is not in the page. It is
 * therefore made of the lowest offset of a match in each partition, and of the page's changes one by one.
 */
final class Events {
    private static final Field<String> TOPIC_ID = DSL.field(DSL.name("topic_id"), String.class);
    private static final Field<Integer> PARTITION = DSL.field(DSL.name("part"), Integer.class);
    private static final Field<Long> OFFSET = DSL.field(DSL.name("off"), Long.class);
    private static final Field<Integer> EPOCH = DSL.field(DSL.name("epoch"), Integer.class);
    private static final Field<Long> SEQUENCE = DSL.field(DSL.name("seq"), Long.class);
    private static final Field<Boolean> KNOWN = DSL.field(DSL.name("known"), Boolean.class);
    private static final Field<String> KEY = DSL.field(DSL.name("k"), String.class);
    private static final Field<String> VALUE = DSL.field(DSL.name("v"), String.class);
    private static final Field<String> PREVIOUS = DSL.field(DSL.name("p"), String.class);

    private final Columns columns;
    private final RowTexts texts;
    private final Position position;
    private final EventsQuery query;
    private final Aggregation.Asking asking;
    private final Table<Record> table;
    private final Condition where;
    /** What has to hold for a change. */
    private final Predicate judged;
    private long count;

    /** A partition of a topic, however often a topic of its name was made. */
    private record Part(String topicId, int number) {
        static Part of(Slot slot) {
            return new Part(slot.topicId(), slot.partition());
        }
    }

    /** A stored change. */
    private record Change(Part part, long offset, int epoch, long sequence, String key,
            @Nullable String value, @Nullable String previous, String time) {
        boolean isOfRecordOf(Change other) {
            return offset == other.offset && part.equals(other.part);
        }
    }

    Events(Columns columns, Table<Record> table, RowTexts texts, SqlConditions conditions,
            Position position,
            EventsQuery query, Aggregation.Asking asking) {
        if (columns.isKeyed() && !columns.keepsChanges()) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID,
                    "the product keeps no changes: its contract has no 'history' under 'view'"));
        }
        this.columns = columns;
        this.texts = texts;
        this.position = position;
        this.query = query;
        this.asking = asking;
        this.table = table;
        this.judged = query.judged();
        this.where = where(conditions);
    }

    EventPage page() {
        var reached = base();
        var found = changes(select(where).limit(query.limit() + 1L));
        boolean hasMore = found.size() > query.limit();
        if (hasMore && found.getLast().isOfRecordOf(found.get(query.limit() - 1))) {
            // the rest of the record, so that the page ends between two
            var last = found.getLast();
            found.addAll(changes(select(where.and(isOf(last.part()))
                    .and(OFFSET.eq(last.offset())).and(SEQUENCE.gt(last.sequence())))));
            hasMore = !changes(select(where.and(SEQUENCE.gt(found.getLast().sequence())))
                    .limit(1L)).isEmpty();
        } else if (hasMore) {
            found.removeLast();
        }
        var rows = Matcher.compile(query.rows());
        var events = new ArrayList<StoredEvent>();
        for (int i = 0; i < found.size(); i++) {
            var change = found.get(i);
            boolean hasRest = i + 1 < found.size() && found.get(i + 1).isOfRecordOf(change);
            // who is at a record's offset has yet to see all of it
            reached.put(change.part(), new Reached(hasRest
                    ? change.offset()
                    : change.offset() + 1, change.epoch()));
            events.add(event(change, rows, behind(reached)));
        }
        return new EventPage(events, hasMore, count);
    }

    private StoredEvent event(Change change, Matcher rows, Position behind) {
        var value = change.value() == null ? null : texts.row(change.value());
        var previous = change.previous() == null ? null : texts.row(change.previous());
        if (previous != null && !rows.matches(previous)) {
            // A row may come into sight from where the caller must not look; where it was stays unsaid.
            previous = null;
        }
        return new StoredEvent(value == null ? Op.DELETE : Op.UPSERT,
                Column.instant(change.time()), texts.key(change.key()), value,
                previous, behind);
    }

    private Condition where(SqlConditions conditions) {
        var terms = new ArrayList<Condition>();
        terms.add(conditions.of(judged));
        if (!judged.equals(Predicate.ALL) && !needsKeyOnly()) {
            terms.add(KNOWN.isTrue());
        }
        terms.add(DSL.or(position.slots().stream().map(slot -> isOf(Part.of(slot))).toList()));
        query.key().ifPresent(key -> terms.add(SqlSnapshot.is(columns, texts, key)));
        query.from().ifPresent(from -> terms.add(switch (from) {
            case EventsQuery.Bound.At at -> Column.TIME.compare(Comparison.GTE, at.time());
            case EventsQuery.Bound.Behind behind -> DSL.not(counted(behind.position()));
        }));
        query.to().ifPresent(to -> terms.add(switch (to) {
            case EventsQuery.Bound.At at -> Column.TIME.compare(Comparison.LT, at.time());
            case EventsQuery.Bound.Behind behind -> counted(behind.position());
        }));
        query.within().ifPresent(within -> terms.add(counted(within)));
        query.after().ifPresent(after -> terms.add(DSL.not(counted(after))));
        return DSL.and(terms);
    }

    private static Condition isOf(Part part) {
        return TOPIC_ID.eq(part.topicId()).and(PARTITION.eq(part.number()));
    }

    private static Condition counted(Position by) {
        return by.slots().isEmpty()
                ? DSL.falseCondition()
                : DSL.or(by.slots().stream()
                        .map(slot -> isOf(Part.of(slot)).and(OFFSET.lt(slot.next()))).toList());
    }

    /** Whether the filter asks for nothing but the key, so that it judges rows of which only the key is known. */
    private boolean needsKeyOnly() {
        return columns.isKeyed() && fields(judged).allMatch(columns::isKeyField);
    }

    private static Stream<FieldPath> fields(Predicate predicate) {
        return switch (predicate) {
            case Predicate.Constant ignored -> Stream.empty();
            case Predicate.And and -> and.terms().stream().flatMap(Events::fields);
            case Predicate.Or or -> or.terms().stream().flatMap(Events::fields);
            case Predicate.Not not -> fields(not.term());
            case Predicate.Compare compare -> Stream.of(compare.field());
            case Predicate.In in -> Stream.of(in.field());
            case Predicate.IsNull isNull -> Stream.of(isNull.field());
            case Predicate.Text text -> Stream.of(text.field());
            case Predicate.Size size -> Stream.of(size.field());
            case Predicate.Any any -> Stream.of(any.field());
        };
    }

    /**
     * How far a partition has been read.
     *
     * @param next
     *            offset of the first record that has not been seen
     */
    private record Reached(long next, int epoch) {
    }

    /** What the page's first change is behind of. */
    private Map<Part, Reached> base() {
        var base = new HashMap<Part, Reached>();
        for (var slot : position.slots()) {
            base.put(Part.of(slot), new Reached(slot.next(), slot.leaderEpoch()));
        }
        for (var record : asking.of(DSL
                .select(TOPIC_ID, PARTITION, DSL.min(OFFSET), DSL.field("count(*)", Long.class))
                .from(table).where(where).groupBy(TOPIC_ID, PARTITION))) {
            Long lowest = record.value3();
            count += record.value4();
            if (lowest != null) {
                base.put(new Part(record.value1(), record.value2()), new Reached(lowest, -1));
            }
        }
        var begun = new HashMap<Part, Reached>();
        if (query.from().orElse(null) instanceof EventsQuery.Bound.Behind(Position from)) {
            begin(begun, from);
        }
        query.after().ifPresent(after -> begin(begun, after));
        begun.forEach((part, reached) -> base.computeIfPresent(part, (same, before) -> reached));
        return base;
    }

    private static void begin(Map<Part, Reached> begun, Position from) {
        for (var slot : from.slots()) {
            begun.merge(Part.of(slot), new Reached(slot.next(), slot.leaderEpoch()),
                    (a, b) -> a.next() > b.next() ? a : b);
        }
    }

    private Position behind(Map<Part, Reached> reached) {
        var slots = new ArrayList<Slot>();
        for (var slot : position.slots()) {
            var at = reached.get(Part.of(slot));
            slots.add(at == null
                    ? slot
                    : new Slot(slot.topic(), slot.topicId(), slot.partition(), at.next(),
                            at.epoch()));
        }
        return new Position(slots);
    }

    private SelectLimitStep<Record> select(Condition condition) {
        return DSL.select(List.of(TOPIC_ID, PARTITION, OFFSET, EPOCH, SEQUENCE, KEY, VALUE,
                PREVIOUS, Column.TIME.asText().as(DSL.name("told")))).from(table).where(condition)
                .orderBy(SEQUENCE);
    }

    private List<Change> changes(org.jooq.ResultQuery<Record> select) {
        var changes = new ArrayList<Change>();
        for (var record : asking.of(select)) {
            changes.add(new Change(
                    new Part(String.valueOf(record.get(TOPIC_ID)), record.get(PARTITION)),
                    record.get(OFFSET), record.get(EPOCH), record.get(SEQUENCE),
                    String.valueOf(record.get(KEY)), record.get(VALUE), record.get(PREVIOUS),
                    String.valueOf(record.get(8))));
        }
        return changes;
    }
}

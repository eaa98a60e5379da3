package io.tidegate.gateway.data;

import com.google.common.hash.Hashing;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.PlainArguments;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.shape.PlainShape;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.view.AggregateQuery;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateRow;
import io.tidegate.gateway.view.EventPage;
import io.tidegate.gateway.view.EventsQuery;
import io.tidegate.gateway.view.StoredEvent;
import io.tidegate.gateway.view.StoredRow;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.gateway.view.ViewSnapshot;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a pull query: everything in it is true at its one position. A page is in memory; a whole answer is drawn from
 * the view piece by piece. Not thread-safe; calls may block.
 */
final class Answer implements AutoCloseable {
    private static final int PIECE_ROWS = 5_000;
    private static final long PIECE_CHARS = 8 << 20;

    private final Facts facts;
    private final Supplier<List<Row>> pieces;
    private final Runnable closing;

    private Answer(Facts facts, Supplier<List<Row>> pieces, Runnable closing) {
        this.facts = facts;
        this.pieces = pieces;
        this.closing = closing;
    }

    /** What stands beside the rows. */
    Facts facts() {
        return facts;
    }

    /** Of each row. */
    RecordType type() {
        return facts.type();
    }

    /** The next rows; empty at the end. */
    List<Row> next() {
        return pieces.get();
    }

    @Override
    public void close() {
        closing.run();
    }

    /**
     * Asks the view.
     *
     * @param rowsMax
     *            of a whole answer
     * @throws io.tidegate.gateway.refusal.Refusal.Thrown
     *             if the whole answer has more
     */
    static Answer of(View view, DataRequest request, Catalog.Granted granted, RowMasks masks,
            int rowsMax) {
        var asked = new Asking(view, request, granted, masks, rowsMax);
        return switch (request.ask()) {
            case Ask.Items items -> request.isPage() ? asked.page(items) : asked.whole(items);
            case Ask.Groups groups -> asked.groups(groups);
            case Ask.Events events -> asked.events(events);
        };
    }

    private record Asking(View view, DataRequest request, Catalog.Granted granted, RowMasks masks,
            int rowsMax) {

        private ProductSchema schema() {
            return granted.product().schema();
        }

        /** The place of the last row, for its reader to go on from. */
        private Optional<String> sealed(String place) {
            return Optional
                    .of(granted.product().feed().cursors().seal(granted.product().id(), place));
        }

        Answer page(Ask.Items items) {
            var shown = projection(items.fields());
            try (var snapshot = view.snapshot()) {
                var page = snapshot.items(items.query());
                var total = request.hasTotal()
                        ? OptionalLong.of(snapshot.count(items.query().where()))
                        : OptionalLong.empty();
                var last = page.rows().isEmpty()
                        ? Optional.<String>empty()
                        : sealed(page.rows().getLast().pageCursor());
                return inMemory(shown.type(), snapshot, total, page.hasMore(), last,
                        rows(page.rows(), shown));
            }
        }

        Answer whole(Ask.Items items) {
            var shown = projection(items.fields());
            var query = items.query();
            var scan = view.scan(query.where(), query.order());
            try {
                long count = scan.count();
                if (count > rowsMax) {
                    throw tooMany(count + " rows");
                }
                return new Answer(new Facts(shown.type(), scan.position(), scan.newest(),
                        request.hasTotal() ? OptionalLong.of(count) : OptionalLong.empty(), false,
                        Optional.empty(), schema().key().isEmpty() ? Long.toString(count) : ""),
                        () -> rows(scan.next(PIECE_ROWS, PIECE_CHARS), shown), scan::close);
            } catch (RuntimeException e) {
                scan.close();
                throw e;
            }
        }

        private RuntimeException tooMany(String what) {
            return PlainArguments
                    .invalid("The answer has " + what + ", and a whole one has at most "
                            + rowsMax + "; narrow it with 'filter', or take pages with 'limit' and"
                            + " 'after'.");
        }

        private Projection projection(java.util.Set<String> fields) {
            return Projection.of(schema().rowType(), fields, granted.permit().hidden());
        }

        private List<Row> rows(List<StoredRow> stored, Projection shown) {
            return stored.stream().map(row -> shown.row(masks.row(row.value()))).toList();
        }

        private Answer inMemory(RecordType type, ViewSnapshot snapshot, OptionalLong total,
                boolean hasMore, Optional<String> last, List<Row> rows) {
            Iterator<List<Row>> once = rows.isEmpty()
                    ? List.<List<Row>>of().iterator()
                    : List.of(rows).iterator();
            return new Answer(new Facts(type, snapshot.position(), snapshot.newest(), total,
                    hasMore, last, left(rows, total, hasMore)),
                    () -> once.hasNext() ? once.next() : List.of(), () -> {
                    });
        }

        /** Without a key every event is a row, which goes after its time. */
        private String left(List<Row> rows, OptionalLong total, boolean hasMore) {
            return schema().key().isEmpty()
                    ? Hashing.sha256().hashString(total.toString() + hasMore + rows,
                            StandardCharsets.UTF_8).toString()
                    : "";
        }

        // ---- groups ----

        Answer groups(Ask.Groups groups) {
            var query = groups.query();
            var type = type(query, groups.names());
            try (var snapshot = view.snapshot()) {
                var page = snapshot.aggregate(query);
                if (page.hasMore() && !request.isPage()) {
                    throw PlainArguments.invalid("The answer has more than " + query.limit()
                            + " groups; narrow it with 'filter' or 'having', or take pages with"
                            + " 'limit' and 'after'.");
                }
                // Figures that only conditions and the order speak of come behind those of the answer.
                int figures = groups.names().size();
                var rows = page.rows().stream().map(row -> row(type, query, row, figures))
                        .toList();
                return inMemory(type, snapshot, OptionalLong.empty(), page.hasMore(),
                        page.rows().isEmpty()
                                ? Optional.empty()
                                : sealed(page.rows().getLast().pageCursor()),
                        rows);
            }
        }

        private static RecordType type(AggregateQuery query, List<String> names) {
            var fields = new ArrayList<Field>();
            if (query.bucket().isPresent()) {
                fields.add(new Field("bucket", Type.Scalar.of(ScalarKind.TIMESTAMP), true));
            }
            query.groupBy().forEach(path -> fields.add(new Field(path.text(), path.type(), true)));
            for (int i = 0; i < names.size(); i++) {
                fields.add(new Field(names.get(i), type(query.measures().get(i)), true));
            }
            return RecordType.of("group", fields);
        }

        private static Type type(Measure measure) {
            return switch (measure.function()) {
                case COUNT, COUNT_DISTINCT -> Type.Scalar.of(ScalarKind.INT64);
                case SUM -> sum(measure.field().map(FieldPath::type).orElseThrow());
                case AVG, PERCENTILE -> Type.Scalar.of(ScalarKind.FLOAT64);
                case MIN, MAX -> measure.field().map(FieldPath::type).orElseThrow();
            };
        }

        /** Exact but for floating numbers, with as many digits as the readers of files can take. */
        private static Type sum(Type of) {
            if (of instanceof Type.Scalar scalar) {
                return switch (scalar.kind()) {
                    case FLOAT32, FLOAT64 -> Type.Scalar.of(ScalarKind.FLOAT64);
                    case DECIMAL -> new Type.Scalar(ScalarKind.DECIMAL,
                            scalar.scale() >= 0 && scalar.precision() > 0 ? 38 : 0,
                            scalar.scale());
                    default -> new Type.Scalar(ScalarKind.DECIMAL, 38, 0);
                };
            }
            return of;
        }

        private static Row row(RecordType type, AggregateQuery query, AggregateRow row,
                int figures) {
            var values = new ArrayList<@Nullable Object>();
            if (query.bucket().isPresent()) {
                values.add(row.bucket().orElse(null));
            }
            values.addAll(row.group());
            values.addAll(row.figures().subList(0, figures));
            return new Row(type, values.toArray());
        }

        // ---- changes ----

        Answer events(Ask.Events events) {
            var shown = projection(events.fields());
            var change = new Change(schema(), granted, shown, masks);
            var query = events.query();
            ViewSnapshotFacts facts;
            EventPage page;
            try (var snapshot = view.snapshot()) {
                page = snapshot.events(query);
                facts = new ViewSnapshotFacts(snapshot.position(), snapshot.newest());
            }
            var first = page.events();
            var cursors = granted.product().feed().cursors();
            var last = first.isEmpty()
                    ? Optional.<String>empty()
                    : Optional.of(cursors.write(schema().product().id(),
                            first.getLast().behind()));
            if (request.isPage()) {
                var rows = first.stream().map(change::row).toList();
                Iterator<List<Row>> once = List.of(rows).iterator();
                return new Answer(new Facts(change.type(), facts.position(), facts.newest(),
                        OptionalLong.empty(), page.hasMore(), last,
                        Long.toString(page.count())),
                        () -> once.hasNext() ? once.next() : List.of(), () -> {
                        });
            }
            if (page.count() > rowsMax) {
                throw tooMany(page.count() + " changes");
            }
            var rest = new Rest(view, query.within(facts.position()), page);
            return new Answer(new Facts(change.type(), facts.position(), facts.newest(),
                    OptionalLong.empty(), false, Optional.empty(), Long.toString(page.count())),
                    () -> rest.next().stream().map(change::row).toList(), () -> {
                    });
        }
    }

    private record ViewSnapshotFacts(Position position, Optional<Instant> newest) {
    }

    /**
     * The changes up to a position, a snapshot a page, so that none has to be kept open. The log only grows, but its changes are
     * forgotten after a while: whether all of them were there is seen at the end.
     */
    private static final class Rest {
        private final View view;
        private final EventsQuery query;
        private final long count;
        private EventPage page;
        private boolean isTold;
        private long told;

        Rest(View view, EventsQuery query, EventPage first) {
            this.view = view;
            this.query = query;
            this.count = first.count();
            this.page = first;
        }

        List<StoredEvent> next() {
            if (isTold && page.hasMore()) {
                page = page(page.events().getLast().behind());
                isTold = false;
            }
            if (isTold || page.events().isEmpty()) {
                if (told != count) {
                    throw new ViewFailure("the view told " + told + " of " + count
                            + " changes: others were older than its history before they were read");
                }
                return List.of();
            }
            isTold = true;
            told += page.events().size();
            return page.events();
        }

        private EventPage page(Position behind) {
            try (var snapshot = view.snapshot()) {
                return snapshot.events(query.after(behind));
            }
        }
    }

    /** A change as one row, with the names that plain streams have. */
    private static final class Change {
        private static final Type TEXT = Type.Scalar.of(ScalarKind.STRING);
        private final ProductSchema schema;
        private final Catalog.Granted granted;
        private final Projection shown;
        private final RowMasks masks;
        private final RecordType keyType;
        private final List<Integer> keyParts = new ArrayList<>();
        private final RecordType type;

        Change(ProductSchema schema, Catalog.Granted granted, Projection shown, RowMasks masks) {
            this.schema = schema;
            this.granted = granted;
            this.shown = shown;
            this.masks = masks;
            var parts = new ArrayList<Field>();
            if (schema.key().isEmpty()) {
                parts.add(new Field("_partition", Type.Scalar.of(ScalarKind.INT32), false));
                parts.add(new Field("_offset", Type.Scalar.of(ScalarKind.INT64), false));
                keyParts.addAll(List.of(0, 1));
            }
            for (int i = 0; i < schema.key().size(); i++) {
                var path = schema.key().get(i);
                boolean isHidden = granted.permit().hidden().stream().anyMatch(
                        h -> path.text().equals(h) || path.text().startsWith(h + "."));
                if (!isHidden) {
                    parts.add(new Field(path.text(), path.type(), true));
                    keyParts.add(i);
                }
            }
            this.keyType = RecordType.of("key", parts);
            this.type = RecordType.of("change", List.of(new Field("cursor", TEXT, false),
                    new Field("op", TEXT, false), new Field("key", keyType, false),
                    new Field("time", Type.Scalar.of(ScalarKind.TIMESTAMP), false),
                    new Field("value", shown.type(), true)));
        }

        RecordType type() {
            return type;
        }

        Row row(StoredEvent event) {
            var key = masks.key(event.key());
            @Nullable
            Object[] parts = keyParts.stream().map(key::get).toArray();
            var value = event.value();
            var op = event.op() == Op.SNAPSHOT ? Op.UPSERT : event.op();
            return new Row(type, new @Nullable Object[]{
                    granted.product().feed().cursors().write(schema.product().id(),
                            event.behind()),
                    PlainShape.name(op), new Row(keyType, parts), event.time(),
                    value == null ? null : shown.row(masks.row(value))});
        }
    }
}

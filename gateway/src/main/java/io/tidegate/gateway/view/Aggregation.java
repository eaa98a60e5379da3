package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.view.AggregateQuery.By;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.ResultQuery;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * One question for groups: the rows with what they are grouped by and measured of, then the groups, then those that are asked
 * for in their order. Sums are exact: of numbers that DuckDB's widest decimal might not hold they are made of numbers of any
 * size, about forty times slower.
 */
final class Aggregation {
    /** Of wider decimals a thousand millions of rows might not fit into 38 digits. */
    private static final int SUM_DIGITS_MAX = 28;
    private static final Column BUCKET = new Column(TimeBuckets.NUMBER,
            Type.Scalar.of(ScalarKind.INT64), Column.Storage.BIGINT, "BIGINT");

    private final Columns columns;
    private final Table<Record> items;
    private final Condition where;
    private final AggregateQuery query;
    private final Asking asking;
    private final Optional<TimeBuckets> buckets;
    private final List<Column> groups = new ArrayList<>();
    private final List<Figure> figures = new ArrayList<>();
    private final boolean isPaged;
    private boolean isByFloating;

    /** Runs a query in the snapshot, within the deadline. */
    interface Asking {
        <R extends Record> Result<R> of(ResultQuery<R> query);
    }

    /**
     * A figure of the answer.
     *
     * @param column
     *            of its values
     * @param from
     *            of a row, what it is made of
     * @param made
     *            how, of {@code from}
     */
    private record Figure(Column column, Field<?> from, Field<?> made) {
    }

    /**
     * @param isPaged
     *            whether there is a page behind this one, or before: what they are ordered by is then the same to the last digit
     *            in all of them
     */
    Aggregation(Columns columns, Table<Record> items, Condition where, AggregateQuery query,
            Asking asking, boolean isPaged) {
        this.columns = columns;
        this.items = items;
        this.where = where;
        this.query = query;
        this.asking = asking;
        this.isPaged = isPaged;
        for (var field : query.groupBy()) {
            var column = single(field, "rows cannot be grouped by").whole();
            groups.add(new Column("g" + groups.size(), column.type(), column.storage(),
                    column.sqlType()));
        }
        for (var measure : query.measures()) {
            figures.add(figure(measure));
        }
        this.buckets = query.bucket().map(this::buckets);
    }

    AggregatePage page() {
        var ordering = ordering();
        var groupTable = grouped();
        Condition wanted = DSL.and(query.having().stream()
                .map(having -> figures.get(having.measure()).column()
                        .compare(having.comparison(), having.value()))
                .toList());
        if (query.after().isPresent()) {
            wanted = wanted.and(ordering.behind(query.after().get(), false));
        }
        var shown = new ArrayList<Field<?>>();
        outputs().forEach(column -> shown.add(column.asText().as("t_" + column.name())));
        var select = DSL.select(shown).from(groupTable).where(wanted)
                .orderBy(ordering.sorts(false)).limit(query.limit() + 1L);
        var found = asking.of(select);
        boolean hasMore = found.size() > query.limit();
        var rows = new ArrayList<AggregateRow>();
        for (var record : hasMore ? found.subList(0, query.limit()) : found) {
            rows.add(row(record, ordering));
        }
        return new AggregatePage(rows, hasMore);
    }

    private Table<Record> grouped() {
        var rows = DSL.select(DSL.asterisk()).from(items).where(where)
                .asTable(DSL.name("chosen"));
        Table<Record> timed = buckets.isEmpty()
                ? DSL.select(DSL.asterisk()).from(rows).asTable(DSL.name("timed"))
                : buckets.get().numbered(
                        DSL.select(DSL.asterisk()).from(rows).asTable(DSL.name("timed")), time());
        var inner = new ArrayList<Field<?>>();
        var outer = new ArrayList<Field<?>>();
        var by = new ArrayList<Field<?>>();
        for (int i = 0; i < groups.size(); i++) {
            var group = groups.get(i);
            inner.add(single(query.groupBy().get(i), "rows cannot be grouped by").value()
                    .as(DSL.name(group.name())));
            outer.add(group.field());
            by.add(group.field());
        }
        if (buckets.isPresent()) {
            inner.add(BUCKET.field());
            outer.add(BUCKET.field());
            by.add(BUCKET.field());
        }
        for (int i = 0; i < figures.size(); i++) {
            inner.add(figures.get(i).from().as(DSL.name("m" + i)));
            outer.add(figures.get(i).made().as(DSL.name(figures.get(i).column().name())));
        }
        if (inner.isEmpty()) {
            inner.add(DSL.inline(1).as(DSL.name("m")));
        }
        if (outer.isEmpty()) {
            outer.add(DSL.count().as(DSL.name("m")));
        }
        var measured = DSL.select(inner).from(timed).asTable(DSL.name("measured"));
        return by.isEmpty()
                ? DSL.select(outer).from(measured).asTable(DSL.name("answer"))
                : DSL.select(outer).from(measured).groupBy(by).asTable(DSL.name("answer"));
    }

    /** Groups, bucket and figures. */
    private List<Column> outputs() {
        var outputs = new ArrayList<>(groups);
        if (buckets.isPresent()) {
            outputs.add(BUCKET);
        }
        figures.forEach(figure -> outputs.add(figure.column()));
        return outputs;
    }

    private Column time() {
        return query.bucket().flatMap(AggregateQuery.Bucket::field)
                .map(field -> single(field, "time cannot be taken from")).orElse(Column.TIME);
    }

    private TimeBuckets buckets(AggregateQuery.Bucket bucket) {
        var time = time();
        boolean isOfNoZone = switch (time.type()) {
            case Type.Scalar scalar when scalar.kind() == ScalarKind.TIMESTAMP -> false;
            case Type.Scalar scalar when scalar.kind() == ScalarKind.DATE
                    || scalar.kind() == ScalarKind.LOCAL_TIMESTAMP ->
                true;
            default -> throw refused("time cannot be taken from field '"
                    + bucket.field().map(FieldPath::text).orElse("")
                    + "', which is no date and no timestamp");
        };
        if (bucket.zone().getRules().isFixedOffset()) {
            return new TimeBuckets(bucket, isOfNoZone, 0, 0);
        }
        var seconds = TimeBuckets.seconds(time);
        var range = asking.of(DSL.select(DSL.min(seconds), DSL.max(seconds))
                .from(items).where(where)).getFirst();
        Long from = range.get(0, Long.class);
        Long to = range.get(1, Long.class);
        return new TimeBuckets(bucket, isOfNoZone, from == null ? 0 : from, to == null ? 0 : to);
    }

    private Figure figure(Measure measure) {
        String name = "f" + figures.size();
        Field<Object> of = DSL.field(DSL.name("m" + figures.size()), Object.class);
        var count = new Column(name, Type.Scalar.of(ScalarKind.INT64), Column.Storage.BIGINT,
                "BIGINT");
        var real = new Column(name, Type.Scalar.of(ScalarKind.FLOAT64), Column.Storage.DOUBLE,
                "DOUBLE");
        if (measure.field().isEmpty()) {
            return new Figure(count, DSL.inline(1), DSL.count());
        }
        var field = measure.field().get();
        return switch (measure.function()) {
            case COUNT, COUNT_DISTINCT -> new Figure(count,
                    single(field, "values cannot be counted of").value(),
                    Dialect.countDistinct(of));
            case MIN, MAX -> {
                var found = single(field, "no least or greatest value can be told of");
                var column = found.whole();
                boolean isMin = measure.function() == AggregateQuery.Function.MIN;
                yield new Figure(
                        new Column(name, column.type(), column.storage(), column.sqlType()),
                        found.value(), Dialect.extreme(column, of, isMin));
            }
            case SUM -> sum(number(field, "no sum can be made of"), name, of, real);
            case AVG -> {
                var column = number(field, "no average can be made of");
                yield switch (column.storage()) {
                    case DOUBLE ->
                        new Figure(real, column.field(), Dialect.floatingAverage(of, isSame()));
                    case SORTABLE_DECIMAL -> new Figure(real,
                            Dialect.sortableToDouble(column.field()),
                            Dialect.floatingAverage(of, isSame()));
                    case DECIMAL -> isWide(column)
                            ? new Figure(real, Dialect.toDouble(column.field()),
                                    Dialect.floatingAverage(of, isSame()))
                            : new Figure(real, column.field(), Dialect.average(of));
                    default -> new Figure(real, column.field(), Dialect.average(of));
                };
            }
            case PERCENTILE -> {
                var column = number(field, "no percentile can be told of");
                yield new Figure(real, column.storage() == Column.Storage.SORTABLE_DECIMAL
                        ? Dialect.sortableToDouble(column.field())
                        : Dialect.toDouble(column.field()),
                        Dialect.percentile(of, measure.percentile()));
            }
        };
    }

    /** Of the next figure. */
    private boolean isSame() {
        int place = figures.size();
        boolean isOrderedBy = query.order().stream().anyMatch(
                order -> order.by() instanceof By.Figure figure && figure.index() == place);
        isByFloating |= isOrderedBy;
        return isPaged && isOrderedBy;
    }

    /** Whether groups are in the order of a sum or an average of floating numbers, so that pages have to be asked for as such. */
    boolean isByFloating() {
        return isByFloating;
    }

    private Figure sum(Column column, String name, Field<Object> of, Column real) {
        return switch (column.storage()) {
            case DOUBLE -> new Figure(real, column.field(), Dialect.floatingSum(of, isSame()));
            case SORTABLE_DECIMAL -> {
                Integer scale = asking.of(DSL.select(Dialect.scaleMax(column.field()))
                        .from(items).where(where)).getFirst()
                        .get(0, Integer.class);
                yield bigSum(name, scale == null ? 0 : scale,
                        Dialect.scaled(column.field(), scale == null ? 0 : scale), of);
            }
            case DECIMAL -> {
                int scale = ((Type.Scalar) column.type()).scale();
                yield isWide(column)
                        ? bigSum(name, scale, Dialect.unscaled(column.field()), of)
                        : exactSum(name, scale, column, of);
            }
            default -> exactSum(name, 0, column, of);
        };
    }

    private static Figure exactSum(String name, int scale, Column column, Field<Object> of) {
        var sum = new Column(name, new Type.Scalar(ScalarKind.DECIMAL, 38, scale),
                Column.Storage.DECIMAL, "DECIMAL(38," + scale + ")");
        return new Figure(sum, column.field(), Dialect.sum(of, sum.sqlType()));
    }

    private static Figure bigSum(String name, int scale, Field<?> scaled, Field<Object> of) {
        return new Figure(new Column(name, new Type.Scalar(ScalarKind.DECIMAL, 0, scale),
                Column.Storage.BIGNUM, "BIGNUM"), scaled, Dialect.bigSum(of));
    }

    private static boolean isWide(Column decimal) {
        return ((Type.Scalar) decimal.type()).precision() > SUM_DIGITS_MAX;
    }

    private Column single(FieldPath field, String otherwise) {
        return columns.of(field).filter(Column::isOrdered).orElseThrow(() -> refused(otherwise
                + " field '" + field.text() + "', which is no single value"));
    }

    private Column number(FieldPath field, String otherwise) {
        var column = single(field, otherwise);
        if (!column.isNumber()) {
            throw refused(otherwise + " field '" + field.text() + "', which is no number");
        }
        return column;
    }

    private static Refusal.Thrown refused(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID, detail));
    }

    /** The order asked for, then the bucket and the groups; its cursors are of this question alone. */
    private Ordering ordering() {
        var terms = new ArrayList<Ordering.Term>();
        for (var order : query.order()) {
            terms.add(new Ordering.Term(switch (order.by()) {
                case By.Time ignored -> {
                    if (buckets.isEmpty()) {
                        throw refused("groups cannot be ordered by time without a bucket");
                    }
                    yield BUCKET;
                }
                case By.Group group -> groups.get(group.index());
                case By.Figure figure -> figures.get(figure.index()).column();
            }, order.descending()));
        }
        if (buckets.isPresent()) {
            terms.add(new Ordering.Term(BUCKET, false));
        }
        groups.forEach(group -> terms.add(new Ordering.Term(group, false)));
        return new Ordering(name(terms), terms);
    }

    private String name(List<Ordering.Term> terms) {
        var text = new StringBuilder();
        query.groupBy().forEach(field -> text.append(field.positions()));
        query.bucket().ifPresent(bucket -> text.append(bucket.unit()).append(bucket.size())
                .append(bucket.zone().getId())
                .append(bucket.field().map(FieldPath::positions).orElse(List.of())));
        query.measures().forEach(measure -> text.append(measure.function())
                .append(measure.field().map(FieldPath::positions).orElse(List.of()))
                .append(measure.percentile()));
        terms.forEach(term -> text.append(term.column().name()).append(term.descending()));
        try {
            return HexFormat.of().formatHex(Arrays.copyOf(MessageDigest.getInstance("SHA-256")
                    .digest(text.toString().getBytes(StandardCharsets.UTF_8)), 8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private AggregateRow row(Record record, Ordering ordering) {
        var group = new ArrayList<@Nullable Object>();
        for (var column : groups) {
            String text = text(record, column);
            group.add(text == null ? null : column.value(text));
        }
        Optional<Instant> start = Optional.empty();
        if (buckets.isPresent()) {
            String number = text(record, BUCKET);
            if (number != null) {
                start = Optional.of(buckets.get().start(Long.parseLong(number)));
            }
        }
        var values = new ArrayList<@Nullable Object>();
        for (var figure : figures) {
            String text = text(record, figure.column());
            values.add(text == null ? null : figure.column().value(text));
        }
        var place = new ArrayList<@Nullable String>();
        ordering.terms().forEach(term -> place.add(text(record, term.column())));
        return new AggregateRow(group, start, values, ordering.cursor(place));
    }

    private static @Nullable String text(Record record, Column column) {
        String text = record.get("t_" + column.name(), String.class);
        return text == null || column.storage() != Column.Storage.BIGNUM
                ? text
                : new BigDecimal(new BigInteger(text), ((Type.Scalar) column.type()).scale())
                        .toPlainString();
    }
}

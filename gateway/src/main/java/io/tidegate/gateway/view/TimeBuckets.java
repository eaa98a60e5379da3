package io.tidegate.gateway.view;

import io.tidegate.gateway.view.AggregateQuery.Bucket;
import java.time.Instant;
import java.time.LocalDate;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;

/**
 * Times as the numbers of their buckets, which SQL groups by, and those numbers as the times at which the buckets begin. All
 * of it is whole-number arithmetic on the clocks of a zone, whatever the year.
 *
 * <p>
 * Seconds, minutes and hours that a clock shows twice are two buckets; a bucket of several that begins before the clocks
 * change goes on behind it. Dates and times of no zone are taken as the clocks of the zone asked for.
 */
final class TimeBuckets {
    /** The bucket's number; rows without a time have none. */
    static final String NUMBER = "b";

    private static final long DAY = 86_400;
    /** From 0000-03-01, where years of the calculation begin, to 1970-01-01, in days. */
    private static final long DAYS_TO_1970 = 719_468;
    private static final long DAYS_OF_400_YEARS = 146_097;
    private static final long MONTHS_TO_1970 = 1_970 * 12;

    private final Bucket bucket;
    private final boolean isOfNoZone;
    private final ZoneOffsets offsets;

    /**
     * @param isOfNoZone
     *            whether the times are those of clocks
     * @param from
     *            seconds of the earliest time there is
     * @param to
     *            likewise of the latest
     */
    TimeBuckets(Bucket bucket, boolean isOfNoZone, long from, long to) {
        this.bucket = bucket;
        this.isOfNoZone = isOfNoZone;
        this.offsets = ZoneOffsets.of(bucket.zone(), from - bucket.size() * longest(bucket), to);
    }

    /** Seconds of a column of dates or times. */
    static Field<Long> seconds(Column column) {
        return column.storage() == Column.Storage.BIGINT
                ? column.field().cast(Long.class).times(DSL.inline(DAY))
                : Dialect.seconds(column.field(), column.beyond());
    }

    private static long longest(Bucket bucket) {
        return switch (bucket.unit()) {
            case SECOND, MINUTE, HOUR -> width(bucket);
            case DAY -> DAY;
            case WEEK -> 7 * DAY;
            case MONTH -> 31 * DAY;
            case QUARTER -> 92 * DAY;
            case YEAR -> 366 * DAY;
        };
    }

    /** Seconds, days or months of a bucket. */
    private static long width(Bucket bucket) {
        return bucket.size() * switch (bucket.unit()) {
            case SECOND, DAY, MONTH -> 1L;
            case MINUTE -> 60L;
            case HOUR -> 3_600L;
            case WEEK -> 7L;
            case QUARTER -> 3L;
            case YEAR -> 12L;
        };
    }

    /** The rows with a column {@link #NUMBER} more. */
    Table<Record> numbered(Table<Record> rows, Column time) {
        var timed = with(rows, "bt", seconds(time));
        Field<Long> at = DSL.field(DSL.name("bt"), Long.class);
        var clocked = with(timed, "bc", isOfNoZone ? offsets.shown(at) : offsets.clock(at));
        Field<Long> clock = DSL.field(DSL.name("bc"), Long.class);
        return switch (bucket.unit()) {
            case SECOND, MINUTE, HOUR -> ofClock(clocked, at, clock);
            case DAY -> with(clocked, NUMBER, floor(Dialect.floorDivided(clock, DAY)));
            case WEEK -> with(clocked, NUMBER,
                    // 1970-01-01 was the third day after a Monday
                    floor(Dialect.floorDivided(clock, DAY).plus(DSL.inline(3)))
                            .minus(DSL.inline(3)));
            case MONTH, QUARTER, YEAR -> ofMonths(clocked, clock);
        };
    }

    private Field<Long> floor(Field<Long> value) {
        long width = width(bucket);
        return width == 1
                ? value
                : Dialect.floorDivided(value, width).times(DSL.inline(width));
    }

    private Table<Record> ofClock(Table<Record> rows, Field<Long> at, Field<Long> clock) {
        var begun = with(rows, "bf", floor(clock));
        Field<Long> start = DSL.field(DSL.name("bf"), Long.class);
        if (isOfNoZone) {
            return with(begun, NUMBER, start);
        }
        Field<Long> own = start.minus(offsets.offset(at));
        return with(begun, NUMBER, offsets.isFixed()
                ? own
                : DSL.when(own.ge(offsets.since(at)), own).otherwise(offsets.time(start)));
    }

    /** The civil calendar, by the years that begin in March and the 400 years after which it repeats. */
    private Table<Record> ofMonths(Table<Record> rows, Field<Long> clock) {
        var days = with(rows, "bd",
                Dialect.floorDivided(clock, DAY).plus(DSL.inline(DAYS_TO_1970)));
        Field<Long> day = DSL.field(DSL.name("bd"), Long.class);
        var eras = with(days, "be", Dialect.floorDivided(day, DAYS_OF_400_YEARS));
        Field<Long> era = DSL.field(DSL.name("be"), Long.class);
        var within = with(eras, "bo", day.minus(era.times(DSL.inline(DAYS_OF_400_YEARS))));
        Field<Long> of = DSL.field(DSL.name("bo"), Long.class);
        var years = with(within, "by", Dialect.divided(of.minus(Dialect.divided(of, 1_460))
                .plus(Dialect.divided(of, 36_524)).minus(Dialect.divided(of, 146_096)), 365));
        Field<Long> year = DSL.field(DSL.name("by"), Long.class);
        Field<Long> ofYear = of.minus(year.times(DSL.inline(365L)).plus(Dialect.divided(year, 4))
                .minus(Dialect.divided(year, 100)));
        // March is month 0 of such a year, and 2 of the calendar's
        Field<Long> month = Dialect.divided(ofYear.times(DSL.inline(5L)).plus(DSL.inline(2L)), 153);
        return with(years, NUMBER, floor(year.plus(era.times(DSL.inline(400L)))
                .times(DSL.inline(12L)).plus(month).plus(DSL.inline(2 - MONTHS_TO_1970))));
    }

    private static Table<Record> with(Table<Record> rows, String name, Field<Long> value) {
        return Dialect.kept(
                DSL.select(DSL.asterisk(), value.as(DSL.name(name))).from(rows),
                "with_" + name);
    }

    /** When the bucket of a number begins. */
    Instant start(long number) {
        return switch (bucket.unit()) {
            case SECOND, MINUTE, HOUR -> instant(isOfNoZone ? offsets.time(number) : number);
            case DAY, WEEK -> instant(offsets.time(number * DAY));
            case MONTH, QUARTER, YEAR -> instant(offsets.time(firstOf(number) * DAY));
        };
    }

    private static long firstOf(long month) {
        long year = Math.floorDiv(month, 12L) + 1_970;
        return year < LocalDate.MIN.getYear()
                ? LocalDate.MIN.toEpochDay()
                : LocalDate.of(Math.toIntExact(year), (int) Math.floorMod(month, 12L) + 1, 1)
                        .toEpochDay();
    }

    private static Instant instant(long seconds) {
        return Instant.ofEpochSecond(Math.clamp(seconds, Instant.MIN.getEpochSecond(),
                Instant.MAX.getEpochSecond()));
    }
}

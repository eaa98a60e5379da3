package io.tidegate.gateway.truth;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

/**
 * Time buckets as the documentation has them, by Java's calendar.
 *
 * @param field
 *            null = the event's own time
 */
record Stretch(String unit, int size, ZoneId zone, Parcel.Leaf field) {
    private static final Instant LAST = Instant.parse("2200-01-01T00:00:00Z");
    private static final LocalDate FIRST_MONDAY = LocalDate.of(1969, 12, 29);

    /** When the stretch begins in which this is; null of nothing. */
    Instant start(Object time) {
        return switch (time) {
            case null -> null;
            case LocalDate day -> start(day.atStartOfDay(zone).toLocalDateTime(), null);
            case Instant at -> start(LocalDateTime.ofInstant(at, offset(at)), at);
            default -> throw new IllegalArgumentException("no time: " + time);
        };
    }

    /** Nobody knows the clocks after the year 2200: they stay as they are then. */
    private ZoneOffset offset(Instant at) {
        return zone.getRules().getOffset(at.isAfter(LAST) ? LAST : at);
    }

    private Instant start(LocalDateTime clock, Instant own) {
        var day = clock.toLocalDate();
        return switch (unit) {
            case "SECOND" -> ofClock(clock, own, size);
            case "MINUTE" -> ofClock(clock, own, 60L * size);
            case "HOUR" -> ofClock(clock, own, 3_600L * size);
            case "DAY" -> at(LocalDate.ofEpochDay(
                    Math.floorDiv(day.toEpochDay(), (long) size) * size));
            case "WEEK" -> {
                long weeks = ChronoUnit.WEEKS.between(FIRST_MONDAY,
                        day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)));
                yield at(FIRST_MONDAY.plusWeeks(Math.floorDiv(weeks, (long) size) * size));
            }
            case "MONTH" -> months(day, size);
            case "QUARTER" -> months(day, 3 * size);
            default -> months(day, 12 * size);
        };
    }

    private Instant months(LocalDate day, int width) {
        var first = YearMonth.of(1970, 1);
        long months = ChronoUnit.MONTHS.between(first, YearMonth.from(day));
        return at(first.plusMonths(Math.floorDiv(months, (long) width) * width).atDay(1));
    }

    private Instant at(LocalDate day) {
        return firstShown(day.atStartOfDay());
    }

    private Instant ofClock(LocalDateTime clock, Instant own, long seconds) {
        var shown = LocalDateTime.ofEpochSecond(
                Math.floorDiv(clock.toEpochSecond(ZoneOffset.UTC), seconds) * seconds, 0,
                ZoneOffset.UTC);
        if (own != null) {
            var candidate = shown.toInstant(offset(own));
            var leap = own.isAfter(LAST)
                    ? null
                    : zone.getRules().previousTransition(
                            own.plusNanos(1));
            // Nothing has happened to the clocks since the stretch began.
            if (leap == null || !candidate.isBefore(leap.getInstant())) {
                return candidate;
            }
        }
        return firstShown(shown);
    }

    private Instant firstShown(LocalDateTime clock) {
        var offset = offset(LAST);
        if (!clock.toInstant(offset).isBefore(LAST)) {
            return clock.toInstant(offset);
        }
        var leap = zone.getRules().getTransition(clock);
        return leap != null && leap.isGap()
                ? leap.getInstant()
                : clock.toInstant(zone.getRules().getValidOffsets(clock).getFirst());
    }
}

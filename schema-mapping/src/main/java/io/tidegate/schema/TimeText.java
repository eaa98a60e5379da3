package io.tidegate.schema;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * Dates and times as ISO 8601 text. A precision of 3, 6 or 9 is the number of fraction digits that is written, 0 means as
 * many of those as the value needs; finer digits are cut off. Readers return null for text that is none.
 */
final class TimeText {
    private TimeText() {
    }

    static String of(Instant time, int precision) {
        var text = new StringBuilder(30);
        append(text,
                LocalDateTime.ofEpochSecond(time.getEpochSecond(), time.getNano(), ZoneOffset.UTC),
                precision);
        return text.append('Z').toString();
    }

    static String of(LocalDateTime time, int precision) {
        var text = new StringBuilder(30);
        append(text, time, precision);
        return text.toString();
    }

    static String of(LocalTime time, int precision) {
        var text = new StringBuilder(18);
        append(text, time, precision);
        return text.toString();
    }

    private static void append(StringBuilder text, LocalDateTime time, int precision) {
        LocalDate date = time.toLocalDate();
        if (date.getYear() >= 0 && date.getYear() <= 9999) {
            digits(text, date.getYear(), 4);
            text.append('-');
            digits(text, date.getMonthValue(), 2);
            text.append('-');
            digits(text, date.getDayOfMonth(), 2);
        } else {
            // Beyond RFC 3339, which ends at 9999: ISO 8601's signed years.
            text.append(date);
        }
        text.append('T');
        append(text, time.toLocalTime(), precision);
    }

    private static void append(StringBuilder text, LocalTime time, int precision) {
        digits(text, time.getHour(), 2);
        text.append(':');
        digits(text, time.getMinute(), 2);
        text.append(':');
        digits(text, time.getSecond(), 2);
        int nano = time.getNano();
        int fraction = precision;
        if (precision == 0 && nano != 0) {
            fraction = nano % 1_000_000 == 0 ? 3 : nano % 1_000 == 0 ? 6 : 9;
        }
        if (fraction > 0) {
            text.append('.');
            digits(text, fraction >= 9 ? nano : fraction >= 6 ? nano / 1_000 : nano / 1_000_000,
                    fraction >= 9 ? 9 : fraction >= 6 ? 6 : 3);
        }
    }

    private static void digits(StringBuilder text, int number, int width) {
        for (int unit = power(width - 1); unit > 0; unit /= 10) {
            text.append((char) ('0' + number / unit % 10));
        }
    }

    private static int power(int exponent) {
        int power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }

    /** RFC 3339 with any offset; a space may stand for the T. */
    static @Nullable Instant instant(String text) {
        Instant common = commonInstant(text);
        if (common != null) {
            return common;
        }
        try {
            return OffsetDateTime.parse(withT(text)).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** {@code 2026-01-31T12:00:00[.fraction]Z}, by hand because it is nearly every timestamp there is. */
    private static @Nullable Instant commonInstant(String text) {
        int end = text.length() - 1;
        if (end < 19 || end > 29 || text.charAt(end) != 'Z' || text.charAt(10) != 'T'
                || text.charAt(4) != '-' || text.charAt(7) != '-' || text.charAt(13) != ':'
                || text.charAt(16) != ':') {
            return null;
        }
        int nano = 0;
        if (end > 19) {
            nano = text.charAt(19) == '.' && end > 20 ? number(text, 20, end) : -1;
            for (int i = end - 20; i < 9; i++) {
                nano *= 10;
            }
        }
        int year = number(text, 0, 4);
        int month = number(text, 5, 7);
        int day = number(text, 8, 10);
        int hour = number(text, 11, 13);
        int minute = number(text, 14, 16);
        int second = number(text, 17, 19);
        if (nano < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > 28 || hour < 0
                || hour > 23
                || minute < 0 || minute > 59 || second < 0 || second > 59) {
            // Days 29 to 31 go the careful way: they depend on the month.
            return null;
        }
        long days = LocalDate.of(year, month, day).toEpochDay();
        return Instant.ofEpochSecond(days * 86_400 + hour * 3600L + minute * 60L + second, nano);
    }

    /** -1 if one of the characters is no digit. */
    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    private static String withT(String text) {
        return text.length() > 10 && text.charAt(10) == ' '
                ? text.substring(0, 10) + 'T' + text.substring(11)
                : text;
    }

    static @Nullable LocalDateTime localDateTime(String text) {
        try {
            return LocalDateTime.parse(withT(text));
        } catch (DateTimeException e) {
            return null;
        }
    }

    static @Nullable LocalDate date(String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** With an offset, as RFC 3339 has it, the time is told in UTC. */
    static @Nullable LocalTime time(String text) {
        try {
            boolean hasOffset = text.endsWith("Z") || text.indexOf('+') >= 0
                    || text.indexOf('-') >= 0;
            return hasOffset
                    ? OffsetTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC).toLocalTime()
                    : LocalTime.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Whether this is ISO 8601's {@code [-]P[nY][nM][nW][nD][T[nH][nM][n[.n]S]]} with at least one part. */
    static boolean isDuration(String text) {
        int at = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        if (at >= text.length() || text.charAt(at) != 'P') {
            return false;
        }
        at++;
        String units = "YMWD";
        int unit = 0;
        boolean inTime = false;
        boolean hasPart = false;
        while (at < text.length()) {
            if (text.charAt(at) == 'T' && !inTime) {
                inTime = true;
                hasPart = false;
                units = "HMS";
                unit = 0;
                at++;
                continue;
            }
            int start = at;
            if (text.charAt(at) == '-' || text.charAt(at) == '+') {
                start = ++at;
            }
            while (at < text.length()
                    && (Character.digit(text.charAt(at), 10) >= 0 || text.charAt(at) == '.')) {
                at++;
            }
            int found = at < text.length() && at > start
                    ? units.indexOf(text.charAt(at), unit)
                    : -1;
            if (found < 0) {
                return false;
            }
            unit = found + 1;
            hasPart = true;
            at++;
        }
        return hasPart;
    }
}

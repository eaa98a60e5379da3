package io.tidegate.contract;

import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a number that is a time counts since 1970. */
enum EpochUnit {
    // @formatter:off
    SECONDS("epoch-seconds", ChronoUnit.SECONDS),
    MILLIS("epoch-millis", ChronoUnit.MILLIS),
    MICROS("epoch-micros", ChronoUnit.MICROS);
    // @formatter:on

    /** As a contract writes them. */
    static final List<String> NAMES = Arrays.stream(values()).map(unit -> unit.written).toList();

    private final String written;
    private final ChronoUnit unit;

    EpochUnit(String written, ChronoUnit unit) {
        this.written = written;
        this.unit = unit;
    }

    static Optional<EpochUnit> of(String written) {
        return Arrays.stream(values()).filter(unit -> unit.written.equals(written)).findFirst();
    }

    /**
     * @throws DateTimeException
     *             if no instant is that far away
     */
    Instant instant(long count) {
        try {
            return Instant.EPOCH.plus(count, unit);
        } catch (ArithmeticException e) {
            throw new DateTimeException("too far from 1970", e);
        }
    }

    /**
     * @throws ArithmeticException
     *             if the count does not fit into 64 bits
     */
    long count(Instant instant) {
        return unit.between(Instant.EPOCH, instant);
    }

    /** A point on the time line with as many digits as the count has. */
    Type type() {
        return new Type.Scalar(ScalarKind.TIMESTAMP, switch (this) {
            case SECONDS -> 0;
            case MILLIS -> 3;
            case MICROS -> 6;
        }, 0);
    }

    /** {@code a number of seconds since 1970}, for messages. */
    String described() {
        return "a number of " + unit.toString().toLowerCase(java.util.Locale.ROOT)
                + " since 1970";
    }
}

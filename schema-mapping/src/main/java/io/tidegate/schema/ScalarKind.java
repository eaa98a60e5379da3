package io.tidegate.schema;

/** What a single value is. Each kind names the one Java class that carries it in a {@link Row}. */
public enum ScalarKind {
    /** {@link Boolean}. */
    BOOLEAN,
    /** Signed 32 bit, {@link Integer}. */
    INT32,
    /** Unsigned 32 bit, {@link Long}. */
    UINT32,
    /** Signed 64 bit, {@link Long}. JSON text of it is a string, because readers of JSON lose digits beyond 2^53. */
    INT64,
    /** Unsigned 64 bit, {@link java.math.BigInteger}. */
    UINT64,
    /** IEEE single, {@link Float}; may be NaN or infinite, which JSON text shows as null. */
    FLOAT32,
    /** IEEE double, {@link Double}; may be NaN or infinite, which JSON text shows as null. */
    FLOAT64,
    /** {@link java.math.BigDecimal} with its scale kept. */
    DECIMAL,
    /** {@link String}. */
    STRING,
    /** {@code byte[]}; JSON text of it is base64 (RFC 4648 section 4, padded). */
    BYTES,
    /** {@link java.util.UUID}. */
    UUID,
    /** {@link java.time.LocalDate}. */
    DATE,
    /** {@link java.time.LocalTime}. */
    TIME,
    /** A point on the time line, {@link java.time.Instant}; JSON text is RFC 3339 in UTC. */
    TIMESTAMP,
    /** {@link java.time.LocalDateTime}: a date and time of no particular zone. */
    LOCAL_TIMESTAMP,
    /** ISO 8601 text ({@code P1M2DT3S}), {@link String}: months, days and seconds are not interchangeable. */
    DURATION
}

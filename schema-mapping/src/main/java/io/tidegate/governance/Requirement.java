package io.tidegate.governance;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a contract can be required to say. */
enum Requirement {
    /** Some text. */
    DESCRIPTION,
    /** Somebody: an ODCS contract can lack one. */
    OWNER,
    /** At least one. */
    TAGS,
    /** A schema in a file or a registry: the contract's own fields are not enough. */
    SCHEMA,
    /** {@code stream.key}. */
    KEY,
    /** {@code stream.eventTime}. */
    EVENT_TIME("eventTime"),
    /** At least one rule on events. */
    RULES,
    /** Grants, instead of the one that every contract without has. */
    ACCESS,
    /** A row rule in each grant. */
    ACCESS_ROWS("access.rows"),
    /** A plan in each grant. */
    ACCESS_PLAN("access.plan"),
    /** Of a product that is deprecated. */
    SUNSET,
    /** Of a product that is deprecated. */
    SUCCESSOR,
    /** Of every field, in the contract or in the schema. */
    FIELDS_DESCRIPTION("fields.description"),
    /** Of every field that is personal. */
    // @formatter:off
    FIELDS_CLASSIFICATION("fields.classification"),
    SLA_FRESHNESS("sla.freshness"),
    SLA_AVAILABILITY("sla.availability"),
    SLA_TIER("sla.tier"),
    SLA_LATENCY("sla.latency"),
    SLA_THROUGHPUT("sla.throughput"),
    SLA_ORDERING("sla.ordering"),
    SLA_DELIVERY("sla.delivery"),
    SLA_RETENTION("sla.retention");
    // @formatter:on

    private final String spelling;

    Requirement() {
        this.spelling = name().toLowerCase(Locale.ROOT);
    }

    Requirement(String spelling) {
        this.spelling = spelling;
    }

    /** As it is written in a list of {@code require}. */
    String spelling() {
        return spelling;
    }

    static Optional<Requirement> of(String written) {
        return Arrays.stream(values()).filter(one -> one.spelling.equals(written)).findFirst();
    }

    static List<String> spellings() {
        return Arrays.stream(values()).map(Requirement::spelling).toList();
    }

    /** The part behind {@code sla.}, empty for the others. */
    String serviceLevel() {
        return spelling.startsWith("sla.") ? spelling.substring(4) : "";
    }
}

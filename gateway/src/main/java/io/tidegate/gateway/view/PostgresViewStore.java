package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Share;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Views in a PostgreSQL-wire store that several gateways share: all of them answer from it, and each fills what partitions
 * Kafka deals out to it. The store need not be there when a gateway starts, nor all the time; as long as it is not, views fail
 * with {@link ViewFailure}.
 *
 * <p>
 * Tables that no gateway has used for a day are removed, so that one of an older version keeps what it needs while it runs.
 */
public final class PostgresViewStore implements ViewStore {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresViewStore.class);
    private static final int VERSION_MIN = 120_000;
    /** Of the lock that whoever makes or removes tables has; any number that nobody else uses. */
    private static final long MAKING = 7_461_922_053_818_264L;
    private static final Duration SWEEP_EVERY = Duration.ofHours(1);
    private static final String ABANDONED = "1 day";
    private static final String STORES = "tidegate_store";
    private static final String VIEWS = "tidegate_views";

    static {
        // jOOQ greets on standard output otherwise
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
    }

    private final PostgresConnections connections;
    private final Limits limits;
    private final Shares shares;
    private final Clock clock;
    private final Set<PostgresView> views = new LinkedHashSet<>();
    private Instant swept;

    /** Deals out the work on a view. */
    @FunctionalInterface
    public interface Shares {
        /**
         * @param group
         *            the same for all that fill this view in this store, and for nobody else
         */
        Share of(ProductSchema schema, String group);
    }

    /**
     * Bounds of a store.
     *
     * @param readers
     *            connections that read at a time, of all views together
     * @param writers
     *            likewise that write
     * @param snapshots
     *            how many a view has open at one time; the next one waits
     * @param scans
     *            likewise of states that streams begin with, which stay open while their clients read
     * @param queryDeadline
     *            after which a query is ended; a second or more
     * @param unkeyedFor
     *            how long rows of a product without a key stay if its contract does not say
     */
    public record Limits(int readers, int writers, int snapshots, int scans,
            Duration queryDeadline, Duration unkeyedFor) {
        public Limits {
            if (readers <= 0 || writers <= 0 || snapshots <= 0 || scans <= 0
                    || queryDeadline.toSeconds() <= 0) {
                throw new IllegalArgumentException("limits of a view store must be positive");
            }
        }

        /** 16 and 4 connections, 8 snapshots, 4 scans, 10 s, 7 days. */
        public static Limits defaults() {
            return new Limits(16, 4, 8, 4, Duration.ofSeconds(10), Duration.ofDays(7));
        }
    }

    private PostgresViewStore(PostgresAddress address, Limits limits, Shares shares,
            Clock clock) {
        this.connections = new PostgresConnections(address, limits);
        this.limits = limits;
        this.shares = shares;
        this.clock = clock;
        this.swept = clock.instant();
    }

    /** Views at this address; nothing is asked of it yet. */
    public static PostgresViewStore at(PostgresAddress address, Limits limits, Shares shares,
            Clock clock) {
        return new PostgresViewStore(address, limits, shares, clock);
    }

    /** Never fails: what cannot be made now is made when the store answers. */
    @Override
    public synchronized View open(ProductSchema schema) {
        var view = new PostgresView(schema, this, connections, limits, clock, this::closed);
        views.add(view);
        return view;
    }

    @Override
    public boolean fits(View view, ProductSchema schema) {
        return view instanceof PostgresView mine
                && mine.table().equals(DuckDbViewStore.table(schema));
    }

    @Override
    public void adopt(View view, ProductSchema schema) {
        if (!fits(view, schema)) {
            throw new IllegalArgumentException(
                    "the view of '" + schema.product().id() + "' has another table");
        }
        ((PostgresView) view).adopt(schema);
    }

    /** Its tables stay for the other gateways, until none of them has used them for a day. */
    @Override
    public void drop(View view) {
        view.close();
    }

    @Override
    public void close() {
        Set<PostgresView> open;
        synchronized (this) {
            open = new LinkedHashSet<>(views);
        }
        open.forEach(PostgresView::close);
        connections.close();
    }

    private synchronized void closed(PostgresView view) {
        views.remove(view);
    }

    Share share(ProductSchema schema, PostgresTables tables, UUID store) {
        return shares.of(schema,
                "tidegate-view-" + tables.name() + '-' + store.toString().substring(0, 8));
    }

    private String sql(String table) {
        return '"' + connections.schema() + "\"." + table;
    }

    /** Makes what a view needs and is not there; what tells this store from all others. */
    UUID prepare(Connection connection, PostgresTables tables) throws SQLException {
        requireVersion(connection);
        try (var statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + MAKING + ")");
            if (!isAny(connection, "select 1 from pg_namespace where nspname = ?",
                    connections.schema())) {
                statement.execute("create schema \"" + connections.schema() + '"');
            }
            if (!isAny(connection, "select 1 where to_regclass(?) is not null", sql(VIEWS))) {
                statement.execute("create table " + sql(STORES) + " (id uuid not null)");
                statement.execute("create table " + sql(VIEWS) + " (name text primary key,"
                        + " product text not null, generation bigint not null default 0,"
                        + " used_at timestamptz not null default now())");
                statement.execute("insert into " + sql(STORES) + " values ('"
                        + UUID.randomUUID() + "')");
            }
        }
        try (var insert = connection.prepareStatement("insert into " + sql(VIEWS)
                + " (name, product) values (?, ?)"
                + " on conflict (name) do update set used_at = now()")) {
            insert.setString(1, tables.name());
            insert.setString(2, tables.product());
            insert.execute();
        }
        if (!isAny(connection, "select 1 where to_regclass(?) is not null",
                tables.sql("position"))
                || !isAny(connection, "select 1 where to_regclass(?) is not null",
                        tables.sql("items"))) {
            tables.drop(connection);
            tables.create(connection);
        }
        try (var statement = connection.createStatement();
                var found = statement.executeQuery("select id from " + sql(STORES))) {
            if (!found.next()) {
                throw new SQLException(
                        "table '" + STORES + "' is empty; drop it and '" + VIEWS + "'");
            }
            return UUID.fromString(found.getString(1));
        }
    }

    private static void requireVersion(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var found = statement.executeQuery(
                        "select current_setting('server_version_num')::integer,"
                                + " current_setting('server_version')")) {
            if (found.next() && found.getInt(1) < VERSION_MIN) {
                throw new SQLException("it speaks as PostgreSQL " + found.getString(2)
                        + ", and version 12 or later is needed");
            }
        }
    }

    private static boolean isAny(Connection connection, String sql, String value)
            throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            statement.setString(1, value);
            try (var found = statement.executeQuery()) {
                return found.next();
            }
        }
    }

    /** How often a view has been emptied. */
    long generation(Connection connection, PostgresTables tables) throws SQLException {
        try (var statement = connection.prepareStatement(
                "select generation from " + sql(VIEWS) + " where name = ?")) {
            statement.setString(1, tables.name());
            try (var found = statement.executeQuery()) {
                return found.next() ? found.getLong(1) : 0;
            }
        }
    }

    /** Begins the generation behind this one, if nobody else has. */
    boolean isNextGeneration(Connection connection, PostgresTables tables, long after)
            throws SQLException {
        try (var update = connection.prepareStatement("update " + sql(VIEWS)
                + " set generation = generation + 1 where name = ? and generation = ?")) {
            update.setString(1, tables.name());
            update.setLong(2, after);
            return update.executeUpdate() > 0;
        }
    }

    /** Says that a view's tables are still of use, and removes those that are not. */
    void tell(PostgresTables tables) {
        boolean isSweeping;
        synchronized (this) {
            isSweeping = Duration.between(swept, clock.instant()).compareTo(SWEEP_EVERY) >= 0;
            if (isSweeping) {
                swept = clock.instant();
            }
        }
        connections.write("the view of '" + tables.product() + "'", "be marked as used",
                connection -> {
                    try (var update = connection.prepareStatement("update " + sql(VIEWS)
                            + " set used_at = now() where name = ?")) {
                        update.setString(1, tables.name());
                        return update.executeUpdate();
                    }
                });
        if (isSweeping) {
            sweep();
        }
    }

    /** Removes the tables of views that no gateway has used for a day; the names of what is gone. */
    List<String> sweep() {
        return connections.write("the store of the views", "remove abandoned tables",
                connection -> {
                    var gone = new ArrayList<String>();
                    try (var statement = connection.createStatement()) {
                        statement.execute("select pg_advisory_xact_lock(" + MAKING + ")");
                        try (var found = statement.executeQuery("delete from " + sql(VIEWS)
                                + " where used_at < now() - interval '" + ABANDONED
                                + "' returning name")) {
                            while (found.next()) {
                                gone.add(found.getString(1));
                            }
                        }
                    }
                    for (String name : gone) {
                        PostgresTables.drop(connection, connections.schema(), name);
                        LOG.atInfo().addKeyValue("tables", name)
                                .log("no gateway has used them for a day; they are removed");
                    }
                    return gone;
                });
    }
}

package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.view.ViewFailure.Reason;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of views whose PostgreSQL is not what it should be. */
@Timeout(90)
class PostgresFaultsIT {
    private static final RecordType TYPE = RecordType.of("test.Part", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("n", Type.Scalar.of(ScalarKind.INT64), true)));
    private static final PostgresViewStore.Limits SHORT = new PostgresViewStore.Limits(2, 2, 8, 2,
            Duration.ofSeconds(2), Duration.ofDays(7));

    @TempDir
    Path folder;

    private static View open(PostgresViewStore store, RecordType type) {
        return store.open(Views.product("parts", type, List.of("id"), Duration.ZERO));
    }

    private static void apply(View view, long offset) {
        view.parts().getFirst().apply(List.of(Views.event(0, offset, List.of(offset),
                new Row(TYPE, new Object[]{offset, offset}))), Views.position(offset + 1));
    }

    private static long count(View view) {
        try (var snapshot = view.snapshot()) {
            return snapshot.count(Predicate.ALL);
        }
    }

    private static ViewFailure failureOf(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        var thrown = org.assertj.core.api.Assertions.catchThrowable(call);
        assertThat(thrown).isInstanceOf(ViewFailure.class);
        return (ViewFailure) thrown;
    }

    /** Until it answers again. */
    private static long healed(View view) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            try {
                return count(view);
            } catch (ViewFailure e) {
                assertThat(System.nanoTime()).as(e.getMessage()).isLessThan(deadline);
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    @Test
    void connections_that_are_cut_are_made_anew_and_only_who_was_reading_is_told() {
        String address = Postgres.database();
        try (var store = Postgres.store(address, Clock.systemUTC());
                var view = open(store, TYPE)) {
            apply(view, 0);
            var reading = view.snapshot();
            assertThat(reading.count(Predicate.ALL)).isEqualTo(1);
            Postgres.ask(address, "select pg_terminate_backend(pid) from pg_stat_activity where"
                    + " datname = current_database() and pid <> pg_backend_pid()");

            assertThat(failureOf(() -> reading.count(Predicate.ALL)))
                    .hasMessageContaining("the view of 'test/parts/v1' cannot answer")
                    .hasMessageEndingWith("the view goes on by itself when the store answers");
            reading.close();
            assertThat(count(view)).isEqualTo(1);
            try {
                apply(view, 1);
            } catch (ViewFailure e) {
                // What the feeder does: it asks where the view is, and goes on from there.
                assertThat(view.parts().getFirst().position()).contains(Views.position(1));
                apply(view, 1);
            }
            assertThat(count(view)).isEqualTo(2);
        }
    }

    @Test
    void a_store_that_is_not_there_is_told_at_once_and_the_view_heals_when_it_comes()
            throws Exception {
        Postgres.database();
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String address = "postgresql://postgres:postgres@127.0.0.1:" + port + "/postgres";
        try (var store = Postgres.store(address, SHORT, Clock.systemUTC());
                var view = open(store, TYPE)) {
            assertThat(failureOf(view::snapshot)).hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageEndingWith("the view goes on by itself when the store answers")
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.BROKEN));
            long before = System.nanoTime();
            assertThat(failureOf(view::snapshot).reason()).isEqualTo(Reason.BROKEN);
            assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(4));
            assertThat(failureOf(() -> view.parts().getFirst().position()).reason())
                    .isEqualTo(Reason.BROKEN);

            try (var server = started(port)) {
                assertThat(healed(view)).isZero();
                apply(view, 0);
            }
            assertThat(failureOf(view::snapshot).reason()).isEqualTo(Reason.BROKEN);
            try (var server = started(port)) {
                assertThat(healed(view)).isEqualTo(1);
                assertThat(view.parts().getFirst().position()).isPresent();
                apply(view, 1);
                assertThat(count(view)).isEqualTo(2);
            }
        }
    }

    private EmbeddedPostgres started(int port) throws Exception {
        return EmbeddedPostgres.builder().setPort(port).setDataDirectory(folder.resolve("data"))
                .setCleanDataDirectory(false).start();
    }

    @Test
    void who_finds_all_connections_in_use_is_asked_to_come_back() {
        try (var store = Postgres.store(Postgres.tables(), SHORT, Clock.systemUTC());
                var view = open(store, TYPE)) {
            try (var one = view.snapshot(); var two = view.snapshot()) {
                assertThat(one.position()).isEqualTo(two.position());
                var failure = failureOf(view::snapshot);
                assertThat(failure.reason()).isEqualTo(Reason.BUSY);
                assertThat(failure).hasMessageContaining("all of its connections are in use");
            }
            assertThat(count(view)).isZero();
        }
    }

    @Test
    void a_query_is_ended_in_the_store_at_its_deadline() throws Exception {
        String address = Postgres.database();
        try (var store = Postgres.store(address, SHORT, Clock.systemUTC());
                var view = open(store, TYPE)) {
            apply(view, 0);
            try (var other = Postgres.connect(address); var lock = other.createStatement()) {
                other.setAutoCommit(false);
                lock.execute("lock table tidegate." + Postgres.tables(address).stream()
                        .filter(name -> name.endsWith("_items")).findFirst().orElseThrow()
                        + " in access exclusive mode");
                try (var snapshot = view.snapshot()) {
                    assertThat(failureOf(() -> snapshot.count(Predicate.ALL)).reason())
                            .isEqualTo(Reason.DEADLINE);
                }
                assertThat(Postgres.ask(address, "select count(*) from pg_stat_activity where"
                        + " state = 'active' and query like '%count(*)%'"
                        + " and pid <> pg_backend_pid() and datname = current_database()"))
                        .containsExactly("0");
            }
            assertThat(count(view)).isEqualTo(1);
        }
    }

    @Test
    void what_is_wrong_with_an_address_or_its_user_is_told_with_what_to_do() {
        String address = Postgres.database();
        String host = address.substring(address.indexOf('@'), address.lastIndexOf('/'));
        String database = address.substring(address.lastIndexOf('/') + 1);
        Postgres.run(address, "create role reader_" + database + " login password 'x'");
        try (var store = Postgres.store("postgresql://reader_" + database + ":s3cret" + host + "/"
                + database, SHORT, Clock.systemUTC());
                var view = open(store, TYPE)) {
            assertThat(failureOf(view::snapshot)).hasMessageContaining("permission denied")
                    .hasMessageContaining("needs the right to create tables in schema 'tidegate'")
                    .message().doesNotContain("s3cret");
        }
        try (var store = Postgres.store("postgresql://postgres:s3cret" + host + "/none", SHORT,
                Clock.systemUTC()); var view = open(store, TYPE)) {
            assertThat(failureOf(view::snapshot)).hasMessageContaining("make the database")
                    .message().doesNotContain("s3cret");
        }
        try (var store = Postgres.store("postgresql://nobody:s3cret" + host + "/" + database,
                SHORT, Clock.systemUTC()); var view = open(store, TYPE)) {
            assertThat(failureOf(view::snapshot)).hasMessageContaining("user 'nobody'")
                    .message().doesNotContain("s3cret");
        }
        Postgres.run(address, "alter database " + database
                + " set default_transaction_read_only = on");
        try (var store = Postgres.store(address, SHORT, Clock.systemUTC());
                var view = open(store, TYPE)) {
            assertThatThrownBy(() -> apply(view, 0)).isInstanceOf(ViewFailure.class)
                    .hasMessageContaining("name the primary in 'views.store'");
        }
    }

    @Test
    void tables_that_somebody_has_dropped_are_made_again_and_filled_anew() {
        String address = Postgres.database();
        try (var store = Postgres.store(address, Clock.systemUTC());
                var view = open(store, TYPE)) {
            apply(view, 0);
            Postgres.run(address, "drop schema tidegate cascade");

            assertThat(failureOf(() -> count(view)).reason()).isEqualTo(Reason.BROKEN);
            assertThat(healed(view)).isZero();
            assertThat(failureOf(() -> apply(view, 1)).reason()).isEqualTo(Reason.BROKEN);
            assertThat(view.parts().getFirst().position()).isEmpty();
            apply(view, 0);
            assertThat(count(view)).isEqualTo(1);
        }
    }

    @Test
    void a_view_is_emptied_however_long_the_store_says_nothing_meanwhile() {
        String address = Postgres.database();
        try (var store = Postgres.store(address + "?socketTimeout=1", Clock.systemUTC());
                var view = open(store, TYPE)) {
            apply(view, 0);
            Postgres.run(address, "create function slow() returns trigger language plpgsql as"
                    + " $$ begin perform pg_sleep(1.6); return null; end $$");
            Postgres.run(address, "do $$ begin execute (select format('create trigger slow before"
                    + " delete on tidegate.%I for each statement execute function slow()',"
                    + " tablename) from pg_tables where tablename like '%\\_items'); end $$");

            view.parts().getFirst().reset();

            assertThat(count(view)).isZero();
        }
    }

    @Test
    void tables_of_former_schemas_stay_until_no_gateway_has_used_them_for_a_day() {
        String address = Postgres.database();
        var wider = RecordType.of("test.Part", List.of(TYPE.fields().get(0), TYPE.fields().get(1),
                new Field("note", Type.Scalar.of(ScalarKind.STRING), true)));
        try (var store = Postgres.store(address, Clock.systemUTC());
                var before = open(store, TYPE);
                var after = open(store, wider)) {
            apply(before, 0);
            assertThat(count(after)).isZero();
            int tables = Postgres.tables(address).size();
            store.drop(before);
            assertThat(store.sweep()).isEmpty();
            assertThat(Postgres.tables(address)).hasSize(tables);

            Postgres.run(address, "update tidegate.tidegate_views set used_at = now()"
                    + " - interval '25 hours' where name in (select split_part(table_name,"
                    + " '_items', 1) from information_schema.tables t where table_name like"
                    + " '%_items' and not exists (select 1 from information_schema.columns c"
                    + " where c.table_name = t.table_name and c.column_name = 'c2'))");
            assertThat(store.sweep()).hasSize(1);
            assertThat(Postgres.tables(address)).hasSize(tables - 2);
            assertThat(count(after)).isZero();
        }
    }

    @Test
    void a_record_too_long_for_an_index_made_by_hand_waits_until_the_index_is_gone() {
        String address = Postgres.database();
        var noted = RecordType.of("test.Part", List.of(TYPE.fields().get(0),
                new Field("note", Type.Scalar.of(ScalarKind.STRING), true)));
        var random = new java.util.Random(1);
        var note = new StringBuilder();
        for (int i = 0; i < 6_000; i++) {
            note.append((char) ('!' + random.nextInt(90)));
        }
        try (var store = Postgres.store(address, Clock.systemUTC());
                var view = open(store, noted)) {
            var part = view.parts().getFirst();
            part.apply(List.of(), Views.position(0));
            var items = Postgres.tables(address).stream().filter(name -> name.endsWith("_items"))
                    .findFirst().orElseThrow();
            Postgres.run(address, "create index by_note on tidegate." + items + " (c1)");
            var events = List.of(Views.event(0, 0, List.of(1L),
                    new Row(noted, new Object[]{1L, note.toString()})));

            assertThat(failureOf(() -> part.apply(events, Views.position(1))))
                    .hasMessageContaining("by_note").hasMessageEndingWith("made by hand");
            Postgres.run(address, "drop index tidegate.by_note");
            assertThat(part.position().map(at -> at.slots().getFirst().next()).orElse(0L))
                    .isZero();
            part.apply(events, Views.position(1));
            assertThat(count(view)).isEqualTo(1);
        }
    }

    @Test
    void where_citus_is_rows_are_distributed_by_the_hash_of_their_key() {
        String address = Postgres.database();
        Postgres.run(address, "create table asked (what text)");
        Postgres.run(address, "create function create_distributed_table(of regclass, by text)"
                + " returns void language sql as"
                + " $$ insert into asked values (regexp_replace(of::text, '.*_', '') || ' ' || by) $$");
        try (var store = Postgres.store(address, Clock.systemUTC());
                var view = store.open(Views.product("parts", TYPE, List.of("id"),
                        Duration.ofDays(1)))) {
            apply(view, 0);
            assertThat(Postgres.ask(address, "select what from asked order by 1"))
                    .containsExactly("history kh", "items kh");
        }
    }
}

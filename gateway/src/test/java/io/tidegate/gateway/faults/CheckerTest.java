package io.tidegate.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.faults.Account.Line;
import io.tidegate.gateway.faults.Written.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The checker of the fault runs finds each kind of broken promise in logs made by hand. */
class CheckerTest {
    private final History history = new History();
    private final Account account = new Account("reader", Set.of(), false);

    private Written wrote(int partition, long offset, String key, long seq, Kind kind) {
        var written = new Written(history.generation(), partition, offset, key, seq, "a", kind);
        history.add(written);
        return written;
    }

    /** Offsets 0 to 4 of partition 0: two keys in turn. */
    private void wroteFive() {
        for (int n = 0; n < 5; n++) {
            wrote(0, n, n % 2 == 0 ? "even" : "odd", n / 2, Kind.UPSERT);
        }
    }

    private static Line.Got event(int n) {
        return got(n % 2 == 0 ? "even" : "odd", n / 2);
    }

    private static Line.Got got(String key, long seq) {
        return new Line.Got(key, seq, "upsert", "c");
    }

    private void got(int... events) {
        got(account, events);
    }

    private static void got(Account by, int... events) {
        for (int n : events) {
            by.add(event(n));
        }
    }

    private void told(String reason, long from, long to) {
        account.add(new Line.Gap(reason, 0, from, to, to - from + 1, "c"));
    }

    private void assertViolates(String... beginnings) {
        assertThat(Checker.check(history, account)).hasSameSizeAs(beginnings)
                .allSatisfy(each -> assertThat(beginnings).anyMatch(each::startsWith));
    }

    @Test
    void nothing_is_wrong_with_everything_in_order() {
        wroteFive();
        wrote(1, 0, "other", 0, Kind.UPSERT);
        got(0, 1, 2);
        account.add(got("other", 0));
        got(3, 4);

        assertViolates();
    }

    @Test
    void a_hole_is_found_in_the_middle_and_at_the_end() {
        wroteFive();
        got(0, 1, 3);

        assertViolates("I1", "I1");
    }

    @Test
    void what_comes_again_is_found() {
        wroteFive();
        got(0, 1, 2, 1, 3, 4);

        assertViolates("I2");
    }

    @Test
    void what_comes_too_early_is_found() {
        wroteFive();
        got(0, 2, 1, 3, 4);

        assertViolates("I1", "I2");
    }

    @Test
    void aborted_unreadable_unknown_and_unwanted_events_are_found() {
        wroteFive();
        wrote(0, 5, "aborted", 0, Kind.ABORTED);
        var narrow = new Account("narrow", Set.of("b"), false);
        got(narrow, 0);
        got(0, 1, 2, 3, 4);
        account.add(got("aborted", 0));
        account.add(got("nobody", 0));

        assertViolates("I5", "I5");
        assertThat(Checker.check(history, narrow)).singleElement().asString()
                .contains("was not asked for");
    }

    @Test
    void a_hole_without_its_announcement_and_an_announcement_without_its_hole_are_found() {
        wroteFive();
        wrote(0, 5, "bad", 0, Kind.UNREADABLE);
        wrote(0, 6, "even", 3, Kind.UPSERT);
        got(0, 1, 2, 3, 4);
        account.add(got("even", 3));
        assertViolates("I4");

        var liar = new Account("liar", Set.of(), false);
        got(liar, 0, 1, 2, 3);
        liar.add(new Line.Gap("bad-record", 0, 4, 5, 2, "c"));
        liar.add(got("even", 3));
        assertThat(Checker.check(history, liar)).singleElement().asString()
                .contains("which can be read");

        var exact = new Account("exact", Set.of(), false);
        got(exact, 0, 1, 2, 3, 4);
        exact.add(new Line.Gap("bad-record", 0, 5, 5, 1, "c"));
        exact.add(got("even", 3));
        assertThat(Checker.check(history, exact)).isEmpty();
    }

    @Test
    void retention_is_announced_exactly_or_not_at_all() {
        wroteFive();
        history.retainFrom(0, 3);
        got(0);
        told("retention", 1, 2);
        got(3, 4);
        assertViolates();

        var wide = new Account("wide", Set.of(), false);
        got(wide, 0);
        wide.add(new Line.Gap("retention", 0, 0, 3, 4, "c"));
        got(wide, 4);
        assertThat(Checker.check(history, wide)).hasSize(2)
                .allMatch(each -> each.startsWith("I4"));

        var wrongCount = new Account("wrong", Set.of(), false);
        got(wrongCount, 0);
        wrongCount.add(new Line.Gap("retention", 0, 1, 2, 7, "c"));
        got(wrongCount, 3, 4);
        assertThat(Checker.check(history, wrongCount)).singleElement().asString()
                .contains("counts other");
    }

    @Test
    void events_of_a_topic_made_again_need_an_announcement() {
        wroteFive();
        got(0, 1, 2, 3, 4);
        history.recreated();
        wrote(0, 0, "new", 0, Kind.UPSERT);
        account.add(got("new", 0));
        assertViolates("I5");

        var told = new Account("told", Set.of(), false);
        got(told, 0, 1);
        told.add(new Line.Gap("epoch", 0, 0, 0, 0, "c"));
        told.add(got("new", 0));
        assertThat(Checker.check(history, told)).isEmpty();

        var silent = new Account("silent", Set.of(), false);
        got(silent, 0, 1, 2, 3, 4);
        assertThat(Checker.check(history, silent)).singleElement().asString()
                .contains("never told");
    }

    @Test
    void records_that_were_withdrawn_need_an_announcement() {
        wroteFive();
        got(0, 1, 2, 3, 4);
        history.cut(0, 3);
        wrote(0, 3, "after", 0, Kind.UPSERT);
        wrote(0, 4, "after", 1, Kind.UPSERT);
        wrote(0, 5, "after", 2, Kind.UPSERT);
        account.add(got("after", 2));
        assertViolates("I4", "I4");

        var told = new Account("told", Set.of(), false);
        got(told, 0, 1, 2, 3, 4);
        told.add(new Line.Gap("epoch", 0, 3, 4, 2, "c"));
        for (int n = 0; n < 3; n++) {
            told.add(got("after", n));
        }
        assertThat(Checker.check(history, told)).isEmpty();
    }

    @Test
    void what_a_reader_from_the_latest_is_owed_begins_where_it_was_open() {
        wroteFive();
        account.owe(Map.of(0, 3L));
        got(2, 4);

        assertViolates("I1");
    }

    @Test
    void a_snapshot_is_followed_by_exactly_what_it_does_not_hold() {
        wroteFive();
        var exact = new Account("exact", Set.of(), true);
        exact.add(new Line.Got("even", 1, "snapshot", "c"));
        exact.add(new Line.Got("odd", 0, "snapshot", "c"));
        got(exact, 3, 4);
        assertThat(Checker.check(history, exact)).isEmpty();

        var older = new Account("older", Set.of(), true);
        older.add(new Line.Got("even", 1, "snapshot", "c"));
        older.add(new Line.Got("odd", 0, "snapshot", "c"));
        got(older, 2, 3, 4);
        assertThat(Checker.check(history, older)).singleElement().asString().startsWith("I6");

        var hollow = new Account("hollow", Set.of(), true);
        hollow.add(new Line.Got("even", 1, "snapshot", "c"));
        hollow.add(new Line.Got("odd", 0, "snapshot", "c"));
        got(hollow, 4);
        assertThat(Checker.check(history, hollow)).singleElement().asString().startsWith("I1");
    }

    @Test
    void a_snapshot_comes_anew_after_a_cut_within_it_and_only_then() {
        wroteFive();
        // Of the first byte the lowest bit: EA… is a whole position, EQ… is from within a snapshot.
        for (var within : List.of("", "EQAA")) {
            var anew = new Account("anew", Set.of(), true);
            anew.add(new Line.Got("even", 1, "snapshot", "c"));
            anew.add(new Line.Cut("killed", within));
            anew.add(new Line.Got("even", 1, "snapshot", "c"));
            anew.add(new Line.Got("odd", 0, "snapshot", "c"));
            got(anew, 3, 4);
            assertThat(Checker.check(history, anew)).isEmpty();
        }
        var twice = new Account("twice", Set.of(), true);
        twice.add(new Line.Got("even", 1, "snapshot", "c"));
        twice.add(new Line.Got("odd", 0, "snapshot", "c"));
        twice.add(new Line.Cut("killed", "EAAA"));
        twice.add(new Line.Got("odd", 0, "snapshot", "c"));
        got(twice, 3, 4);
        assertThat(Checker.check(history, twice)).singleElement().asString().startsWith("I6");
    }

    @Test
    void a_snapshot_is_of_one_log_only() {
        wroteFive();
        history.recreated();
        wrote(0, 0, "new", 0, Kind.UPSERT);
        var anew = new Account("anew", Set.of(), true);
        anew.add(new Line.Got("new", 0, "snapshot", "c"));
        assertThat(Checker.check(history, anew)).isEmpty();

        var mixed = new Account("mixed", Set.of(), true);
        mixed.add(new Line.Got("new", 0, "snapshot", "c"));
        mixed.add(new Line.Got("even", 2, "snapshot", "c"));
        assertThat(Checker.check(history, mixed)).singleElement().asString().startsWith("I6");
    }

    @Test
    void deletes_are_told_apart_by_their_place() {
        wrote(0, 0, "k", 0, Kind.UPSERT);
        wrote(0, 1, "k", 1, Kind.DELETE);
        wrote(0, 2, "k", 2, Kind.UPSERT);
        wrote(0, 3, "k", 3, Kind.DELETE);
        account.add(got("k", 0));
        account.add(new Line.Got("k", -1, "delete", "c"));
        account.add(got("k", 2));
        account.add(new Line.Got("k", -1, "delete", "c"));
        assertViolates();

        account.add(new Line.Got("k", -1, "delete", "c"));
        assertViolates("I5");
    }
}

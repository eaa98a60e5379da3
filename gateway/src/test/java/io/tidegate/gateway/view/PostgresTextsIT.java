package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Predicate.TextTest;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Texts that mean something to SQL, to patterns, to JSON or to PostgreSQL mean nothing there but themselves. */
class PostgresTextsIT {
    private static final RecordType TYPE = RecordType.of("test.Note", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.STRING), false),
            new Field("o'text\" --", Type.Scalar.of(ScalarKind.STRING), true),
            new Field("tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), true), true)));
    private static final List<String> TEXTS = List.of("", " ", "'", "''", "\"", "\\", "\\\\", "\0",
            "\1", "\1\1", "a\0b", "%", "_", "?", "??", ":a", "${x}", "{0}", "{1}", "$1", "$$",
            "' or 1=1 --", "'; drop table items; --", "\"; drop table items; --", "/* */",
            "null", "true", "1", "\u00e9", "e\u0301", "Z", "a", "A", "\uD83D\uDE9A", "\uFFFF",
            "a\nb", "\t", "[\"x\"]", "{\"a\":1}", "a.b", "a+b", "x y", "1.5e3", "ab12_");
    private static final List<String> PATTERNS = List.of("a", "^a", "b$", "^$", ".", "^.$", "[^a]",
            "(?i)A", "(?i)\u00e9", "a.b", "(?s)a.b", "\\.", "\\d+", "^\\w+$", "\\s", "\\D", "\\S",
            "\\W", "[a-z]{2}", "a|b", "(a)(b)", "(?:a|b)+?", "(?P<n>a)", "[\\d_]+", "\\bx\\b",
            "\\Qa.b\\E", "\\x", "'", "\\\\", "\\$", "[$]", "[]]", "[^]]", "{0}", "a{0,2}$", "%",
            "[.+*?]", "^[\\s\\S]*$", "\\pL", "[[:alpha:]]", "a{300}", "(?m)^b");

    private final PostgresViewStore store = Postgres.store(Postgres.tables(), Clock.systemUTC());
    private final List<Row> rows = new ArrayList<>();
    private final FieldPath text = new FieldPath("text",
            List.of(TYPE.fields().get(1)), List.of(1));
    private View view;

    @BeforeEach
    void fill() {
        view = store.open(Views.product("it's a \"product\"; --", TYPE, List.of("id"),
                Duration.ZERO));
        var events = new ArrayList<Event>();
        for (String one : TEXTS) {
            rows.add(new Row(TYPE, new Object[]{one, one, Arrays.asList(one, null)}));
            events.add(Views.event(0, events.size(), List.of(one), rows.getLast()));
        }
        view.parts().getFirst().apply(events, Views.position(events.size()));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void agree(Predicate predicate) {
        var matcher = Matcher.compile(predicate);
        var expected = new HashSet<Object>();
        rows.stream().filter(matcher::matches).forEach(row -> expected.add(row.get(0)));
        try (var snapshot = view.snapshot()) {
            var found = new HashSet<Object>();
            snapshot.items(new ItemsQuery(predicate, List.of(), 999, Optional.empty(), false))
                    .rows().forEach(row -> found.add(row.key().getFirst()));
            assertThat(found).as("%s", predicate).isEqualTo(expected);
        }
    }

    @Test
    void every_condition_takes_a_text_for_itself() {
        var tags = FieldPath.resolve(TYPE, "tags").orElseThrow();
        for (String one : TEXTS) {
            for (var comparison : Comparison.values()) {
                agree(new Predicate.Compare(text, comparison, one));
            }
            agree(new Predicate.In(text, List.of(one, "none")));
            agree(new Predicate.Text(text, TextTest.CONTAINS, one));
            agree(new Predicate.Text(text, TextTest.STARTS_WITH, one));
            agree(new Predicate.Text(tags, TextTest.CONTAINS, one));
            agree(new Predicate.Not(new Predicate.Text(tags, TextTest.CONTAINS, one)));
        }
    }

    @Test
    void patterns_mean_what_they_mean_in_streams_or_are_refused() {
        int refused = 0;
        for (String pattern : PATTERNS) {
            try {
                com.google.re2j.Pattern.compile(pattern);
            } catch (com.google.re2j.PatternSyntaxException e) {
                continue;
            }
            try {
                agree(new Predicate.Text(text, TextTest.MATCHES, pattern));
            } catch (Refusal.Thrown e) {
                assertThat(e.refusal().detail()).contains("'" + pattern + "'");
                refused++;
            }
        }
        assertThat(refused).isLessThanOrEqualTo(5);
        for (String pattern : List.of("\\pL", "[[:alpha:]]", "a{300}", "(?m)^b")) {
            assertThatThrownBy(() -> agree(new Predicate.Text(text, TextTest.MATCHES, pattern)))
                    .as(pattern).isInstanceOf(Refusal.Thrown.class);
        }
    }

    @Test
    void rows_and_keys_come_back_as_they_were_in_the_order_of_their_bytes_page_by_page() {
        var expected = new ArrayList<>(TEXTS);
        expected.sort((a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8),
                b.getBytes(StandardCharsets.UTF_8)));
        try (var snapshot = view.snapshot()) {
            var found = new ArrayList<String>();
            Optional<String> after = Optional.empty();
            Page page;
            do {
                page = snapshot.items(new ItemsQuery(Predicate.ALL,
                        List.of(new ItemsQuery.Order(text, false)), 5, after, false));
                for (var row : page.rows()) {
                    assertThat(row.value()).isEqualTo(rows.get(TEXTS.indexOf(row.value().get(0))));
                    assertThat(row.key()).containsExactly(row.value().get(0));
                    found.add((String) row.value().get(1));
                }
                after = Optional.of(page.rows().getLast().pageCursor());
            } while (page.hasMore());
            assertThat(found).isEqualTo(expected);
            for (String one : TEXTS) {
                assertThat(snapshot.latest(List.of(one), Predicate.ALL)).isPresent();
            }
            var groups = snapshot.aggregate(new AggregateQuery(Predicate.ALL, List.of(text),
                    Optional.empty(), List.of(AggregateQuery.Measure.COUNT), List.of(), List.of(),
                    999, Optional.empty()));
            assertThat(groups.rows().stream().<Object>map(row -> row.group().getFirst()).toList())
                    .isEqualTo(expected);
        }
        try (var scan = view.scan(Predicate.ALL)) {
            assertThat(scan.count()).isEqualTo(TEXTS.size());
            assertThat(scan.next(999)).hasSize(TEXTS.size());
        }
    }
}

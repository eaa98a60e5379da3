package io.tidegate.gateway.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Row;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers that are drawn from a view while it changes. */
class AnswerTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final String CONTRACT = """
            domain: sales
            product: orders
            version: "1.0"
            owner: team@example.com
            sla: {freshness: 30s}
            schema: {type: avro}
            fields:
              - {name: id, type: string, required: true}
              - {name: total, type: long, required: true}
            stream: {topics: [t], key: [id]}
            view: {history: 1d}
            """;

    private final ProductSchema schema = schema(CONTRACT);
    private final AtomicReference<Instant> time = new AtomicReference<>(NOW);
    private final DuckDbViewStore store = DuckDbViewStore.inMemory(
            DuckDbViewStore.Limits.defaults(), new Clock() {
                @Override
                public ZoneId getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(ZoneId zone) {
                    return this;
                }

                @Override
                public Instant instant() {
                    return time.get();
                }
            });
    private final View view = store.open(schema);
    private final Catalog.Granted granted = granted(schema, view);
    private long next;

    private static ProductSchema schema(String contract) {
        return ProductSchemas.resolve(
                ContractReader.read("contract.yaml", contract).product().orElseThrow(), path -> {
                    throw new IOException("no files");
                }, RegistryLookup.none(), WriterSchemas.none()).schema().orElseThrow();
    }

    private static Catalog.Granted granted(ProductSchema schema, View view) {
        return new Catalog.Granted(
                new LiveProduct(schema, ProductApi.of(schema), AccessRules.of(schema),
                        new HandFeed(schema, 1, new FeedBounds(16, 1 << 20, 0)).feed(),
                        Optional.of(view), new Quality(schema)),
                new Permit(Predicate.ALL, Map.of(), Optional.empty()));
    }

    @AfterEach
    void close() {
        view.close();
        store.close();
    }

    /** So many changes, of this time, at once. */
    private void put(int count, Instant when) {
        var events = new ArrayList<Event>();
        for (int i = 0; i < count; i++) {
            var id = "o" + next % 7;
            events.add(new Event(0, next, 0, Op.UPSERT, List.of(id), when,
                    new Row(schema.rowType(), new Object[]{id, next}), null));
            next++;
        }
        view.parts().getFirst().apply(events,
                new Position(List.of(new Position.Slot("t", "id-1", 0, next, 0))));
    }

    private Answer ask(Map<String, String> parameters, int rowsMax) {
        var wanted = DataRequest.of(parameters, Format.NDJSON, granted, NOW);
        return Answer.of(view, wanted, granted, RowMasks.NONE, rowsMax);
    }

    private static List<Row> rest(Answer answer) {
        var all = new ArrayList<Row>();
        for (var rows = answer.next(); !rows.isEmpty(); rows = answer.next()) {
            all.addAll(rows);
        }
        return all;
    }

    @Test
    void all_changes_until_a_time_are_those_of_one_position() {
        put(10_500, NOW);
        for (var until : List.of(Map.of("events", "true"),
                Map.of("events", "true", "to", "2026-01-03T00:00:00Z"))) {
            int all = (int) next;
            var answer = ask(until, 100_000);
            var first = answer.next();
            put(10, NOW);

            assertThat(first.size() + rest(answer).size()).as("%s", until).isEqualTo(all);
            assertThat(answer.facts().position().slots().getFirst().next()).isEqualTo(all);
        }
    }

    @Test
    void more_changes_than_a_whole_answer_may_have_are_refused_before_it_begins() {
        put(150, NOW);

        assertThatThrownBy(() -> ask(Map.of("events", "true"), 149))
                .isInstanceOfSatisfying(Refusal.Thrown.class, thrown -> assertThat(
                        thrown.refusal().detail()).startsWith("The answer has 150 changes"));
        assertThat(rest(ask(Map.of("events", "true"), 150))).hasSize(150);
    }

    @Test
    void changes_that_are_forgotten_before_they_were_read_are_not_left_out_in_silence() {
        put(10_500, NOW);
        var answer = ask(Map.of("events", "true"), 100_000);
        assertThat(answer.next()).hasSize(10_000);

        time.set(NOW.plus(Duration.ofDays(2)));
        put(1, time.get());

        assertThatThrownBy(() -> rest(answer)).isInstanceOf(ViewFailure.class)
                .hasMessageContaining("10000 of 10500 changes");
    }

    @Test
    void a_piece_of_long_rows_has_few_of_them() {
        var long_ = "x".repeat(1 << 20);
        for (int i = 0; i < 40; i++) {
            var id = i + long_;
            view.parts().getFirst().apply(
                    List.of(new Event(0, next, 0, Op.UPSERT, List.of(id), NOW,
                            new Row(schema.rowType(), new Object[]{id, next}), null)),
                    new Position(List.of(new Position.Slot("t", "id-1", 0, ++next, 0))));
        }
        try (var answer = ask(Map.of("fields", "id"), 100)) {
            int all = 0;
            for (var rows = answer.next(); !rows.isEmpty(); rows = answer.next()) {
                assertThat(rows).hasSizeLessThan(10);
                all += rows.size();
            }
            assertThat(all).isEqualTo(40);
        }
    }

    @Test
    void what_went_with_time_is_another_answer() {
        var unkeyed = schema(CONTRACT.replace(", key: [id]", ""));
        try (var events = store.open(unkeyed)) {
            var all = new ArrayList<Event>();
            for (int i = 0; i < 10; i++) {
                all.add(new Event(0, i, 0, Op.UPSERT, List.of(0, (long) i),
                        NOW.plusSeconds(i < 5 ? 0 : 100_000),
                        new Row(unkeyed.rowType(), new Object[]{"o" + i, (long) i}), null));
            }
            events.parts().getFirst().apply(all,
                    new Position(List.of(new Position.Slot("t", "id-1", 0, 10, 0))));
            var mine = granted(unkeyed, events);
            var questions = List.of(Map.of("fields", "id"), Map.of("limit", "3", "orderBy", "id"),
                    Map.of("limit", "7", "orderBy", "id:desc", "totalCount", "true"),
                    Map.of("measures", "count"), Map.of("events", "true"),
                    Map.of("events", "true", "limit", "2"));
            var before = questions.stream().map(asked -> tag(mine, events, asked)).toList();
            assertThat(questions.stream().map(asked -> tag(mine, events, asked)).toList())
                    .isEqualTo(before).doesNotHaveDuplicates();

            time.set(NOW.plus(Duration.ofDays(1)).plusSeconds(50));
            events.parts().getFirst().idle();

            assertThat(questions.stream().map(asked -> tag(mine, events, asked)).toList())
                    .doesNotContainAnyElementsOf(before);
        }
    }

    private static String tag(Catalog.Granted granted, View view, Map<String, String> parameters) {
        var wanted = DataRequest.of(parameters, Format.NDJSON, granted, NOW);
        try (var answer = Answer.of(view, wanted, granted, RowMasks.NONE, 1_000)) {
            assertThat(answer.facts().position().slots().getFirst().next()).isEqualTo(10);
            return DataEndpoint.tag("/data", parameters, wanted, granted, answer.facts());
        }
    }

    @Test
    void an_empty_key_is_a_key_and_not_every_key() {
        put(14, NOW);
        assertThat(rest(ask(Map.of("key", "o3"), 100))).hasSize(1);
        assertThat(rest(ask(Map.of("key", ""), 100))).isEmpty();
        assertThat(rest(ask(Map.of("key", "", "events", "true"), 100))).isEmpty();
    }

    @Test
    void conditions_are_read_in_a_time_in_proportion_to_their_length() {
        var long_ = "count" + " ".repeat(14_000) + "x";
        long begun = System.nanoTime();
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> ask(Map.of("groupBy", "id", "having", long_), 100))
                    .isInstanceOf(Refusal.Thrown.class).hasMessageContaining("'having' has");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(1));
        assertThat(rest(ask(Map.of("groupBy", "id", "having", "count > 1, sum(total)!=3"), 100)))
                .isEmpty();
    }
}

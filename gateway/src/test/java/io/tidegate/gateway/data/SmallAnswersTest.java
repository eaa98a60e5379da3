package io.tidegate.gateway.data;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.tidegate.gateway.predicate.CelFilters;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.query.AnswerCache;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.View;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Row;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is asked again before the data has changed. */
class SmallAnswersTest {
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
              - {name: region, type: string, required: true}
              - {name: total, type: long, required: true}
            stream: {topics: [t], key: [id]}
            view: {history: 3650d}
            """;

    private final ProductSchema schema = ProductSchemas.resolve(
            ContractReader.read("contract.yaml", CONTRACT).product().orElseThrow(), path -> {
                throw new IOException("no files");
            }, RegistryLookup.none(), WriterSchemas.none()).schema().orElseThrow();
    private final DuckDbViewStore store = DuckDbViewStore
            .inMemory(DuckDbViewStore.Limits.defaults(), Clock.systemUTC());
    private final View view = store.open(schema);
    private final LiveProduct product = new LiveProduct(schema, ProductApi.of(schema),
            AccessRules.of(schema),
            new HandFeed(schema, 1, new FeedBounds(16, 1 << 20, 0)).feed(), Optional.of(view),
            new Quality(schema));
    private final SmallAnswers answers = new SmallAnswers(new AnswerCache(10 << 20));
    private final AtomicInteger executions = new AtomicInteger();
    private long next;

    @BeforeEach
    void fill() {
        for (int i = 0; i < 10; i++) {
            put("o" + i, i % 2 == 0 ? "north" : "south", i);
        }
    }

    @AfterEach
    void close() {
        view.close();
        store.close();
    }

    private void put(String id, String region, long total) {
        view.parts().getFirst().apply(
                List.of(new Event(0, next, 0, Op.UPSERT, List.of(id), NOW,
                        new Row(schema.rowType(), new Object[]{id, region, total}), null)),
                new Position(List.of(new Position.Slot("t", "id-1", 0, ++next, 0))));
    }

    private static Permit permit(Predicate rows) {
        return new Permit(rows, Map.of(), Optional.empty());
    }

    private Optional<String> ask(Format format, Map<String, String> parameters, Permit permit) {
        var granted = new Catalog.Granted(product, permit);
        var wanted = DataRequest.of(parameters, format, granted, NOW);
        return answers.answer(view, granted, wanted, () -> {
            executions.incrementAndGet();
            return Answer.of(view, wanted, granted, RowMasks.NONE, 1_000_000);
        }, (facts, out) -> format == Format.CSV
                ? new CsvRows(facts.type(), out, wanted.csv())
                : JsonRows.lines(facts.type(), out))
                .map(small -> new String(small.body(), StandardCharsets.UTF_8));
    }

    private String figures(Format format) {
        return ask(format, Map.of("groupBy", "region", "measures", "sum(total)"),
                permit(Predicate.ALL)).orElseThrow();
    }

    private <T> List<T> atOnce(int count, Callable<T> task) throws Exception {
        var ready = new CountDownLatch(count);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Future<T>>();
            for (int i = 0; i < count; i++) {
                all.add(threads.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return task.call();
                }));
            }
            var found = new ArrayList<T>();
            for (var each : all) {
                found.add(each.get(20, TimeUnit.SECONDS));
            }
            return found;
        }
    }

    @Test
    void fifty_viewers_of_a_dashboard_are_one_execution_for_each_change() throws Exception {
        assertThat(atOnce(50, () -> figures(Format.CSV))).containsOnly(
                "region,sum(total)\r\nnorth,20\r\nsouth,25\r\n");
        assertThat(executions).hasValue(1);

        put("o1", "south", 101);
        assertThat(atOnce(50, () -> figures(Format.CSV))).containsOnly(
                "region,sum(total)\r\nnorth,20\r\nsouth,125\r\n");
        assertThat(executions).hasValue(2);
        figures(Format.CSV);
        assertThat(executions).hasValue(2);
    }

    @Test
    void each_format_and_each_question_and_each_caller_has_its_own() throws Exception {
        var north = permit(CelFilters.compile("event.region == 'north'", schema.rowType(),
                Set.of(), Map.of(), Optional.of(NOW)));
        var parameters = Map.of("groupBy", "region", "measures", "sum(total)");

        assertThat(figures(Format.NDJSON)).startsWith("{\"region\":\"north\"");
        assertThat(figures(Format.CSV)).startsWith("region,");
        assertThat(ask(Format.CSV, parameters, north))
                .contains("region,sum(total)\r\nnorth,20\r\n");
        assertThat(ask(Format.CSV, Map.of("measures", "sum(total)"), permit(Predicate.ALL)))
                .contains("sum(total)\r\n45\r\n");
        assertThat(executions).hasValue(4);
    }

    @Test
    void pages_of_rows_are_kept_and_whole_answers_and_files_are_not() {
        var page = Map.of("limit", "2", "orderBy", "id", "fields", "id");
        assertThat(ask(Format.CSV, page, permit(Predicate.ALL))).contains("id\r\no0\r\no1\r\n");
        ask(Format.CSV, page, permit(Predicate.ALL));
        assertThat(executions).hasValue(1);

        assertThat(ask(Format.CSV, Map.of(), permit(Predicate.ALL))).isEmpty();
        assertThat(ask(Format.ARROW, page, permit(Predicate.ALL))).isEmpty();
        assertThat(ask(Format.PARQUET, Map.of("groupBy", "region"), permit(Predicate.ALL)))
                .isEmpty();
        assertThat(ask(Format.JSON, Map.of("events", "true"), permit(Predicate.ALL))).isEmpty();
        assertThat(executions).hasValue(1);
    }

    @Test
    void what_turns_out_to_be_large_is_not_kept_and_not_made_twice() {
        put("long", "x".repeat(2 << 20), 1);
        var page = Map.of("limit", "20");

        assertThat(ask(Format.CSV, page, permit(Predicate.ALL))).isEmpty();
        assertThat(executions).hasValue(1);
        assertThat(ask(Format.CSV, page, permit(Predicate.ALL))).isEmpty();
        assertThat(executions).hasValue(1);
    }
}

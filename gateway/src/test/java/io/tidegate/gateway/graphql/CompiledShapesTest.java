package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graphql.ExecutionResult;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.http.QueryAccount;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.shape.RandomRows;
import io.tidegate.gateway.shape.RandomSchemas;
import io.tidegate.mapping.ProductApi;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What is compiled of a subscription writes, for any schema, document, variables, masks and event, what graphql-java's own
 * execution answers: the same values and the same order of members. {@code -Dtidegate.seed=} repeats a run and
 * {@code -Dtidegate.cases=} lengthens one.
 */
class CompiledShapesTest {
    private static final long SEED = Long.getLong("tidegate.seed", System.nanoTime());
    private static final int CASES = Integer.getInteger("tidegate.cases", 2_000);
    private static final int DOCUMENTS = 8;
    private static final int EVENTS = 4;
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true)).build()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private int cases;
    private int absences;
    private int invalid;

    @Test
    void write_what_graphql_java_answers() {
        for (int round = 0; cases < CASES; round++) {
            long seed = SEED + round;
            var random = new Random(seed);
            try {
                product(seed, RandomSchemas.next(random), random);
            } catch (RuntimeException e) {
                throw new AssertionError("-Dtidegate.seed=" + seed, e);
            }
        }

        // What is compared is worth comparing: most documents are valid, and something is missing now and then.
        if (CASES < 1_000) {
            return;
        }
        assertThat(invalid).isLessThan(CASES / 20);
        assertThat(absences).isBetween(CASES / 100, CASES / 2);
    }

    private void product(long seed, RandomSchemas.Made made, Random random) {
        var masker = new Masker(new byte[32]);
        var api = ProductApi.of(made.schema());
        var live = new LiveProduct(made.schema(), api, AccessRules.of(made.schema()),
                new HandFeed(made.schema(), 1, new FeedBounds(16, 1 << 20, 0)).feed(),
                Optional.empty(), new Quality(made.schema()));
        var catalog = new Catalog(java.util.List.of(live));
        var engine = new GraphQlEngine(() -> catalog, masker,
                new GraphQlLimits(32 * 1024, 20, 1000, 10, 50_000,
                        Duration.ofSeconds(2), 0),
                Clock.fixed(NOW, ZoneOffset.UTC));
        for (var scope : RandomSchemas.SCOPES) {
            var caller = new Caller("ann", "ann", Set.of(scope), Map.of(), NOW.plusSeconds(60));
            var plain = new PlainExecution(engine.sdl(caller), api, made.masks().get(scope),
                    masker);
            for (int i = 0; i < DOCUMENTS; i++) {
                var document = RandomDocument.over(plain.schema(), random);
                for (int j = 0; j < EVENTS; j++) {
                    var event = new RandomRows(random, random.nextInt(3) == 0)
                            .event(made.schema());
                    check(seed, made, engine, plain, caller, document,
                            RandomDocument.variables(random), event);
                }
            }
        }
    }

    private void check(long seed, RandomSchemas.Made made, GraphQlEngine engine,
            PlainExecution plain, Caller caller, RandomDocument document,
            Map<String, Object> variables, Event event) {
        cases++;
        var name = document.operationName();
        if (difference(engine, plain, caller, document.text(), name, variables, event)
                .isEmpty()) {
            return;
        }
        document.shrink(text -> difference(engine, plain, caller, text, name, variables, event)
                .filter(found -> !found.startsWith("invalid")).isPresent());
        var difference = difference(engine, plain, caller, document.text(), name, variables,
                event).orElseThrow();
        throw new AssertionError("""
                -Dtidegate.seed=%d -Dtidegate.cases=1
                %s
                document: %s
                operation: %s, variables: %s, scope: %s
                event: %s
                contract:
                %s
                schema: %s
                """.formatted(seed, difference, document.text(), name, variables, caller.scopes(),
                RandomRows.describe(event), made.contract(), made.text()));
    }

    private final Limits limits = new Limits(System::nanoTime);

    /** In what the two answers differ. */
    private Optional<String> difference(GraphQlEngine engine, PlainExecution plain, Caller caller,
            String document, Optional<String> operation, Map<String, Object> variables,
            Event event) {
        var request = new GraphQlRequest(document, operation, variables);
        var result = asked(plain, request, event);
        var answer = engine.answer(caller, request,
                new QueryAccount(caller, name -> Plan.GOLD, limits));
        if (!result.isDataPresent()) {
            // Fields of one name and different types, in two members of a union.
            invalid++;
            return answer instanceof Answer.Invalid
                    ? Optional.empty()
                    : Optional.of("only graphql-java says: " + result.getErrors());
        }
        if (!(answer instanceof Answer.Subscribe subscribe)) {
            return Optional.of("only the gateway refuses: " + answer);
        }
        try {
            var expected = JSON.readTree(JSON.writeValueAsString(result.toSpecification()));
            // As text: Jackson takes half a surrogate pair in the name of a member only there.
            var written = JSON.readTree(new String(
                    subscribe.shape().render(event, event.op(), "CURSOR"), StandardCharsets.UTF_8));
            absences += expected.has("errors") ? 1 : 0;
            var wanted = expected.get("data").toString();
            var got = written.path("data").toString();
            if (!wanted.equals(got)) {
                return Optional.of("expected: " + wanted + "\nwritten:  " + got);
            }
            return errors(expected, written);
        } catch (JsonProcessingException e) {
            return Optional.of("no JSON: " + e.getMessage());
        } catch (RuntimeException e) {
            return Optional.of("cannot be written: " + e);
        }
    }

    private static ExecutionResult asked(PlainExecution plain, GraphQlRequest request,
            Event event) {
        try {
            return plain.answer(request, event, event.op(), "CURSOR");
        } catch (RuntimeException e) {
            throw new IllegalStateException(request + "\n" + RandomRows.describe(event), e);
        }
    }

    /** An absence is told where graphql-java tells one; it also tells of further ones within the same null. */
    private static Optional<String> errors(JsonNode expected, JsonNode written) {
        var wanted = new HashSet<JsonNode>();
        expected.path("errors").forEach(error -> wanted.add(error.get("path")));
        var told = new HashSet<JsonNode>();
        for (var error : written.path("errors")) {
            if (!told.add(error.get("path")) || !wanted.contains(error.get("path"))
                    || !error.path("extensions").path("code").asText().equals("INTERNAL")
                    || !error.path("message").isTextual() || error.size() != 3) {
                return Optional.of("a wrong error: " + error + "\nexpected: "
                        + expected.get("errors"));
            }
        }
        boolean isTold = wanted.isEmpty() == told.isEmpty();
        boolean isResult = written instanceof ObjectNode object
                && object.size() == (told.isEmpty() ? 1 : 2);
        return isTold && isResult
                ? Optional.empty()
                : Optional.of("expected errors: " + wanted + "\nwritten: " + written);
    }
}

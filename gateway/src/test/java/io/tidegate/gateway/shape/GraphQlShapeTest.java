package io.tidegate.gateway.shape;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.parser.Parser;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLSchema;
import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** What is compiled writes what graphql-java would have answered. */
class GraphQlShapeTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ProductApi API = ProductApi.of(TestProducts.product("parcels",
            List.of("t"), Samples.PARCEL, List.of("id"), BadRecord.SKIP));
    private static final AtomicReference<Map<String, Object>> EVENT = new AtomicReference<>();
    private static final GraphQLSchema SCHEMA = GraphQlSchemas.build(
            List.of(new GraphQlSchemas.Visible(API, Set.of())),
            registry -> registry.dataFetcher(
                    FieldCoordinates.coordinates("Subscription", API.rootField()),
                    (graphql.schema.DataFetcher<Object>) environment -> one(EVENT.get())));

    private static <T> Publisher<T> one(T value) {
        return subscriber -> subscriber.onSubscribe(new Subscription() {
            private boolean isDone;

            @Override
            public void request(long n) {
                if (!isDone) {
                    isDone = true;
                    subscriber.onNext(value);
                    subscriber.onComplete();
                }
            }

            @Override
            public void cancel() {
                isDone = true;
            }
        });
    }

    @Test
    void writes_what_graphql_java_answers() throws Exception {
        var engine = GraphQL.newGraphQL(SCHEMA).build();
        for (long seed = 0; seed < 600; seed++) {
            var random = new Random(seed);
            var document = new Documents(random).document();
            var variables = Map.<String, Object>of("yes", random.nextBoolean(), "no",
                    random.nextBoolean());
            var value = random.nextInt(6) == 0 ? null : Samples.random(random);
            var previous = random.nextBoolean() ? null : Samples.random(random);
            var event = new Event(0, 1, 0, value == null ? Op.DELETE : Op.UPSERT, List.of("k"),
                    Instant.ofEpochSecond(random.nextInt()), value, previous);
            var root = Selection.of(SCHEMA, new Parser().parseDocument(document), null, variables);

            var compiled = new GraphQlShape(API, root, RowMasks.NONE).render(event, event.op(),
                    "CURSOR");

            var shown = new HashMap<String, Object>();
            shown.put("cursor", "CURSOR");
            shown.put("op", event.op().name());
            shown.put("time", event.time());
            shown.put("key", event.key());
            shown.put("value", value);
            shown.put("previous", previous);
            EVENT.set(shown);
            var result = engine.execute(ExecutionInput.newExecutionInput().query(document)
                    .variables(variables).build());
            assertThat(result.getErrors()).as(document).isEmpty();
            var answers = new ArrayList<ExecutionResult>();
            Publisher<ExecutionResult> stream = result.getData();
            stream.subscribe(new Collecting(answers));
            var expected = answers.getFirst();
            assertThat(expected.getErrors()).as("seed %s %s", seed, document).isEmpty();
            // Through text on both sides: numbers and text must stay apart, their escapes need not be alike.
            assertThat(JSON.writeValueAsString(JSON.readTree(compiled)))
                    .as("seed %s %s", seed, document)
                    .isEqualTo(JSON.writeValueAsString(JSON.readTree(
                            JSON.writeValueAsString(expected.toSpecification()))));
        }
    }

    private static JsonNode rich(String selection, Event event, Set<String> hidden,
            String... key) throws Exception {
        var api = ProductApi.of(RichProduct.schema(key));
        var schema = GraphQlSchemas.build(List.of(new GraphQlSchemas.Visible(api, hidden)));
        var document = "subscription{" + api.rootField() + selection + "}";
        var root = Selection.of(schema, new Parser().parseDocument(document), null, Map.of());
        return JSON.readTree(
                new GraphQlShape(api, root, RowMasks.NONE).render(event, event.op(), "CURSOR"));
    }

    private static Event full() {
        return RichProduct.event(RichProduct.full(null), "r1");
    }

    /** An event of a row with nothing but its id and this. */
    private static Event with(String field, Object value) {
        var values = new Object[RichProduct.ROW.fields().size()];
        values[0] = "r1";
        values[RichProduct.ROW.position(field).orElseThrow()] = value;
        return RichProduct.event(new Row(RichProduct.ROW, values), "r1");
    }

    @Test
    void a_union_names_the_member_that_each_value_is() throws Exception {
        var answer = rich("{value{paid{__typename} payments{kind:__typename"
                + " ... on TestRichBank{limit}}}}", full(), Set.of(), "id");

        assertThat(answer.findValue("value")).hasToString(
                "{\"paid\":{\"__typename\":\"TestRichCard\"},"
                        + "\"payments\":[{\"kind\":\"TestRichCard\"},{\"kind\":\"TestRichBank\",\"limit\":7}]}");
    }

    @Test
    void each_member_of_a_union_has_its_fields_in_an_order_of_its_own() throws Exception {
        var answer = rich("{value{payments{... on TestRichCard{number __typename}"
                + " ... on TestRichBank{limit __typename number}}}}", full(), Set.of(), "id");

        assertThat(answer.findValue("payments")).hasToString(
                "[{\"number\":\"4222\",\"__typename\":\"TestRichCard\"},"
                        + "{\"limit\":7,\"__typename\":\"TestRichBank\",\"number\":\"DE1\"}]");
    }

    @Test
    void a_key_that_is_hidden_is_empty() throws Exception {
        var answer = rich("{key{_empty __typename}}", full(), Set.of("id"), "id");

        assertThat(answer.findValue("key"))
                .hasToString("{\"_empty\":null,\"__typename\":\"TestRichKey\"}");
    }

    @Test
    void a_required_value_that_is_absent_takes_what_holds_it_away_and_is_an_error()
            throws Exception {
        var nameless = new Row(RichProduct.PERSON, new Object[]{null, "m", null, null});
        var answer = rich("{cursor value{people{mail who:name} id}}",
                with("people", Arrays.asList(RichProduct.person("a"), null, nameless)), Set.of(),
                "id");

        assertThat(answer.get("data").get("testRich")).hasToString(
                "{\"cursor\":\"CURSOR\",\"value\":{\"people\":[{\"mail\":\"a@example.com\",\"who\":\"a\"},null,null],\"id\":\"r1\"}}");
        assertThat(answer.get("errors")).hasSize(1);
        assertThat(answer.get("errors").get(0).get("path"))
                .hasToString("[\"testRich\",\"value\",\"people\",2,\"who\"]");
        assertThat(answer.get("errors").get(0).get("extensions"))
                .hasToString("{\"code\":\"INTERNAL\"}");
    }

    @Test
    void what_must_be_there_all_the_way_up_takes_everything_away() throws Exception {
        var nothing = with("nested", Map.of("a", Arrays.asList(RichProduct.person("a"), null)));
        var keyless = RichProduct.event(RichProduct.full(null), new Object[]{null});

        assertThat(rich("{value{nested{key value{name}}}}", nothing, Set.of(), "id").get("data"))
                .hasToString("{\"testRich\":{\"value\":{\"nested\":null}}}");
        var answer = rich("{key{id}}", keyless, Set.of(), "id");
        assertThat(answer.get("data").isNull()).isTrue();
        assertThat(answer.get("errors").get(0).get("path"))
                .hasToString("[\"testRich\",\"key\",\"id\"]");
    }

    private record Collecting(List<ExecutionResult> answers)
            implements
                Subscriber<ExecutionResult> {
        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ExecutionResult result) {
            answers.add(result);
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onComplete() {
        }
    }

    /** Random selections: aliases, fragments, inline fragments, directives. */
    private static final class Documents {
        private final Random random;
        private int aliases;

        Documents(Random random) {
            this.random = random;
        }

        String document() {
            return "subscription($yes:Boolean!,$no:Boolean!){" + alias() + API.rootField() + "{"
                    + "op @include(if:$yes) z:op @skip(if:$no) key{id __typename} ...E "
                    + (random.nextBoolean() ? "time __typename " : "cursor ")
                    + "}} fragment E on " + API.eventTypeName() + "{cursor value{"
                    + row(Samples.PARCEL) + "} " + (random.nextBoolean()
                            ? "previous{" + row(Samples.PARCEL) + "}"
                            : "")
                    + "}";
        }

        private String alias() {
            return random.nextInt(4) == 0 ? "a" + aliases++ + ":" : "";
        }

        private String directive() {
            return switch (random.nextInt(8)) {
                case 0 -> " @include(if:$yes)";
                case 1 -> " @skip(if:$no)";
                default -> "";
            };
        }

        private String row(io.tidegate.schema.RecordType record) {
            var out = new StringBuilder("__typename ");
            var type = SCHEMA.getAllTypesAsList().stream()
                    .filter(graphql.schema.GraphQLObjectType.class::isInstance)
                    .map(graphql.schema.GraphQLObjectType.class::cast)
                    .filter(t -> API.record(t.getName()).filter(r -> r == record).isPresent())
                    .findFirst().orElseThrow();
            for (var field : type.getFieldDefinitions()) {
                var position = API.position(record, field.getName());
                if (position.isEmpty() || random.nextInt(3) == 0) {
                    continue;
                }
                var inner = record.fields().get(position.getAsInt()).type();
                boolean isWrapped = random.nextInt(6) == 0;
                out.append(isWrapped ? "... on " + type.getName() + directive() + "{" : "")
                        .append(alias()).append(field.getName()).append(directive())
                        .append(selection(inner)).append(isWrapped ? "}" : " ");
            }
            return out.toString();
        }

        private String selection(Type type) {
            return switch (type) {
                case io.tidegate.schema.RecordType record -> "{" + row(record) + "}";
                case Type.ListOf list -> selection(list.element());
                case Type.MapOf map -> "{key " + alias() + "value" + selection(map.value()) + "}";
                default -> "";
            };
        }
    }
}

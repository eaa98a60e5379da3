package io.tidegate.gateway.shape;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.tidegate.schema.Type;
import java.time.Instant;
import java.util.ArrayList;
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

    @Test
    void a_union_names_the_member_that_each_value_is() throws Exception {
        var api = ProductApi.of(RichProduct.schema("id"));
        var schema = GraphQlSchemas.build(List.of(new GraphQlSchemas.Visible(api, Set.of())),
                registry -> registry.dataFetcher(
                        FieldCoordinates.coordinates("Subscription", api.rootField()),
                        (graphql.schema.DataFetcher<Object>) environment -> null));
        var document = "subscription{" + api.rootField() + "{value{paid{__typename}"
                + " payments{kind:__typename ... on TestRichBank{limit}}}}}";
        var root = Selection.of(schema, new Parser().parseDocument(document), null, Map.of());

        var written = new GraphQlShape(api, root, RowMasks.NONE)
                .render(RichProduct.event(RichProduct.full(null), "r1"), Op.UPSERT, "CURSOR");

        var value = JSON.readTree(written).findValue("value");
        assertThat(value).hasToString("{\"paid\":{\"__typename\":\"TestRichCard\"},"
                + "\"payments\":[{\"kind\":\"TestRichCard\"},{\"kind\":\"TestRichBank\",\"limit\":7}]}");
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

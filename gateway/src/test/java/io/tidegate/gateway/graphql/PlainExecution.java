package io.tidegate.gateway.graphql;

import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.execution.NonNullableFieldWasNullError;
import graphql.execution.NonNullableFieldWasNullException;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.schema.Coercing;
import graphql.schema.DataFetcher;
import graphql.schema.GraphQLDirectiveContainer;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.TypeResolver;
import graphql.schema.idl.FieldWiringEnvironment;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.ScalarInfo;
import graphql.schema.idl.ScalarWiringEnvironment;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.UnionWiringEnvironment;
import graphql.schema.idl.WiringFactory;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Answers subscriptions the long way: graphql-java executes each event over the schema's published text, with data fetchers
 * and scalars that share nothing with the gateway's. Names come from the text and its {@code @source}.
 */
final class PlainExecution {
    private final ProductApi api;
    private final Map<String, Mask> masks;
    private final Masker masker;
    private final GraphQLSchema schema;
    private final GraphQL engine;
    private final Map<String, PreparsedDocumentEntry> documents = new HashMap<>();

    /** What fetchers see of an event, of its key, of a row and of an entry of a map. */
    private record Shown(Event event, Op op, String cursor) {
    }

    private record Key(List<Object> values) {
    }

    private record Placed(Row row, String path) {
    }

    private record Entry(String key, Object value) {
    }

    PlainExecution(String sdl, ProductApi api, Map<String, Mask> masks, Masker masker) {
        this.api = api;
        this.masks = masks;
        this.masker = masker;
        this.schema = new SchemaGenerator().makeExecutableSchema(new SchemaParser().parse(sdl),
                RuntimeWiring.newRuntimeWiring().wiringFactory(new Wiring()).build());
        this.engine = GraphQL.newGraphQL(schema)
                .preparsedDocumentProvider((input, parse) -> CompletableFuture.completedFuture(
                        documents.computeIfAbsent(input.getQuery(),
                                ignored -> parse.apply(input))))
                .build();
    }

    GraphQLSchema schema() {
        return schema;
    }

    /** What is wrong with a request before it runs, or its one answer. */
    ExecutionResult answer(GraphQlRequest request, Event event, Op op, String cursor) {
        var result = engine.execute(ExecutionInput.newExecutionInput().query(request.query())
                .operationName(request.operationName().orElse(null))
                .variables(request.variables()).locale(Locale.ROOT)
                .graphQLContext(Map.of(Shown.class, new Shown(event, op, cursor))).build());
        if (!(result.getData() instanceof Publisher<?> stream)) {
            return result;
        }
        var answers = new ArrayList<ExecutionResult>();
        var failures = new ArrayList<Throwable>();
        stream.subscribe(new Subscriber<Object>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(Object answer) {
                answers.add((ExecutionResult) answer);
            }

            @Override
            public void onError(Throwable failure) {
                failures.add(failure);
            }

            @Override
            public void onComplete() {
            }
        });
        if (answers.isEmpty()) {
            return withoutData(failures.getFirst());
        }
        return answers.getFirst();
    }

    /** Where an absence takes the whole event away, graphql-java ends the stream; by the specification its data is null. */
    private static ExecutionResult withoutData(Throwable failure) {
        NonNullableFieldWasNullException innermost = null;
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof NonNullableFieldWasNullException absence) {
                innermost = absence;
            }
        }
        if (innermost == null) {
            throw new IllegalStateException("graphql-java failed", failure);
        }
        return ExecutionResult.newExecutionResult().data(null)
                .addError(new NonNullableFieldWasNullError(innermost)).build();
    }

    /** All of the schema's fields are read alike, by what they are read from. */
    private final class Wiring implements WiringFactory {
        @Override
        public boolean providesScalar(ScalarWiringEnvironment environment) {
            return !ScalarInfo.isGraphqlSpecifiedScalar(
                    environment.getScalarTypeDefinition().getName());
        }

        @Override
        public GraphQLScalarType getScalar(ScalarWiringEnvironment environment) {
            return GraphQLScalarType.newScalar()
                    .name(environment.getScalarTypeDefinition().getName()).coercing(new AsItIs())
                    .build();
        }

        @Override
        public boolean providesTypeResolver(UnionWiringEnvironment environment) {
            return true;
        }

        @Override
        public TypeResolver getTypeResolver(UnionWiringEnvironment environment) {
            var members = environment.getUnionTypeDefinition().getMemberTypes().stream()
                    .map(member -> ((graphql.language.TypeName) member).getName()).toList();
            return resolving -> {
                Placed placed = resolving.getObject();
                return members.stream()
                        .filter(name -> api.record(name)
                                .filter(record -> record == placed.row().type()).isPresent())
                        .map(name -> resolving.getSchema().getObjectType(name)).findFirst()
                        .orElse(null);
            };
        }

        @Override
        public DataFetcher<?> getDefaultDataFetcher(FieldWiringEnvironment wiring) {
            var name = wiring.getFieldDefinition().getName();
            return environment -> switch ((Object) environment.getSource()) {
                case Shown shown -> ofEvent(shown, name);
                case Key key -> ofKey(key, name, environment.getFieldType());
                case Placed placed -> ofRow(placed, name, source(environment.getFieldDefinition(),
                        name), environment.getFieldType());
                case Entry entry -> name.equals("key") ? entry.key() : entry.value();
                case null, default -> one(environment.getGraphQlContext().get(Shown.class));
            };
        }
    }

    private static String source(GraphQLDirectiveContainer named, String name) {
        var source = named.getAppliedDirective("source");
        return source == null ? name : source.getArgument("name").getValue();
    }

    private static Publisher<Object> one(Object value) {
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

    private Object ofEvent(Shown shown, String field) {
        return switch (field) {
            case "cursor" -> shown.cursor();
            case "op" -> shown.op().name();
            case "time" -> shown.event().time().toString();
            case "key" -> new Key(shown.event().key());
            case "value" -> placed(shown.event().value());
            default -> placed(shown.event().previous());
        };
    }

    private static Object placed(Row row) {
        return row == null ? null : new Placed(row, "");
    }

    private Object ofKey(Key key, String name, GraphQLType shown) {
        if (name.startsWith("_") && api.key().isEmpty()) {
            return name.equals("_partition")
                    ? key.values().get(0)
                    : String.valueOf(key.values().get(1));
        }
        for (int i = 0; i < api.key().size(); i++) {
            var field = api.key().get(i);
            if (field.name().equals(name)) {
                var type = field.path().type();
                var mask = maskOfKey(field.path().text());
                var value = key.values().get(i);
                return show(type, mask == null ? value : masker.apply(mask, type, value), shown,
                        "");
            }
        }
        return null;
    }

    /** Its own mask, or that of the outermost record around it. */
    private Mask maskOfKey(String path) {
        return masks.containsKey(path)
                ? masks.get(path)
                : masks.keySet().stream().filter(each -> path.startsWith(each + "."))
                        .min(Comparator.comparingInt(String::length)).map(masks::get).orElse(null);
    }

    private Object ofRow(Placed placed, String name, String source, GraphQLType shown) {
        var record = placed.row().type();
        var position = record.position(source);
        if (position.isEmpty()) {
            return name.equals("_empty") ? null : failure(record + " has no " + source);
        }
        var field = record.fields().get(position.getAsInt());
        var path = placed.path().isEmpty() ? source : placed.path() + "." + source;
        var value = placed.row().get(position.getAsInt());
        return show(field.type(), masks.containsKey(path)
                ? masker.apply(masks.get(path), field.type(), value)
                : value, shown, path);
    }

    private static Object failure(String why) {
        throw new AssertionError(why);
    }

    private static GraphQLType bare(GraphQLType type) {
        return type instanceof GraphQLNonNull required ? required.getWrappedType() : type;
    }

    /** A value as the scalars below and graphql-java's own take it. */
    private Object show(Type type, Object value, GraphQLType shown, String path) {
        if (value == null) {
            return null;
        }
        return switch (type) {
            case RecordType record -> new Placed((Row) value, path);
            case Type.Union union -> new Placed((Row) value, path);
            case Type.ListOf list -> {
                var element = ((GraphQLList) bare(shown)).getWrappedType();
                var all = new ArrayList<Object>();
                ((List<?>) value)
                        .forEach(each -> all.add(show(list.element(), each, element, path)));
                yield all;
            }
            case Type.MapOf map -> {
                var entry = (GraphQLObjectType) bare(((GraphQLList) bare(shown)).getWrappedType());
                var of = entry.getFieldDefinition("value").getType();
                yield ((Map<?, ?>) value).entrySet().stream()
                        .map(each -> new Entry((String) each.getKey(),
                                show(map.value(), each.getValue(), of, path)))
                        .sorted(Comparator.comparing(Entry::key)).toList();
            }
            case Type.EnumOf of -> literal(of, (String) value, (GraphQLEnumType) bare(shown));
            case Type.Json ignored -> json(value);
            case Type.Scalar scalar -> scalar(scalar, value);
        };
    }

    private static Object literal(Type.EnumOf of, String symbol, GraphQLEnumType shown) {
        for (var literal : shown.getValues()) {
            if (of.symbols().contains(symbol)
                    && source(literal, literal.getName()).equals(symbol)) {
                return literal.getName();
            }
        }
        return of.open() ? "UNRECOGNIZED" : null;
    }

    private static Object json(Object value) {
        return switch (value) {
            case null -> null;
            case Double number -> Double.isFinite(number) ? number : null;
            case List<?> list -> {
                var all = new ArrayList<Object>();
                list.forEach(each -> all.add(json(each)));
                yield all;
            }
            case Map<?, ?> map -> {
                var all = new LinkedHashMap<String, Object>();
                map.forEach((key, each) -> all.put((String) key, json(each)));
                yield all;
            }
            default -> value;
        };
    }

    private static Object scalar(Type.Scalar scalar, Object value) {
        if (value instanceof String) {
            return value;
        }
        return switch (scalar.kind()) {
            case BOOLEAN, INT32, STRING, DURATION -> value;
            case FLOAT32, FLOAT64 ->
                Double.isFinite(((Number) value).doubleValue()) ? value : null;
            case UINT32, INT64, UINT64, UUID, DATE -> value.toString();
            case DECIMAL -> ((BigDecimal) value).toPlainString();
            case BYTES -> Base64.getEncoder().encodeToString((byte[]) value);
            case TIME -> time((LocalTime) value, scalar.precision());
            case LOCAL_TIMESTAMP -> dateTime((LocalDateTime) value, scalar.precision());
            case TIMESTAMP -> dateTime(LocalDateTime.ofInstant((Instant) value, ZoneOffset.UTC),
                    scalar.precision()) + "Z";
        };
    }

    private static String dateTime(LocalDateTime time, int digits) {
        return time.toLocalDate() + "T" + time(time.toLocalTime(), digits);
    }

    /** So many digits of the fraction, cut and not rounded; of 0 as many thousands as it needs. */
    private static String time(LocalTime time, int digits) {
        int fraction = digits;
        if (digits == 0) {
            while (fraction < 9 && time.getNano() % Math.round(Math.pow(10, 9 - fraction)) != 0) {
                fraction += 3;
            }
        }
        var form = new DateTimeFormatterBuilder().appendPattern("HH:mm:ss");
        return (fraction == 0
                ? form
                : form.appendFraction(ChronoField.NANO_OF_SECOND, fraction, fraction, true))
                .toFormatter(Locale.ROOT).format(time);
    }

    /** Values are ready when they come here. */
    private static final class AsItIs implements Coercing<Object, Object> {
        @Override
        public Object serialize(Object value, GraphQLContext context, Locale locale) {
            return value;
        }

        @Override
        public Object parseValue(Object input, GraphQLContext context, Locale locale) {
            return input;
        }

        @Override
        public Object parseLiteral(Value<?> input, CoercedVariables variables,
                GraphQLContext context, Locale locale) {
            return input;
        }

        @Override
        public Value<?> valueToLiteral(Object input, GraphQLContext context, Locale locale) {
            return StringValue.of(input.toString());
        }
    }
}

package io.tidegate.mapping;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.LightDataFetcher;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads one field of a {@link Row} as what GraphQL shows. A value that GraphQL cannot say (NaN, an infinity, a symbol that
 * a closed enum does not list) is null and never an error. A source that is no row has no value.
 */
public final class RowFetcher implements LightDataFetcher<@Nullable Object> {
    private final int position;
    private final Function<Object, @Nullable Object> shown;

    RowFetcher(ProductApi api, Type type, int position) {
        this.position = position;
        this.shown = shown(api, type);
    }

    @Override
    public @Nullable Object get(GraphQLFieldDefinition field, Object source,
            Supplier<DataFetchingEnvironment> environment) {
        return read(source);
    }

    @Override
    public @Nullable Object get(DataFetchingEnvironment environment) {
        return read(environment.getSource());
    }

    private @Nullable Object read(@Nullable Object source) {
        var value = source instanceof Row row ? row.get(position) : null;
        return value == null ? null : shown.apply(value);
    }

    /** One entry of a map. */
    record Entry(String key, @Nullable Object value) {
    }

    /**
     * How a value of this type is shown: as what the coercion of its GraphQL type takes; rows stay rows. Values of another
     * class, as masks make them, pass as they are.
     */
    static Function<Object, @Nullable Object> shown(ProductApi api, Type type) {
        return switch (type) {
            case Type.Scalar scalar -> scalar(scalar);
            case Type.EnumOf of -> value -> value instanceof String symbol
                    ? api.literal(of, symbol).orElse(null)
                    : null;
            case Type.ListOf list -> {
                var element = shown(api, list.element());
                yield value -> value instanceof List<?> elements ? all(elements, element) : null;
            }
            case Type.MapOf map -> {
                var element = shown(api, map.value());
                yield value -> value instanceof Map<?, ?> entries
                        ? entries(entries, element)
                        : null;
            }
            case Type.Union union -> Function.identity();
            case Type.Json json -> Function.identity();
            case io.tidegate.schema.RecordType record -> Function.identity();
        };
    }

    private static Function<Object, @Nullable Object> scalar(Type.Scalar scalar) {
        return switch (scalar.kind()) {
            case FLOAT32, FLOAT64 -> value -> value instanceof Number number
                    && Double.isFinite(number.doubleValue()) ? value : null;
            case TIMESTAMP -> value -> value instanceof Instant time
                    ? ScalarTypes.instant(time, scalar.precision())
                    : value;
            case LOCAL_TIMESTAMP -> value -> value instanceof LocalDateTime time
                    ? ScalarTypes.localDateTime(time, scalar.precision())
                    : value;
            case TIME -> value -> value instanceof LocalTime time
                    ? ScalarTypes.localTime(time, scalar.precision())
                    : value;
            case BOOLEAN, INT32, UINT32, INT64, UINT64, DECIMAL, STRING, BYTES, UUID, DATE,
                    DURATION ->
                Function.identity();
        };
    }

    private static List<@Nullable Object> all(List<?> values,
            Function<Object, @Nullable Object> shown) {
        var all = new ArrayList<@Nullable Object>(values.size());
        for (var value : values) {
            all.add(value == null ? null : shown.apply(value));
        }
        return all;
    }

    private static List<Entry> entries(Map<?, ?> map, Function<Object, @Nullable Object> shown) {
        var entries = new ArrayList<Entry>(map.size());
        map.forEach((key, value) -> entries.add(
                new Entry(String.valueOf(key), value == null ? null : shown.apply(value))));
        entries.sort(Comparator.comparing(Entry::key));
        return entries;
    }
}

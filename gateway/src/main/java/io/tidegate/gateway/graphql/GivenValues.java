package io.tidegate.gateway.graphql;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of arguments and variables, as GraphQL coerces them: told apart, and weighed. */
final class GivenValues {
    private static final int OBJECT_BYTES = 48;

    private GivenValues() {
    }

    /** The same so that equal values are equal objects, which arrays of bytes are not. */
    static Map<String, @Nullable Object> comparable(Map<String, ?> values) {
        var comparable = LinkedHashMap.<String, @Nullable Object>newLinkedHashMap(values.size());
        values.forEach((name, value) -> comparable.put(name, comparable(value)));
        return comparable;
    }

    private static @Nullable Object comparable(@Nullable Object value) {
        return switch (value) {
            case byte[] bytes -> ByteBuffer.wrap(bytes);
            case Map<?, ?> map -> {
                var comparable = new LinkedHashMap<@Nullable Object, @Nullable Object>();
                map.forEach((name, each) -> comparable.put(name, comparable(each)));
                yield comparable;
            }
            case List<?> list -> {
                var comparable = new ArrayList<@Nullable Object>(list.size());
                list.forEach(each -> comparable.add(comparable(each)));
                yield comparable;
            }
            case null, default -> value;
        };
    }

    /** What a value takes in memory, nearly. */
    static long bytes(@Nullable Object value) {
        return switch (value) {
            case null -> 0;
            case String text -> OBJECT_BYTES + 2L * text.length();
            case ByteBuffer bytes -> OBJECT_BYTES + bytes.remaining();
            case Map<?, ?> map -> {
                long sum = OBJECT_BYTES;
                for (var entry : map.entrySet()) {
                    sum += OBJECT_BYTES + bytes(entry.getKey()) + bytes(entry.getValue());
                }
                yield sum;
            }
            case Collection<?> many -> {
                long sum = OBJECT_BYTES;
                for (var each : many) {
                    sum += bytes(each);
                }
                yield sum;
            }
            default -> OBJECT_BYTES;
        };
    }
}

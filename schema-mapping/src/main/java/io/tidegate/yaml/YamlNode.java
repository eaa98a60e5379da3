package io.tidegate.yaml;

import io.tidegate.problem.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A value of a YAML file, with the place where it stands. Values that an alias repeats keep the place of their anchor. */
public sealed interface YamlNode {
    Place place();

    /** {@code text}, {@code list} or {@code mapping}, for messages. */
    String kind();

    /** The value as a person would write it on one line, cut off where it is long. */
    String shown();

    /**
     * A single value.
     *
     * @param text
     *            as written, without quotes: a date, a number or {@code yes} is text until someone asks for more
     * @param quoted
     *            whether it was in quotes or a block, and so can be nothing but text
     */
    record Scalar(Place place, String text, boolean quoted) implements YamlNode {
        private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");

        /** Whether it says that there is no value ({@code ~}, {@code null} or nothing at all). */
        public boolean isNull() {
            return !quoted && NULLS.contains(text);
        }

        @Override
        public String kind() {
            return "text";
        }

        @Override
        public String shown() {
            return text.length() <= 60 ? text : text.substring(0, 57) + "...";
        }
    }

    /** Values in order. */
    record Sequence(Place place, List<YamlNode> items) implements YamlNode {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String kind() {
            return "list";
        }

        @Override
        public String shown() {
            return "a list";
        }
    }

    /**
     * Values by key, in the file's order.
     *
     * @param place
     *            of its first key, or of its brace
     */
    record Mapping(Place place, Map<String, Entry> entries) implements YamlNode {
        public Mapping {
            entries = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }

        /** The value of a key, null if there is no such key. */
        public @Nullable YamlNode get(String key) {
            var entry = entries.get(key);
            return entry == null ? null : entry.value();
        }

        @Override
        public String kind() {
            return "mapping";
        }

        @Override
        public String shown() {
            return "a mapping";
        }
    }

    /** A key's value, and where the key stands. */
    record Entry(Place keyPlace, YamlNode value) {
    }

    /**
     * The same as plain Java values: text ({@link String}), {@link List}, {@link Map}; null for a null. What is a number
     * stays text.
     */
    default @Nullable Object plain() {
        return switch (this) {
            case Scalar scalar -> scalar.isNull() ? null : scalar.text();
            case Sequence sequence -> {
                var list = new ArrayList<@Nullable Object>();
                sequence.items().forEach(item -> list.add(item.plain()));
                yield list;
            }
            case Mapping mapping -> {
                var map = new LinkedHashMap<String, @Nullable Object>();
                mapping.entries().forEach((key, entry) -> map.put(key, entry.value().plain()));
                yield map;
            }
        };
    }
}

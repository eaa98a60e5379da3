package io.tidegate.yaml;

import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads one mapping strictly: each accessor names a key that may stand in it, and says what its value has to be. What does
 * not fit becomes a {@link Problem} and reads as absent, so that one run finds everything. {@link #done} reports the keys
 * that no accessor asked for. A key without a value counts as absent.
 */
public final class YamlMapping {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
    private static final Pattern BYTES = Pattern
            .compile("(\\d{1,18})(?:\\s?(B|KiB|MiB|GiB|TiB|kB|KB|MB|GB|TB))?");

    /** Unknown keys that are reported of one mapping. */
    private static final int UNKNOWN_MAX = 100;

    private final YamlNode.Mapping node;
    private final String path;
    private final List<Problem> problems;
    private final Set<String> known = new LinkedHashSet<>();

    /**
     * @param path
     *            of the mapping in its file, for messages; empty for the file itself
     */
    public YamlMapping(YamlNode.Mapping node, String path, List<Problem> problems) {
        this.node = node;
        this.path = path;
        this.problems = problems;
    }

    /** Where the mapping begins. */
    public Place place() {
        return node.place();
    }

    /** The mapping's own path in its file, empty for the file itself. */
    public String path() {
        return path;
    }

    /** The path of one of its keys, as messages name it. */
    public String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** Every key that stands in the mapping, in its order, asked for or not. */
    public Collection<String> keys() {
        return node.entries().keySet();
    }

    /** Where a key's value stands, else where the mapping begins. */
    public Place placeOf(String key) {
        var value = node.get(key);
        return value == null ? node.place() : value.place();
    }

    /** Where a key itself stands, else where the mapping begins. */
    public Place placeOfKey(String key) {
        return keyPlace(key);
    }

    /** The value of a key, whatever it is. */
    public Optional<YamlNode> node(String key) {
        known.add(key);
        var value = node.get(key);
        return value == null || (value instanceof YamlNode.Scalar scalar && scalar.isNull())
                ? Optional.empty()
                : Optional.of(value);
    }

    /** Whether a key stands in the mapping with a value. */
    public boolean has(String key) {
        return node(key).isPresent();
    }

    /** A single value as it is written. Blank text is wrong. */
    public Optional<Located> located(String key) {
        return node(key).flatMap(value -> scalar(path(key), value));
    }

    /** A single value as it is written. Blank text is wrong. */
    public Optional<String> text(String key) {
        return located(key).map(Located::text);
    }

    /** A single value that has to be there. */
    public Optional<Located> required(String key) {
        return isMissing(key) ? Optional.empty() : located(key);
    }

    /** A single value that has to be there. */
    public Optional<String> requiredText(String key) {
        return required(key).map(Located::text);
    }

    /** Whether a key that has to be there is not; reported then. */
    public boolean isMissing(String key) {
        if (has(key)) {
            return false;
        }
        var entry = node.entries().get(key);
        if (entry == null) {
            error(node.place(), "missing-key", "key '" + path(key) + "' is missing");
        } else {
            error(entry.keyPlace(), "missing-key", "key '" + path(key) + "' has no value");
        }
        return true;
    }

    /** A whole number within bounds, both included. */
    public Optional<Integer> integer(String key, int least, int most) {
        return located(key).flatMap(value -> {
            try {
                int number = Integer.parseInt(value.text());
                if (number >= least && number <= most) {
                    return Optional.of(number);
                }
            } catch (NumberFormatException e) {
                // Reported below, together with numbers out of bounds.
            }
            return wrong(key, value, "a whole number from " + least + " to " + most);
        });
    }

    /** {@code true} or {@code false}. */
    public Optional<Boolean> bool(String key) {
        return located(key).flatMap(value -> switch (value.text()) {
            case "true", "True", "TRUE" -> Optional.of(true);
            case "false", "False", "FALSE" -> Optional.of(false);
            default -> wrong(key, value, "true or false");
        });
    }

    /** A length of time: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 7d} or ISO 8601; never negative. */
    public Optional<Duration> duration(String key) {
        return located(key).flatMap(value -> durationOf(value.text())
                .or(() -> wrong(key, value, "a duration such as 500ms, 30s, 5m, 1h, 7d or PT30S")));
    }

    /** Reads a duration's text; empty if it is none, or negative. */
    public static Optional<Duration> durationOf(String text) {
        var matcher = DURATION.matcher(text);
        try {
            if (matcher.matches()) {
                long amount = Long.parseLong(matcher.group(1));
                return Optional.of(switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                });
            }
            if (text.length() > 40 || !text.startsWith("P")) {
                return Optional.empty();
            }
            return Optional.of(Duration.parse(text)).filter(duration -> !duration.isNegative());
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    /** A number of bytes: {@code 64KiB}, {@code 5MiB}, {@code 1GiB}, {@code 10MB} or a plain number. */
    public OptionalLong byteSize(String key) {
        var value = located(key);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        var bytes = byteSizeOf(value.get().text());
        if (bytes.isEmpty()) {
            wrong(key, value.get(), "a size such as 64KiB, 5MiB or 1GiB");
        }
        return bytes;
    }

    /** Reads a size's text; empty if it is none. */
    public static OptionalLong byteSizeOf(String text) {
        var matcher = BYTES.matcher(text);
        if (!matcher.matches()) {
            return OptionalLong.empty();
        }
        var unit = matcher.group(2) == null ? "B" : matcher.group(2);
        long base = unit.contains("i") ? 1024 : 1000;
        int power = "BKMGT".indexOf(Character.toUpperCase(unit.charAt(0)));
        try {
            long bytes = Long.parseLong(matcher.group(1));
            for (int i = 0; i < power; i++) {
                bytes = Math.multiplyExact(bytes, base);
            }
            return OptionalLong.of(bytes);
        } catch (ArithmeticException e) {
            return OptionalLong.empty();
        }
    }

    /** A calendar date, {@code 2027-01-31}. */
    public Optional<LocalDate> date(String key) {
        return located(key).flatMap(value -> {
            try {
                return Optional.of(LocalDate.parse(value.text()));
            } catch (DateTimeException e) {
                return wrong(key, value, "a date such as 2027-01-31");
            }
        });
    }

    /** One of an enum's constants, written in lower case. */
    public <E extends Enum<E>> Optional<E> oneOf(String key, Class<E> type) {
        return located(key).flatMap(value -> {
            var constants = List.of(type.getEnumConstants());
            for (var constant : constants) {
                if (spelling(constant).equals(value.text())) {
                    return Optional.of(constant);
                }
            }
            return notOneOf(path(key), value,
                    constants.stream().map(YamlMapping::spelling).toList());
        });
    }

    /** How an enum's constant is written in a file. */
    public static String spelling(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Single values in a list; a single value alone counts as a list of one. */
    public List<Located> texts(String key) {
        var value = node(key);
        if (value.isEmpty()) {
            return List.of();
        }
        if (value.get() instanceof YamlNode.Scalar) {
            return located(key).stream().toList();
        }
        var texts = new ArrayList<Located>();
        var items = list(key);
        for (int i = 0; i < items.size(); i++) {
            scalar(path(key) + "[" + i + "]", items.get(i)).ifPresent(texts::add);
        }
        return List.copyOf(texts);
    }

    /** A list of anything. */
    public List<YamlNode> list(String key) {
        var value = node(key);
        if (value.isEmpty()) {
            return List.of();
        }
        if (value.get() instanceof YamlNode.Sequence sequence) {
            return sequence.items();
        }
        wrongType(path(key), value.get(), "a list");
        return List.of();
    }

    /** A list of mappings; the ones that are something else are reported and left out. */
    public List<YamlMapping> mappings(String key) {
        var mappings = new ArrayList<YamlMapping>();
        var items = list(key);
        for (int i = 0; i < items.size(); i++) {
            mappingOf(path(key) + "[" + i + "]", items.get(i)).ifPresent(mappings::add);
        }
        return List.copyOf(mappings);
    }

    /** A mapping within this one. */
    public Optional<YamlMapping> mapping(String key) {
        return node(key).flatMap(value -> mappingOf(path(key), value));
    }

    /** A mapping within this one that has to be there. */
    public Optional<YamlMapping> requiredMapping(String key) {
        return isMissing(key) ? Optional.empty() : mapping(key);
    }

    /** Single values by names that the user chooses, in the file's order; every key is known then. */
    public Map<String, Located> textsByName() {
        var texts = new java.util.LinkedHashMap<String, Located>();
        for (var key : node.entries().keySet()) {
            required(key).ifPresent(value -> texts.put(key, value));
        }
        return texts;
    }

    /** Declares keys that may stand here and are not read. */
    public void mayHave(Collection<String> keys) {
        known.addAll(keys);
    }

    /** Reports every key that no accessor asked for as an error, with the nearest known key, or all if none is near. */
    public void done() {
        unknownKeys().forEach(key -> error(keyPlace(key), "unknown-key", unknown(key)
                + (Suggestion.nearest(key, known).isPresent() || known.isEmpty()
                        ? ""
                        : ": expected " + Suggestion.oneOf(known))));
    }

    /** Like {@link #done} for formats that allow further keys: each is a warning that it has no effect. */
    public void doneOpen() {
        unknownKeys().forEach(key -> warn(keyPlace(key), "unknown-key", unknown(key)
                + (Suggestion.nearest(key, known).isPresent() ? "" : ": it has no effect")));
    }

    /** Reports an error at a place. */
    public void error(Place place, String rule, String message) {
        problems.add(Problem.error(place, rule, message));
    }

    /** Reports a warning at a place. */
    public void warn(Place place, String rule, String message) {
        problems.add(Problem.warning(place, rule, message));
    }

    /** Reports that a key's value is not what it has to be. */
    public <T> Optional<T> wrong(String key, Located value, String expected) {
        error(value.place(), "bad-value", path(key) + ": expected " + expected + " but was '"
                + shown(value.text()) + "'");
        return Optional.empty();
    }

    /** Reports that a value is none of a closed list, with the nearest one. */
    public <T> Optional<T> notOneOf(String valuePath, Located value, Collection<String> names) {
        error(value.place(), "bad-value",
                valuePath + ": expected " + Suggestion.oneOf(names) + " but was '"
                        + shown(value.text()) + "'" + Suggestion.didYouMean(value.text(), names));
        return Optional.empty();
    }

    private Stream<String> unknownKeys() {
        return node.entries().keySet().stream().filter(key -> !known.contains(key))
                .limit(UNKNOWN_MAX);
    }

    private Place keyPlace(String key) {
        var entry = node.entries().get(key);
        return entry == null ? node.place() : entry.keyPlace();
    }

    private String unknown(String key) {
        return "unknown key '" + shown(path(key)) + "'" + Suggestion.didYouMean(key, known);
    }

    private Optional<Located> scalar(String valuePath, YamlNode value) {
        if (!(value instanceof YamlNode.Scalar scalar)) {
            wrongType(valuePath, value, "a single value");
            return Optional.empty();
        }
        if (scalar.isNull() || scalar.text().isBlank()) {
            error(scalar.place(), "bad-value", valuePath + ": the value is empty");
            return Optional.empty();
        }
        return Optional.of(new Located(scalar.text(), scalar.place()));
    }

    private Optional<YamlMapping> mappingOf(String valuePath, YamlNode value) {
        if (value instanceof YamlNode.Mapping mapping) {
            return Optional.of(new YamlMapping(mapping, valuePath, problems));
        }
        wrongType(valuePath, value, "a mapping");
        return Optional.empty();
    }

    private void wrongType(String valuePath, YamlNode value, String expected) {
        error(value.place(), "wrong-type", valuePath + ": expected " + expected + " but was "
                + (value instanceof YamlNode.Scalar scalar
                        ? "'" + scalar.shown() + "'"
                        : value.shown()));
    }

    private static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }
}

package io.tidegate.gateway.truth;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Rows of a product with a field of every kind, as the judge understands them: maps of plain Java values, read by itself
 * from the log and from answers. Whole numbers and decimals are {@link BigDecimal}s, whatever their width.
 */
final class Parcel {
    enum Kind {
        TEXT, SYMBOL, WHOLE32, WHOLE64, DECIMAL, DOUBLE, FLAG, DAY, TIME;

        boolean isNumber() {
            return this == WHOLE32 || this == WHOLE64 || this == DECIMAL || this == DOUBLE;
        }
    }

    /** A single value of a row. */
    record Leaf(String path, Kind kind) {
        /** Its name among the fields to order by. */
        String literal() {
            return path.replace('.', '_');
        }

        Object of(Map<String, Object> row) {
            Object value = row;
            for (var step : path.split("\\.")) {
                value = value == null ? null : ((Map<?, ?>) value).get(step);
            }
            return value;
        }
    }

    static final Leaf DEPOT = new Leaf("depot", Kind.TEXT);
    static final Leaf NUMBER = new Leaf("number", Kind.WHOLE64);
    static final List<Leaf> LEAVES = List.of(DEPOT, NUMBER, new Leaf("serial", Kind.WHOLE32),
            new Leaf("status", Kind.SYMBOL), new Leaf("note", Kind.TEXT),
            new Leaf("pieces", Kind.WHOLE32), new Leaf("grams", Kind.WHOLE64),
            new Leaf("price", Kind.DECIMAL), new Leaf("ratio", Kind.DOUBLE),
            new Leaf("fragile", Kind.FLAG), new Leaf("due", Kind.DAY),
            new Leaf("seen", Kind.TIME), new Leaf("place.city", Kind.TEXT),
            new Leaf("place.height", Kind.DOUBLE), new Leaf("place.since", Kind.TIME));
    static final int PARTITIONS = 3;
    static final String TOPIC = "truth.parcels.v1";
    static final String CONTRACT = """
            domain: truth
            product: parcels
            version: "1.0"
            owner: truth@example.com
            sla: {freshness: 10s}
            schema: {type: json}
            fields:
              - {name: depot, type: string, required: true}
              - {name: number, type: long, required: true}
              - {name: serial, type: integer}
              - {name: status, type: enum, values: [created, moving, delivered, lost]}
              - {name: note, type: string}
              - {name: pieces, type: integer}
              - {name: grams, type: long}
              - {name: price, type: decimal, precision: 12, scale: 2}
              - {name: ratio, type: double}
              - {name: fragile, type: boolean}
              - {name: due, type: date}
              - {name: seen, type: timestamp}
              - name: place
                type: object
                fields:
                  - {name: city, type: string}
                  - {name: height, type: double}
                  - {name: since, type: timestamp}
              - {name: tags, type: array, items: {type: string}}
              - name: parts
                type: array
                items:
                  type: object
                  fields:
                    - {name: name, type: string}
                    - {name: grams, type: integer}
              - {name: labels, type: map, items: {type: string}}
            stream: {topics: [truth.parcels.v1], key: [depot, number]}
            view: {history: 36500d}
            access:
              - {scope: "truth.parcels:read"}
              - {scope: "truth.parcels:open", rows: "event.status != 'lost'"}
            """;
    static final String SELECTION = "depot number serial status note pieces grams price ratio fragile"
            + " due seen place { city height since } tags parts { name grams } labels { key value }";

    static final String[] TEXTS = {"", "a", "A", "b", "a b", "é", "e\u0301", "ab%", "a_b",
            "'; drop table items; --", "\"quoted\"", "back\\slash", "🚚", "\uFF5E", "z\nline",
            "null", "[1]", "nul\u0000l"};
    static final String[] SYMBOLS = {"created", "moving", "delivered", "lost"};
    private static final String[] DEPOTS = {"A", "B", "a", "Ä", "A!", "A b", "a\"b", "🚚"};
    private static final String[] PATTERNS = {"a", "^a", "b$", "^$", "[^a]", "é|B", "(?i)b",
            "a.b", "\\%", "^.$"};
    private static final long[] EDGES = {0, -1, 1, Long.MAX_VALUE, Long.MIN_VALUE,
            9_007_199_254_740_993L, -9_007_199_254_740_993L};
    private static final String[] TIMES = {"2025-03-30T01:00:00.000000001Z",
            "2025-03-30T00:59:59.999999999Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00.5Z",
            "1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z", "1600-02-29T12:00:00Z",
            "2262-04-11T23:47:16.854775808Z", "2999-12-31T23:59:59.123456789Z",
            "1677-09-21T00:12:43.145224191Z", "2025-04-05T15:15:00Z", "2024-12-31T23:30:00Z"};

    private final Random random;

    Parcel(Random random) {
        this.random = random;
    }

    // ---- random values ----

    /** The two values of a key, of which there are about 300. */
    List<Object> key() {
        long number = random.nextInt(20) == 0
                ? EDGES[random.nextInt(EDGES.length)]
                : random.nextInt(-3, 35);
        return List.of(DEPOTS[random.nextInt(DEPOTS.length)], BigDecimal.valueOf(number));
    }

    /** The JSON that a producer writes. */
    JsonObject json(List<Object> key, int serial) {
        var json = new JsonObject().put("depot", key.get(0))
                .put("number", ((BigDecimal) key.get(1)).toPlainString()).put("serial", serial);
        if (random.nextBoolean()) {
            json.put("number", ((BigDecimal) key.get(1)).longValueExact());
        }
        for (var leaf : LEAVES.subList(3, 12)) {
            put(json, leaf.path(), leaf.kind());
        }
        if (random.nextInt(6) > 0) {
            var place = new JsonObject();
            put(place, "city", Kind.TEXT);
            put(place, "height", Kind.DOUBLE);
            put(place, "since", Kind.TIME);
            json.put("place", place);
        }
        if (random.nextInt(6) > 0) {
            var tags = new JsonArray();
            for (int i = random.nextInt(4); i > 0; i--) {
                tags.add(random.nextInt(8) == 0 ? null : text());
            }
            json.put("tags", tags);
        }
        if (random.nextInt(6) > 0) {
            var parts = new JsonArray();
            for (int i = random.nextInt(4); i > 0; i--) {
                var part = new JsonObject();
                put(part, "name", Kind.TEXT);
                put(part, "grams", Kind.WHOLE32);
                parts.add(part);
            }
            json.put("parts", parts);
        }
        if (random.nextInt(6) > 0) {
            var labels = new JsonObject();
            for (int i = random.nextInt(4); i > 0; i--) {
                labels.put(text(), random.nextInt(6) == 0 ? null : text());
            }
            json.put("labels", labels);
        }
        return json;
    }

    private void put(JsonObject into, String name, Kind kind) {
        int dice = random.nextInt(12);
        if (dice == 0) {
            into.putNull(name);
        } else if (dice > 1) {
            into.put(name, literal(value(kind)));
        }
    }

    String text() {
        return TEXTS[random.nextInt(TEXTS.length)];
    }

    String pattern() {
        return PATTERNS[random.nextInt(PATTERNS.length)];
    }

    /** Never null. */
    Object value(Kind kind) {
        return switch (kind) {
            case TEXT -> text();
            case SYMBOL -> SYMBOLS[random.nextInt(SYMBOLS.length)];
            case WHOLE32 -> BigDecimal.valueOf(random.nextInt(15) == 0
                    ? random.nextBoolean() ? Integer.MAX_VALUE : Integer.MIN_VALUE
                    : random.nextInt(-3, 9));
            case WHOLE64 -> BigDecimal.valueOf(random.nextInt(4) == 0
                    ? EDGES[random.nextInt(EDGES.length)]
                    : random.nextInt(2_000));
            case DECIMAL -> random.nextInt(15) == 0
                    ? new BigDecimal("-9999999999.99")
                    : BigDecimal.valueOf(random.nextInt(-500, 4_000), 2);
            case DOUBLE -> switch (random.nextInt(12)) {
                case 0 -> 1e300;
                case 1 -> -0.0;
                case 2 -> Double.MIN_VALUE;
                case 3 -> 0.1;
                default -> random.nextInt(-20, 60) / 8.0;
            };
            case FLAG -> random.nextBoolean();
            case DAY -> random.nextInt(15) == 0
                    ? LocalDate.parse(random.nextBoolean() ? "1600-02-29" : "9999-12-31")
                    : LocalDate.of(2025, 1, 1).plusDays(random.nextInt(400));
            case TIME -> random.nextInt(4) == 0
                    ? Instant.parse(TIMES[random.nextInt(TIMES.length)])
                    : Instant.ofEpochSecond(1_735_000_000L + random.nextInt(40_000_000),
                            random.nextInt(3) * 500_000_001L % 1_000_000_000L);
        };
    }

    /** A value as JSON has it, in an argument or a payload. */
    static Object literal(Object value) {
        return switch (value) {
            case BigDecimal number when number.scale() <= 0
                    && number.toBigInteger().bitLength() < Integer.SIZE ->
                number.intValueExact();
            case BigDecimal number -> number.toPlainString();
            case Instant time -> time.toString();
            case LocalDate day -> day.toString();
            default -> value;
        };
    }

    // ---- reading ----

    /** A row of the log or of an answer; null = none. */
    static Map<String, Object> row(JsonObject json) {
        if (json == null) {
            return null;
        }
        var row = new LinkedHashMap<String, Object>();
        for (var leaf : LEAVES.subList(0, 12)) {
            row.put(leaf.path(), typed(json.getValue(leaf.path()), leaf.kind()));
        }
        row.put("place", object(json.getJsonObject("place"), "city", Kind.TEXT, "height",
                Kind.DOUBLE, "since", Kind.TIME));
        row.put("tags", list(json.getJsonArray("tags"), tag -> tag));
        row.put("parts", list(json.getJsonArray("parts"), part -> object((JsonObject) part, "name",
                Kind.TEXT, "grams", Kind.WHOLE32)));
        row.put("labels", labels(json.getValue("labels")));
        return row;
    }

    private static Map<String, Object> object(JsonObject json, Object... namesAndKinds) {
        if (json == null) {
            return null;
        }
        var object = new LinkedHashMap<String, Object>();
        for (int i = 0; i < namesAndKinds.length; i += 2) {
            var name = (String) namesAndKinds[i];
            object.put(name, typed(json.getValue(name), (Kind) namesAndKinds[i + 1]));
        }
        return object;
    }

    private static List<Object> list(JsonArray json,
            java.util.function.Function<Object, Object> element) {
        if (json == null) {
            return null;
        }
        var list = new ArrayList<>();
        json.forEach(each -> list.add(each == null ? null : element.apply(each)));
        return list;
    }

    /** An object in the log and on streams, a list of entries in GraphQL. */
    private static Map<String, Object> labels(Object json) {
        if (json == null) {
            return null;
        }
        var labels = new TreeMap<String, Object>();
        if (json instanceof JsonObject object) {
            object.forEach(entry -> labels.put(entry.getKey(), entry.getValue()));
        } else {
            ((JsonArray) json).forEach(entry -> labels.put(
                    ((JsonObject) entry).getString("key"),
                    ((JsonObject) entry).getString("value")));
        }
        return labels;
    }

    static Object typed(Object json, Kind kind) {
        if (json == null) {
            return null;
        }
        return switch (kind) {
            case TEXT, SYMBOL -> (String) json;
            case WHOLE32, WHOLE64, DECIMAL -> plain(new BigDecimal(json.toString()));
            // There is no telling the zeros apart by comparison.
            case DOUBLE -> ((Number) json).doubleValue() + 0.0;
            case FLAG -> (Boolean) json;
            case DAY -> LocalDate.parse((String) json);
            case TIME -> Instant.parse((String) json);
        };
    }

    /** So that equal numbers are equal objects. */
    static BigDecimal plain(BigDecimal number) {
        return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    }

    static List<Object> key(Map<String, Object> row) {
        return List.of(row.get("depot"), row.get("number"));
    }

    // ---- order ----

    @SuppressWarnings("unchecked")
    static int compare(Object a, Object b) {
        return a instanceof String text
                // Text is ordered by code points, which is how its bytes are.
                ? Arrays.compareUnsigned(text.getBytes(StandardCharsets.UTF_8),
                        ((String) b).getBytes(StandardCharsets.UTF_8))
                : ((Comparable<Object>) a).compareTo(b);
    }

    /** Absent ones last both ways. */
    static int compare(Object a, Object b, boolean isDescending) {
        if (a == null || b == null) {
            return a == b ? 0 : a == null ? 1 : -1;
        }
        return isDescending ? compare(b, a) : compare(a, b);
    }

    static BigDecimal number(Object value) {
        return value instanceof Double d
                ? new BigDecimal(d)
                : value instanceof BigInteger i ? new BigDecimal(i) : (BigDecimal) value;
    }
}

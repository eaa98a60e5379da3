package io.tidegate.gateway.truth;

import io.tidegate.gateway.truth.Parcel.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A {@code where} and what it means, said a second time in plain Java: what is absent satisfies nothing but
 * {@code isNull: true}.
 *
 * @param test
 *            of a row, or of what is within it
 * @param about
 *            the fields of the row that it looks at
 */
record Condition(JsonObject json, Predicate<Object> test, Set<String> about) {
    static final Condition ALL = new Condition(new JsonObject(), row -> true, Set.of());

    boolean holds(Map<String, Object> row) {
        return test.test(row);
    }

    /** Of a delete nothing is known but its key. */
    boolean isOfKeyAlone() {
        return Set.of("depot", "number").containsAll(about);
    }

    /** Makes conditions up. */
    static final class Maker {
        private static final List<String> FIELDS = List.of("depot", "number", "serial", "status",
                "note", "pieces", "grams", "price", "ratio", "fragile", "due", "seen", "place",
                "tags", "parts", "labels");

        private final Random random;
        private final Parcel values;
        private final List<Map<String, Object>> rows;

        /**
         * @param rows
         *            some of the log, so that conditions ask for what is there
         */
        Maker(Random random, List<Map<String, Object>> rows) {
            this.random = random;
            this.values = new Parcel(random);
            this.rows = rows;
        }

        Condition any() {
            return switch (random.nextInt(6)) {
                case 0 -> ALL;
                case 1, 2 -> fields(FIELDS, 2);
                default -> nested(2);
            };
        }

        Condition ofKey() {
            return fields(List.of("depot", "number"), 1);
        }

        private Condition nested(int depth) {
            if (depth == 0) {
                return fields(FIELDS, depth);
            }
            return switch (random.nextInt(4)) {
                case 0 -> {
                    var inner = nested(depth - 1);
                    yield new Condition(new JsonObject().put("not", inner.json()),
                            inner.test().negate(), inner.about());
                }
                case 1, 2 -> {
                    boolean isAnd = random.nextBoolean();
                    var terms = new ArrayList<Condition>();
                    for (int i = random.nextInt(1, 4); i > 0; i--) {
                        terms.add(nested(depth - 1));
                    }
                    var about = new HashSet<String>();
                    terms.forEach(term -> about.addAll(term.about()));
                    yield new Condition(
                            new JsonObject().put(isAnd ? "and" : "or",
                                    new JsonArray(terms.stream().map(Condition::json).toList())),
                            row -> isAnd
                                    ? terms.stream().allMatch(term -> term.test().test(row))
                                    : terms.stream().anyMatch(term -> term.test().test(row)),
                            about);
                }
                default -> fields(FIELDS, depth);
            };
        }

        /** One or two fields, all of which have to hold. */
        private Condition fields(List<String> names, int depth) {
            var parts = new LinkedHashMap<String, Condition>();
            for (int i = random.nextInt(4) == 0 ? 2 : 1; i > 0; i--) {
                var name = names.get(random.nextInt(names.size()));
                parts.put(name, field(name));
            }
            var json = new JsonObject();
            parts.forEach((name, part) -> json.put(name, part.json()));
            return new Condition(json, row -> parts.entrySet().stream()
                    .allMatch(part -> part.getValue().test().test(member(row, part.getKey()))),
                    parts.keySet());
        }

        private static Object member(Object row, String name) {
            return row == null ? null : ((Map<?, ?>) row).get(name);
        }

        private Condition field(String name) {
            return switch (name) {
                case "place" -> {
                    var names = List.of("city", "height", "since");
                    var inner = names.get(random.nextInt(3));
                    var condition = single("place." + inner);
                    yield of(new JsonObject().put(inner, condition.json()),
                            place -> condition.test().test(member(place, inner)));
                }
                case "tags" -> tags();
                case "parts" -> many(() -> {
                    var inner = random.nextBoolean() ? "name" : "grams";
                    var condition = single(inner.equals("name") ? "note" : "pieces");
                    var other = random.nextInt(3) == 0 ? single("note") : null;
                    var json = new JsonObject().put(inner, condition.json());
                    if (other != null && inner.equals("grams")) {
                        json.put("name", other.json());
                    }
                    return of(json, part -> condition.test().test(member(part, inner))
                            && (other == null || !inner.equals("grams")
                                    || other.test().test(member(part, "name"))));
                });
                case "labels" -> labels();
                default -> single(name);
            };
        }

        private Condition tags() {
            var texts = List.of(values.text(), values.text());
            return switch (random.nextInt(5)) {
                case 0 -> of(new JsonObject().put("contains", texts.get(0)),
                        list -> list != null && ((List<?>) list).contains(texts.get(0)));
                case 1 -> of(new JsonObject().put("containsAny", new JsonArray(texts)),
                        list -> list != null
                                && texts.stream().anyMatch(((List<?>) list)::contains));
                case 2 -> of(new JsonObject().put("containsAll", new JsonArray(texts)),
                        list -> list != null && ((List<?>) list).containsAll(texts));
                default -> many(() -> single("note"));
            };
        }

        private Condition labels() {
            var key = values.text();
            return switch (random.nextInt(4)) {
                case 0 -> of(new JsonObject().put("hasKey", key),
                        map -> map != null && ((Map<?, ?>) map).containsKey(key));
                case 1, 2 -> {
                    var value = single("note");
                    yield of(new JsonObject().put("entry",
                            new JsonObject().put("key", key).put("value", value.json())),
                            map -> map != null && ((Map<?, ?>) map).containsKey(key)
                                    && value.test().test(((Map<?, ?>) map).get(key)));
                }
                default -> many(() -> single("note"));
            };
        }

        /** What lists and maps have in common. */
        private Condition many(java.util.function.Supplier<Condition> elements) {
            int length = random.nextInt(4);
            boolean is = random.nextBoolean();
            var inner = elements.get();
            return switch (random.nextInt(7)) {
                case 0 -> of(new JsonObject().put("isEmpty", is),
                        many -> many != null && values(many).isEmpty() == is);
                case 1 -> of(new JsonObject().put("length", new JsonObject().put("gt", length)),
                        many -> many != null && values(many).size() > length);
                case 2 -> of(new JsonObject().put("isNull", is), many -> (many == null) == is);
                case 3 -> of(new JsonObject().put("all", inner.json()),
                        many -> many != null && values(many).stream().allMatch(inner.test()));
                case 4 -> of(new JsonObject().put("none", inner.json()),
                        many -> many != null && values(many).stream().noneMatch(inner.test()));
                default -> of(new JsonObject().put("any", inner.json()),
                        many -> many != null && values(many).stream().anyMatch(inner.test()));
            };
        }

        private static Collection<?> values(Object many) {
            return many instanceof Map<?, ?> map ? map.values() : (List<?>) many;
        }

        /** Of a single value; one or two operators. */
        private Condition single(String path) {
            var leaf = Parcel.LEAVES.stream().filter(each -> each.path().equals(path)).findFirst()
                    .orElseThrow();
            var first = operator(leaf);
            if (random.nextInt(4) > 0) {
                return first;
            }
            var second = operator(leaf);
            // A name that both have says what the second one says.
            return of(first.json().copy().mergeIn(second.json()),
                    first.json().fieldNames().equals(second.json().fieldNames())
                            ? second.test()
                            : first.test().and(second.test()));
        }

        private Condition operator(Parcel.Leaf leaf) {
            var value = literal(leaf);
            var json = Parcel.literal(value);
            int choice = random.nextInt(leaf.kind() == Kind.TEXT ? 12 : 9);
            if (choice == 0) {
                boolean is = random.nextBoolean();
                return of(new JsonObject().put("isNull", is), found -> (found == null) == is);
            }
            if (choice == 1) {
                return of(new JsonObject().put("ne", json),
                        found -> found != null && !same(found, value));
            }
            if (choice == 2 || leaf.kind() == Kind.FLAG
                    || leaf.kind() == Kind.SYMBOL && choice > 3) {
                return of(new JsonObject().put("eq", json), found -> same(found, value));
            }
            if (choice == 3 || leaf.kind() == Kind.SYMBOL) {
                var all = List.of(value, literal(leaf), literal(leaf));
                return of(
                        new JsonObject().put("in",
                                new JsonArray(all.stream().map(Parcel::literal).toList())),
                        found -> found != null
                                && all.stream().anyMatch(each -> same(found, each)));
            }
            return switch (choice) {
                case 4 -> of(new JsonObject().put("gt", json),
                        found -> found != null && compare(found, value) > 0);
                case 5 -> of(new JsonObject().put("gte", json),
                        found -> found != null && compare(found, value) >= 0);
                case 6 -> of(new JsonObject().put("lt", json),
                        found -> found != null && compare(found, value) < 0);
                case 7, 8 -> of(new JsonObject().put("lte", json),
                        found -> found != null && compare(found, value) <= 0);
                case 9 -> of(new JsonObject().put("contains", json),
                        found -> found != null && ((String) found).contains((String) value));
                case 10 -> of(new JsonObject().put("startsWith", json),
                        found -> found != null && ((String) found).startsWith((String) value));
                default -> {
                    var text = values.pattern();
                    var pattern = Pattern.compile(text);
                    yield of(new JsonObject().put("matches", text),
                            found -> found != null && pattern.matcher((String) found).find());
                }
            };
        }

        private Object literal(Parcel.Leaf leaf) {
            if (!rows.isEmpty() && random.nextInt(3) > 0) {
                var found = leaf.of(rows.get(random.nextInt(rows.size())));
                if (found != null) {
                    return found;
                }
            }
            return Objects.requireNonNull(values.value(leaf.kind()));
        }

        private static boolean same(Object a, Object b) {
            return a != null && compare(a, b) == 0;
        }

        private static int compare(Object a, Object b) {
            return a instanceof Double d
                    // Zeros are one number.
                    ? Double.compare(d + 0.0, (Double) b + 0.0)
                    : Parcel.compare(a, b);
        }

        private static Condition of(JsonObject json, Predicate<Object> test) {
            return new Condition(json, test, Set.of());
        }
    }
}

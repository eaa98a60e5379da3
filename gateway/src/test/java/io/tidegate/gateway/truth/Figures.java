package io.tidegate.gateway.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.truth.LogFold.Change;
import io.tidegate.gateway.truth.Parcel.Kind;
import io.tidegate.gateway.truth.Parcel.Leaf;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * {@code aggregate}: groups and all of their figures.
 *
 * @param by
 *            fields of {@code groupBy}
 * @param stretch
 *            null = no bucket
 * @param share
 *            of the percentile
 * @param having
 *            null = every group
 * @param cursor
 *            null = from the first group
 * @param behind
 *            what the group with the cursor was ordered by
 */
record Figures(Condition where, List<Leaf> by, Stretch stretch, double share, Having having,
        List<Order> order, int count, String cursor, List<Object> behind) implements Question {
    private static final String[] UNITS = {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH",
            "QUARTER", "YEAR"};
    private static final String[] ZONES = {"UTC", "Europe/Berlin", "America/New_York",
            "Asia/Kathmandu", "+05:30", "Australia/Lord_Howe", "Pacific/Apia"};
    private static final List<Leaf> NUMBERS = Parcel.LEAVES.stream()
            .filter(leaf -> leaf.kind().isNumber()).toList();

    /** A figure that is exact. */
    record Measure(String name, Leaf leaf) {
        Object of(List<Change> members) {
            var values = leaf == null ? List.of() : values(members, leaf);
            return switch (name) {
                case "COUNT" -> BigDecimal.valueOf(members.size());
                case "COUNT_DISTINCT" -> BigDecimal.valueOf(distinct(values));
                case "SUM" -> values.isEmpty() ? null : sum(values);
                case "MIN" -> values.stream().min(Parcel::compare).orElse(null);
                default -> values.stream().max(Parcel::compare).orElse(null);
            };
        }

        JsonObject json() {
            var json = new JsonObject().put("measure", name);
            return leaf == null ? json : json.put("field", leaf.literal());
        }

        static Measure random(Random random) {
            var name = new String[]{"COUNT", "COUNT_DISTINCT", "SUM", "MIN", "MAX"}[random
                    .nextInt(5)];
            var leaves = Parcel.LEAVES.stream().filter(leaf -> !name.equals("SUM")
                    || leaf.kind().isNumber() && leaf.kind() != Kind.DOUBLE).toList();
            return new Measure(name,
                    name.equals("COUNT") ? null : leaves.get(random.nextInt(leaves.size())));
        }
    }

    record Having(Measure measure, String operator, Object value) {
        boolean holds(List<Change> members) {
            var figure = measure.of(members);
            if (figure == null) {
                return false;
            }
            int compared = Parcel.compare(figure, value);
            return switch (operator) {
                case "eq" -> compared == 0;
                case "ne" -> compared != 0;
                case "gt" -> compared > 0;
                case "gte" -> compared >= 0;
                case "lt" -> compared < 0;
                default -> compared <= 0;
            };
        }
    }

    /** @param group position within {@code by}; -1 = the bucket if there is no measure */
    record Order(int group, Measure measure, boolean isDescending) {
    }

    /** What its members have in common, the bucket first if there is one. */
    private record Group(List<Object> values, List<Change> members) {
    }

    static Figures random(Random random, Condition where, List<Change> sample) {
        var by = new LinkedHashSet<Leaf>();
        for (int i = random.nextInt(3); i > 0; i--) {
            by.add(Parcel.LEAVES.get(random.nextInt(Parcel.LEAVES.size())));
        }
        Stretch stretch = null;
        if (random.nextBoolean()) {
            var times = Parcel.LEAVES.stream()
                    .filter(leaf -> leaf.kind() == Kind.DAY || leaf.kind() == Kind.TIME).toList();
            stretch = new Stretch(UNITS[random.nextInt(UNITS.length)],
                    random.nextInt(3) == 0 ? 1 + random.nextInt(40) : 1,
                    ZoneId.of(ZONES[random.nextInt(ZONES.length)]), random.nextInt(3) == 0
                            ? null
                            : times.get(random.nextInt(times.size())));
        }
        Having having = null;
        if (random.nextInt(3) == 0 && !sample.isEmpty()) {
            var measure = Measure.random(random);
            var value = measure.of(sample.subList(0, 1 + random.nextInt(Math.min(5,
                    sample.size()))));
            if (value != null) {
                // What has no greater and less can only be the same or not.
                boolean isOrdered = value instanceof BigDecimal || measure.leaf() == null
                        || measure.leaf().kind() != Kind.FLAG
                                && measure.leaf().kind() != Kind.SYMBOL;
                having = new Having(measure, new String[]{"eq", "ne", "gt", "gte", "lt",
                        "lte"}[random.nextInt(isOrdered ? 6 : 2)], value);
            }
        }
        var order = new ArrayList<Order>();
        if (random.nextBoolean()) {
            order.add(new Order(0, Measure.random(random), random.nextBoolean()));
        }
        if (stretch != null && random.nextBoolean()) {
            order.add(new Order(-1, null, random.nextBoolean()));
        }
        if (!by.isEmpty() && random.nextBoolean()) {
            order.add(new Order(random.nextInt(by.size()), null, random.nextBoolean()));
        }
        return new Figures(where, List.copyOf(by), stretch, random.nextInt(11) / 10.0, having,
                order, 1 + random.nextInt(60), null, null);
    }

    private static List<Object> values(List<Change> members, Leaf leaf) {
        return members.stream().map(member -> leaf.of(member.row())).filter(Objects::nonNull)
                .toList();
    }

    private static int distinct(List<Object> values) {
        var all = new TreeSet<Object>(Parcel::compare);
        all.addAll(values);
        return all.size();
    }

    private static BigDecimal sum(List<Object> values) {
        return Parcel.plain(values.stream().map(Parcel::number).reduce(BigDecimal.ZERO,
                BigDecimal::add));
    }

    @Override
    public String declared(String prefix) {
        return ("$%1$sw: TruthParcelsWhere, $%1$sg: [TruthParcelsOrderField!], $%1$sb: TimeBucket,"
                + " $%1$sh: [TruthParcelsAggregateHaving!],"
                + " $%1$so: [TruthParcelsAggregateOrderBy!], $%1$sn: Int, $%1$sc: String,"
                + " $%1$sp: Float!").formatted(prefix);
    }

    @Override
    public String selected(String prefix) {
        var all = literals(Parcel.LEAVES);
        var numbers = literals(NUMBERS);
        return ("%1$s: aggregate(where: $%1$sw, groupBy: $%1$sg, bucket: $%1$sb, having: $%1$sh,"
                + " orderBy: $%1$so, first: $%1$sn, after: $%1$sc) { bucket group { %2$s } count"
                + " countDistinct { %2$s } sum { %3$s } avg { %3$s } min { %2$s } max { %2$s }"
                + " percentile(p: $%1$sp) { %3$s } cursor }").formatted(prefix, all, numbers);
    }

    private static String literals(List<Leaf> leaves) {
        return leaves.stream().map(Leaf::literal).collect(Collectors.joining(" "));
    }

    @Override
    public Map<String, Object> variables(String prefix) {
        var variables = new HashMap<String, Object>();
        variables.put(prefix + "w", where.json());
        variables.put(prefix + "g", new JsonArray(by.stream().map(Leaf::literal).toList()));
        if (stretch != null) {
            var bucket = new JsonObject().put("unit", stretch.unit()).put("size", stretch.size())
                    .put("timeZone", stretch.zone().getId());
            if (stretch.field() != null) {
                bucket.put("field", stretch.field().path());
            }
            variables.put(prefix + "b", bucket);
        }
        if (having != null) {
            variables.put(prefix + "h", new JsonArray().add(having.measure().json()
                    .put(having.operator(), Parcel.literal(having.value()))));
        }
        var orders = new JsonArray();
        for (var each : order) {
            var direction = each.isDescending() ? "DESC" : "ASC";
            orders.add(each.measure() != null
                    ? each.measure().json().put("direction", direction)
                    : each.group() < 0
                            ? new JsonObject().put("bucket", direction)
                            : new JsonObject().put("group", by.get(each.group()).literal())
                                    .put("direction", direction));
        }
        variables.put(prefix + "o", orders);
        variables.put(prefix + "n", count);
        variables.put(prefix + "c", cursor);
        variables.put(prefix + "p", share);
        return variables;
    }

    private List<Object> common(Change member) {
        var values = new ArrayList<Object>();
        if (stretch != null) {
            values.add(stretch.start(stretch.field() == null
                    ? member.time()
                    : stretch.field().of(member.row())));
        }
        by.forEach(leaf -> values.add(leaf.of(member.row())));
        return values;
    }

    /** What a group is ordered by: as was asked for, then bucket and values. */
    private List<Object> tuple(Group group) {
        var tuple = new ArrayList<Object>();
        for (var each : order) {
            tuple.add(each.measure() != null
                    ? each.measure().of(group.members())
                    : each.group() < 0
                            ? group.values().getFirst()
                            : group.values().get(each.group() + (stretch == null ? 0 : 1)));
        }
        tuple.addAll(group.values());
        return tuple;
    }

    private int compare(List<Object> a, List<Object> b) {
        for (int i = 0; i < a.size(); i++) {
            int compared = Parcel.compare(a.get(i), b.get(i),
                    i < order.size() && order.get(i).isDescending());
            if (compared != 0) {
                return compared;
            }
        }
        return 0;
    }

    @Override
    public Optional<Question> judge(JsonObject product, String prefix, State state,
            Random random) {
        var groups = new LinkedHashMap<List<Object>, Group>();
        if (by.isEmpty() && stretch == null) {
            groups.put(List.of(), new Group(List.of(), new ArrayList<>()));
        }
        for (var change : state.rows().values()) {
            if (where.holds(change.row())) {
                groups.computeIfAbsent(common(change),
                        values -> new Group(values, new ArrayList<>())).members().add(change);
            }
        }
        var expected = groups.values().stream()
                .filter(group -> having == null || having.holds(group.members()))
                .filter(group -> behind == null || compare(tuple(group), behind) > 0)
                .sorted((a, b) -> compare(tuple(a), tuple(b))).limit(count).toList();
        var told = product.getJsonArray(prefix).stream().map(JsonObject.class::cast).toList();
        assertThat(told.stream().map(this::common).toList()).as("groups")
                .isEqualTo(expected.stream().map(Group::values).toList());
        for (int i = 0; i < told.size(); i++) {
            check(told.get(i), expected.get(i));
        }
        if (told.size() < count) {
            return Optional.empty();
        }
        int at = random.nextInt(3) == 0 ? random.nextInt(count) : count - 1;
        return Optional.of(new Figures(where, by, stretch, share, having, order, count,
                told.get(at).getString("cursor"), tuple(expected.get(at))));
    }

    private List<Object> common(JsonObject group) {
        var values = new ArrayList<Object>();
        if (stretch != null) {
            var bucket = group.getString("bucket");
            values.add(bucket == null ? null : Instant.parse(bucket));
        }
        var told = group.getJsonObject("group");
        by.forEach(leaf -> values.add(
                Parcel.typed(told.getValue(leaf.literal()), leaf.kind())));
        return values;
    }

    private void check(JsonObject told, Group group) {
        var members = group.members();
        assertThat(told.getString("count")).as("count of %s", group.values())
                .isEqualTo(String.valueOf(members.size()));
        for (var leaf : Parcel.LEAVES) {
            var values = values(members, leaf);
            var name = leaf.literal();
            var what = name + " of " + group.values();
            assertThat(told.getJsonObject("countDistinct").getString(name))
                    .as("countDistinct of %s", what).isEqualTo(String.valueOf(distinct(values)));
            for (var extreme : List.of("MIN", "MAX")) {
                assertThat(Parcel.typed(
                        told.getJsonObject(extreme.toLowerCase(java.util.Locale.ROOT))
                                .getValue(name),
                        leaf.kind())).as("%s of %s", extreme, what)
                        .isEqualTo(new Measure(extreme, leaf).of(members));
            }
        }
        for (var leaf : NUMBERS) {
            var values = values(members, leaf);
            var name = leaf.literal();
            var what = name + " of " + group.values();
            var sum = told.getJsonObject("sum").getValue(name);
            if (values.isEmpty()) {
                assertThat(sum).as("sum of %s", what).isNull();
                assertThat(told.getJsonObject("avg").getValue(name)).isNull();
                assertThat(told.getJsonObject("percentile").getValue(name)).isNull();
                continue;
            }
            var exact = sum(values);
            var error = values.stream().map(Parcel::number).map(BigDecimal::abs)
                    .max(BigDecimal::compareTo).orElseThrow()
                    .multiply(new BigDecimal("1e-12"))
                    .multiply(BigDecimal.valueOf(values.size()))
                    .add(BigDecimal.valueOf(4 * Double.MIN_VALUE));
            if (leaf.kind() == Kind.DOUBLE) {
                near("sum of " + what, sum, exact, error);
            } else {
                assertThat(Parcel.plain(new BigDecimal((String) sum))).as("sum of %s", what)
                        .isEqualTo(exact);
            }
            near("avg of " + what, told.getJsonObject("avg").getValue(name),
                    exact.divide(BigDecimal.valueOf(values.size()), MathContext.DECIMAL128),
                    error);
            near("percentile of " + what, told.getJsonObject("percentile").getValue(name),
                    percentile(values), error);
        }
    }

    private BigDecimal percentile(List<Object> values) {
        var sorted = values.stream().map(Parcel::number).sorted().toList();
        var place = BigDecimal.valueOf(share).multiply(BigDecimal.valueOf(sorted.size() - 1L));
        int below = place.setScale(0, RoundingMode.FLOOR).intValueExact();
        var low = sorted.get(below);
        var high = sorted.get(Math.min(below + 1, sorted.size() - 1));
        return low.add(high.subtract(low).multiply(place.subtract(BigDecimal.valueOf(below))));
    }

    private static void near(String what, Object told, BigDecimal expected, BigDecimal error) {
        assertThat(told).as(what).isInstanceOf(Number.class);
        assertThat(new BigDecimal(told.toString())).as(what).isBetween(expected.subtract(error),
                expected.add(error));
    }
}

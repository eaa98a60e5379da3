package io.tidegate.mapping;

import static java.util.Objects.requireNonNull;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.LockedNames;
import io.tidegate.contract.LockedNames.Kind;
import io.tidegate.contract.LockedNames.Source;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The names of one product's API and the way back from each name. They depend on the product's contract and schema alone,
 * so nothing that another product or another caller does can rename them.
 */
public final class ProductApi {
    /** What an enum shows for a value that its schema does not list. */
    static final String UNRECOGNIZED = "UNRECOGNIZED";
    /** Starts the part of a type name that tells apart the same record under different hidden fields. */
    static final String VARIANT = "__";
    /** Suffixes of the types that a product has beside those of its schema; some are claimed for what is yet to come. */
    private static final List<String> SUFFIXES = List.of("Product", "Connection", "Edge", "Event",
            "EventConnection", "EventEdge", "Key", "KeyInput", "Where", "OrderBy", "OrderField",
            "Aggregate", "AggregateConnection", "AggregateOrderBy", "GroupBy", "GroupByField",
            "AggregateGroup", "AggregateCounts", "AggregateSums", "AggregateAverages",
            "AggregateValues", "AggregateHaving", "ListFilter", "MapFilter", "EntryFilter");
    private static final int ORDER_DEPTH_MAX = 4;
    private static final int ORDER_FIELDS_MAX = 500;

    private final ProductSchema schema;
    private final String typeName;
    private final Set<String> typeNamesClaimed;
    private final Map<Type, String> typeNames = new LinkedHashMap<>();
    private final Map<String, RecordType> recordsByTypeName = new HashMap<>();
    private final Map<RecordType, RecordNames> records = new LinkedHashMap<>();
    private final Map<Type.EnumOf, EnumNames> enums = new LinkedHashMap<>();
    private final Map<Source, String> given = new HashMap<>();
    private final List<KeyField> key;
    private final Map<String, FieldPath> orderFields;

    /**
     * A field of the key.
     *
     * @param name
     *            in the key's GraphQL types; steps of a nested path are joined by {@code _}
     */
    public record KeyField(String name, FieldPath path) {
    }

    private record RecordNames(List<String> fields, Map<String, Integer> positions,
            List<String> where, Map<String, Integer> wherePositions, String whereType,
            Map<Integer, List<String>> entryTypes) {
    }

    private record EnumNames(Map<String, String> literals, Map<String, String> symbols,
            Optional<String> unrecognized) {
    }

    private ProductApi(ProductSchema schema) {
        this.schema = schema;
        var wanted = Names.legal(schema.product().graphQlTypeName());
        this.typeName = SharedTypes.NAMES.contains(wanted) ? wanted + "_" : wanted;
        var names = new Names(SharedTypes.NAMES);
        names.claim(typeName);
        SUFFIXES.forEach(suffix -> names.claim(typeName + suffix));
        nameTypes(names);
        var shared = new HashSet<>(names.taken());
        shared.removeAll(SharedTypes.NAMES);
        this.typeNamesClaimed = Set.copyOf(shared);
        this.key = keyFields(schema.key());
        this.orderFields = findOrderFields();
    }

    /** Names everything that can be reached from the product's row type. */
    public static ProductApi of(ProductSchema schema) {
        return new ProductApi(schema);
    }

    public ProductSchema schema() {
        return schema;
    }

    public ProductId id() {
        return schema.product().id();
    }

    /** Name of the GraphQL type of the product's rows: {@code LogisticsShipmentEventsV2}. */
    public String typeName() {
        return typeName;
    }

    /** Name of the product's field on {@code Query} and {@code Subscription}. */
    public String rootField() {
        return Names.lowerFirst(typeName);
    }

    /** {@code …Product}: what the root field of a query returns. */
    public String productTypeName() {
        return typeName + "Product";
    }

    public String connectionTypeName() {
        return typeName + "Connection";
    }

    public String edgeTypeName() {
        return typeName + "Edge";
    }

    /** {@code …Event}: what the root field of a subscription returns. */
    public String eventTypeName() {
        return typeName + "Event";
    }

    public String keyTypeName() {
        return typeName + "Key";
    }

    public String keyInputTypeName() {
        return typeName + "KeyInput";
    }

    public String orderByTypeName() {
        return typeName + "OrderBy";
    }

    public String orderFieldTypeName() {
        return typeName + "OrderField";
    }

    /** {@code …EventConnection}: a page of kept events. */
    public String eventConnectionTypeName() {
        return typeName + "EventConnection";
    }

    public String eventEdgeTypeName() {
        return typeName + "EventEdge";
    }

    /** {@code …Aggregate}: a group of rows and its figures. */
    public String aggregateTypeName() {
        return typeName + "Aggregate";
    }

    /** What the group's rows have in common, a field for each literal of {@link #orderFields}. */
    public String aggregateGroupTypeName() {
        return typeName + "AggregateGroup";
    }

    /** A number for each field of the row. */
    String aggregateCountsTypeName() {
        return typeName + "AggregateCounts";
    }

    String aggregateSumsTypeName() {
        return typeName + "AggregateSums";
    }

    String aggregateAveragesTypeName() {
        return typeName + "AggregateAverages";
    }

    String aggregateValuesTypeName() {
        return typeName + "AggregateValues";
    }

    String aggregateHavingTypeName() {
        return typeName + "AggregateHaving";
    }

    String aggregateOrderByTypeName() {
        return typeName + "AggregateOrderBy";
    }

    /**
     * How a row's value of this type is shown where no row surrounds it, as in a group: as what the coercion of its GraphQL
     * type takes. Values of another class pass as they are.
     *
     * @param type
     *            a scalar or an enum of this product
     */
    public Function<Object, @Nullable Object> shown(Type type) {
        return RowFetcher.shown(this, type);
    }

    /** Name of the GraphQL type of a record, enum or union that the row type reaches. */
    public String typeName(Type named) {
        var name = typeNames.get(named);
        if (name == null) {
            throw new IllegalArgumentException(
                    "'" + named + "' is no record, enum or union of data product '" + id() + "'");
        }
        return name;
    }

    /** The record that a GraphQL object type of this product shows; empty for types that are no rows. */
    public Optional<RecordType> record(String graphQlTypeName) {
        var found = recordsByTypeName.get(graphQlTypeName);
        int variant = graphQlTypeName.indexOf(VARIANT, typeName.length());
        return found == null && variant > 0
                ? Optional.ofNullable(recordsByTypeName.get(graphQlTypeName.substring(0, variant)))
                : Optional.ofNullable(found);
    }

    /** The GraphQL name of the field at this position. */
    public String fieldName(RecordType record, int position) {
        return names(record).fields().get(position);
    }

    /** Where in a row the field of this GraphQL name stands. */
    public OptionalInt position(RecordType record, String graphQlFieldName) {
        return at(names(record).positions(), graphQlFieldName);
    }

    /**
     * The name of the field at this position in the record's {@code …Where}: its GraphQL name, except where that is one
     * of {@code and}, {@code or}, {@code not}.
     */
    public String whereFieldName(RecordType record, int position) {
        return names(record).where().get(position);
    }

    /** Where in a row the field stands that has this name in the record's {@code …Where}. */
    public OptionalInt wherePosition(RecordType record, String whereFieldName) {
        return at(names(record).wherePositions(), whereFieldName);
    }

    /** Name of the input type that filters rows of this record. */
    public String whereTypeName(RecordType record) {
        return names(record).whereType();
    }

    /** The GraphQL literal for a value of this enum; {@code UNRECOGNIZED} or nothing if the schema does not list it. */
    public Optional<String> literal(Type.EnumOf type, String symbol) {
        var names = names(type);
        var literal = names.literals().get(symbol);
        return literal == null ? names.unrecognized() : Optional.of(literal);
    }

    /** The symbol behind a literal; empty for {@code UNRECOGNIZED} and for literals that the enum does not have. */
    public Optional<String> symbol(Type.EnumOf type, String literal) {
        return Optional.ofNullable(names(type).symbols().get(literal));
    }

    /**
     * An argument, as GraphQL has coerced it, as the Java class that carries this type in a row: literals become symbols,
     * numbers take their width. Empty if the type has no such value ({@code UNRECOGNIZED}, a number out of range), so that
     * no row can have it.
     *
     * @param type
     *            a scalar or an enum of this product
     */
    public Optional<Object> carried(Type type, Object argument) {
        return switch (type) {
            case Type.EnumOf of -> symbol(of, argument.toString()).map(symbol -> symbol);
            case Type.Scalar scalar -> number(scalar.kind(), argument);
            case Type.ListOf list -> Optional.of(argument);
            case Type.MapOf map -> Optional.of(argument);
            case Type.Union union -> Optional.of(argument);
            case Type.Json json -> Optional.of(argument);
            case RecordType record -> Optional.of(argument);
        };
    }

    private static Optional<Object> number(ScalarKind kind, Object argument) {
        return switch (kind) {
            case UINT32 -> argument instanceof Long number && number >= 0 && number <= 0xFFFF_FFFFL
                    ? Optional.of(number)
                    : Optional.empty();
            case INT64 -> argument instanceof Long number ? Optional.of(number) : Optional.empty();
            case UINT64 -> argument instanceof BigInteger number
                    ? Optional.of(number)
                    : argument instanceof Long number && number >= 0
                            ? Optional.of(BigInteger.valueOf(number))
                            : Optional.empty();
            case FLOAT32 -> argument instanceof Number number
                    ? Optional.of(number.floatValue())
                    : Optional.empty();
            case BOOLEAN, INT32, FLOAT64, DECIMAL, STRING, BYTES, UUID, DATE, TIME, TIMESTAMP,
                    LOCAL_TIMESTAMP, DURATION ->
                Optional.of(argument);
        };
    }

    /** Names of the key's fields in the order of the contract; empty = partition and offset are the key. */
    public List<KeyField> key() {
        return key;
    }

    /** What rows can be ordered by: literals of {@code …OrderField} in schema order, nested names joined by {@code _}. */
    public Map<String, FieldPath> orderFields() {
        return orderFields;
    }

    /** Every type name that this product uses or keeps for itself. */
    public Set<String> typeNamesClaimed() {
        return typeNamesClaimed;
    }

    /** Names of this product that another one uses too; such products cannot be served by one schema. */
    public Set<String> conflicts(ProductApi other) {
        var both = new TreeSet<>(typeNamesClaimed);
        both.retainAll(other.typeNamesClaimed);
        if (rootField().equals(other.rootField())) {
            both.add(rootField());
        }
        return both;
    }

    /** Why these products cannot be served by one schema, and what to do; empty if they can. */
    public static Optional<String> conflict(List<ProductApi> products) {
        var sorted = new ArrayList<>(products);
        sorted.sort(Comparator.comparing(ProductApi::typeName));
        for (int i = 0; i < sorted.size(); i++) {
            for (int j = i + 1; j < sorted.size(); j++) {
                var names = sorted.get(i).conflicts(sorted.get(j));
                if (!names.isEmpty()) {
                    return Optional.of("data products '" + sorted.get(i).id() + "' and '"
                            + sorted.get(j).id() + "' both claim the GraphQL name '"
                            + names.iterator().next()
                            + "': give one of them another name in its contract");
                }
            }
        }
        return Optional.empty();
    }

    /** The literal for values that the schema does not list, of enums that allow them. */
    Optional<String> unrecognized(Type.EnumOf type) {
        return names(type).unrecognized();
    }

    String filterTypeName(Type.EnumOf type) {
        return typeName(type) + "Filter";
    }

    /** Name of the input type that filters lists of this record or enum. */
    String listFilterTypeName(Type named) {
        return typeName(named) + "ListFilter";
    }

    /** Name of the input type that filters maps to this record or enum. */
    String mapFilterTypeName(Type named) {
        return typeName(named) + "MapFilter";
    }

    /** Name of the input type that filters one entry of such a map. */
    String entryFilterTypeName(Type named) {
        return typeName(named) + "EntryFilter";
    }

    /**
     * Name of the type of a map's entries.
     *
     * @param depth
     *            0 for the field's own map, 1 for the map that is its value…
     */
    String entryTypeName(RecordType record, int position, int depth) {
        var names = names(record).entryTypes().get(position);
        if (names == null) {
            throw new IllegalArgumentException(
                    "field " + position + " of " + record + " holds no map");
        }
        return names.get(depth);
    }

    private RecordNames names(RecordType record) {
        var names = records.get(record);
        if (names == null) {
            throw new IllegalArgumentException(
                    record + " is no record of data product '" + id() + "'");
        }
        return names;
    }

    private EnumNames names(Type.EnumOf type) {
        var names = enums.get(type);
        if (names == null) {
            throw new IllegalArgumentException(
                    "enum '" + type.name() + "' is none of data product '" + id() + "'");
        }
        return names;
    }

    private static OptionalInt at(Map<String, Integer> positions, String name) {
        Integer position = positions.get(name);
        return position == null ? OptionalInt.empty() : OptionalInt.of(position);
    }

    // Naming, in schema order: the nearest types first, so that what is deep inside never renames what is not.

    private void nameTypes(Names names) {
        var reached = reach(schema.rowType());
        var keys = lockKeys(reached);
        typeNames.put(schema.rowType(), typeName);
        for (var type : reached) {
            locked(Kind.TYPE, "", keys.get(type)).filter(name -> name.startsWith(typeName))
                    .filter(name -> type != schema.rowType() && claimFamily(names, type, name))
                    .ifPresent(name -> typeNames.put(type, name));
        }
        // Names that are kept for what is gone, and those of maps; the latter are given to their fields below.
        var entries = new HashMap<Source, String>();
        schema.names().names().forEach((source, name) -> {
            boolean used = source.kind() == Kind.TYPE && typeNames.containsValue(name);
            if (isOfWholeSchema(source) && !used && name.startsWith(typeName)
                    && names.take(name)) {
                entries.put(source, name);
            }
        });
        for (var type : reached) {
            if (!typeNames.containsKey(type)) {
                typeNames.put(type, claimTypeName(names, type));
            }
        }
        for (var type : reached) {
            var key = requireNonNull(keys.get(type), "key");
            if (type != schema.rowType()) {
                given.put(new Source(Kind.TYPE, "", key), typeName(type));
            }
            if (type instanceof RecordType record) {
                recordsByTypeName.put(typeName(record), record);
                records.put(record, nameFields(names, record, key, entries));
            } else if (type instanceof Type.EnumOf of) {
                enums.put(of, nameSymbols(of, key));
            }
        }
    }

    /** Full names; where two types have the same one, numbered as they are met. */
    private static Map<Type, String> lockKeys(List<Type> reached) {
        var keys = new HashMap<Type, String>();
        var times = new HashMap<String, Integer>();
        for (var type : reached) {
            var name = fullName(type);
            int time = times.merge(name, 1, Integer::sum);
            keys.put(type, time == 1 ? name : name + "#" + time);
        }
        return keys;
    }

    private static boolean isOfWholeSchema(Source source) {
        return source.kind() == Kind.TYPE || source.kind() == Kind.ENTRY;
    }

    private Optional<String> locked(Kind kind, String owner, @Nullable String name) {
        return name == null
                ? Optional.empty()
                : schema.names().name(new Source(kind, owner, name));
    }

    /** Takes the name of a type and of those made from it, or none of them. */
    private static boolean claimFamily(Names names, Type type, String name) {
        var family = new ArrayList<String>();
        family.add(name);
        if (type instanceof RecordType) {
            family.add(name + "Where");
        } else if (type instanceof Type.EnumOf) {
            family.add(name + "Filter");
        }
        if (!(type instanceof Type.Union)) {
            family.add(name + "ListFilter");
            family.add(name + "MapFilter");
            family.add(name + "EntryFilter");
        }
        return family.stream().allMatch(names::isFree) && family.stream().allMatch(names::take);
    }

    private static List<Type> reach(RecordType rowType) {
        var reached = new LinkedHashSet<Type>();
        var queue = new ArrayDeque<Type>();
        queue.add(rowType);
        while (!queue.isEmpty()) {
            var type = queue.remove();
            switch (type) {
                case RecordType record -> {
                    if (reached.add(record)) {
                        record.fields().forEach(field -> queue.add(field.type()));
                    }
                }
                case Type.EnumOf of -> reached.add(of);
                case Type.Union union -> {
                    if (reached.add(union)) {
                        queue.addAll(union.members());
                    }
                }
                case Type.ListOf list -> queue.add(list.element());
                case Type.MapOf map -> queue.add(map.value());
                case Type.Scalar scalar -> {
                    // Scalars are shared by all products.
                }
                case Type.Json json -> {
                    // So is JSON.
                }
            }
        }
        return List.copyOf(reached);
    }

    private String claimTypeName(Names names, Type type) {
        var full = fullName(type);
        var simple = plainTypeName(full);
        if (claimFamily(names, type, simple)) {
            return simple;
        }
        var whole = typeName + orType(Names.pascal(full));
        var name = whole;
        for (int i = 2; !claimFamily(names, type, name); i++) {
            name = whole + "_" + i;
        }
        return name;
    }

    /** The name that a type has unless another one has it already. */
    private String plainTypeName(String full) {
        return typeName + orType(Names.pascal(full.substring(full.lastIndexOf('.') + 1)));
    }

    private static String fullName(Type type) {
        return switch (type) {
            case RecordType record -> record.name();
            case Type.EnumOf of -> of.name();
            case Type.Union union -> union.name();
            case Type.Scalar scalar -> "";
            case Type.ListOf list -> "";
            case Type.MapOf map -> "";
            case Type.Json json -> "";
        };
    }

    private static String orType(String name) {
        return name.isEmpty() ? "Type" : name;
    }

    private RecordNames nameFields(Names names, RecordType record, String key,
            Map<Source, String> lockedEntries) {
        var sources = record.fields().stream().map(Field::name).toList();
        var fields = legalNames(Kind.FIELD, key, sources, sources, new Names(Set.of()));
        var where = legalNames(Kind.CONDITION, key, sources, fields,
                new Names(Set.of("and", "or", "not")));
        var whereType = typeName(record) + "Where";
        var entryTypes = new HashMap<Integer, List<String>>();
        for (int i = 0; i < fields.size(); i++) {
            int maps = mapsIn(record.fields().get(i).type());
            var base = typeName(record) + orType(Names.pascal(fields.get(i)));
            var own = new ArrayList<String>();
            for (int depth = 0; depth < maps; depth++) {
                var source = new Source(Kind.ENTRY, key,
                        sources.get(i) + "/value".repeat(depth));
                var locked = lockedEntries.get(source);
                var name = locked == null
                        ? names.claim(base + "Value".repeat(depth) + "Entry")
                        : locked;
                given.put(source, name);
                own.add(name);
            }
            entryTypes.put(i, List.copyOf(own));
        }
        return new RecordNames(fields, positions(fields), where, positions(where), whereType,
                Map.copyOf(entryTypes));
    }

    private static int mapsIn(Type type) {
        return switch (type) {
            case Type.ListOf list -> mapsIn(list.element());
            case Type.MapOf map -> 1 + mapsIn(map.value());
            case RecordType record -> 0;
            case Type.Scalar scalar -> 0;
            case Type.EnumOf of -> 0;
            case Type.Union union -> 0;
            case Type.Json json -> 0;
        };
    }

    private EnumNames nameSymbols(Type.EnumOf type, String key) {
        var sources = type.symbols().stream().distinct().toList();
        var taken = new Names(type.open() ? Set.of(UNRECOGNIZED) : Set.of());
        var legal = legalNames(Kind.SYMBOL, key, sources, sources, taken);
        var literals = new HashMap<String, String>();
        var symbols = new HashMap<String, String>();
        for (int i = 0; i < sources.size(); i++) {
            literals.put(sources.get(i), legal.get(i));
            symbols.put(legal.get(i), sources.get(i));
        }
        return new EnumNames(Map.copyOf(literals), Map.copyOf(symbols),
                type.open() ? Optional.of(UNRECOGNIZED) : Optional.empty());
    }

    /**
     * A legal name for each source: the locked one, else its own spelling, else one made from it. Whatever comes first in
     * this order keeps its name, however many others there are.
     *
     * @param spellings
     *            the name that each source would like to have
     * @param taken
     *            what nobody may have
     */
    private List<String> legalNames(Kind kind, String owner, List<String> sources,
            List<String> spellings, Names taken) {
        var reserved = taken.taken();
        var names = new @Nullable String[sources.size()];
        for (int i = 0; i < names.length; i++) {
            var locked = locked(kind, owner, sources.get(i));
            if (locked.isPresent() && taken.take(locked.get())) {
                names[i] = locked.get();
            }
        }
        schema.names().kept(kind, owner).forEach(taken::take);
        for (int i = 0; i < names.length; i++) {
            var own = spellings.get(i);
            if (names[i] == null && legal(kind, own).equals(own) && taken.take(own)) {
                names[i] = own;
            }
        }
        var legal = new ArrayList<String>();
        for (int i = 0; i < names.length; i++) {
            var name = names[i];
            if (name == null) {
                var made = legal(kind, spellings.get(i));
                name = taken.claim(reserved.contains(made) ? made + "_" : made);
            }
            legal.add(name);
            if (!name.equals(spellings.get(i))) {
                given.put(new Source(kind, owner, sources.get(i)), name);
            }
        }
        return List.copyOf(legal);
    }

    private static String legal(Kind kind, String name) {
        return kind == Kind.SYMBOL || kind == Kind.ORDER
                ? Names.legalSymbol(name)
                : Names.legal(name);
    }

    private static Map<String, Integer> positions(List<String> names) {
        var positions = new HashMap<String, Integer>();
        for (int i = 0; i < names.size(); i++) {
            positions.put(names.get(i), i);
        }
        return Map.copyOf(positions);
    }

    private List<KeyField> keyFields(List<FieldPath> paths) {
        var taken = new Names(Set.of());
        return paths.stream()
                // A step named `_` may bring `__` to the front.
                .map(path -> new KeyField(taken.claim(Names.legal(flat(path))), path)).toList();
    }

    private Map<String, FieldPath> findOrderFields() {
        var found = new ArrayList<FieldPath>();
        var level = List.of(new Step(schema.rowType(), "", List.of(), List.of()));
        for (int depth = 0; depth < ORDER_DEPTH_MAX; depth++) {
            var next = new ArrayList<Step>();
            for (var step : level) {
                for (int i = 0; i < step.record().fields().size(); i++) {
                    var path = step.to(i);
                    if (path.type() instanceof RecordType inner) {
                        next.add(new Step(inner, path.text() + ".", path.fields(),
                                path.positions()));
                    } else if (isSortable(path.type()) && found.size() < ORDER_FIELDS_MAX) {
                        found.add(path);
                    }
                }
            }
            // A record that contains itself widens with each level; this many fields are enough for people.
            level = next.subList(0, Math.min(next.size(), ORDER_FIELDS_MAX));
        }
        var literals = legalNames(Kind.ORDER, "", found.stream().map(FieldPath::text).toList(),
                found.stream().map(this::flat).toList(), new Names(Set.of()));
        var fields = new LinkedHashMap<String, FieldPath>();
        for (int i = 0; i < found.size(); i++) {
            fields.put(literals.get(i), found.get(i));
            if (found.get(i).fields().size() > 1) {
                // A field of the row itself could want this name tomorrow.
                given.put(new Source(Kind.ORDER, "", found.get(i).text()), literals.get(i));
            }
        }
        return Collections.unmodifiableMap(fields);
    }

    /** How a path is spelled as one name, unless another has that name: the GraphQL names of its steps joined by _. */
    String flat(FieldPath path) {
        var name = new StringBuilder();
        var at = schema.rowType();
        for (int i = 0; i < path.positions().size(); i++) {
            name.append(i == 0 ? "" : "_").append(fieldName(at, path.positions().get(i)));
            if (path.fields().get(i).type() instanceof RecordType inner) {
                at = inner;
            }
        }
        return name.toString();
    }

    /**
     * Every name that must not change by accident: what the product's lock has, sources that are gone included, and what
     * has been given out beyond it. Names that are their source's own spelling need no lock and are not in it.
     */
    public LockedNames names() {
        var names = new HashMap<Source, String>();
        schema.names().names().forEach((source, name) -> {
            if (!isOfWholeSchema(source) || name.startsWith(typeName)) {
                names.put(source, name);
            }
        });
        names.putAll(given);
        return new LockedNames(names);
    }

    /** Names that differ from what is locked for their source, in the order of their sources; each lock is out of date. */
    public Map<Source, String> namesChanged() {
        var changed = new TreeMap<Source, String>();
        given.forEach((source, name) -> schema.names().name(source)
                .filter(locked -> !locked.equals(name))
                .ifPresent(locked -> changed.put(source, name)));
        return changed;
    }

    /**
     * Names that could not be spelled as their source is, and that no lock keeps: another field could move them.
     */
    public Map<Source, String> namesUnlocked() {
        var unlocked = new TreeMap<Source, String>();
        given.forEach((source, name) -> {
            if (!schema.names().names().containsKey(source) && !isPlain(source, name)) {
                unlocked.put(source, name);
            }
        });
        return unlocked;
    }

    private boolean isPlain(Source source, String name) {
        return switch (source.kind()) {
            case TYPE -> name.equals(plainTypeName(source.name()));
            case ENTRY -> !name.matches(".*_\\d+");
            case ORDER -> name.equals(source.name().replace('.', '_'));
            case FIELD, CONDITION, SYMBOL -> false;
        };
    }

    /** The full name of a type's source, where its GraphQL name is not the plain one. */
    Optional<String> typeSource(Type named) {
        var full = fullName(named);
        return named == schema.rowType() || typeName(named).equals(plainTypeName(full))
                ? Optional.empty()
                : Optional.of(full);
    }

    private record Step(RecordType record, String prefix, List<Field> fields,
            List<Integer> positions) {
        FieldPath to(int position) {
            var field = record.fields().get(position);
            var passed = new ArrayList<>(fields);
            passed.add(field);
            var walked = new ArrayList<>(positions);
            walked.add(position);
            return new FieldPath(prefix + field.name(), passed, walked);
        }
    }

    /** Whether values of this type can be added up and averaged. */
    public static boolean isNumber(Type type) {
        return type instanceof Type.Scalar scalar && switch (scalar.kind()) {
            case INT32, UINT32, INT64, UINT64, FLOAT32, FLOAT64, DECIMAL -> true;
            case BOOLEAN, STRING, BYTES, UUID, DATE, TIME, TIMESTAMP, LOCAL_TIMESTAMP, DURATION ->
                false;
        };
    }

    private static boolean isSortable(Type type) {
        return switch (type) {
            case Type.Scalar scalar ->
                scalar.kind() != ScalarKind.BYTES && scalar.kind() != ScalarKind.DURATION;
            case Type.EnumOf of -> true;
            case Type.ListOf list -> false;
            case Type.MapOf map -> false;
            case Type.Union union -> false;
            case Type.Json json -> false;
            case RecordType record -> false;
        };
    }
}

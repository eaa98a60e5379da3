package io.tidegate.gateway.catalog;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.contract.DataProduct.Relation;
import io.tidegate.contract.DataProduct.Rule;
import io.tidegate.contract.DataProduct.SchemaSpec;
import io.tidegate.contract.DataProduct.StreamSpec;
import io.tidegate.contract.ProductSchema;
import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a contract and its schema say, apart from where in which file they say it. Two contracts of equal meaning are served
 * alike. Pure.
 */
public final class ContractMeaning {
    private static final Place NOWHERE = Place.of("");

    private final DataProduct contract;
    private final String schema;
    private final RecordType rowType;

    /** How far one meaning is from another, from the least to the most. */
    public enum Distance {
        /** The same. */
        NONE,
        /** Grants, plans, descriptions, service levels, rules or the view differ; events are read and written as before. */
        TERMS,
        /** Rows have the same fields of the same types, and perhaps further ones that may be absent. */
        COMPATIBLE,
        /** Another key, topic or envelope, or a field that is gone or of another type. */
        INCOMPATIBLE
    }

    private ContractMeaning(DataProduct contract, String schema, RecordType rowType) {
        this.contract = contract;
        this.schema = schema;
        this.rowType = rowType;
    }

    /**
     * @param files
     *            what was read to make the schema, by path: a hash of each
     */
    public static ContractMeaning of(ProductSchema schema, Map<String, String> files) {
        var text = new StringBuilder(schema.source()).append('\n')
                .append(schema.changes().payload().source().language()).append('\n');
        describe(schema.rowType(), text, new HashSet<>());
        text.append('\n').append(schema.changes().payload().source().text()).append('\n')
                .append(files);
        return new ContractMeaning(placeless(schema.product()), text.toString(),
                schema.rowType());
    }

    public Distance to(ContractMeaning after) {
        if (!contract.stream().equals(after.contract.stream())) {
            return Distance.INCOMPATIBLE;
        }
        if (schema.equals(after.schema) && contract.schema().equals(after.contract.schema())) {
            return contract.equals(after.contract) ? Distance.NONE : Distance.TERMS;
        }
        return isWider(rowType, after.rowType, new HashSet<>())
                ? Distance.COMPATIBLE
                : Distance.INCOMPATIBLE;
    }

    /** Whether both open the same to the same callers. */
    public boolean hasAccessOf(ContractMeaning other) {
        return contract.access().equals(other.contract.access())
                && personal(contract.fields()).equals(personal(other.contract.fields()));
    }

    /** Whether both check events by the same rules. */
    public boolean hasRulesOf(ContractMeaning other) {
        return contract.rules().equals(other.contract.rules());
    }

    private static Set<String> personal(List<FieldSpec> fields) {
        var personal = new HashSet<String>();
        personal(fields, "", personal);
        return personal;
    }

    private static void personal(List<FieldSpec> fields, String above, Set<String> found) {
        for (var field : fields) {
            if (field.pii().isPresent()) {
                found.add(above + field.name() + "=" + field.pii().get());
            }
            personal(field.fields(), above + field.name() + ".", found);
            field.items().ifPresent(
                    items -> personal(List.of(items), above + field.name() + ".", found));
        }
    }

    // ---- types ----

    /** Whether every row of the one type can be told as a row of the other, with nothing changed but fields that are new. */
    private static boolean isWider(RecordType before, RecordType after, Set<RecordType> seen) {
        if (!seen.add(before)) {
            return true;
        }
        for (var field : before.fields()) {
            var at = after.position(field.name());
            if (at.isEmpty()) {
                return false;
            }
            var now = after.fields().get(at.getAsInt());
            if ((now.nullable() && !field.nullable())
                    || !isWider(field.type(), now.type(), seen)) {
                return false;
            }
        }
        return after.fields().stream().allMatch(
                field -> field.nullable() || before.position(field.name()).isPresent());
    }

    private static boolean isWider(Type before, Type after, Set<RecordType> seen) {
        return switch (before) {
            case RecordType record -> after instanceof RecordType now && isWider(record, now, seen);
            case Type.ListOf list -> after instanceof Type.ListOf now
                    && list.elementNullable() == now.elementNullable()
                    && isWider(list.element(), now.element(), seen);
            case Type.MapOf map -> after instanceof Type.MapOf now
                    && map.valueNullable() == now.valueNullable()
                    && isWider(map.value(), now.value(), seen);
            case Type.Union union -> after instanceof Type.Union now
                    && isWider(union, now, seen);
            // A reader of before could not tell a symbol that is new.
            case Type.EnumOf of -> after instanceof Type.EnumOf now
                    && of.symbols().equals(now.symbols()) && of.open() == now.open();
            case Type.Scalar scalar -> scalar.equals(after);
            case Type.Json json -> json.equals(after);
        };
    }

    private static boolean isWider(Type.Union before, Type.Union after, Set<RecordType> seen) {
        if (before.members().size() != after.members().size()) {
            return false;
        }
        for (int i = 0; i < before.members().size(); i++) {
            if (!before.members().get(i).name().equals(after.members().get(i).name())
                    || !isWider(before.members().get(i), after.members().get(i), seen)) {
                return false;
            }
        }
        return true;
    }

    /** A type in full, descriptions included: they are shown to partners. */
    private static void describe(Type type, StringBuilder text, Set<RecordType> seen) {
        switch (type) {
            case RecordType record -> {
                text.append(quoted(record.name()));
                if (seen.add(record)) {
                    text.append(quoted(record.doc())).append('{');
                    for (Field field : record.fields()) {
                        text.append(quoted(field.name())).append(field.nullable() ? '?' : ':')
                                .append(quoted(field.doc())).append(quoted(field.deprecated()));
                        describe(field.type(), text, seen);
                        text.append(',');
                    }
                    text.append('}');
                }
            }
            case Type.ListOf list -> {
                text.append(list.elementNullable() ? "[?" : "[");
                describe(list.element(), text, seen);
                text.append(']');
            }
            case Type.MapOf map -> {
                text.append(map.valueNullable() ? "<?" : "<");
                describe(map.value(), text, seen);
                text.append('>');
            }
            case Type.Union union -> {
                text.append(quoted(union.name())).append('(');
                for (var member : union.members()) {
                    describe(member, text, seen);
                    text.append('|');
                }
                text.append(')');
            }
            case Type.EnumOf of -> text.append(of);
            case Type.Scalar scalar -> text.append(scalar);
            case Type.Json json -> text.append(json);
        }
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    // ---- places ----

    private static DataProduct placeless(DataProduct product) {
        return new DataProduct(product.id(), product.version(), product.owner(),
                product.description(), product.status(), product.sunset(), product.successor(),
                product.quality(), product.serviceLevels(), placeless(product.schema()),
                product.fields().stream().map(ContractMeaning::placeless).toList(),
                placeless(product.stream()),
                product.rules().stream()
                        .map(rule -> new Rule(rule.name(), placeless(rule.expect()))).toList(),
                product.view(),
                product.access().stream().map(ContractMeaning::placeless).toList(),
                product.graphQlName(), product.tags(),
                product.relations().stream().map(ContractMeaning::placeless).toList(), NOWHERE);
    }

    private static Relation placeless(Relation relation) {
        return new Relation(placeless(relation.name()), placeless(relation.to()),
                relation.by().stream().map(match -> new Relation.Match(placeless(match.own()),
                        placeless(match.key()))).toList(),
                placeless(relation.inverse()), relation.description(), NOWHERE);
    }

    private static SchemaSpec placeless(SchemaSpec schema) {
        return new SchemaSpec(schema.language(), placeless(schema.file()),
                placeless(schema.registry()), placeless(schema.message()),
                schema.extensions().stream().map(ContractMeaning::placeless).toList());
    }

    private static StreamSpec placeless(StreamSpec stream) {
        return new StreamSpec(stream.cluster(), stream.topics(),
                stream.key().stream().map(ContractMeaning::placeless).toList(),
                placeless(stream.eventTime()), stream.envelope(), stream.onBadRecord(),
                stream.onBadValue());
    }

    private static FieldSpec placeless(FieldSpec field) {
        return new FieldSpec(field.name(), field.type(), field.values(), field.pii(),
                field.required(), field.description(), field.classification(),
                field.deprecated(), field.format(), field.precision(),
                field.scale(), field.fields().stream().map(ContractMeaning::placeless).toList(),
                field.items().map(ContractMeaning::placeless), NOWHERE);
    }

    private static Grant placeless(Grant grant) {
        return new Grant(grant.scope(), placeless(grant.rows()), grant.masks(), grant.open(),
                grant.plan(), NOWHERE);
    }

    private static Optional<Located> placeless(Optional<Located> text) {
        return text.map(ContractMeaning::placeless);
    }

    private static Located placeless(Located text) {
        return new Located(text.text(), NOWHERE);
    }

    /** Equal if {@link Distance#NONE} apart. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ContractMeaning meaning && to(meaning) == Distance.NONE;
    }

    @Override
    public int hashCode() {
        return Objects.hash(contract, schema);
    }
}

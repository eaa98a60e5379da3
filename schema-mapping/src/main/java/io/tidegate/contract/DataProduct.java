package io.tidegate.contract;

import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Type;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A data product as its contract states it, whichever spelling the contract uses. Only values that passed the reader's
 * checks get here; what needs the schema (does a key field exist?) is checked by {@link ProductSchema}.
 *
 * @param version
 *            as written, {@code major.minor[.patch]}
 * @param graphQlName
 *            the contract's own name for the product's GraphQL type, instead of the derived one
 * @param relations
 *            to other products
 * @param place
 *            of the contract, for messages
 */
public record DataProduct(ProductId id, String version, String owner, String description,
        Status status,
        Optional<LocalDate> sunset, Optional<String> successor, Quality quality,
        ServiceLevels serviceLevels,
        SchemaSpec schema, List<FieldSpec> fields, StreamSpec stream, List<Rule> rules,
        ViewSpec view,
        List<Grant> access, Optional<String> graphQlName, List<String> tags,
        List<Relation> relations, Place place) {

    public DataProduct {
        fields = List.copyOf(fields);
        rules = List.copyOf(rules);
        access = List.copyOf(access);
        tags = List.copyOf(tags);
        relations = List.copyOf(relations);
    }

    /** A product without relations. */
    public DataProduct(ProductId id, String version, String owner, String description,
            Status status, Optional<LocalDate> sunset, Optional<String> successor, Quality quality,
            ServiceLevels serviceLevels, SchemaSpec schema, List<FieldSpec> fields,
            StreamSpec stream, List<Rule> rules, ViewSpec view, List<Grant> access,
            Optional<String> graphQlName, List<String> tags, Place place) {
        this(id, version, owner, description, status, sunset, successor, quality, serviceLevels,
                schema, fields, stream, rules, view, access, graphQlName, tags, List.of(), place);
    }

    /** The name of the product's GraphQL type: the contract's own, else one made from domain, product and major. */
    public String graphQlTypeName() {
        return Names.graphQl(this);
    }

    /** Where in its life a product is. Drafts are not served. */
    public enum Status {
        DRAFT, ACTIVE, DEPRECATED, RETIRED
    }

    /** How far consumers may rely on the data. */
    public enum Quality {
        AUTHORITATIVE, CURATED, RAW
    }

    /**
     * What the owner promises. Only freshness is machine-checked; the rest is shown as written.
     *
     * @param freshness
     *            the longest time from an event's own time to its delivery
     * @param stated
     *            every service level by name as written, {@code freshness} included, in the contract's order
     */
    public record ServiceLevels(Optional<Duration> freshness, Map<String, String> stated) {
    }

    /**
     * Where the payload's schema comes from. With neither file nor registry the contract's fields are the schema.
     *
     * @param file
     *            relative to the contract's folder
     * @param registry
     *            an address, or a subject of the gateway's own registry
     * @param message
     *            which record or message of the file is the payload, where it holds several; simple or full name
     * @param extensions
     *            further files with Protobuf extensions, relative to the contract's folder
     * @param extra
     *            whether members of a JSON object that its schema does not declare are shown, as a field {@code _extra}
     */
    public record SchemaSpec(SchemaLanguage language, Optional<Located> file,
            Optional<Located> registry, Optional<Located> message, List<Located> extensions,
            boolean extra) {
        public SchemaSpec {
            extensions = List.copyOf(extensions);
        }

        public SchemaSpec(SchemaLanguage language, Optional<Located> file,
                Optional<Located> registry, Optional<Located> message,
                List<Located> extensions) {
            this(language, file, registry, message, extensions, false);
        }
    }

    /**
     * A field as the contract states it; the schema, where there is one, is the authority for its type.
     *
     * @param type
     *            a type name of the short form ({@code docs/reference/contract.md} lists them)
     * @param values
     *            symbols of an enum
     * @param pii
     *            whether it holds personal data and is hidden unless a grant opens it; empty = not stated
     * @param fields
     *            of an {@code object}
     * @param deprecated
     *            why it should not be used any more; empty = it may be
     * @param format
     *            how a {@code timestamp} is written where its schema has a number: {@code epoch-seconds},
     *            {@code epoch-millis} or {@code epoch-micros}
     * @param items
     *            of an {@code array}; values of a {@code map}
     */
    public record FieldSpec(String name, String type, List<String> values, Optional<Boolean> pii,
            boolean required,
            String description, Optional<String> classification, Optional<String> deprecated,
            Optional<String> format, Optional<Integer> precision,
            Optional<Integer> scale, List<FieldSpec> fields, Optional<FieldSpec> items,
            Place place) {
        /** What organisations call data that not everybody may see. */
        private static final Set<String> PERSONAL = Set.of("pii", "personal", "sensitive",
                "restricted", "confidential", "strictly confidential", "highly confidential",
                "secret", "top secret");

        public FieldSpec {
            values = List.copyOf(values);
            fields = List.copyOf(fields);
        }

        /**
         * Whether a classification of another format says that not everybody may see the field, where nothing else says
         * so: {@code confidential}, {@code Strictly-Confidential}…
         */
        public static boolean isPersonal(String classification) {
            return PERSONAL.contains(classification.toLowerCase(Locale.ROOT)
                    .replaceAll("[\\s_-]+", " ").strip());
        }

        /** The same under another name. */
        public FieldSpec named(String name) {
            return new FieldSpec(name, type, values, pii, required, description, classification,
                    deprecated, format, precision, scale, fields, items, place);
        }
    }

    /**
     * @param cluster
     *            a name under {@code kafka:} in the gateway's configuration
     * @param topics
     *            at least one
     * @param key
     *            paths of fields that identify a row; empty = every event is a row of its own
     * @param eventTime
     *            path of the field that holds the event's own time; empty = the record's timestamp
     */
    public record StreamSpec(String cluster, List<String> topics, List<Located> key,
            Optional<Located> eventTime,
            Envelope envelope, BadRecord onBadRecord, BadValue onBadValue) {
        public StreamSpec {
            topics = List.copyOf(topics);
            key = List.copyOf(key);
        }
    }

    /** What is wrapped around the row on the topic. */
    public enum Envelope {
        NONE, DEBEZIUM, CLOUDEVENTS, CANAL, MAXWELL;

        /**
         * Whether it is what Canal or Maxwell make of MySQL's log: JSON, of which a record may tell several changes, so that
         * only a key tells rows apart.
         */
        public boolean isOfMySql() {
            return this == CANAL || this == MAXWELL;
        }
    }

    /** What happens to a record that cannot be read: skipped with a gap notice, or the product's streams end. */
    public enum BadRecord {
        SKIP, STOP
    }

    /**
     * What happens to a record with a value that does not fit its field: the value becomes null, or the whole record is
     * withheld and announced as a gap. Both are counted by the field's name.
     */
    public enum BadValue {
        NULLIFY, QUARANTINE
    }

    /** A CEL expression that every event should satisfy; feeds the quality score. */
    public record Rule(String name, Located expect) {
    }

    /**
     * What pull queries can reach.
     *
     * @param enabled
     *            false = stream only
     * @param history
     *            how long changes are kept beside the current state; zero = none
     */
    public record ViewSpec(boolean enabled, Duration history) {
    }

    /**
     * How a row leads to one row of another product. Whether that product is there, and has this key, is not known here.
     *
     * @param name
     *            of the field on this product's rows; a legal GraphQL name
     * @param to
     *            the other product, {@code domain/product/vN}
     * @param by
     *            at least one; together they have to name all of the other's key
     * @param inverse
     *            name of the field on the other's rows that leads back to all of these; empty = there is none
     */
    public record Relation(Located name, Located to, List<Match> by, Optional<Located> inverse,
            String description, Place place) {
        public Relation {
            by = List.copyOf(by);
        }

        /** The other product. */
        public ProductId target() {
            var parts = to.text().split("/");
            return new ProductId(parts[0], parts[1], Integer.parseInt(parts[2].substring(1)));
        }

        /** Of the field on this product's rows. */
        public String field() {
            return name.text();
        }

        /** Of the field on the other's rows that leads back. */
        public Optional<String> inverseField() {
            return inverse.map(Located::text);
        }

        /**
         * This product's fields in the order of the other's key; empty if they do not fit it, or are not all there.
         *
         * @param row
         *            type of this product's rows
         */
        public Optional<List<FieldPath>> own(RecordType row, List<FieldPath> key) {
            if (key.isEmpty() || key.size() != by.size()) {
                return Optional.empty();
            }
            var own = new ArrayList<FieldPath>();
            for (var field : key) {
                by.stream().filter(match -> match.key().text().equals(field.text())).findFirst()
                        .flatMap(match -> FieldPath.resolve(row, match.own().text()))
                        .filter(path -> RelationTypes.fit(path.type(), field.type()))
                        .ifPresent(own::add);
            }
            return own.size() == key.size() ? Optional.of(own) : Optional.empty();
        }

        /** A field of this product whose value is that of a field of the other's key; both paths. */
        public record Match(Located own, Located key) {
        }
    }

    /**
     * Who may read, and what of it.
     *
     * @param scope
     *            a token must carry it
     * @param rows
     *            CEL over {@code event} and {@code claims}: which rows; empty = all
     * @param masks
     *            by field path. A mask on a personal field opens it in that masked form
     * @param open
     *            paths of personal fields that this grant opens in clear
     * @param plan
     *            a plan of the gateway's configuration
     * @param pathPlaces
     *            where the paths of masks and open stand
     */
    public record Grant(String scope, Optional<Located> rows, Map<String, Mask> masks,
            List<String> open,
            Optional<String> plan, Place place, Map<String, Place> pathPlaces) {
        public Grant {
            masks = Map.copyOf(masks);
            open = List.copyOf(open);
            pathPlaces = Map.copyOf(pathPlaces);
        }

        public Grant(String scope, Optional<Located> rows, Map<String, Mask> masks,
                List<String> open, Optional<String> plan, Place place) {
            this(scope, rows, masks, open, plan, place, Map.of());
        }

        /** Where a path of a mask or of {@code open} stands, else where the grant does. */
        public Place placeOf(String path) {
            return pathPlaces.getOrDefault(path, place);
        }
    }

    /** What is shown of a field instead of its value. */
    public enum Mask {
        /** The field does not exist for this caller. */
        HIDE,
        /** {@code "***"} for text, null for the rest. */
        REDACT,
        /** A keyed hash: equal values stay equal, and nothing else can be told. */
        HASH,
        /** The last four characters; of an e-mail address the domain. */
        PARTIAL,
        /** Of a date or timestamp only the year. */
        YEAR;

        /** What stands for a redacted text. */
        public static final String REDACTED = "***";

        /**
         * Whether this means anything for a type: {@code HASH} and {@code PARTIAL} make text and so need text,
         * {@code YEAR} needs a date or timestamp; the others fit everything. Of lists and maps the elements count.
         */
        public boolean fits(Type type) {
            return switch (this) {
                case HIDE, REDACT -> true;
                case HASH, PARTIAL -> innermost(type) instanceof Type.Scalar scalar
                        && scalar.kind() == ScalarKind.STRING;
                case YEAR -> innermost(type) instanceof Type.Scalar scalar
                        && switch (scalar.kind()) {
                            case DATE, TIMESTAMP, LOCAL_TIMESTAMP -> true;
                            default -> false;
                        };
            };
        }

        /** Whether something is shown of a value of this type; if not it is always null. */
        public boolean keeps(Type type) {
            return switch (this) {
                case HIDE -> false;
                case REDACT ->
                    type instanceof Type.Scalar scalar && scalar.kind() == ScalarKind.STRING;
                case HASH, PARTIAL, YEAR -> fits(type);
            };
        }

        private static Type innermost(Type type) {
            return switch (type) {
                case Type.ListOf list -> innermost(list.element());
                case Type.MapOf map -> innermost(map.value());
                default -> type;
            };
        }
    }
}

package io.tidegate.problem;

import io.tidegate.problem.Problem.Severity;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Every rule that finds problems, in the order of {@code docs/reference/rules.md}, which is made from this list. A rule's
 * name is stable: people suppress, count and search by it.
 */
public enum ProblemRule {
    // One line a text: the formatter would put each constant further to the right.
    // @formatter:off
    YAML_SYNTAX(Area.TEXT,
            "the text is not YAML 1.2",
            "indent with spaces, put texts that hold ': ' or ' #' in quotes",
            "description: prices: net"),
    YAML_EMPTY(Area.TEXT,
            "the file says nothing",
            "write it, or remove it",
            "# nothing yet"),
    YAML_TAG(Area.TEXT,
            "a tag other than YAML's own",
            "remove the tag",
            "owner: !!java.io.File x"),
    YAML_ALIAS(Area.TEXT,
            "an alias that repeats nothing, or itself",
            "write the value out, or put the anchor above it",
            "fields: *shared"),
    YAML_LIMIT(Area.TEXT,
            "the file breaks a bound: size, depth, aliases, values, documents",
            "split or simplify the file",
            "two documents, with '---' between them"),
    DUPLICATE_KEY(Area.TEXT,
            "a key stands twice in one mapping",
            "keep one of the two",
            "owner: a@example.com … owner: b@example.com"),
    UNKNOWN_KEY(Area.TEXT,
            "a key without a meaning; in ODCS' own parts, where it has no effect, a warning",
            "write the key that the message suggests, or remove it",
            "onwer: a@example.com"),
    MISSING_KEY(Area.TEXT,
            "a key that has to be there is not, or has no value; in ODCS' own parts a warning",
            "add the key",
            "domain: (without a value)"),
    WRONG_TYPE(Area.TEXT,
            "a text where a list or a mapping belongs, or the other way round",
            "write what the message expects",
            "stream: orders"),
    BAD_VALUE(Area.TEXT,
            "a value that is not among the allowed ones, or out of bounds",
            "write one of the values that the message lists",
            "status: life"),
    FILE(Area.TEXT,
            "a file or a folder that cannot be read",
            "mend its permissions, its encoding (UTF-8) or its name",
            "governance.yml"),
    LINK(Area.TEXT, Severity.WARNING,
            "a symbolic link that leads out of the folder, or nowhere",
            "put the file itself into the folder",
            "orders.yaml → /etc/orders.yaml"),
    SUBSTITUTION(Area.TEXT,
            "a ${…} in the gateway's configuration that cannot be replaced",
            "set the variable, or make the file readable",
            "http: {publicUrl: \"${URL}\"}"),
    FORMAT(Area.CONTRACT,
            "a contract of another format; of a newer version of ODCS a warning",
            "write a contract from it with tidegate import",
            "dataContractSpecification: 1.1.0"),
    NAME(Area.CONTRACT,
            "a domain, product or topic whose name is not allowed",
            "lower-case letters, digits and '-', as the message writes it",
            "product: Shipment Events"),
    VERSION(Area.CONTRACT,
            "a version that is not major.minor[.patch]; one that ODCS allows is a warning",
            "write major and minor",
            "version: v2"),
    STATUS(Area.CONTRACT, Severity.WARNING,
            "keys without effect at this status, or a status that ODCS does not know",
            "set the status that is meant",
            "sunset: 2027-06-30 (of an active product)"),
    DUPLICATE(Area.CONTRACT,
            "a field, value, topic, plan or rule that is listed twice",
            "remove one of the two",
            "key: [id, id]"),
    SCHEMA_SOURCE(Area.CONTRACT,
            "no schema, two, or one that cannot be had; where the contract's fields stand in, a warning",
            "name one file, registry or list of fields",
            "schema: {type: avro}"),
    SCHEMA(Area.CONTRACT,
            "the schema's own text is wrong",
            "mend the schema at the place named",
            "an Avro record without a name"),
    SCHEMA_MAPPING(Area.CONTRACT, Severity.WARNING,
            "something of the schema that is read in a way one might not expect",
            "nothing, if the reading is fine; else change the schema",
            "an enum with two equal symbols"),
    UNKNOWN_FIELD(Area.CONTRACT,
            "a field that the contract names is not in its schema",
            "write the name that the message suggests",
            "key: [order_nr]"),
    KEY_TYPE(Area.CONTRACT,
            "a key that is a list, a map or a record",
            "name a field with a single value",
            "key: [items]"),
    EVENT_TIME_TYPE(Area.CONTRACT,
            "an event's time that is no time",
            "name a timestamp, a date or a long of milliseconds",
            "eventTime: status"),
    MASK_TYPE(Area.CONTRACT,
            "a mask that does not fit the field's type",
            "use redact or hide",
            "mask: {status: year}"),
    ACCESS(Area.CONTRACT,
            "a grant that contradicts itself; a list of grants that lets nobody in is a warning",
            "keep one of the two; remove the empty list",
            "open: [email] beside mask: {email: hash}"),
    ACCESS_FIELD(Area.CONTRACT,
            "a grant that masks or opens a field that is not there",
            "write the field's path",
            "open: [mail]"),
    ACCESS_MASK(Area.CONTRACT,
            "a grant's mask that does not fit the field's type; of the event's time, which it cannot hide, a warning",
            "use redact or hide, or another 'stream.eventTime'",
            "mask: {weight: partial}"),
    ACCESS_ROWS(Area.CONTRACT,
            "a row rule that is no condition on the product's rows",
            "mend the CEL expression as the message says",
            "rows: event.regin == claims.region"),
    RULE(Area.CONTRACT,
            "an entry of 'rules' that is no condition on the product's rows",
            "mend the CEL expression as the message says",
            "expect: event.totl >= 0"),
    GRAPHQL_NAME(Area.CONTRACT,
            "a GraphQL name that is not allowed or already taken",
            "set 'graphql: {name: …}' in one of the two contracts",
            "graphql: {name: Query}"),
    DUPLICATE_PRODUCT(Area.CONTRACT,
            "two contracts for the same product and major version",
            "remove one, or give it another name or major",
            "two files with product: orders"),
    NO_STREAM(Area.CONTRACT,
            "an ODCS contract without a stream, or with several",
            "mark one object with 'physicalType: topic'",
            "physicalType: table"),
    RELATIONS(Area.CONTRACT,
            "a relation that does not lead to the other's key, or whose name is taken; to an absent product a warning",
            "match every key field of the other product with a field of the same type",
            "by: {order_id: number}, where the other's key is id"),
    STANDARD(Area.CONTRACT, Severity.WARNING,
            "an ODCS contract is not as the standard has it, in a part that only informs",
            "write it as the message says",
            "servers: [{type: kafka}]"),
    FIELD_TYPE(Area.CONTRACT, Severity.WARNING,
            "a field whose type is another one in the schema; a 'format' where there is no whole number is an error",
            "write the schema's type, or leave the field out",
            "{name: total, type: string}, in the schema a decimal"),
    NAMES_LOCK(Area.CONTRACT, Severity.WARNING,
            "a GraphQL name that needs a line in names.lock; a lock that cannot be read is an error",
            "run tidegate graphql --lock, or restore the file from version control",
            "a second field that becomes 'a_b'"),
    CLUSTER(Area.CONTRACT,
            "a cluster that the gateway's configuration does not have",
            "add it under 'kafka', or name another one",
            "stream: {cluster: emea}"),
    NO_CONTRACT(Area.CONTRACT,
            "a file or folder that held contracts and cannot be read, or holds none now; what it held is served as before",
            "put it back; to end a product delete its file alone, or set status: retired",
            "an empty orders.yaml"),
    VIEW(Area.CONTRACT,
            "a view that cannot be opened; the product is served as before, or not yet",
            "do what the message says; it is tried again by itself",
            "view: {history: 30d} (and a full disk)"),
    RESTART(Area.TEXT, Severity.WARNING,
            "a key of the gateway's configuration that has changed while it runs",
            "restart the gateway when it should count",
            "http: {port: 8081}"),
    BREAKING_WITHOUT_MAJOR(Area.CHANGE,
            "a change that breaks consumers in a contract whose major version stays",
            "write the next major version beside the old one",
            "a field removed in 2.1 → 2.2"),
    VERSION_BACKWARDS(Area.CHANGE,
            "a contract whose version is older than before",
            "write the next version",
            "version: \"2.0\", which was 2.1"),
    PRODUCT_REMOVED(Area.CHANGE,
            "a product that is gone without having been retired",
            "retire it first",
            "the file of an active product deleted"),
    REGISTRY_COMPATIBILITY(Area.CHANGE,
            "a schema that the registry's compatibility mode does not allow",
            "change the schema as the message says, or write a new major version with topics of its own",
            "a required field added under BACKWARD"),
    USAGE(Area.CHANGE,
            "a line of the usage export that cannot be read",
            "export it anew",
            "{\"partner\": 7}"),
    ASSUMED(Area.IMPORT, Severity.WARNING,
            "something that the imported file does not say and a contract needs",
            "look at what was written for it",
            "no server of type kafka"),
    NOT_IMPORTED(Area.IMPORT, Severity.WARNING,
            "something of the imported file that a contract has no place for",
            "write it down elsewhere, or leave it",
            "primaryKey: [lines]"),
    EXISTS(Area.IMPORT,
            "a file of that name is there already and is left as it is",
            "remove it, or choose another --out",
            "out/shipment.avsc"),
    GOVERNANCE_CONFLICT(Area.GOVERNANCE,
            "a tier that loosens what a tier above demands",
            "tighten it, or change the tier above",
            "global: types: [avro]; domain: types: [avro, json]"),
    GOVERNANCE_NAMING(Area.GOVERNANCE,
            "a name that does not look as 'naming' demands",
            "rename it",
            "topics: \"<domain>.<entity>.<version>.<event-type>\""),
    GOVERNANCE_REQUIRE(Area.GOVERNANCE,
            "a contract that does not say what 'require' lists",
            "add it",
            "require: [description]"),
    GOVERNANCE_OWNER(Area.GOVERNANCE,
            "an owner that matches none of 'owner'",
            "name an owner of the organisation",
            "owner: \"*@example.com\""),
    GOVERNANCE_SCHEMA(Area.GOVERNANCE,
            "a schema of a type that 'schema.types' does not allow",
            "use a schema of an allowed type",
            "schema: {types: [avro]}"),
    GOVERNANCE_QUALITY(Area.GOVERNANCE,
            "a quality that 'quality' does not allow",
            "set an allowed quality that the data deserves",
            "quality: [authoritative, curated]"),
    GOVERNANCE_FRESHNESS(Area.GOVERNANCE,
            "a promised freshness longer than 'sla.freshness'",
            "promise a shorter time",
            "sla: {freshness: 5m}"),
    GOVERNANCE_HISTORY(Area.GOVERNANCE,
            "changes kept longer than 'view.history'",
            "keep them for a shorter time",
            "view: {history: 30d}"),
    GOVERNANCE_PERSONAL(Area.GOVERNANCE,
            "a field named as one of 'personal' that is not personal in the contract",
            "list it under 'fields' with 'pii: true'",
            "personal: [email, \"*_phone\"]"),
    GOVERNANCE_PLAN(Area.GOVERNANCE,
            "a grant with a plan larger than 'plans.largest'",
            "give a plan that is allowed",
            "plans: {order: [free, gold], largest: free}"),
    GOVERNANCE_MASK(Area.GOVERNANCE,
            "a grant that shows more of a field than 'masks' allows",
            "mask it as strictly in that grant",
            "masks: {email: hash}"),
    GOVERNANCE_LIMIT(Area.GOVERNANCE,
            "a schema with more ways to a field than can be judged",
            "make the schema flatter",
            "records in records that branch at every level");
    // @formatter:on

    private final Area area;
    private final Severity severity;
    private final String meaning;
    private final String remedy;
    private final String example;

    ProblemRule(Area area, String meaning, String remedy, String example) {
        this(area, Severity.ERROR, meaning, remedy, example);
    }

    ProblemRule(Area area, Severity severity, String meaning, String remedy, String example) {
        this.area = area;
        this.severity = severity;
        this.meaning = meaning;
        this.remedy = remedy;
        this.example = example;
    }

    /** What a rule is about. */
    public enum Area {
        /** The text of a file, whatever it is for. */
        TEXT,
        /** What a contract says. */
        CONTRACT,
        /** How a contract differs from its last version. */
        CHANGE,
        /** A contract written from a file of another format. */
        IMPORT,
        /** What an organisation demands of it. */
        GOVERNANCE
    }

    /** As problems carry it: {@code unknown-key}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public Area area() {
        return area;
    }

    /** How bad it usually is; {@link #meaning} says where it differs. */
    public Severity severity() {
        return severity;
    }

    /** What is wrong, as a phrase. */
    public String meaning() {
        return meaning;
    }

    /** What to do, as a phrase. */
    public String remedy() {
        return remedy;
    }

    /** Something that the rule finds; of governance, something that demands. */
    public String example() {
        return example;
    }

    /** The rule that a problem names. */
    public static Optional<ProblemRule> of(String id) {
        return Arrays.stream(values()).filter(rule -> rule.id().equals(id)).findFirst();
    }
}

package io.tidegate.governance;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.contract.ProductSchema;
import io.tidegate.problem.Place;
import io.tidegate.problem.Suggestion;
import io.tidegate.yaml.YamlMapping;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What of one product does not meet a statement. */
final class Judge {
    /** Fields that one message names. */
    private static final int NAMED_MAX = 5;
    /** The plan of a grant that names none, see the gateway's configuration. */
    private static final String DEFAULT_PLAN = "default";

    private final ProductSchema schema;
    private final DataProduct product;
    private final ContractText text;
    private final RowFields.Found row;
    private final List<Grant> grants;

    Judge(ProductSchema schema, ContractText text) {
        this.schema = schema;
        this.product = schema.product();
        this.text = text;
        this.row = RowFields.of(schema.rowType());
        this.grants = product.access();
    }

    /**
     * One thing that does not meet a statement.
     *
     * @param place
     *            in the contract
     * @param what
     *            what is wrong
     * @param remedy
     *            what to do
     */
    record Violation(Place place, String what, String remedy) {
    }

    /** Whether all fields were judged. */
    boolean sawAll() {
        return row.complete();
    }

    List<Violation> of(Statement statement) {
        return switch (statement) {
            case Statement.Naming naming -> naming(naming);
            case Statement.Required required -> required(required.what());
            case Statement.OwnedBy owner -> owner(owner);
            case Statement.SchemaTypes(var allowed, var place) ->
                allowed.contains(product.schema().language())
                        ? List.of()
                        : one("schema.type", "schema.type: expected " + Tightening.names(allowed)
                                + " but was '" + YamlMapping.spelling(product.schema().language())
                                + "'", "use a schema of an allowed type");
            case Statement.Qualities(var allowed, var place) -> allowed.contains(product.quality())
                    ? List.of()
                    : one("quality", "quality: expected " + Tightening.names(allowed)
                            + " but was '" + YamlMapping.spelling(product.quality()) + "'",
                            "set an allowed quality that the data deserves");
            case Statement.LongestFreshness(var most, var place) ->
                product.serviceLevels().freshness().filter(
                        promised -> promised.compareTo(most) > 0).map(
                                promised -> one(
                                        "sla.freshness",
                                        "sla.freshness: expected at most " + written(most)
                                                + " but was " + written(promised),
                                        "promise a shorter time"))
                        .orElse(List.of());
            case Statement.LongestHistory(var most, var place) ->
                product.view().history().compareTo(most) <= 0
                        ? List.of()
                        : one("view.history", "view.history: expected at most " + written(most)
                                + " but was " + written(product.view().history()),
                                "keep it for a shorter time");
            case Statement.Personal personal -> personal(personal.pattern());
            case Statement.RequiredMask(var pattern, var least, var place) -> masks(pattern, least);
            case Statement.LargestPlan(var plan, var order, var place) -> plans(plan, order);
        };
    }

    private List<Violation> naming(Statement.Naming naming) {
        return switch (naming.named()) {
            case DOMAINS -> name(naming, "domain", "domain", product.id().domain());
            case PRODUCTS -> name(naming, "product", "product", product.id().product());
            case TOPICS -> product.stream().topics().stream()
                    .flatMap(topic -> name(naming, "stream.topics", "topic", topic).stream())
                    .toList();
            case SCOPES -> grants.stream().flatMap(
                    grant -> name(naming, grant.place(), "scope", grant.scope()).stream())
                    .toList();
            case FIELDS -> fields(row.fields().stream().filter(
                    field -> !naming.pattern().matches(field.name(), product.id())).toList(),
                    " not named as '" + shown(naming) + "'", "rename");
        };
    }

    private List<Violation> name(Statement.Naming naming, String key, String noun, String name) {
        return name(naming, text.placeOf(key), noun, name);
    }

    private List<Violation> name(Statement.Naming naming, Place place, String noun, String name) {
        return naming.pattern().matches(name, product.id())
                ? List.of()
                : List.of(new Violation(place, noun + " '" + TierReader.shown(name)
                        + "' is not named as '" + shown(naming) + "'", "rename the " + noun));
    }

    private String shown(Statement.Naming naming) {
        return naming.pattern().shownFor(product.id());
    }

    private List<Violation> owner(Statement.OwnedBy owner) {
        if (owner.any().stream().anyMatch(glob -> glob.matches(product.owner()))) {
            return List.of();
        }
        return one("owner", "owner: expected "
                + Suggestion.oneOf(
                        owner.any().stream().map(glob -> "'" + glob.text() + "'").toList())
                + " but was '" + TierReader.shown(product.owner()) + "'",
                "name an owner of the organisation");
    }

    private List<Violation> required(Requirement what) {
        return switch (what) {
            case DESCRIPTION -> missing(what, product.description().isBlank());
            // What an ODCS contract without an owner reads as.
            case OWNER -> missing(what,
                    product.owner().isBlank() || product.owner().equals("unknown"));
            case TAGS -> missing(what, product.tags().isEmpty());
            case SCHEMA -> product.schema().file().isPresent()
                    || product.schema().registry().isPresent()
                            ? List.of()
                            : one("fields", "the contract's fields are its only schema",
                                    "name a schema in 'file' or 'registry'");
            case KEY -> missing("stream.key", product.stream().key().isEmpty());
            case EVENT_TIME -> missing("stream.eventTime", product.stream().eventTime().isEmpty());
            case RULES -> missing(what, product.rules().isEmpty());
            // The grant that a contract without has stands at the contract itself.
            case ACCESS -> missing(what, product.access().isEmpty() || product.access().stream()
                    .allMatch(grant -> grant.place().equals(product.place())));
            case ACCESS_ROWS -> grants("has no 'rows'", "say which rows it opens",
                    grant -> grant.rows().isEmpty());
            case ACCESS_PLAN -> grants("names no 'plan'", "name one",
                    grant -> grant.plan().isEmpty());
            case SUNSET -> missing(what, product.status() == Status.DEPRECATED
                    && product.sunset().isEmpty());
            case SUCCESSOR -> missing(what, product.status() == Status.DEPRECATED
                    && product.successor().isEmpty());
            case FIELDS_DESCRIPTION -> fields(row.fields().stream().filter(
                    field -> field.field().doc().isBlank() && text.spec(field.path())
                            .filter(spec -> !spec.description().isBlank()).isEmpty())
                    .toList(), " without a description", "describe");
            case FIELDS_CLASSIFICATION -> fields(row.fields().stream().filter(
                    field -> text.spec(field.path()).filter(spec -> spec.pii().orElse(false)
                            && spec.classification().isEmpty()).isPresent())
                    .toList(), " personal without a 'classification'", "classify");
            case SLA_FRESHNESS, SLA_AVAILABILITY, SLA_TIER, SLA_LATENCY, SLA_THROUGHPUT,
                    SLA_ORDERING, SLA_DELIVERY, SLA_RETENTION ->
                missing(
                        what, product.serviceLevels().stated().keySet().stream()
                                .noneMatch(what.serviceLevel()::equalsIgnoreCase));
        };
    }

    private List<Violation> missing(Requirement what, boolean missing) {
        return missing(what.spelling(), missing);
    }

    private List<Violation> missing(String key, boolean missing) {
        return missing ? one(key, "'" + key + "' is missing", "add it") : List.of();
    }

    private List<Violation> grants(String what, String remedy, Predicate<Grant> wrong) {
        return grants.stream().filter(wrong)
                .map(grant -> new Violation(grant.place(),
                        "the grant of '" + TierReader.shown(grant.scope()) + "' " + what, remedy))
                .toList();
    }

    /** One message for all fields: a schema whose fields are named another way has hundreds. */
    private List<Violation> fields(List<RowFields.Reached> fields, String what, String verb) {
        if (fields.isEmpty()) {
            return List.of();
        }
        var place = fields.stream().flatMap(field -> text.spec(field.path()).stream())
                .map(FieldSpec::place).findFirst().orElseGet(() -> text.placeOf("fields"));
        boolean several = fields.size() > 1;
        return List.of(new Violation(place, (several ? "fields " : "field ")
                + names(fields.stream().map(RowFields.Reached::path).toList())
                + (several ? " are" : " is") + what, verb + (several ? " them" : " it")));
    }

    private static String names(List<String> paths) {
        var names = new ArrayList<>(paths.stream().limit(NAMED_MAX)
                .map(path -> "'" + TierReader.shown(path) + "'").toList());
        if (paths.size() > NAMED_MAX) {
            names.add(paths.size() - NAMED_MAX + " more");
        }
        return names.size() == 1
                ? names.getFirst()
                : String.join(", ", names.subList(0, names.size() - 1)) + " and "
                        + names.getLast();
    }

    private List<Violation> personal(Glob pattern) {
        var violations = new ArrayList<Violation>();
        for (var field : row.fields()) {
            if (!field.isMeantBy(pattern)
                    || field.shownBy().stream().anyMatch(schema.personal()::contains)) {
                continue;
            }
            var spec = text.spec(field.path());
            var nearest = field.shownBy().getLast();
            violations.add(new Violation(
                    spec.map(FieldSpec::place).orElseGet(() -> text.placeOf("fields")),
                    "field '" + TierReader.shown(field.path()) + "' "
                            + (field.isNamed(pattern)
                                    ? "is named"
                                    : "holds fields named")
                            + " as '" + pattern.text() + "' and is not personal",
                    spec.isPresent()
                            ? "set 'pii: true'"
                            : "list "
                                    + (nearest.equals(field.path())
                                            ? "it"
                                            : "'" + TierReader.shown(nearest) + "'")
                                    + " under 'fields' with 'pii: true'"));
        }
        return violations;
    }

    private List<Violation> masks(Glob pattern, Mask least) {
        var violations = new ArrayList<Violation>();
        for (var field : row.fields()) {
            if (!field.isMeantBy(pattern)) {
                continue;
            }
            for (var grant : grants) {
                var mask = mask(grant, field);
                if (mask.isEmpty() || mask.get().compareTo(least) > 0) {
                    violations.add(new Violation(grant.place(), "the grant of '"
                            + TierReader.shown(grant.scope()) + "' shows field '"
                            + TierReader.shown(field.path()) + "' "
                            + mask.map(laxer -> "as '" + YamlMapping.spelling(laxer) + "'")
                                    .orElse("in clear"),
                            "mask it with '" + YamlMapping.spelling(least)
                                    + "' or a stricter one"));
                }
            }
        }
        return violations;
    }

    /** What a grant shows of a field: the strictest mask on it or on what is around it; empty = its value. */
    private Optional<Mask> mask(Grant grant, RowFields.Reached field) {
        var strictest = Optional.<Mask>empty();
        for (var path : field.shownBy()) {
            var mask = Optional.ofNullable(grant.masks().get(path))
                    .or(() -> schema.personal().contains(path) && !grant.open().contains(path)
                            ? Optional.of(Mask.HIDE)
                            : Optional.empty());
            if (mask.isPresent()
                    && (strictest.isEmpty() || mask.get().compareTo(strictest.get()) < 0)) {
                strictest = mask;
            }
        }
        return strictest;
    }

    private List<Violation> plans(String largest, List<String> order) {
        var violations = new ArrayList<Violation>();
        var allowed = order.subList(0, order.indexOf(largest) + 1);
        for (var grant : grants) {
            var plan = grant.plan().orElse(DEFAULT_PLAN);
            if (!allowed.contains(plan)) {
                violations.add(new Violation(grant.place(), "the grant of '"
                        + TierReader.shown(grant.scope()) + "' "
                        + (grant.plan().isEmpty()
                                ? "names no plan and so gives the gateway's own"
                                : "gives plan '" + TierReader.shown(plan) + "'"),
                        "give " + Suggestion.oneOf(allowed)));
            }
        }
        return violations;
    }

    private List<Violation> one(String key, String what, String remedy) {
        return List.of(new Violation(text.placeOf(key), what, remedy));
    }

    /** A duration as a contract would have it. */
    static String written(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        if (duration.toMillis() % 1000 != 0) {
            return duration.toString();
        }
        long seconds = duration.toSeconds();
        return seconds % 86_400 == 0
                ? seconds / 86_400 + "d"
                : seconds % 3_600 == 0
                        ? seconds / 3_600 + "h"
                        : seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
}

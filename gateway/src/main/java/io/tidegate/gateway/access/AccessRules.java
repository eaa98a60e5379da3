package io.tidegate.gateway.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.predicate.CelFilters;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.problem.Problem;
import io.tidegate.schema.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Who may read one product: its grants, made ready. The first grant in the contract's order whose scope the caller holds is
 * the one that counts; grants do not add up, so adding one can never widen another. A contract without grants is readable
 * with the scope {@code <domain>.<product>:read}. Pure and thread-safe.
 */
public final class AccessRules {
    private final ProductSchema schema;
    private final List<Compiled> grants;

    private static final Pattern TIME = Pattern.compile("\\bnow\\b");
    private static final int DECISIONS_MAX = 10_000;

    /**
     * A grant.
     *
     * @param masks
     *            of whoever holds it, personal fields included
     * @param decisions
     *            by claims: compiling a rule costs more than a look-up of what it lets through
     */
    private record Compiled(Grant grant, Map<String, Mask> masks,
            Cache<Map<String, Object>, Decision> decisions) {
    }

    private AccessRules(ProductSchema schema) {
        this.schema = schema;
        this.grants = schema.product().access().stream()
                .map(grant -> new Compiled(grant, masks(schema, grant),
                        Caffeine.newBuilder().maximumSize(DECISIONS_MAX)
                                .executor(Runnable::run).build()))
                .toList();
    }

    /** The rules of a product whose {@link #check} found no error. */
    public static AccessRules of(ProductSchema schema) {
        return new AccessRules(schema);
    }

    /**
     * What is wrong with a product's grants: masks that do not fit their field, paths that lead nowhere, row rules that are
     * no condition on the product's rows.
     */
    public static List<Problem> check(ProductSchema schema) {
        var problems = new ArrayList<Problem>();
        for (var grant : schema.product().access()) {
            grant.masks().forEach((path, mask) -> checkMask(schema, grant, path, mask)
                    .ifPresent(problems::add));
            schema.eventTime().flatMap(time -> checkTime(schema, grant, time.text()))
                    .ifPresent(problems::add);
            for (var path : grant.open()) {
                if (FieldPath.ends(schema.rowType(), path).isEmpty()) {
                    problems.add(Problem.error(grant.placeOf(path), "access-field",
                            "the grant of '" + grant.scope() + "' opens '" + path
                                    + "', which is no field of '" + schema.product().id() + "'"));
                }
            }
            grant.rows().ifPresent(located -> {
                try {
                    CelFilters.check(located.text(), schema.rowType());
                } catch (FilterProblem e) {
                    problems.add(Problem.error(located.place(), "access-rows",
                            "the row rule '" + located.text() + "' of the grant of '"
                                    + grant.scope() + "' cannot be used: " + e.getMessage()));
                }
            });
        }
        return problems;
    }

    /** What a caller is told of a product that does not exist, and of one that it may not read: the same. */
    public static Refusal absent(ProductId product) {
        return Refusal.of(RefusalCode.NOT_FOUND,
                "there is no data product '" + product + "' that this token may read");
    }

    /**
     * Decides for one caller.
     *
     * @param now
     *            what {@code now} means in row rules, and when the caller's token is looked at
     */
    public Decision decide(Caller caller, Instant now) {
        if (!now.isBefore(caller.expiresAt())) {
            return new Decision.Refused(
                    Refusal.of(RefusalCode.TOKEN_EXPIRED, "the token has expired"));
        }
        for (var compiled : grants) {
            if (caller.scopes().contains(compiled.grant().scope())) {
                return decide(compiled, caller, now);
            }
        }
        return new Decision.Refused(absent(schema.product().id()));
    }

    private Decision decide(Compiled compiled, Caller caller, Instant now) {
        var grant = compiled.grant();
        if (grant.rows().isEmpty()) {
            return new Decision.Granted(new Permit(Predicate.ALL, compiled.masks(), grant.plan()));
        }
        // Rules that speak of now are another predicate at every moment.
        return TIME.matcher(grant.rows().get().text()).find()
                ? bound(compiled, grant, caller.claims(), now)
                : compiled.decisions().get(caller.claims(),
                        claims -> bound(compiled, grant, claims, now));
    }

    private Decision bound(Compiled compiled, Grant grant, Map<String, Object> claims,
            Instant now) {
        try {
            var predicate = CelFilters.compile(grant.rows().orElseThrow().text(),
                    schema.rowType(), Set.of(), claims, Optional.of(now));
            return new Decision.Granted(new Permit(predicate, compiled.masks(), grant.plan()));
        } catch (FilterProblem e) {
            // The rule was fine when it was loaded, so it is a claim that does not fit. The rule is not theirs to read.
            return new Decision.Refused(Refusal.of(RefusalCode.FORBIDDEN,
                    "the token's claims are not what the rules of '" + schema.product().id()
                            + "' need; ask its owner which claims a token must carry"));
        }
    }

    /** The scopes that open the product, in the contract's order: for the catalog and the AsyncAPI document. */
    public List<String> scopes() {
        return grants.stream().map(compiled -> compiled.grant().scope()).distinct().toList();
    }

    private static Map<String, Mask> masks(ProductSchema schema, Grant grant) {
        var masks = new TreeMap<>(grant.masks());
        for (var path : schema.personal()) {
            if (!grant.open().contains(path)) {
                masks.putIfAbsent(path, Mask.HIDE);
            }
        }
        return masks;
    }

    private static Optional<Problem> checkMask(ProductSchema schema, Grant grant, String path,
            Mask mask) {
        var ends = FieldPath.ends(schema.rowType(), path);
        if (ends.isEmpty()) {
            return Optional.of(Problem.error(grant.placeOf(path), "access-field",
                    "the grant of '" + grant.scope() + "' masks '" + path
                            + "', which is no field of '" + schema.product().id() + "'"));
        }
        return ends.stream().filter(type -> !mask.fits(type)).findFirst()
                .map(type -> Problem.error(grant.placeOf(path), "access-mask",
                        "the mask '" + mask.name().toLowerCase(Locale.ROOT) + "' of '" + path
                                + "' in the grant of '" + grant.scope() + "' needs "
                                + (mask == Mask.YEAR ? "a date or timestamp" : "text")
                                + " but the field is " + name(type)
                                + "; use 'redact' or 'hide'"));
    }

    /** Events tell their time whatever their fields show, and are chosen and counted by it. */
    private static Optional<Problem> checkTime(ProductSchema schema, Grant grant, String time) {
        return masks(schema, grant).keySet().stream()
                .filter(path -> time.equals(path) || time.startsWith(path + ".")).findFirst()
                .map(path -> Problem.warning(grant.placeOf(path), "access-mask",
                        "the grant of '" + grant.scope() + "' does not show '" + path
                                + "', but the 'time' of every event tells it, because it is"
                                + " 'stream.eventTime'; choose another field there, or none"));
    }

    private static String name(Type type) {
        return switch (type) {
            case Type.Scalar scalar -> "of type "
                    + scalar.kind().name().toLowerCase(Locale.ROOT);
            case Type.EnumOf e -> "an enum";
            case Type.ListOf list -> "a list";
            case Type.MapOf map -> "a map";
            case Type.Union union -> "a union";
            case Type.Json json -> "any JSON";
            case Type.Named named -> "a record";
        };
    }
}

package io.tidegate.diff;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.contract.LockedNames;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.problem.Problem;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What changed for consumers between two states of contracts.
 *
 * @param differences
 *            each once, by product, then the worst first
 * @param verdicts
 *            what of it is not allowed: a breaking change without a new major version, a version that goes backwards, an
 *            incompatible schema; and as warnings versions that should have been raised
 */
public record ContractDiff(List<Difference> differences, List<Problem> verdicts) {
    public ContractDiff {
        differences = List.copyOf(differences);
        verdicts = List.copyOf(verdicts);
    }

    /**
     * What the comparison is told besides the contracts.
     *
     * @param today
     *            for what is past its sunset
     * @param asyncApi
     *            the AsyncAPI document of one product
     * @param compatibility
     *            how the schemas of a product have to fit together
     * @param reading
     *            whether schemas can read each other
     */
    public record Terms(LocalDate today, Usage usage, Function<ProductSchema, JsonNode> asyncApi,
            Compatibility compatibility, SchemaReading reading) {
    }

    /** Whether programs with one schema can read what was written with another. */
    public interface SchemaReading {
        /**
         * @return why not, one sentence each; nothing if it can
         */
        List<String> objections(ProductSchema reader, ProductSchema writer);
    }

    /**
     * Compares products by domain, product and major version. Two states of one product each, of different majors, are
     * compared with each other: the new major is what is being written.
     */
    public static ContractDiff of(Collection<ProductSchema> before, Collection<ProductSchema> after,
            Terms terms) {
        var old = byId(before);
        var now = byId(after);
        var differences = new ArrayList<Difference>();
        var verdicts = new ArrayList<Problem>();
        if (isNewMajor(old.values(), now.values())) {
            var one = old.values().iterator().next();
            var other = now.values().iterator().next();
            var findings = compare(one, other, terms);
            findings.setting(Rule.MAJOR_REPLACED, "version", one.product().version(),
                    other.product().version());
            differences.addAll(findings.all(terms.usage()));
        } else {
            var ids = new TreeSet<>(old.keySet());
            ids.addAll(now.keySet());
            for (var id : ids) {
                var one = old.get(id);
                var other = now.get(id);
                if (one != null && other != null) {
                    var found = compare(one, other, terms).all(terms.usage());
                    differences.addAll(found);
                    Versions.judge(one.product(), other.product(), found)
                            .ifPresent(verdicts::add);
                    verdicts.addAll(terms.compatibility().judge(one, other, terms.reading()));
                } else if (one != null) {
                    removed(one, terms, differences, verdicts);
                } else if (other != null) {
                    added(other, old.keySet(), terms, differences);
                }
            }
        }
        var told = differences.stream().sorted(Difference.ORDER).toList();
        verdicts.sort(Comparator.comparing((Problem problem) -> problem.place().file())
                .thenComparing(Problem::severity).thenComparing(Problem::message));
        return new ContractDiff(told, verdicts);
    }

    /** Whether something is not allowed. */
    public boolean isRefused() {
        return verdicts.stream().anyMatch(Problem::isError);
    }

    private static Map<ProductId, ProductSchema> byId(Collection<ProductSchema> products) {
        var byId = new TreeMap<ProductId, ProductSchema>();
        products.forEach(product -> byId.put(product.product().id(), product));
        return byId;
    }

    private static boolean isNewMajor(Collection<ProductSchema> before,
            Collection<ProductSchema> after) {
        if (before.size() != 1 || after.size() != 1) {
            return false;
        }
        var one = before.iterator().next().product().id();
        var other = after.iterator().next().product().id();
        return one.qualifiedName().equals(other.qualifiedName()) && other.major() > one.major();
    }

    private static Findings compare(ProductSchema before, ProductSchema after, Terms terms) {
        var findings = new Findings(after.product().id(), after);
        if (before.product().status() == Status.DRAFT) {
            PromiseFaces.compareLife(before.product(), after.product(), terms.today(), findings);
            return findings;
        }
        RowFaces.compare(before, after, findings);
        PromiseFaces.compare(before.product(), after.product(), terms.today(), findings);
        AccessFace.compare(before, after, findings);
        if (before.product().id().equals(after.product().id())) {
            AsyncApiFace.compare(terms.asyncApi().apply(before), terms.asyncApi().apply(after),
                    findings);
            names(before.names(), after.names(), findings);
        }
        schemas(before, after, terms.reading(), findings);
        return findings;
    }

    private static void names(LockedNames before, LockedNames after, Findings findings) {
        before.names().forEach((source, name) -> {
            var same = after.name(source);
            if (same.isEmpty()) {
                findings.setting(Rule.LOCK_REMOVED, "names.lock: " + source, name, "");
            } else if (!same.get().equals(name)) {
                findings.setting(Rule.LOCK_CHANGED, "names.lock: " + source, name, same.get());
            }
        });
        long added = after.names().keySet().stream()
                .filter(source -> before.name(source).isEmpty()).count();
        if (added > 0) {
            findings.setting(Rule.LOCK_ADDED, "names.lock", "",
                    Versions.counted(added, "name") + " more");
        }
    }

    private static void schemas(ProductSchema before, ProductSchema after, SchemaReading reading,
            Findings findings) {
        if (before.product().schema().language() != after.product().schema().language()) {
            return;
        }
        first(reading.objections(after, before)).ifPresent(why -> findings
                .setting(Rule.SCHEMA_NOT_BACKWARD, "schema", "", why));
        first(reading.objections(before, after)).ifPresent(why -> findings
                .setting(Rule.SCHEMA_NOT_FORWARD, "schema", "", why));
    }

    private static Optional<String> first(List<String> objections) {
        return objections.isEmpty()
                ? Optional.empty()
                : Optional.of(objections.getFirst() + (objections.size() == 1
                        ? ""
                        : " (and " + (objections.size() - 1) + " more)"));
    }

    private static void removed(ProductSchema gone, Terms terms, List<Difference> differences,
            List<Problem> verdicts) {
        var product = gone.product();
        boolean ended = PromiseFaces.hasEnded(product, terms.today());
        var findings = new Findings(product.id(), gone);
        findings.setting(ended ? Rule.PRODUCT_ENDED : Rule.PRODUCT_REMOVED, "",
                product.version(), "");
        differences.addAll(findings.all(terms.usage()));
        if (!ended) {
            verdicts.add(Problem.error(product.place(), "product-removed", "product '"
                    + product.id() + "' is gone without having been retired: keep its contract,"
                    + " write 'status: deprecated' and a 'sunset' into it, and remove it after"
                    + " that day"));
        }
    }

    private static void added(ProductSchema added, Collection<ProductId> old, Terms terms,
            List<Difference> differences) {
        var product = added.product();
        boolean hasOlder = old.stream()
                .anyMatch(id -> id.qualifiedName().equals(product.id().qualifiedName())
                        && id.major() < product.id().major());
        var findings = new Findings(product.id(), added);
        findings.setting(hasOlder ? Rule.MAJOR_ADDED : Rule.PRODUCT_ADDED, "", "",
                product.version());
        differences.addAll(findings.all(terms.usage()));
    }

    /** Differences by product, in their order. */
    Map<ProductId, List<Difference>> byProduct() {
        var byProduct = new LinkedHashMap<ProductId, List<Difference>>();
        differences.forEach(difference -> byProduct
                .computeIfAbsent(difference.product(), id -> new ArrayList<>()).add(difference));
        return byProduct;
    }
}

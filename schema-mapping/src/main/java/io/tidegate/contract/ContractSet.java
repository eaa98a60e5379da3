package io.tidegate.contract;

import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * All contracts of a folder. Pure: whoever calls reads the files.
 *
 * @param products
 *            of the contracts without an error, in the order of their names; two that claim the same name are both in
 *            it, and in the problems
 * @param problems
 *            of all files, in the order of their places
 * @param leftOut
 *            paths of the files that are no contracts
 */
public record ContractSet(List<DataProduct> products, List<Problem> problems,
        List<String> leftOut) {
    static final Comparator<Problem> BY_PLACE = Comparator
            .comparing((Problem problem) -> problem.place().file())
            .thenComparingInt(problem -> problem.place().line())
            .thenComparingInt(problem -> problem.place().column())
            .thenComparing(Problem::severity).thenComparing(Problem::rule)
            .thenComparing(Problem::message);

    public ContractSet {
        products = List.copyOf(products);
        problems = List.copyOf(problems);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * Reads the contracts among some files: those named {@code *.yaml} or {@code *.yml} that are not
     * {@code governance.yaml} and that say of themselves that they are a contract.
     */
    public static ContractSet read(List<SourceFile> files) {
        var products = new ArrayList<DataProduct>();
        var problems = new ArrayList<Problem>();
        var leftOut = new ArrayList<String>();
        for (var file : files) {
            if (!isCandidate(file)) {
                leftOut.add(file.path());
                continue;
            }
            var read = ContractReader.read(file.path(), file.text());
            problems.addAll(read.problems());
            read.product().ifPresent(products::add);
        }
        products.sort(Comparator.comparing(DataProduct::id)
                .thenComparing(product -> product.place().file()));
        report("duplicate-product", products, problems,
                product -> product.id().path(), product -> "product '" + product.id() + "'");
        report("graphql-name", unique(products), problems,
                product -> Names.graphQl(product).toLowerCase(Locale.ROOT),
                product -> "GraphQL name '" + Names.graphQl(product) + "'");
        problems.sort(BY_PLACE);
        leftOut.sort(Comparator.naturalOrder());
        return new ContractSet(products, problems, leftOut);
    }

    private static boolean isCandidate(SourceFile file) {
        var name = file.name().toLowerCase(Locale.ROOT);
        if ((!name.endsWith(".yaml") && !name.endsWith(".yml")) || name.startsWith(".")
                || name.equals("governance.yaml") || name.equals("governance.yml")) {
            return false;
        }
        var unread = new ArrayList<Problem>();
        var root = YamlFile.parse(file.path(), file.text(), unread);
        // A file that cannot be parsed, or says nothing, may be a contract that is being edited: it is reported.
        return root.isEmpty()
                || (root.get() instanceof YamlNode.Mapping mapping && saysContract(mapping));
    }

    private static boolean saysContract(YamlNode.Mapping root) {
        if (root.get("kind") instanceof YamlNode.Scalar kind
                && Suggestion.nearest(kind.text(), List.of("DataContract")).isEmpty()) {
            return false;
        }
        return ContractReader.isContract(root);
    }

    /** Reports every product that has the same name as an earlier one. */
    private static void report(String rule, List<DataProduct> products, List<Problem> problems,
            java.util.function.Function<DataProduct, String> name,
            java.util.function.Function<DataProduct, String> shown) {
        Map<String, DataProduct> first = new HashMap<>();
        for (var product : products) {
            Optional.ofNullable(first.putIfAbsent(name.apply(product), product))
                    .ifPresent(other -> problems.add(Problem.error(product.place(), rule,
                            shown.apply(product)
                                    + " is already taken by " + other.place()
                                    + ": give one of the two another name")));
        }
    }

    private static List<DataProduct> unique(List<DataProduct> products) {
        var byId = new java.util.TreeMap<ProductId, DataProduct>();
        products.forEach(product -> byId.putIfAbsent(product.id(), product));
        return List.copyOf(byId.values());
    }
}

package io.tidegate.contract;

import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlNode;
import java.time.LocalDate;
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

    /** Reads without asking how late it is: no sunset is past then. */
    public static ContractSet read(List<SourceFile> files) {
        return read(files, LocalDate.MIN);
    }

    /**
     * Reads the contracts among some files: those named {@code *.yaml} or {@code *.yml} that are not
     * {@code governance.yaml} and that say of themselves that they are a contract.
     *
     * @param today
     *            for sunsets that are past
     */
    public static ContractSet read(List<SourceFile> files, LocalDate today) {
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
        products.forEach(product -> lifecycle(product, products, today, problems));
        problems.sort(BY_PLACE);
        leftOut.sort(Comparator.naturalOrder());
        return new ContractSet(products, problems, leftOut);
    }

    /** Whether what is said of a product's end can be true. */
    private static void lifecycle(DataProduct product, List<DataProduct> products,
            LocalDate today, List<Problem> problems) {
        boolean isDeprecated = product.status() == DataProduct.Status.DEPRECATED;
        if (product.successor().filter(product.id().path()::equals).isPresent()) {
            problems.add(Problem.error(product.place(), "status", "successor: '" + product.id()
                    + "' is this product itself: name the product that readers should move to"));
        } else if (product.successor().isPresent() && products.stream()
                .noneMatch(other -> other.id().path().equals(product.successor().get()))) {
            problems.add(Problem.warning(product.place(), "status", "successor: '"
                    + product.successor().get() + "' is not among the contracts that were read"));
        }
        if (isDeprecated && product.sunset().isEmpty()) {
            problems.add(Problem.warning(product.place(), "status", "product '" + product.id()
                    + "' is deprecated without a 'sunset': say the date from which readers"
                    + " cannot rely on it"));
        }
        if (isDeprecated && product.sunset().filter(today::isAfter).isPresent()) {
            problems.add(Problem.warning(product.place(), "status", "sunset: "
                    + product.sunset().get() + " is past, and product '" + product.id()
                    + "' is still served: set 'status: retired' or a later date"));
        }
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

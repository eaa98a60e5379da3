package io.tidegate.contract;

import io.tidegate.problem.Problem;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlMapping;
import io.tidegate.yaml.YamlNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a contract in either spelling: ODCS, or the short form. Pure; never throws on a user's text. Whether the fields
 * that a contract names are in its schema is judged by {@link ProductSchemas}, once the schema has been found.
 */
public final class ContractReader {
    private ContractReader() {
    }

    /**
     * What reading a contract gave.
     *
     * @param product
     *            empty if any of the problems is an error
     * @param problems
     *            all of the file's, in the order of their places
     */
    public record Read(Optional<DataProduct> product, List<Problem> problems) {
        public Read {
            problems = List.copyOf(problems);
        }
    }

    /**
     * @param file
     *            as its user names it; problems carry it
     */
    public static Read read(String file, String text) {
        var problems = new ArrayList<Problem>();
        var product = YamlFile.parseMapping(file, text, problems)
                .flatMap(root -> product(root, problems));
        problems.sort(ContractSet.BY_PLACE);
        return new Read(problems.stream().anyMatch(Problem::isError) ? Optional.empty() : product,
                problems);
    }

    /** Whether a mapping says of itself that it is a contract, in any spelling, even one that is not read. */
    static boolean isContract(YamlNode.Mapping root) {
        return root.entries().keySet().stream()
                .anyMatch(List.of("domain", "product", "kind", "apiVersion",
                        "dataContractSpecification")::contains);
    }

    private static Optional<DataProduct> product(YamlNode.Mapping root, List<Problem> problems) {
        var specification = root.entries().get("dataContractSpecification");
        if (specification != null) {
            problems.add(Problem.error(specification.keyPlace(), "format",
                    "this is a datacontract.com contract, which is not read as it is: convert it to ODCS first"
                            + " (kind: DataContract)"));
            return Optional.empty();
        }
        if (root.entries().containsKey("kind") || root.entries().containsKey("apiVersion")) {
            return OdcsForm.read(root, problems);
        }
        return ShortForm.read(new YamlMapping(root, "", problems), problems);
    }
}

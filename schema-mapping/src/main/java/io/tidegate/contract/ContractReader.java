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
    /** Problems of one file; nobody reads more, and a hostile file could have one for every few bytes. */
    static final int PROBLEMS_MAX = 500;

    private ContractReader() {
    }

    /**
     * What reading a contract gave.
     *
     * @param product
     *            empty if any of the problems is an error
     * @param problems
     *            all of the file's, in the order of their places; of more than 500 the first ones
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
        return read(YamlFile.parseMapping(file, text, problems), problems);
    }

    /** Likewise, of a file that has been parsed without a problem. */
    public static Read read(YamlNode.Mapping root) {
        return read(Optional.of(root), new ArrayList<>());
    }

    private static Read read(Optional<YamlNode.Mapping> parsed, List<Problem> problems) {
        var product = parsed.flatMap(root -> product(root, problems));
        problems.sort(ContractSet.BY_PLACE);
        boolean usable = problems.stream().noneMatch(Problem::isError);
        if (problems.size() > PROBLEMS_MAX) {
            var place = problems.get(PROBLEMS_MAX).place();
            problems.subList(PROBLEMS_MAX, problems.size()).clear();
            problems.add(Problem.error(place, "yaml-limit",
                    "there are more problems from here on: mend the ones above"
                            + " first"));
            usable = false;
        }
        return new Read(usable ? product : Optional.empty(), problems);
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
                    "this is a datacontract.com contract, which is not read as it is: `tidegate import` writes a"
                            + " contract from it"));
            return Optional.empty();
        }
        if (root.entries().containsKey("kind") || root.entries().containsKey("apiVersion")) {
            return OdcsForm.read(root, problems);
        }
        return ShortForm.read(new YamlMapping(root, "", problems), problems);
    }
}

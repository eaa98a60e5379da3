package io.tidegate.gateway;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.LockedNames.Source;
import io.tidegate.contract.ProblemReport;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.mapping.ProductApi;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate lint}: whether contracts can be used and meet their governance, and what is wrong in them, at line and column. */
@Command(name = "lint", mixinStandardHelpOptions = true, description = "Checks contracts and the governance of their folders; exit code 1 if one has an error.")
final class LintCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "contracts, or folders of contracts")
    private List<Path> paths = List.of();

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "text", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Format format = Format.TEXT;

    /** Spelled in small letters on the command line. */
    enum Format {
        TEXT, JSON, SARIF;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public Integer call() throws IOException {
        var command = Objects.requireNonNull(spec, "spec").commandLine();
        var found = ContractFiles.read(paths);
        var problems = new ArrayList<>(found.problems());
        var wrong = ContractChecks.of(found.products());
        problems.addAll(wrong);
        found.products().forEach(schema -> names(schema, problems));
        problems.sort(ContractFiles.BY_PLACE);
        command.getOut().print(switch (format) {
            case TEXT -> ProblemReport.text(problems);
            case JSON -> ProblemReport.json(problems);
            case SARIF -> ProblemReport.sarif(problems);
        });
        command.getOut().flush();
        if (format == Format.TEXT) {
            long usable = found.products().stream().filter(schema -> wrong.stream().noneMatch(
                    problem -> problem.place().file().equals(schema.product().place().file())))
                    .count();
            long errors = problems.stream().filter(Problem::isError).count();
            command.getErr()
                    .println(counted(usable, "contract") + " can be used; "
                            + (found.withheld().isEmpty()
                                    ? ""
                                    : found.withheld().size()
                                            + " withheld until what governs them is mended; ")
                            + counted(errors, "error") + ", "
                            + counted(problems.size() - errors, "warning"));
            command.getErr().flush();
        }
        return problems.stream().anyMatch(Problem::isError) ? Main.FAILED : Main.DONE;
    }

    /** GraphQL names that another field could move, because no lock keeps them. */
    private static void names(ProductSchema schema, List<Problem> problems) {
        var api = ProductApi.of(schema);
        var product = schema.product();
        warn(product, api.namesUnlocked(),
                "could not keep the schema's spelling, without a lock to hold what came of it",
                problems);
        warn(product, api.namesChanged(), "came out otherwise than locked", problems);
    }

    private static void warn(DataProduct product, Map<Source, String> names, String what,
            List<Problem> problems) {
        if (!names.isEmpty()) {
            var first = names.entrySet().iterator().next();
            problems.add(Problem.warning(product.place(), "names-lock", counted(names.size(),
                    "GraphQL name") + " of '" + product.id() + "' " + what + ", such as '"
                    + first.getValue() + "' for the " + first.getKey()
                    + ": write names.lock with `tidegate graphql PATH --lock` and commit it"));
        }
    }

    /** {@code 1 error}, {@code 2 errors}. */
    static String counted(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}

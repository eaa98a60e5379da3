package io.tidegate.gateway;

import io.tidegate.contract.ProblemReport;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
        command.getOut().print(switch (format) {
            case TEXT -> ProblemReport.text(found.problems());
            case JSON -> ProblemReport.json(found.problems());
            case SARIF -> ProblemReport.sarif(found.problems());
        });
        command.getOut().flush();
        if (format == Format.TEXT) {
            long errors = found.problems().stream().filter(Problem::isError).count();
            command.getErr()
                    .println(counted(found.products().size(), "contract") + " can be used; "
                            + (found.withheld().isEmpty()
                                    ? ""
                                    : found.withheld().size()
                                            + " withheld until what governs them is mended; ")
                            + counted(errors, "error") + ", "
                            + counted(found.problems().size() - errors, "warning"));
            command.getErr().flush();
        }
        return found.problems().stream().anyMatch(Problem::isError) ? Main.FAILED : Main.DONE;
    }

    /** {@code 1 error}, {@code 2 errors}. */
    static String counted(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}

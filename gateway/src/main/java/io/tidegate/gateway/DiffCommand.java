package io.tidegate.gateway;

import io.tidegate.asyncapi.AsyncApiDocuments;
import io.tidegate.asyncapi.Endpoints;
import io.tidegate.asyncapi.Served;
import io.tidegate.contract.ProblemReport;
import io.tidegate.contract.ProductSchema;
import io.tidegate.diff.Compatibility;
import io.tidegate.diff.ContractDiff;
import io.tidegate.diff.DiffReport;
import io.tidegate.diff.Usage;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.problem.Located;
import io.tidegate.problem.Problem;
import io.tidegate.schema.Evolution;
import io.tidegate.schema.SchemaProblem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate diff}: what changed for consumers between two states of contracts, and whether it may. */
@Command(name = "diff", mixinStandardHelpOptions = true, description = "What changed for consumers; exit code 1 if something breaks them without a new major version.")
final class DiffCommand implements Callable<Integer> {
    private static final Endpoints ANYWHERE = new Endpoints(
            URI.create("https://gateway.example.com"));

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "OLD", description = "a contract, or a folder of contracts, as it was")
    private Path before = Path.of("");

    @Parameters(index = "1", paramLabel = "NEW", description = "the same as it is to be")
    private Path after = Path.of("");

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "text", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Format format = Format.TEXT;

    @Option(names = "--usage", paramLabel = "FILE", description = "JSON lines that say which partner uses which field")
    private @Nullable Path usage;

    @Option(names = "--registry-compatibility", paramLabel = "MODE", defaultValue = "NONE", description = "${COMPLETION-CANDIDATES}: what the schemas have to allow (default: ${DEFAULT-VALUE})")
    private Compatibility compatibility = Compatibility.NONE;

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
        var old = ContractFiles.read(List.of(before));
        var now = ContractFiles.read(List.of(after));
        var problems = new ArrayList<Problem>();
        old.problems().stream().filter(Problem::isError).forEach(problems::add);
        var uses = usage == null
                ? Usage.UNKNOWN
                : Usage.read(usage.toString(), Files.readString(usage), problems);
        if (!problems.isEmpty()) {
            command.getErr().print(ProblemReport.text(problems));
            command.getErr().flush();
            return Main.WRONG_CALL;
        }
        var wrong = Stream
                .concat(now.problems().stream(), ContractChecks.of(now.products()).stream())
                .filter(Problem::isError).sorted(ContractFiles.BY_PLACE).toList();
        if (!wrong.isEmpty()) {
            command.getErr().print(ProblemReport.text(wrong));
            command.getErr().flush();
            return Main.FAILED;
        }
        var diff = ContractDiff.of(old.products(), now.products(),
                new ContractDiff.Terms(LocalDate.now(Clock.systemUTC()), uses,
                        schema -> AsyncApiDocuments.of(List.of(new Served(schema, Set.of())),
                                ANYWHERE),
                        compatibility, DiffCommand::objections));
        command.getOut().print(switch (format) {
            case TEXT -> DiffReport.text(diff);
            case JSON -> DiffReport.json(diff);
            case SARIF -> DiffReport.sarif(diff);
        });
        command.getOut().flush();
        if (format == Format.TEXT) {
            command.getErr().println(DiffReport.summary(diff));
            command.getErr().flush();
        }
        return diff.isRefused() ? Main.FAILED : Main.DONE;
    }

    private static List<String> objections(ProductSchema reader, ProductSchema writer) {
        try {
            return Evolution.objections(version(reader), version(writer));
        } catch (SchemaProblem e) {
            return List.of("cannot be compared: " + e.getMessage());
        }
    }

    private static Evolution.Version version(ProductSchema schema) {
        return new Evolution.Version(schema.changes().payload().source(),
                schema.product().schema().message().map(Located::text),
                ContractFiles.beside(schema.product()));
    }
}

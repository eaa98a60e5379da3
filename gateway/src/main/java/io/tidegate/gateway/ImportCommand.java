package io.tidegate.gateway;

import io.tidegate.contract.ProblemReport;
import io.tidegate.contract.SourceFile;
import io.tidegate.gateway.files.BesideFiles;
import io.tidegate.importing.ContractImport;
import io.tidegate.importing.ImportChoices;
import io.tidegate.importing.Imported;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate import}: contracts written from files of other formats. */
@Command(name = "import", mixinStandardHelpOptions = true, description = "Writes contracts from ODCS, datacontract.com, Avro, JSON Schema and Protobuf files.")
final class ImportCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "*.yaml, *.json, *.avsc, *.avpr or *.proto")
    private List<Path> files = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "writes a file <product>.yaml for each contract, and the schemas that they name, into DIR (default: standard output)")
    private @Nullable Path out;

    @Option(names = "--domain", paramLabel = "NAME", description = "instead of the one that the file names")
    private @Nullable String domain;

    @Option(names = "--product", paramLabel = "NAME", description = "likewise; where a file holds several products, the beginning of each name")
    private @Nullable String product;

    @Option(names = "--owner", paramLabel = "TEXT", description = "likewise")
    private @Nullable String owner;

    @Override
    public Integer call() throws IOException {
        var command = Objects.requireNonNull(spec, "spec").commandLine();
        var choices = new ImportChoices(Optional.ofNullable(domain), Optional.ofNullable(product),
                Optional.ofNullable(owner));
        var problems = new ArrayList<Problem>();
        // All of them before the first is written: what is written is always told of.
        for (var file : files) {
            if (!Files.isRegularFile(file)) {
                throw new NoSuchFileException(file.toString(), null, "there is no such file");
            }
        }
        int written = 0;
        for (var file : files) {
            var beside = new BesideFiles(file);
            var source = source(file, problems);
            if (source.isEmpty()) {
                continue;
            }
            var imported = ContractImport.read(source.get(), choices, beside);
            problems.addAll(imported.problems());
            for (var draft : imported.drafts()) {
                if (out == null) {
                    print(command.getOut(), draft, written > 0);
                    written++;
                } else if (write(out, draft, file, beside, problems)) {
                    written++;
                }
            }
        }
        command.getOut().flush();
        command.getErr().print(ProblemReport.text(problems));
        command.getErr().println(LintCommand.counted(written, "contract") + " written");
        command.getErr().flush();
        return problems.stream().anyMatch(Problem::isError) ? Main.FAILED : Main.DONE;
    }

    private static Optional<SourceFile> source(Path file, List<Problem> problems) {
        var name = file.toString().replace('\\', '/');
        try {
            return Optional.of(new SourceFile(name, BesideFiles.text(file)));
        } catch (IOException e) {
            problems.add(Problem.error(Place.of(name), "schema-source",
                    String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private static void print(PrintWriter to, Imported.Draft draft, boolean isLater) {
        if (isLater) {
            to.println("---");
        }
        to.print(draft.text());
    }

    /** Never over a file that is there: it may hold somebody's work. */
    private static boolean write(Path folder, Imported.Draft draft, Path source,
            BesideFiles beside, List<Problem> problems) throws IOException {
        var target = folder.resolve(draft.product().id().product() + ".yaml");
        if (Files.exists(target)) {
            problems.add(Problem.error(Place.of(target.toString()), "exists",
                    "this file is there already and is left as it is: remove it, or choose another --out or"
                            + " --product"));
            return false;
        }
        Files.createDirectories(folder);
        if (draft.product().schema().file().isPresent()) {
            beside.copy(source.getFileName().toString(), folder, problems);
            for (var path : beside.read()) {
                beside.copy(path, folder, problems);
            }
        }
        Files.writeString(target, draft.text());
        return true;
    }
}

package io.tidegate.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.asyncapi.AsyncApiDocuments;
import io.tidegate.asyncapi.Endpoints;
import io.tidegate.asyncapi.Served;
import io.tidegate.contract.ProblemReport;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate asyncapi}: AsyncAPI documents of contracts, written, or compared with what was written before. */
@Command(name = "asyncapi", mixinStandardHelpOptions = true, description = "AsyncAPI documents of contracts; with --check exit code 1 if the ones in DIR have drifted.")
final class AsyncApiCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "contracts, or folders of contracts")
    private List<Path> paths = List.of();

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "yaml", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Format format = Format.YAML;

    @Option(names = "--out", paramLabel = "DIR", description = "one file a product, DIR/domain/product/v1.yaml (default: one document of all, on standard output)")
    private @Nullable Path folder;

    @Option(names = "--check", description = "write nothing; compare with the files in --out")
    private boolean check;

    @Option(names = "--url", paramLabel = "URL", defaultValue = "https://gateway.example.com", description = "where partners reach the gateway (default: ${DEFAULT-VALUE})")
    private URI publicUrl = URI.create("https://gateway.example.com");

    /** Spelled in small letters on the command line. */
    enum Format {
        YAML, JSON;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public Integer call() throws IOException {
        CommandLine command = Objects.requireNonNull(spec, "spec").commandLine();
        if (check && folder == null) {
            throw new ParameterException(command,
                    "--check compares with the files in a folder: name it with --out");
        }
        Endpoints endpoints;
        try {
            endpoints = new Endpoints(publicUrl);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, "--url: " + e.getMessage(), e);
        }
        var found = ContractFiles.read(paths);
        if (!found.problems().isEmpty()) {
            command.getErr().print(ProblemReport.text(found.problems()));
            command.getErr().flush();
        }
        if (found.problems().stream().anyMatch(Problem::isError)) {
            return Main.FAILED;
        }
        if (folder == null) {
            var served = found.products().stream().map(schema -> new Served(schema, Set.of()))
                    .toList();
            command.getOut().println(text(AsyncApiDocuments.of(served, endpoints)).stripTrailing());
            command.getOut().flush();
            return Main.DONE;
        }
        boolean drifted = false;
        for (ProductSchema schema : found.products()) {
            Path file = folder.resolve(schema.product().id().path() + "." + format);
            String text = text(
                    AsyncApiDocuments.of(List.of(new Served(schema, Set.of())), endpoints));
            drifted |= check ? !isSame(file, text, command.getErr()) : !write(file, text);
        }
        return drifted ? Main.FAILED : Main.DONE;
    }

    private String text(ObjectNode document) {
        return switch (format) {
            case YAML -> AsyncApiDocuments.toYaml(document);
            case JSON -> AsyncApiDocuments.toJson(document);
        };
    }

    private static boolean isSame(Path file, String text, PrintWriter err) throws IOException {
        boolean same = Files.exists(file) && Files.readString(file).equals(text);
        if (!same) {
            err.println(file + ": " + (Files.exists(file)
                    ? "has drifted from its contract"
                    : "is missing") + "; write it anew with `tidegate asyncapi --out`");
            err.flush();
        }
        return same;
    }

    private static boolean write(Path file, String text) throws IOException {
        Files.createDirectories(
                Objects.requireNonNull(file.toAbsolutePath().getParent(), "folder"));
        Files.writeString(file, text);
        return true;
    }
}

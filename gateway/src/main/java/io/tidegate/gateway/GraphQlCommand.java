package io.tidegate.gateway;

import io.tidegate.contract.ProblemReport;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Sdl;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate graphql}: the GraphQL schema of contracts, as a caller sees it who may see everything. */
@Command(name = "graphql", mixinStandardHelpOptions = true, description = "The GraphQL schema of contracts, in SDL.")
final class GraphQlCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "contracts, or folders of contracts")
    private List<Path> paths = List.of();

    @Override
    public Integer call() throws IOException {
        var command = Objects.requireNonNull(spec, "spec").commandLine();
        var found = ContractFiles.read(paths);
        if (!found.problems().isEmpty()) {
            command.getErr().print(ProblemReport.text(found.problems()));
            command.getErr().flush();
        }
        if (found.problems().stream().anyMatch(Problem::isError)) {
            return Main.FAILED;
        }
        var visible = found.products().stream()
                .map(schema -> new Visible(ProductApi.of(schema), Set.of())).toList();
        command.getOut().println(Sdl.print(GraphQlSchemas.build(visible)).stripTrailing());
        command.getOut().flush();
        return Main.DONE;
    }
}

package io.tidegate.gateway;

import io.tidegate.contract.NamesLock;
import io.tidegate.contract.ProblemReport;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Sdl;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate graphql}: the GraphQL schema of contracts, as a caller sees it who may see everything. */
@Command(name = "graphql", mixinStandardHelpOptions = true, description = "The GraphQL schema of contracts, in SDL.")
final class GraphQlCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "contracts, or folders of contracts")
    private List<Path> paths = List.of();

    @Option(names = "--lock", description = "write names.lock beside the contracts, so that no name changes by accident; prints no schema")
    private boolean lock;

    @Override
    public Integer call() throws IOException {
        var command = Objects.requireNonNull(spec, "spec").commandLine();
        var found = ContractFiles.read(paths);
        var problems = new ArrayList<>(found.problems());
        problems.addAll(ContractChecks.of(found.products()));
        if (!problems.isEmpty()) {
            problems.sort(ContractFiles.BY_PLACE);
            command.getErr().print(ProblemReport.text(problems));
            command.getErr().flush();
        }
        if (problems.stream().anyMatch(Problem::isError)) {
            return Main.FAILED;
        }
        var apis = found.products().stream().map(ProductApi::of).toList();
        if (lock) {
            lock(apis, command.getErr());
            return Main.DONE;
        }
        var visible = apis.stream().map(api -> new Visible(api, Set.of())).toList();
        command.getOut().println(Sdl.print(GraphQlSchemas.build(visible)).stripTrailing());
        command.getOut().flush();
        return Main.DONE;
    }

    private static void lock(List<ProductApi> apis, PrintWriter err) throws IOException {
        var locks = new TreeMap<Path, NamesLock>();
        for (var api : apis) {
            var file = ContractFiles.lockBeside(api.schema().product().place().file());
            var lock = locks.get(file);
            locks.put(file, (lock == null ? ContractFiles.lock(file, new ArrayList<>()) : lock)
                    .with(api.id(), api.names()));
        }
        for (var entry : locks.entrySet()) {
            var names = entry.getValue().products().values().stream()
                    .mapToLong(product -> product.names().size()).sum();
            if (names > 0 || Files.exists(entry.getKey())) {
                Files.writeString(entry.getKey(), entry.getValue().text());
            }
            err.println(entry.getKey() + ": " + (names > 0
                    ? LintCommand.counted(names, "name") + " locked"
                    : "no name needs a lock"));
        }
        err.flush();
    }
}

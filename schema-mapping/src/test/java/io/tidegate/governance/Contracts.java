package io.tidegate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Problem;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;

/** Contracts in tests, and what their governance says of them. */
final class Contracts {
    static final LocalDate TODAY = LocalDate.of(2026, 11, 21);

    private Contracts() {
    }

    static Governance governance(String... texts) {
        var governance = Governance.none();
        for (int i = 0; i < texts.length; i++) {
            governance = governance.under(new SourceFile("g" + i + ".yaml", texts[i]));
            assertThat(governance.problems()).isEmpty();
        }
        return governance;
    }

    static ProductSchema schema(String contract) {
        return schema(contract, Map.of());
    }

    static ProductSchema schema(String contract, Map<String, String> files) {
        var read = ContractReader.read("c.yaml", contract);
        assertThat(read.problems().stream().filter(Problem::isError)).isEmpty();
        var resolved = ProductSchemas.resolve(read.product().orElseThrow(), path -> {
            if (!files.containsKey(path)) {
                throw new IOException("there is no such file");
            }
            return files.get(path);
        }, RegistryLookup.none(), WriterSchemas.none());
        assertThat(resolved.problems().stream().filter(Problem::isError)).isEmpty();
        return resolved.schema().orElseThrow();
    }

    static List<Problem> problems(Governance governance, String contract) {
        return governance.check(schema(contract), new SourceFile("c.yaml", contract), TODAY);
    }

    static List<String> check(String governance, String contract) {
        return problems(governance(governance), contract).stream().map(Problem::toString).toList();
    }
}

package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Sdl;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** Whatever text is called a contract, it is read or told what is wrong with it. */
class ContractReaderFuzz {

    @FuzzTest(maxDuration = "2m")
    void any_text_is_a_contract_or_has_a_problem(byte[] bytes) {
        var read = ContractReader.read("fuzz.yaml", new String(bytes, StandardCharsets.UTF_8));

        assertThat(read.problems().size()).isLessThanOrEqualTo(ContractReader.PROBLEMS_MAX + 1);
        assertThat(read.product().isPresent())
                .isEqualTo(read.problems().stream().noneMatch(problem -> problem.isError()));
        assertThat(ProblemReport.text(read.problems()).lines()).hasSameSizeAs(read.problems());
        assertThat(ProblemReport.sarif(read.problems())).isNotEmpty();
        read.product().ifPresent(ContractReaderFuzz::serve);
    }

    /** A contract without an error has an API, unless its schema is elsewhere. */
    private static void serve(DataProduct product) {
        var resolved = ProductSchemas.resolve(product, path -> {
            throw new IOException("there is no file '" + path + "'");
        }, RegistryLookup.none(), WriterSchemas.none());
        resolved.schema().ifPresent(schema -> assertThat(Sdl.print(GraphQlSchemas
                .build(List.of(new Visible(ProductApi.of(schema), Set.of()))))).isNotEmpty());
    }
}

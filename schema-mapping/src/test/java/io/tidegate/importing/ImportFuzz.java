package io.tidegate.importing;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidegate.contract.NamesLock;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Whatever text is to be imported, contracts are written from it or it is told what is wrong with it. */
class ImportFuzz {
    private static final List<String> NAMES = List.of("fuzz.yaml", "fuzz.avsc", "fuzz.json",
            "fuzz.proto", NamesLock.FILE);

    @FuzzTest(maxDuration = "2m")
    void any_text_is_imported_or_has_a_problem(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        var file = new SourceFile(NAMES.get(Math.floorMod(bytes[0] - '0', NAMES.size())),
                new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8));
        var problems = new ArrayList<Problem>();
        if (file.name().equals(NamesLock.FILE)) {
            assertThat(NamesLock.read(file, problems)).isNotNull();
        } else {
            var imported = ContractImport.read(file, ImportChoices.none(), path -> {
                throw new IOException("there is no file '" + path + "'");
            });
            problems.addAll(imported.problems());
            assertThat(imported.drafts().isEmpty() && problems.isEmpty()).isFalse();
        }
        assertThat(problems).allSatisfy(problem -> assertThat(problem.message()).isNotBlank());
    }
}

package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The reference page says what the reader does. */
class ContractReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/contract.md");

    @Test
    void every_example_loads_without_a_problem() throws IOException {
        var examples = Pattern.compile("(?s)```yaml contract\n(.*?)```")
                .matcher(Files.readString(PAGE));
        int count = 0;
        while (examples.find()) {
            var read = ContractReader.read("contract.md", examples.group(1));
            assertThat(read.problems()).isEmpty();
            assertThat(read.product()).isPresent();
            count++;
        }
        assertThat(count).isEqualTo(3);
    }

    @Test
    void every_field_type_is_listed() throws IOException {
        var page = Files.readString(PAGE);

        assertThat(FieldTypes.NAMES)
                .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    }
}

package io.tidegate.gateway.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.tidegate.gateway.refusal.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportsTest {
    @TempDir
    Path folder;

    @Test
    void an_error_in_native_code_comes_back_and_leaves_its_place_to_others() {
        try (var exports = new Exports(folder, 10, 1000)) {
            for (int i = 0; i < 3; i++) {
                assertTimeoutPreemptively(Duration.ofSeconds(5),
                        () -> assertThatThrownBy(() -> exports.inNativeCode(() -> {
                            throw new StackOverflowError("too deep");
                        })).hasRootCauseMessage("too deep"));
            }
        }
    }

    @Test
    void files_that_slow_clients_have_not_taken_yet_do_not_fill_the_disk() throws Exception {
        try (var exports = new Exports(folder, 10, 1000)) {
            var first = Files.write(exports.file(), new byte[1000]);
            Files.write(exports.file(), new byte[900]);
            assertThat(exports.<String>inNativeCode(() -> "made")).isEqualTo("made");

            Files.write(exports.file(), new byte[1000]);
            assertThatThrownBy(() -> exports.inNativeCode(() -> "made"))
                    .isInstanceOfSatisfying(Refusal.Thrown.class,
                            thrown -> assertThat(thrown.refusal().detail()).contains("try again"));

            Files.delete(first);
            assertThat(exports.<String>inNativeCode(() -> "made")).isEqualTo("made");
        }
    }
}

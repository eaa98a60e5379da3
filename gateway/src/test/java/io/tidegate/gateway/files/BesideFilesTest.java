package io.tidegate.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BesideFilesTest {
    @TempDir
    private Path folder;
    private BesideFiles files;

    @BeforeEach
    void write() throws IOException {
        Files.createDirectories(folder.resolve("in/parts"));
        Files.writeString(folder.resolve("secret.txt"), "secret");
        for (var name : new String[]{"z.json", "parts/a.json", "m.json"}) {
            Files.writeString(folder.resolve("in").resolve(name), name);
        }
        files = new BesideFiles(folder.resolve("in/schema.json"));
    }

    @Test
    void files_are_remembered_in_the_order_of_their_first_reading() throws IOException {
        for (var name : new String[]{"z.json", "parts/a.json", "m.json", "z.json"}) {
            assertThat(files.read(name)).isEqualTo(name);
        }

        assertThat(files.read()).containsExactly("z.json", "parts/a.json", "m.json");
    }

    @Test
    void nothing_outside_of_the_folder_is_read() throws IOException {
        Files.createSymbolicLink(folder.resolve("in/link.txt"), folder.resolve("secret.txt"));

        for (var path : new String[]{"../secret.txt", "link.txt", "parts/../../secret.txt",
                folder.resolve("secret.txt").toString()}) {
            assertThatThrownBy(() -> files.read(path)).isInstanceOf(IOException.class)
                    .hasMessage("'" + path + "' lies outside of the contract's folder");
        }
        assertThat(files.read()).isEmpty();
    }

    @Test
    void files_too_large_or_not_text_are_refused() throws IOException {
        Files.write(folder.resolve("in/large"), new byte[(int) BesideFiles.FILE_BYTES_MAX + 1]);
        Files.write(folder.resolve("in/binary"), new byte[]{(byte) 0xff, 0});

        assertThatThrownBy(() -> files.read("large")).hasMessageContaining(
                "is larger than 4194304 bytes");
        assertThatThrownBy(() -> files.read("binary")).hasMessageContaining("is not UTF-8 text");
        assertThatThrownBy(() -> files.read("gone")).hasMessageContaining("there is no such file");
    }

    @Test
    void a_copy_keeps_its_place_and_leaves_another_file_alone() throws IOException {
        var target = folder.resolve("out");
        var problems = new ArrayList<Problem>();
        Files.createDirectories(target);
        Files.writeString(target.resolve("m.json"), "another");

        files.copy("parts/a.json", target, problems);
        files.copy("parts/a.json", target, problems);
        files.copy("m.json", target, problems);

        assertThat(target.resolve("parts/a.json")).hasContent("parts/a.json");
        assertThat(target.resolve("m.json")).hasContent("another");
        assertThat(problems).extracting(problem -> problem.toString().replace(folder + "/", ""))
                .containsExactly("out/m.json: exists: another file of this name is there already"
                        + " and is left as it is: the contract names it, so remove it or choose"
                        + " another --out");
    }
}

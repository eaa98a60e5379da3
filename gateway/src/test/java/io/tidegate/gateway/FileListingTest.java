package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileListingTest {
    @TempDir
    private Path folder;

    private FileListing listing() throws IOException {
        return FileListing.of(folder, Instant.now());
    }

    @Test
    void nothing_written_is_nothing_seen() throws IOException {
        Files.createDirectories(folder.resolve("deep"));
        Files.writeString(folder.resolve("deep/a.yaml"), "a");

        assertThat(listing()).isEqualTo(listing());
        assertThat(listing().files()).containsOnlyKeys("deep/a.yaml");
    }

    @Test
    void governance_above_is_seen_when_it_is_written_and_when_it_is_gone() throws IOException {
        var contracts = Files.createDirectories(folder.resolve("contracts"));
        Files.writeString(contracts.resolve("a.yaml"), "a");
        var without = FileListing.of(contracts, Instant.now());
        var above = Files.writeString(folder.resolve("governance.yaml"), "require: [owner]");
        var with = FileListing.of(contracts, Instant.now());
        Files.writeString(above, "require: [tags]");

        assertThat(without.files()).containsOnlyKeys("a.yaml");
        assertThat(with).isNotEqualTo(without);
        assertThat(FileListing.of(contracts, Instant.now(), with)).isNotEqualTo(with);
        Files.delete(above);
        assertThat(FileListing.of(contracts, Instant.now(), with)).isEqualTo(without);
    }

    @Test
    void a_write_of_the_same_length_at_the_same_time_is_seen() throws IOException {
        var file = Files.writeString(folder.resolve("a.yaml"), "one");
        var time = Files.getLastModifiedTime(file);
        var before = listing();
        Files.writeString(file, "two");
        Files.setLastModifiedTime(file, time);

        assertThat(listing()).isNotEqualTo(before);
    }

    @Test
    void a_file_that_lies_still_is_not_read() throws IOException {
        var file = Files.writeString(folder.resolve("a.yaml"), "one");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));

        assertThat(listing().files().get("a.yaml").split(" ")).hasSize(3);
    }

    @Test
    void a_file_that_has_not_been_written_looks_the_same_when_its_time_is_past()
            throws IOException {
        Files.writeString(folder.resolve("a.yaml"), "one");
        var before = listing();

        assertThat(FileListing.of(folder, Instant.now().plusSeconds(60), before))
                .isEqualTo(before);
    }

    @Test
    void the_swap_of_a_mounted_config_map_is_seen() throws IOException {
        for (var state : new String[]{"..1", "..2"}) {
            Files.createDirectories(folder.resolve(state));
            Files.writeString(folder.resolve(state).resolve("a.yaml"), "same length " + state);
        }
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..1"));
        Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data/a.yaml"));
        var before = listing();
        assertThat(before.files()).containsOnlyKeys("a.yaml");

        var next = Files.createSymbolicLink(folder.resolve("..tmp"), Path.of("..2"));
        Files.move(next, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);

        assertThat(listing()).isNotEqualTo(before);
    }

    @Test
    void a_folder_that_is_a_link_is_seen_to_be_swapped() throws IOException {
        for (var state : new String[]{"1", "2"}) {
            Files.createDirectories(folder.resolve(state));
            Files.writeString(folder.resolve(state).resolve("a.yaml"), "a");
        }
        var link = Files.createSymbolicLink(folder.resolve("current"), Path.of("1"));
        var before = FileListing.of(link, Instant.now());
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("2"));

        assertThat(before.files()).containsOnlyKeys("a.yaml");
        assertThat(FileListing.of(link, Instant.now())).isNotEqualTo(before);
    }

    @Test
    void links_that_lead_nowhere_or_in_circles_do_no_harm() throws IOException {
        Files.createSymbolicLink(folder.resolve("nowhere"), Path.of("gone"));
        Files.createSymbolicLink(folder.resolve("circle"), folder);

        assertThat(listing().files()).isEmpty();
    }

    @Test
    void one_file_is_seen_with_those_beside_it() throws IOException {
        var contract = Files.writeString(folder.resolve("a.yaml"), "a");
        var schema = Files.writeString(folder.resolve("a.avsc"), "{}");
        var before = FileListing.of(contract, Instant.now());
        Files.writeString(schema, "[]");

        assertThat(FileListing.of(contract, Instant.now())).isNotEqualTo(before);
    }

    @Test
    void a_folder_that_is_gone_is_an_error_and_not_an_empty_folder() {
        assertThatThrownBy(() -> FileListing.of(folder.resolve("gone"), Instant.now()))
                .isInstanceOf(IOException.class);
    }
}

package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlansFileTest {
    private static final String TEXT = """
            http: {port: 8080}
            kafka:
              default: {bootstrap.servers: "broker:9092"}
            contracts: {path: contracts}
            identity:
              issuers: [{issuer: "https://id.example.com"}]
            plans:
              gold: {connections: 5}
            """;

    @TempDir
    private Path folder;
    private Path file;
    private PlansFile plans;

    @BeforeEach
    void read() throws IOException {
        file = Files.writeString(folder.resolve("gateway.yaml"), TEXT);
        plans = new PlansFile(Optional.of(file),
                ConfigReader.read(file, name -> null).config().orElseThrow());
        plans.isChanged(Instant.now());
    }

    private int connections() {
        return plans.plans().of(Optional.of("gold")).connections();
    }

    @Test
    void a_plan_that_changes_counts_at_once() throws IOException {
        assertThat(plans.isChanged(Instant.now())).isFalse();
        Files.writeString(file, TEXT.replace("connections: 5", "connections: 7"));

        assertThat(plans.isChanged(Instant.now())).isTrue();
        assertThat(plans.read()).isTrue();
        assertThat(connections()).isEqualTo(7);
        assertThat(plans.problems()).isEmpty();
        assertThat(plans.read()).isFalse();
    }

    @Test
    void a_file_that_is_wrong_changes_nothing_and_is_reported() throws IOException {
        Files.writeString(file, TEXT.replace("connections: 5", "connections: many"));

        assertThat(plans.read()).isFalse();
        assertThat(connections()).isEqualTo(5);
        assertThat(plans.problems()).singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("'many'"));
    }

    @Test
    void what_takes_a_restart_is_named_until_it_is_as_it_was() throws IOException {
        Files.writeString(file, TEXT.replace("8080", "9999"));

        assertThat(plans.read()).isFalse();
        assertThat(plans.restart()).containsExactly("http");
        assertThat(plans.problems()).singleElement().hasToString(file
                + ": restart: http: has changed; it takes effect with the next start");

        Files.writeString(file, TEXT);
        plans.read();
        assertThat(plans.problems()).isEmpty();
    }
}

package io.tidegate.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxBrokerIT {

    @Test
    void keeps_its_topics_when_it_starts_again_in_the_same_folder(@TempDir Path folder)
            throws Exception {
        try (var broker = SandboxBroker.start(folder, 0); var admin = admin(broker)) {
            admin.createTopics(List.of(new NewTopic("orders", 3, (short) 1))).all().get(10,
                    TimeUnit.SECONDS);
        }

        try (var again = SandboxBroker.start(folder, 0); var admin = admin(again)) {
            assertThat(admin.listTopics().names().get(10, TimeUnit.SECONDS))
                    .isEqualTo(Set.of("orders"));
        }
    }

    @Test
    void says_that_a_port_is_taken(@TempDir Path folder) throws Exception {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> SandboxBroker.start(folder, other.getLocalPort()))
                    .isInstanceOf(SandboxFailure.class)
                    .hasMessageStartingWith(
                            "The broker cannot listen on 127.0.0.1:" + other.getLocalPort());
        }
    }

    @Test
    void says_that_its_folder_cannot_be_written(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("not-a-folder"), "");

        assertThatThrownBy(() -> SandboxBroker.start(file.resolve("kafka"), 0))
                .isInstanceOf(SandboxFailure.class)
                .hasMessageStartingWith(
                        "The broker cannot write to '" + file.resolve("kafka") + "'");
    }

    private static Admin admin(SandboxBroker broker) {
        return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }
}

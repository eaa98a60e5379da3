package io.tidegate.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SourceSchema;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RememberedSchemasTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private boolean isDown;
    private Duration takes = Duration.ZERO;
    private final RememberedSchemas schemas = new RememberedSchemas((language, name) -> {
        nanos.addAndGet(takes.toNanos());
        asked.incrementAndGet();
        if (isDown) {
            throw new IOException("the registry does not answer");
        }
        return new SourceSchema(language, name + " " + asked, name);
    }, nanos::get);

    private String find(String name) throws IOException {
        return schemas.find(SchemaLanguage.AVRO, name).text();
    }

    @Test
    void asks_once_until_it_is_told_to_ask_again() throws IOException {
        assertThat(find("orders")).isEqualTo("orders 1");
        assertThat(find("orders")).isEqualTo("orders 1");

        schemas.refresh();

        assertThat(find("orders")).isEqualTo("orders 2");
    }

    @Test
    void what_was_found_stays_while_the_registry_is_away() throws IOException {
        find("orders");
        schemas.refresh();
        isDown = true;

        assertThat(find("orders")).isEqualTo("orders 1");
        assertThatThrownBy(() -> find("cars")).isInstanceOf(IOException.class)
                .hasMessage("the registry does not answer");

        isDown = false;
        assertThat(find("orders")).startsWith("orders ").isNotEqualTo("orders 1");
    }

    @Test
    void a_registry_that_lets_one_wait_is_left_alone_for_a_while() throws IOException {
        isDown = true;
        takes = Duration.ofSeconds(5);
        assertThatThrownBy(() -> find("orders")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> find("cars")).isInstanceOf(IOException.class);
        assertThat(asked).hasValue(1);

        nanos.addAndGet(Duration.ofSeconds(16).toNanos());
        isDown = false;

        assertThat(find("cars")).isEqualTo("cars 2");
    }
}

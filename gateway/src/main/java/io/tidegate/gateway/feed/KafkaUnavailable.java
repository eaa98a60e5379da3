package io.tidegate.gateway.feed;

import org.jspecify.annotations.Nullable;

/** A Kafka cluster does not answer. The message is for operators: it may name the cluster. */
public final class KafkaUnavailable extends RuntimeException {
    public KafkaUnavailable(String message) {
        super(message);
    }

    public KafkaUnavailable(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package io.tidegate.loadtests.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A thread that reads a topic from its end on for a baseline. */
final class KafkaFeed {
    private KafkaFeed() {
    }

    /**
     * Reads as long as the process lives.
     *
     * @param polled
     *            told of what each poll brought, on the feed's thread
     */
    static void follow(String kafka, String topic,
            Consumer<ConsumerRecords<byte[], byte[]>> polled) {
        Thread.ofPlatform().daemon().name("consumer").start(() -> run(kafka, topic, polled));
    }

    private static void run(String kafka, String topic,
            Consumer<ConsumerRecords<byte[], byte[]>> polled) {
        try (var consumer = new KafkaConsumer<byte[], byte[]>(
                Map.of("bootstrap.servers", kafka, "max.poll.records", "2000"),
                new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToEnd(List.of(partition));
            while (!Thread.currentThread().isInterrupted()) {
                var records = consumer.poll(Duration.ofMillis(500));
                if (!records.isEmpty()) {
                    polled.accept(records);
                }
            }
        }
    }
}

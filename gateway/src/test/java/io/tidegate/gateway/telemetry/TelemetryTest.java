package io.tidegate.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.refusal.RefusalCode;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TelemetryTest {
    private static final ProductId ID = new ProductId("logistics", "shipment-events", 2);
    private static final String P = "product=\"logistics/shipment-events/v2\"";

    private enum Why {
        CLIENT_LEFT
    }

    private final Telemetry telemetry = new Telemetry();

    @AfterEach
    void close() {
        telemetry.close();
    }

    @Test
    void counts_connections_requests_and_refusals() {
        telemetry.connectionOpened(Transport.SSE);
        telemetry.connectionOpened(Transport.SSE);
        telemetry.connectionClosed(Transport.SSE);
        telemetry.refused(RefusalCode.RATE_LIMITED);
        telemetry.request(Surface.GRAPHQL, 200, 7_000_000);
        telemetry.request(Surface.OTHER, 99_999, -1);

        assertThat(telemetry.scrape().lines()).contains(
                "tidegate_connections{transport=\"sse\"} 1.0",
                "tidegate_connections_opened_total{transport=\"sse\"} 2.0",
                "tidegate_refusals_total{code=\"RATE_LIMITED\"} 1.0",
                "tidegate_refusals_total{code=\"TOKEN_INVALID\"} 0.0",
                "tidegate_requests_seconds_count{status=\"200\",surface=\"graphql\"} 1",
                "tidegate_requests_seconds_bucket{status=\"200\",surface=\"graphql\",le=\"0.005\"} 0",
                "tidegate_requests_seconds_bucket{status=\"200\",surface=\"graphql\",le=\"0.01\"} 1",
                "tidegate_requests_seconds_count{status=\"0\",surface=\"other\"} 1");
        assertThat(telemetry.scrape()).contains("jvm_memory_used_bytes", "process_files_open_files",
                "jvm_threads_live_threads");
    }

    @Test
    void names_what_is_wrong_with_data_and_bounds_the_names() {
        var product = telemetry.product(ID);
        product.qualityScore(() -> 0.75);
        product.qualityError("rule", "price is positive");
        product.qualityError("rule", "price is positive");
        for (int i = 0; i < 150; i++) {
            product.qualityError("value", "f" + i);
        }
        product.qualityError("value", "f0");

        assertThat(telemetry.scrape().lines()).contains(
                "tidegate_quality_score{" + P + "} 0.75",
                "tidegate_quality_errors_total{kind=\"rule\",name=\"price is positive\"," + P
                        + "} 2.0",
                "tidegate_quality_errors_total{kind=\"value\",name=\"f0\"," + P + "} 2.0",
                "tidegate_quality_errors_total{kind=\"value\",name=\"other\"," + P + "} 51.0");
    }

    @Test
    void counts_what_happens_to_a_product() {
        var product = telemetry.product(ID);
        product.subscriptionOpened(Transport.WEBSOCKET);
        product.subscriptionOpened(Transport.WEBSOCKET);
        product.subscriptionEnded(Transport.WEBSOCKET, Why.CLIENT_LEFT);
        product.delivered(Transport.WEBSOCKET, 3, 300);
        product.delivery(Transport.WEBSOCKET).delivered(4, 400);
        product.feedAppended(10, 1000);
        product.badRecord();
        product.gap(5);
        product.viewApplied(9);
        product.historyTaken();
        product.historyRead(2);
        product.historyLeft();
        product.feedLag(12);
        product.viewLag(1);
        product.freshness(Duration.ofMillis(1500));

        assertThat(telemetry.scrape().lines()).contains(
                "tidegate_subscriptions{" + P + ",transport=\"websocket\"} 1.0",
                "tidegate_subscriptions_opened_total{" + P + ",transport=\"websocket\"} 2.0",
                "tidegate_subscriptions_ended_total{" + P
                        + ",reason=\"client_left\",transport=\"websocket\"} 1.0",
                "tidegate_delivered_events_total{" + P + ",transport=\"websocket\"} 7.0",
                "tidegate_delivered_bytes_total{" + P + ",transport=\"websocket\"} 700.0",
                "tidegate_feed_events_total{" + P + "} 10.0",
                "tidegate_feed_bytes_total{" + P + "} 1000.0",
                "tidegate_bad_records_total{" + P + "} 1.0",
                "tidegate_gap_events_total{" + P + "} 5.0",
                "tidegate_view_events_total{" + P + "} 9.0",
                "tidegate_history_taken_total{" + P + "} 1.0",
                "tidegate_history_read_total{" + P + "} 2.0",
                "tidegate_history_left_total{" + P + "} 1.0",
                "tidegate_feed_lag_events{" + P + "} 12.0",
                "tidegate_view_lag_events{" + P + "} 1.0",
                "tidegate_freshness_seconds{" + P + "} 1.5");
    }

    @Test
    void a_product_has_one_handle_until_it_is_forgotten_with_all_its_series() {
        var product = telemetry.product(ID);
        product.subscriptionEnded(Transport.SSE, Why.CLIENT_LEFT);
        assertThat(telemetry.product(ID)).isSameAs(product);
        assertThat(telemetry.scrape()).contains(P);

        telemetry.forget(ID);

        assertThat(telemetry.scrape()).doesNotContain(P);
        assertThat(telemetry.product(ID)).isNotSameAs(product);
    }

    @Test
    void the_number_of_series_is_bounded_even_if_the_catalog_is_not() {
        try (var small = new Telemetry(3)) {
            for (int i = 0; i < 50; i++) {
                small.product(new ProductId("d", "p" + i, 1)).badRecord();
            }

            assertThat(
                    small.scrape().lines().filter(l -> l.startsWith("tidegate_bad_records_total")))
                    .containsExactlyInAnyOrder(
                            "tidegate_bad_records_total{product=\"d/p0/v1\"} 1.0",
                            "tidegate_bad_records_total{product=\"d/p1/v1\"} 1.0",
                            "tidegate_bad_records_total{product=\"d/p2/v1\"} 1.0",
                            "tidegate_bad_records_total{product=\"other\"} 47.0");
        }
    }

    @Test
    void what_others_count_is_asked_for_at_each_scrape() {
        var count = new java.util.concurrent.atomic.AtomicLong(3);
        telemetry.counter("answers", "Where from", "from", "store", count::get);
        assertThat(telemetry.scrape()).contains("\ntidegate_answers_total{from=\"store\"} 3.0\n");
        System.gc();
        count.set(5);
        assertThat(telemetry.scrape()).contains("\ntidegate_answers_total{from=\"store\"} 5.0\n");
    }

    @Test
    void a_gauge_is_asked_at_each_scrape() {
        var value = new double[]{1};
        telemetry.gauge("feeds.memory.bytes", "Memory of all feeds", () -> value[0]);
        assertThat(telemetry.scrape()).contains("\ntidegate_feeds_memory_bytes 1.0\n");

        value[0] = 2;

        assertThat(telemetry.scrape()).contains("\ntidegate_feeds_memory_bytes 2.0\n");
    }
}

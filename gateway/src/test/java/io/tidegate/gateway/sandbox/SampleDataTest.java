package io.tidegate.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.sandbox.SampleData.Sample;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleDataTest {
    private static final Instant NOON = Instant.parse("2026-01-15T12:00:00Z");

    @Test
    void gives_the_same_events_for_the_same_seed() {
        assertThat(walk(7, 2000)).isEqualTo(walk(7, 2000)).isNotEqualTo(walk(8, 2000));
    }

    @Test
    void touches_every_product_and_takes_customers_and_stock_away_now_and_then() {
        var events = walk(1, 5000);

        assertThat(events).extracting(Sample::product).contains(SampleData.SHIPMENTS,
                SampleData.INVOICES,
                SampleData.CUSTOMERS, SampleData.TRADES, SampleData.STOCK);
        assertThat(events.stream().filter(event -> event.after() == null).map(Sample::product)
                .distinct())
                .containsExactlyInAnyOrder(SampleData.CUSTOMERS, SampleData.STOCK);
    }

    @Test
    void moves_a_shipment_only_along_its_way() {
        var last = new HashMap<String, String>();
        var steps = new HashSet<String>();
        for (Sample event : walk(3, 20_000)) {
            if (event.product().equals(SampleData.SHIPMENTS)) {
                String status = event.after().get("status").asText();
                steps.add(
                        last.put(event.key().get("shipment_id").asText(), status) + " > " + status);
            }
        }

        assertThat(steps).containsExactlyInAnyOrder("null > created", "created > in_transit",
                "in_transit > in_transit", "in_transit > delivered", "delivered > returned");
    }

    @Test
    void ships_only_to_customers_that_were_there_and_bills_only_orders_that_exist() {
        var customers = new HashSet<String>();
        var unknown = new HashSet<String>();
        for (Sample event : walk(5, 20_000)) {
            if (event.product().equals(SampleData.CUSTOMERS)) {
                customers.add(event.key().get("customer_id").asText());
            }
            if (event.product().equals(SampleData.SHIPMENTS) && !customers.isEmpty()) {
                unknown.add(event.after().get("customer_id").asText());
            }
        }
        unknown.removeAll(customers);

        assertThat(unknown).as("customers named before the first of them was known")
                .hasSizeLessThanOrEqualTo(1);
    }

    private static List<Sample> walk(long seed, int events) {
        var data = new SampleData(seed);
        return IntStream.range(0, events).mapToObj(i -> data.next(NOON.plusMillis(i))).toList();
    }
}

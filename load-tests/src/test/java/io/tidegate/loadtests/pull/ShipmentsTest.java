package io.tidegate.loadtests.pull;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class ShipmentsTest {
    private static final int ROWS = 20_000;

    @Test
    void every_shipment_comes_once_with_a_time_of_its_own_and_not_in_the_order_of_keys() {
        var shipments = new Shipments(ROWS);
        var all = new ArrayList<Shipment>();
        shipments.each(all::add);
        var ids = all.stream().map(Shipment::id).toList();
        assertThat(new HashSet<>(ids)).hasSize(ROWS);
        assertThat(all.stream().map(Shipment::ts).distinct()).hasSize(ROWS);
        assertThat(ids).isNotEqualTo(ids.stream().sorted().toList());
        assertThat(all.stream().map(Shipment::carrier).distinct()).hasSize(Shipment.CARRIERS);
        assertThat(all).allSatisfy(
                shipment -> assertThat(shipment.note().length()).isBetween(120, 183));
    }

    @Test
    void the_same_number_and_revision_are_the_same_shipment() {
        var shipments = new Shipments(ROWS);
        var first = shipments.get(17, 0);
        assertThat(new Shipments(ROWS).get(17, 0)).isEqualTo(first);
        var later = shipments.get(17, 3);
        assertThat(later.id()).isEqualTo(first.id());
        assertThat(later.carrier()).isEqualTo(first.carrier());
        assertThat(later.ts()).isAfter(first.ts());
        assertThat(later.note()).isNotEqualTo(first.note());
    }

    @Test
    void is_read_back_from_what_is_written() throws Exception {
        var shipment = new Shipments(ROWS).get(4711, 0);
        assertThat(Questions.shipment(new ObjectMapper().readTree(shipment.json())))
                .isEqualTo(shipment);
    }
}

package io.tidegate.loadtests.pull;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class TruthTest {
    private static final Shipments SHIPMENTS = new Shipments(20_000);

    @Test
    void a_page_has_the_newest_of_its_carrier_behind_its_depth() {
        var all = new ArrayList<Shipment>();
        SHIPMENTS.each(all::add);
        var carrier = Shipment.carrier(3);
        var sorted = all.stream().filter(shipment -> shipment.carrier().equals(carrier))
                .sorted(Comparator.comparing(Shipment::ts).reversed()).toList();
        assertThat(new Truth(SHIPMENTS, 300).page(new Questions.Place(carrier, 120, "x")))
                .isEqualTo(sorted.subList(120, 220));
    }

    @Test
    void groups_count_every_shipment() {
        var groups = new Truth(SHIPMENTS, 1).groups();
        assertThat(groups).hasSize(5);
        assertThat(groups.stream().mapToLong(Questions.Group::count).sum()).isEqualTo(20_000);
        assertThat(Questions.differences(groups, groups)).isEmpty();
    }

    @Test
    void sums_may_differ_by_rounding_and_by_nothing_else() {
        var group = new Questions.Group("BOOKED", 3, 0.3, 0.1);
        assertThat(Questions.differences(List.of(group),
                List.of(new Questions.Group("BOOKED", 3, 0.1 + 0.2, 0.1)))).isEmpty();
        assertThat(Questions.differences(List.of(group),
                List.of(new Questions.Group("BOOKED", 3, 0.31, 0.1)))).hasSize(1);
        assertThat(Questions.differences(List.of(group),
                List.of(new Questions.Group("BOOKED", 4, 0.3, 0.1)))).hasSize(1);
        assertThat(Questions.differences(List.of(group), List.of())).hasSize(2);
    }
}

package io.tidegate.loadtests.pull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/** What the answers have to be: made from the shipments themselves in one pass, without either of the two. */
final class Truth {
    private final Map<String, PriorityQueue<Shipment>> newest = new HashMap<>();
    private final Map<String, long[]> counts = new HashMap<>();
    private final Map<String, double[]> sums = new HashMap<>();

    /**
     * @param depth
     *            newest rows of each carrier that are kept
     */
    Truth(Shipments shipments, int depth) {
        shipments.each(shipment -> {
            var queue = newest.computeIfAbsent(shipment.carrier(),
                    ignored -> new PriorityQueue<>(Comparator.comparing(Shipment::ts)));
            queue.add(shipment);
            if (queue.size() > depth) {
                queue.remove();
            }
            counts.computeIfAbsent(shipment.status(), ignored -> new long[1])[0]++;
            sums.computeIfAbsent(shipment.status(), ignored -> new double[1])[0] += shipment
                    .weightKg();
        });
    }

    /** A page of the newest of a carrier. */
    List<Shipment> page(Questions.Place place) {
        var queue = newest.get(place.carrier());
        if (queue == null) {
            return List.of();
        }
        var rows = new ArrayList<>(queue);
        rows.sort(Comparator.comparing(Shipment::ts).reversed());
        return List.copyOf(rows.subList(Math.min(rows.size(), place.depth()),
                Math.min(rows.size(), place.depth() + Questions.PAGE)));
    }

    List<Questions.Group> groups() {
        var groups = new ArrayList<Questions.Group>();
        counts.forEach((status, count) -> {
            double sum = sums.getOrDefault(status, new double[1])[0];
            groups.add(new Questions.Group(status, count[0], sum, sum / count[0]));
        });
        return groups;
    }
}

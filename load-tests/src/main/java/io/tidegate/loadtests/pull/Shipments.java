package io.tidegate.loadtests.pull;

import java.util.SplittableRandom;
import java.util.function.Consumer;

/** All shipments of a run, in an order that has nothing to do with their keys or their times. */
final class Shipments {
    private final int[] order;
    private final int[] places;

    Shipments(int rows) {
        order = shuffled(rows, new SplittableRandom(17));
        places = shuffled(rows, new SplittableRandom(29));
    }

    private static int[] shuffled(int count, SplittableRandom random) {
        var numbers = new int[count];
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i + 1);
            numbers[i] = numbers[other];
            numbers[other] = i;
        }
        return numbers;
    }

    int size() {
        return order.length;
    }

    Shipment get(int number, long revision) {
        return Shipment.of(number, places[number], revision);
    }

    /** Hands out each once, as it is loaded. */
    void each(Consumer<Shipment> reader) {
        for (int number : order) {
            reader.accept(get(number, 0));
        }
    }
}

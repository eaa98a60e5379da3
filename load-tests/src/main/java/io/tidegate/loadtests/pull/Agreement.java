package io.tidegate.loadtests.pull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Whether one of the two gives the answers that follow from what was loaded, and so both the same. */
final class Agreement {
    private static final int KEYS = 200;
    private static final int PAGES = 20;

    private final Shipments shipments;
    private final Truth truth;
    private final Contender contender;

    Agreement(Shipments shipments, Truth truth, Contender contender) {
        this.shipments = shipments;
        this.truth = truth;
        this.contender = contender;
    }

    /** Rows of random keys that are not those that were loaded, and a count that is not theirs. */
    List<String> ofKeys(long seed) throws IOException {
        var faults = new ArrayList<String>();
        var questions = contender.questions();
        var random = new SplittableRandom(seed);
        try (var asker = new Asker(contender)) {
            long total = questions.total(asker.ask(questions.total()));
            if (total != shipments.size()) {
                faults.add(contender.label() + " has " + total + " rows");
            }
            for (int i = 0; i < KEYS; i++) {
                var expected = shipments.get(random.nextInt(shipments.size()), 0);
                var rows = questions.rows(asker.ask(questions.key(expected.id())));
                if (!rows.equals(List.of(expected))) {
                    faults.add(contender.label() + " answered " + rows + " instead of " + expected);
                }
            }
        }
        return faults;
    }

    /** Random pages that are not those that follow from what was loaded. */
    List<String> ofPages(List<Questions.Place> places, long seed) throws IOException {
        var faults = new ArrayList<String>();
        var questions = contender.questions();
        var random = new SplittableRandom(seed);
        try (var asker = new Asker(contender)) {
            for (int i = 0; i < PAGES; i++) {
                var place = places.get(random.nextInt(places.size()));
                var rows = questions.rows(asker.ask(questions.page(place)));
                var expected = truth.page(place);
                if (!rows.equals(expected)) {
                    faults.add(contender.label() + " answered another page at " + place + ": "
                            + rows.size() + " rows, the first is " + rows.stream().findFirst()
                            + " instead of " + expected.stream().findFirst());
                }
            }
        }
        return faults;
    }

    /** How the groups differ from those that follow from what was loaded. */
    List<String> ofGroups() throws IOException {
        var questions = contender.questions();
        try (var asker = new Asker(contender)) {
            return Questions.differences(questions.groups(asker.ask(questions.groups(0))),
                    truth.groups()).stream()
                    .map(difference -> contender.label() + " groups otherwise: " + difference)
                    .toList();
        }
    }
}

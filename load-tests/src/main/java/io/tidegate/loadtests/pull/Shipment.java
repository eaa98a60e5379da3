package io.tidegate.loadtests.pull;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A made-up shipment: what both have a million of. The same number and revision are always the same shipment.
 *
 * @param ts
 *            no two shipments have the same, and it has nothing to do with the id
 * @param weightKg
 *            in halves, so that sums of them are exact whatever the order
 * @param note
 *            120 to 183 characters that hardly compress
 */
record Shipment(String id, Instant ts, String status, String carrier, String origin,
        String destination, double weightKg, String note) {
    static final String FIELDS = "id ts status carrier origin destination weightKg note";
    static final int CARRIERS = 20;

    private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");
    private static final long STEP_MILLIS = 20;
    private static final List<String> STATUSES = List.of("BOOKED", "PICKED_UP", "IN_TRANSIT",
            "CUSTOMS", "DELIVERED");
    private static final List<String> CITIES = List.of("Rotterdam", "Gdansk", "Trieste", "Bilbao",
            "Antwerp", "Piraeus", "Genoa", "Oslo", "Tallinn", "Porto", "Marseille", "Hamburg");
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz 0123456789";

    /** The key of a shipment, from 0. */
    static String id(long number) {
        return String.format(Locale.ROOT, "SHP-%09d", number);
    }

    /** A carrier, from 0 to 19. */
    static String carrier(int number) {
        return String.format(Locale.ROOT, "carrier-%02d", number);
    }

    /**
     * @param number
     *            of the key
     * @param place
     *            among the times; one to one with the number, so that times are unique
     * @param revision
     *            0 = as it is loaded; a later one has another status, weight, note and a later time
     */
    static Shipment of(long number, long place, long revision) {
        var fixed = new SplittableRandom(number);
        var random = new SplittableRandom(number * 31 + revision * 1_000_003);
        return new Shipment(id(number),
                FIRST.plusMillis((place + revision * 100_000_000L) * STEP_MILLIS),
                STATUSES.get(random.nextInt(STATUSES.size())),
                carrier(fixed.nextInt(CARRIERS)), CITIES.get(fixed.nextInt(CITIES.size())),
                CITIES.get(fixed.nextInt(CITIES.size())), (1 + random.nextInt(4000)) / 2.0,
                note(random));
    }

    private static String note(SplittableRandom random) {
        var text = new StringBuilder();
        for (int rest = 120 + random.nextInt(64); rest > 0; rest--) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        // No blank at the end, which a reader might take off.
        text.setCharAt(text.length() - 1, '.');
        return text.toString();
    }

    /** As it is written to Kafka. Nothing in it needs escaping. */
    String json() {
        return "{\"id\":\"" + id + "\",\"ts\":\"" + ts + "\",\"status\":\"" + status
                + "\",\"carrier\":\"" + carrier + "\",\"origin\":\"" + origin
                + "\",\"destination\":\"" + destination + "\",\"weightKg\":" + weightKg
                + ",\"note\":\"" + note + "\"}";
    }

    /** As PostgreSQL's {@code COPY} takes it, with a line feed. */
    String copyLine() {
        return String.join("\t", id, ts.toString(), status, carrier, origin, destination,
                Double.toString(weightKg), note) + "\n";
    }
}

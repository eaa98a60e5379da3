package io.tidegate.gateway;

import io.tidegate.gateway.view.ViewFeeder.Standing;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Whether the gateway can be sent clients.
 *
 * @param waitingFor
 *            what keeps it from being ready, by part; empty = ready
 * @param views
 *            why views stand still, by product and part of its view
 */
record Readiness(Map<String, String> waitingFor, Map<String, Map<String, String>> views) {
    /** A view that is further behind is told. */
    static final Duration BEHIND_MAX = Duration.ofSeconds(10);

    /**
     * @param missing
     *            what else it waits for
     * @param products
     *            how the parts of each product's view get on, the one that answers everything first; none if it is a stream
     *            only
     */
    static Readiness of(Map<String, String> missing, Map<String, List<Standing>> products) {
        var views = new TreeMap<String, Map<String, String>>();
        products.forEach((product, parts) -> {
            var why = new LinkedHashMap<String, String>();
            parts.forEach(part -> standstill(part).ifPresent(text -> why.put(part.part(), text)));
            if (!why.isEmpty()) {
                views.put(product, why);
            }
        });
        var waitingFor = new TreeMap<>(missing);
        if (!products.isEmpty()
                && products.values().stream().allMatch(Readiness::isUnanswerable)) {
            var first = products.entrySet().iterator().next();
            waitingFor.put("views", "no product's view goes on; the first of them, '"
                    + first.getKey() + "': "
                    + first.getValue().getFirst().trouble().orElse("(just now)"));
        }
        return new Readiness(waitingFor, views);
    }

    private static Optional<String> standstill(Standing part) {
        return part.trouble().or(() -> isLate(part)
                ? Optional.of("behind by " + part.behind().toSeconds() + " s")
                : Optional.empty());
    }

    /** One that is only behind gets on, and answers: a burst must not take every node away at once. */
    private static boolean isUnanswerable(List<Standing> parts) {
        return !parts.isEmpty() && parts.getFirst().trouble().isPresent()
                && isLate(parts.getFirst());
    }

    private static boolean isLate(Standing part) {
        return part.behind().compareTo(BEHIND_MAX) > 0;
    }

    boolean isReady() {
        return waitingFor.isEmpty();
    }

    /** As operators read it. */
    JsonObject json() {
        var standing = new JsonObject();
        views.forEach((product, parts) -> {
            var json = new JsonObject();
            parts.forEach(json::put);
            standing.put(product, json);
        });
        var waiting = new JsonObject();
        waitingFor.forEach(waiting::put);
        return new JsonObject().put("status", isReady() ? "ready" : "not ready")
                .put("waitingFor", waiting).put("views", standing);
    }
}

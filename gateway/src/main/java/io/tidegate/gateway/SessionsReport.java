package io.tidegate.gateway;

import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Session;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;

/** What operators see of the streams that are open, and what they can do about them. Thread-safe. */
final class SessionsReport {
    /** Sessions in one answer. */
    static final int PAGE_MAX = 1000;

    private final List<Doorway> doorways;
    private final Runnable drain;

    /**
     * @param doorways
     *            of all event loops; may still grow
     * @param drain
     *            begins to send clients elsewhere, unless that has begun
     */
    SessionsReport(List<Doorway> doorways, Runnable drain) {
        this.doorways = doorways;
        this.drain = drain;
    }

    /** A page of sessions in the order in which they were opened; {@code next} is there if more may follow. */
    Future<JsonObject> sessions(long after, int most) {
        var asked = doorways.stream().map(doorway -> doorway.sessions(after, most)).toList();
        return Future.all(asked).map(ignored -> {
            var found = asked.stream().flatMap(answer -> answer.result().stream())
                    .sorted(Comparator.comparingLong(Session::id)).limit(most).toList();
            var page = new JsonObject().put("sessions",
                    new JsonArray(found.stream().map(SessionsReport::json).toList()));
            if (found.size() == most) {
                page.put("next", found.getLast().id());
            }
            return page;
        });
    }

    private static JsonObject json(Session session) {
        return new JsonObject().put("id", session.id()).put("partner", session.partner())
                .put("transport", session.transport().label()).put("product", session.product())
                .put("since", session.since().toString()).put("cursor", session.cursor())
                .put("behind", session.behind()).put("delivered", session.delivered());
    }

    /** Ends a session; false if there is none of this id. */
    Future<Boolean> end(long id) {
        var asked = doorways.stream().map(doorway -> doorway.end(id)).toList();
        return Future.all(asked)
                .map(ignored -> asked.stream().anyMatch(answer -> answer.result()));
    }

    void drain() {
        drain.run();
    }
}

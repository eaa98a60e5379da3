package io.tidegate.gateway;

import io.tidegate.contract.ProblemReport;
import io.tidegate.gateway.view.View;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** What is live and what came of the last reading, as operators read it. From any thread. */
final class ContractsReport {
    private final LiveCatalog live;
    private final Reload reload;

    ContractsReport(LiveCatalog live, Reload reload) {
        this.live = live;
        this.reload = reload;
    }

    /** Reads everything now; the answer says what came of it. */
    CompletableFuture<JsonObject> reload() {
        return reload.now().thenApply(ContractsReport::json);
    }

    /** What is live. */
    JsonObject contracts() {
        var products = new JsonArray();
        for (var state : live.states()) {
            var product = state.product();
            var json = new JsonObject().put("product", product.id().path())
                    .put("version", product.contract().version())
                    .put("status", product.contract().status().name().toLowerCase(Locale.ROOT))
                    .put("since", state.since().toString()).put("file", state.file())
                    .put("schema", product.schema().source())
                    // Its file says something else now, which cannot be used.
                    .put("held", state.isHeld());
            product.feed().trouble().ifPresent(trouble -> json.put("waitingFor", trouble));
            state.building().ifPresent(since -> json.put("buildingSince", since.toString()));
            if (!state.feeders().isEmpty()) {
                json.put("view", view(state));
                state.product().view().ifPresent(view -> json.put("indexes", indexes(view)));
            }
            product.former().ifPresent(former -> json.put("former", new JsonObject()
                    .put("version", former.product().contract().version())
                    .put("until", former.until().toString())));
            products.add(json);
        }
        return new JsonObject().put("products", products).put("lastReload",
                json(reload.last()));
    }

    /** Of each part how far it is behind, and why if it stands still. */
    private static JsonArray view(LiveCatalog.State state) {
        var parts = new JsonArray();
        for (var standing : state.view()) {
            var json = new JsonObject().put("part", standing.part())
                    .put("caughtUp", standing.isCaughtUp()).put("lag", standing.lag())
                    .put("behindSeconds", standing.behind().toMillis() / 1000.0);
            standing.trouble().ifPresent(trouble -> json.put("trouble", trouble));
            parts.add(json);
        }
        return parts;
    }

    private static JsonArray indexes(View view) {
        var indexes = new JsonArray();
        for (var standing : view.indexes()) {
            indexes.add(new JsonObject().put("index", standing.index())
                    .put("built", standing.isBuilt()).put("bytes", standing.bytes()));
        }
        return indexes;
    }

    private static JsonObject json(Reloaded reloaded) {
        var changes = new JsonArray();
        reloaded.changes().forEach((id, change) -> changes.add(new JsonObject()
                .put("product", id.path())
                .put("change", change.name().toLowerCase(Locale.ROOT))));
        return new JsonObject()
                .put("result", reloaded.result().name().toLowerCase(Locale.ROOT))
                .put("at", reloaded.at().toString()).put("millis", reloaded.took().toMillis())
                .put("changes", changes).put("plansChanged", reloaded.arePlansChanged())
                .put("restartNeeded", new JsonArray(reloaded.restart()))
                .put("problems", new JsonArray(ProblemReport.json(reloaded.problems())));
    }
}

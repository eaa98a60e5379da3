package io.tidegate.gateway.truth;

import io.tidegate.gateway.truth.LogFold.Change;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A part of a request for which the judge knows the answer. */
interface Question {
    /**
     * What the fold is at the answer's position.
     *
     * @param changes
     *            all that the caller may see, in the order of each partition's log
     * @param rows
     *            the newest change of each row that the caller may see, in the order of their keys
     */
    record State(List<Long> position, List<Change> changes,
            Map<List<Object>, Change> rows) {
    }

    /** Arguments are variables whose names begin with the prefix. */
    String declared(String prefix);

    /** What is selected of the product, under the alias that is the prefix. */
    String selected(String prefix);

    Map<String, Object> variables(String prefix);

    /** Throws where the answer is another than the fold's; the question that goes on from here, if there is one. */
    Optional<Question> judge(JsonObject product, String prefix, State state, Random random);
}

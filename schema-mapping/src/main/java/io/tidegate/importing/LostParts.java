package io.tidegate.importing;

import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a file says and its contract cannot: one warning for each kind of thing, at the first place that says it. */
final class LostParts {
    private static final Map<String, String> REMEDIES = Map.of("quality",
            "write what every event has to satisfy as 'rules'", "roles",
            "write who may read what as 'access'", "references", "write it as 'relations'",
            "relationships", "write it as 'relations'");

    private final Map<String, Place> first = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new LinkedHashMap<>();

    void add(String what, Place place) {
        first.putIfAbsent(what, place);
        counts.merge(what, 1, Integer::sum);
    }

    void report(List<Problem> problems) {
        first.forEach((what, place) -> {
            int more = counts.getOrDefault(what, 1) - 1;
            var remedy = REMEDIES.get(what.substring(what.lastIndexOf('.') + 1));
            problems.add(Problem.warning(place, "not-imported", "'" + what
                    + "' has no counterpart and is not carried over"
                    + (more == 0
                            ? ""
                            : ", nor at " + more
                                    + (more == 1 ? " further place" : " further places"))
                    + (remedy == null ? "" : ": " + remedy)));
        });
    }
}

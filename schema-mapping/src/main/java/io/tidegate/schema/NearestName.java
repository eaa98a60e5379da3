package io.tidegate.schema;

import io.tidegate.problem.Suggestion;
import java.util.Collection;
import java.util.LinkedHashMap;

/** The known name that a wrong one was probably meant to be, for messages; packages may be wrong or left out. */
final class NearestName {
    private NearestName() {
    }

    /** {@code ; did you mean 'x'?}, empty if nothing is near. */
    static String hint(String wrong, Collection<String> known) {
        var bySimpleName = new LinkedHashMap<String, String>();
        known.forEach(name -> bySimpleName.putIfAbsent(simple(name), name));
        return Suggestion.nearest(wrong, known)
                .or(() -> Suggestion.nearest(simple(wrong), bySimpleName.keySet())
                        .map(bySimpleName::get))
                .map(name -> "; did you mean '" + name + "'?").orElse("");
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}

package io.tidegate.gateway.graphql;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What rows lead to could not be had, for one reason that all of them have in common: it is told once for each field of the
 * document, with how many more places it holds for. For the one thread that runs the query.
 */
final class RelatedFailure extends RuntimeException {
    private final RuntimeException reason;
    /** Extensions of the errors that tell it. */
    private final transient Map<List<Object>, Map<String, Object>> told = new HashMap<>();

    RelatedFailure(RuntimeException reason) {
        super(reason.getMessage(), reason, false, false);
        this.reason = reason;
    }

    RuntimeException reason() {
        return reason;
    }

    /**
     * @param field
     *            where it is met
     * @param extensions
     *            of the error that tells it, if it has not been told for this field
     * @return the extensions of the error that has told it before
     */
    Optional<Map<String, Object>> told(List<Object> field, Map<String, Object> extensions) {
        return Optional.ofNullable(told.putIfAbsent(field, extensions));
    }
}

package io.tidegate.gateway.data;

import io.tidegate.gateway.view.AggregateQuery;
import io.tidegate.gateway.view.EventsQuery;
import io.tidegate.gateway.view.ItemsQuery;
import java.util.List;
import java.util.Set;

/** What is asked for. */
sealed interface Ask {

    /** Rows of the current state. */
    record Items(ItemsQuery query, Set<String> fields) implements Ask {
    }

    /**
     * Figures of groups.
     *
     * @param names
     *            of the figures' columns
     */
    record Groups(AggregateQuery query, List<String> names) implements Ask {
    }

    /** Changes. */
    record Events(EventsQuery query, Set<String> fields) implements Ask {
    }
}

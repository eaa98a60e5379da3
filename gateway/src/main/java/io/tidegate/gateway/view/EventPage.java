package io.tidegate.gateway.view;

import java.util.List;

/**
 * Some changes of a question, those of one partition in the order of its log.
 *
 * @param hasMore
 *            whether there are changes behind the last one
 * @param count
 *            of these and all that are behind them
 */
public record EventPage(List<StoredEvent> events, boolean hasMore, long count) {
    public EventPage {
        events = List.copyOf(events);
    }
}

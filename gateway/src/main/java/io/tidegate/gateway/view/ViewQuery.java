package io.tidegate.gateway.view;

/** A question to a view, with the caller's rows bound in. Equal questions are equal objects, so that answers can be shared. */
public sealed interface ViewQuery permits ItemsQuery, AggregateQuery, EventsQuery {
}

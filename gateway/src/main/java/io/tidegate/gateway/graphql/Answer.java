package io.tidegate.gateway.graphql;

import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.Tempo;
import java.util.List;
import java.util.Map;

/** What becomes of a GraphQL request. */
sealed interface Answer {

    /**
     * It ran.
     *
     * @param response
     *            as the specification has it, JSON on one line
     */
    record Executed(byte[] response) implements Answer {
    }

    /** It did not run: errors without data. */
    record Invalid(RefusalCode code, List<Map<String, Object>> errors) implements Answer {
    }

    /** It is a subscription, compiled. */
    record Subscribe(Catalog.Granted granted, Shape shape, Predicate where, From from,
            Tempo tempo,
            boolean hasSnapshot) implements Answer {
        /** Other products that the events lead to. */
        List<LiveProduct> related() {
            return shape instanceof RelatedEvents events ? events.related() : List.of();
        }
    }
}

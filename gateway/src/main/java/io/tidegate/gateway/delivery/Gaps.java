package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Lost;
import java.util.Locale;

/** Announcements of missing events, as clients see them: no topic, no reason that names a field. */
final class Gaps {
    private Gaps() {
    }

    static String json(Lost lost, String cursor) {
        var sentence = switch (lost.reason()) {
            case BAD_RECORD -> "A record cannot be read under the product's schema.";
            case INCOMPATIBLE_SCHEMA ->
                "A record was written with a schema that the product's contract cannot read.";
            case QUARANTINED -> "A record is withheld: a value in it is not of its type.";
            case RETENTION -> "The events are no longer retained.";
            case EPOCH -> "The product's log was replaced or shortened.";
            case PARTITIONS_CHANGED ->
                "A partition was added; what follows of a key may be in another one than before.";
            case SLOW_READER -> "The reader was too slow and had asked for onSlow=drop.";
        };
        // As the AsyncAPI document has it: counts and offsets are text, since they may exceed what JSON readers keep.
        return "{\"reason\":\"" + lost.reason().name().toLowerCase(Locale.ROOT).replace('_', '-')
                + "\",\"message\":\"" + sentence + "\",\"events\":\"" + lost.count()
                + "\",\"partition\":"
                + lost.slot() + ",\"from\":\"" + lost.offset() + "\",\"to\":\""
                + (lost.offset() + Math.max(0, lost.count() - 1)) + "\",\"cursor\":\"" + cursor
                + "\"}";
    }
}

package io.tidegate.gateway.delivery;

import io.tidegate.gateway.delivery.Audience.Batch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Batches that readers behind the front of their log have asked for: whoever is alike and at the same place asks for the
 * same one soon after. Bounded by bytes; those unused for longest go first. Confined to one event loop.
 */
final class Batches {
    private final long bytesMax;
    private final Map<Place, Batch> kept = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** Whose batches they are: an audience's, up to a place in the log if they are the newest events of their keys alone. */
    record Owner(Audience audience, long conflatedTo) {
        static Owner of(Audience audience) {
            return new Owner(audience, -1);
        }
    }

    /** Where in the log, and for whom. */
    private record Place(Owner owner, long from) {
    }

    /**
     * @param bytesMax
     *            of frames; what transports make of them comes on top, at most three times as much
     */
    Batches(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    Optional<Batch> find(Owner owner, long from) {
        return Optional.ofNullable(kept.get(new Place(owner, from)));
    }

    /** Keeps a batch, whose frames are released here when its time is over. */
    void keep(Owner owner, Batch batch) {
        var before = kept.put(new Place(owner, batch.from()), batch);
        bytes += batch.frames().bytes().length;
        owner.audience().share(batch.frames());
        if (before != null) {
            forget(before);
        }
        var eldest = kept.entrySet().iterator();
        while (bytes > bytesMax && kept.size() > 1) {
            var gone = eldest.next().getValue();
            eldest.remove();
            forget(gone);
        }
    }

    private void forget(Batch batch) {
        bytes -= batch.frames().bytes().length;
        batch.frames().release();
    }

    void clear() {
        kept.values().forEach(batch -> batch.frames().release());
        kept.clear();
        bytes = 0;
    }
}

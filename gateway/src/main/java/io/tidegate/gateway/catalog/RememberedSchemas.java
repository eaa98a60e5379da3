package io.tidegate.gateway.catalog;

import io.tidegate.contract.RegistryLookup;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SourceSchema;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registry's schemas by name as they were when they were last looked up: contracts are read far more often than the
 * registry should be asked. What was found once stays in force while the registry cannot be reached. For one thread.
 */
public final class RememberedSchemas implements RegistryLookup {
    private static final Logger LOG = LoggerFactory.getLogger(RememberedSchemas.class);
    private static final int SCHEMAS_MAX = 10_000;
    /** A question that took this long and was not answered is not asked again for a while, whatever its subject. */
    private static final Duration SLOW = Duration.ofSeconds(1);
    private static final Duration REST = Duration.ofSeconds(15);

    private final RegistryLookup registry;
    private final LongSupplier nanoTime;
    private final Map<Key, Known> known = new LinkedHashMap<>();
    private long round;
    private long restUntil;
    private boolean isResting;

    private record Key(SchemaLanguage language, String name) {
    }

    /** @param round in which it was looked up */
    private record Known(SourceSchema schema, long round) {
    }

    public RememberedSchemas(RegistryLookup registry, LongSupplier nanoTime) {
        this.registry = registry;
        this.nanoTime = nanoTime;
        this.restUntil = nanoTime.getAsLong();
    }

    /** Everything is looked up anew when it is next asked for. */
    public void refresh() {
        round++;
        isResting = false;
    }

    @Override
    public SourceSchema find(SchemaLanguage language, String addressOrSubject)
            throws IOException {
        var key = new Key(language, addressOrSubject);
        var remembered = known.get(key);
        if (remembered != null && remembered.round() == round) {
            return remembered.schema();
        }
        long begun = nanoTime.getAsLong();
        if (isResting && begun - restUntil < 0) {
            return kept(remembered, new IOException("the registry did not answer just now"));
        }
        try {
            var found = registry.find(language, addressOrSubject);
            isResting = false;
            if (known.size() >= SCHEMAS_MAX && remembered == null) {
                known.remove(known.keySet().iterator().next());
            }
            known.put(key, new Known(found, round));
            return found;
        } catch (IOException e) {
            long now = nanoTime.getAsLong();
            if (now - begun > SLOW.toNanos()) {
                isResting = true;
                restUntil = now + REST.toNanos();
            }
            if (remembered != null) {
                LOG.atWarn().addKeyValue("schema", addressOrSubject)
                        .log("the schema cannot be looked up; the one of before stays: {}",
                                e.getMessage());
            }
            return kept(remembered, e);
        }
    }

    private static SourceSchema kept(@Nullable Known remembered, IOException failure)
            throws IOException {
        if (remembered == null) {
            throw failure;
        }
        return remembered.schema();
    }
}

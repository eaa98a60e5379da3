package io.tidegate.gateway.feed;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Which partitions this process has to look after, where several processes share the work. */
public interface Share extends AutoCloseable {

    /** A partition of a topic, whichever topic has that name now. */
    record Part(String topic, int partition) {
    }

    /**
     * What is this process's now. Another one may have taken something over already, so whoever acts on it lets the store
     * have the last word.
     *
     * @return empty until the first answer, and while it is not known
     */
    Optional<Set<Part>> mine();

    /** Waits for a first answer, so long at most. */
    void awaitFirst(Duration within) throws InterruptedException;

    /** Why there is no answer, for an operator. */
    Optional<String> trouble();

    /** Gives everything to the others. */
    @Override
    void close();

    /** Of a process that has all the work. */
    static Share of(Set<Part> parts) {
        var all = Set.copyOf(parts);
        return new Share() {
            @Override
            public Optional<Set<Part>> mine() {
                return Optional.of(all);
            }

            @Override
            public void awaitFirst(Duration within) {
                // There has always been one.
            }

            @Override
            public Optional<String> trouble() {
                return Optional.empty();
            }

            @Override
            public void close() {
                // Nobody else wants it.
            }
        };
    }
}

package io.tidegate.gateway.graphql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.feed.Position;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Answers that are true as long as nothing has changed: kept by question, rules and position, so that they need not be
 * forgotten, only not be found any more. The same question asked by several at a time runs once. Thread-safe.
 */
final class AnswerCache {
    private static final int OVERHEAD_BYTES = 500;

    private final Cache<Key, Kept> kept;
    // Bounded by the requests that are at work.
    private final ConcurrentHashMap<Key, CompletableFuture<Kept>> running = new ConcurrentHashMap<>();
    private final LongAdder ran = new LongAdder();
    private final LongAdder shared = new LongAdder();

    /**
     * What is asked, and what of it the caller may see.
     *
     * @param schema
     *            that the document was validated under
     * @param rules
     *            the caller's for each product that is asked, in the order of {@link Key#positions}
     */
    record Question(Object schema, String document, Optional<String> operation,
            Map<String, Object> variables, List<Permit> rules) {
    }

    private record Key(Question question, List<Position> positions) {
    }

    /**
     * An answer.
     *
     * @param data
     *            JSON
     * @param states
     *            what it counts, by the product's field
     */
    record Kept(byte[] data, Map<String, State> states) {
        List<Position> positions(List<String> products) {
            return products.stream().map(product -> {
                var state = states.get(product);
                return state == null ? new Position(List.of()) : state.position();
            }).toList();
        }
    }

    /**
     * @param bytes
     *            of answers together; 0 = none is kept, but questions at one time still run once
     */
    AnswerCache(long bytes) {
        kept = Caffeine.newBuilder().maximumWeight(bytes).weigher(
                (Key key, Kept answer) -> OVERHEAD_BYTES + answer.data().length
                        + 2 * key.question().document().length())
                .build();
    }

    /**
     * @param products
     *            fields of the products that are asked
     * @param now
     *            where their views stand
     * @param run
     *            asks the views, at these positions or later
     */
    Kept answer(Question question, List<String> products, List<Position> now,
            Supplier<Kept> run) {
        var key = new Key(question, now);
        var known = kept.getIfPresent(key);
        if (known != null) {
            shared.increment();
            return known;
        }
        var mine = new CompletableFuture<Kept>();
        var others = running.putIfAbsent(key, mine);
        if (others != null) {
            shared.increment();
            return joined(others);
        }
        ran.increment();
        try {
            var answer = run.get();
            kept.put(new Key(question, answer.positions(products)), answer);
            mine.complete(answer);
            return answer;
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            running.remove(key, mine);
        }
    }

    /** How many questions the views were asked. */
    long ran() {
        return ran.sum();
    }

    /** How many were answered by the answer to another one. */
    long shared() {
        return shared.sum();
    }

    private static Kept joined(CompletableFuture<Kept> running) {
        try {
            return running.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }
}

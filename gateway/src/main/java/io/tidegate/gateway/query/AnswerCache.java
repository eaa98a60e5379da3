package io.tidegate.gateway.query;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.gateway.feed.Position;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Answers that are true as long as nothing has changed: kept by question, rules and position, so that they need not be
 * forgotten, only not be found any more. The same question asked by several at a time runs once. Thread-safe.
 */
public final class AnswerCache {
    private static final int OVERHEAD_BYTES = 500;
    /** What a contract keeps for a time only goes without a change of the position. */
    private static final Duration KEPT = Duration.ofMinutes(1);

    private final Cache<Key, Answer> kept;
    // Bounded by the requests that are at work.
    private final ConcurrentHashMap<Key, CompletableFuture<Answer>> running = new ConcurrentHashMap<>();
    private final LongAdder ran = new LongAdder();
    private final LongAdder shared = new LongAdder();

    /**
     * What is asked, and what of it the caller may see. A value: equal questions have equal answers at equal positions, and
     * answers of one class.
     */
    public interface Question<A extends Answer> {
        /** What it takes in memory, nearly. */
        long bytes();
    }

    /** What was answered. */
    public interface Answer {
        /** What it takes in memory, nearly. */
        long bytes();
    }

    private record Key(Question<?> question, List<Position> positions) {
    }

    /**
     * @param bytes
     *            of answers together; 0 = none is kept, but questions at one time still run once
     */
    public AnswerCache(long bytes) {
        kept = Caffeine.newBuilder().maximumWeight(bytes).expireAfterWrite(KEPT)
                .weigher((Key key, Answer answer) -> (int) Math.min(Integer.MAX_VALUE,
                        OVERHEAD_BYTES + answer.bytes() + key.question().bytes()))
                .executor(Runnable::run).build();
    }

    /**
     * @param now
     *            where the views that are asked stand
     * @param run
     *            asks them, at these positions or later
     * @param counts
     *            the positions that an answer counts, in the same order
     */
    @SuppressWarnings("unchecked") // Equal questions have answers of one class.
    public <A extends Answer> A answer(Question<A> question, List<Position> now, Supplier<A> run,
            Function<A, List<Position>> counts) {
        var key = new Key(question, now);
        var known = kept.getIfPresent(key);
        if (known != null) {
            shared.increment();
            return (A) known;
        }
        var mine = new CompletableFuture<Answer>();
        var others = running.putIfAbsent(key, mine);
        if (others != null) {
            shared.increment();
            return (A) joined(others);
        }
        ran.increment();
        try {
            var answer = run.get();
            kept.put(new Key(question, counts.apply(answer)), answer);
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
    public long ran() {
        return ran.sum();
    }

    /** How many were answered by what another one had found, or was just finding. */
    public long shared() {
        return shared.sum();
    }

    private static Answer joined(CompletableFuture<Answer> running) {
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

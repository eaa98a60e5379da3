package io.tidegate.gateway.view;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** How often each kind of page has been asked for lately that no index serves. Thread-safe. */
final class IndexWants {
    /** Kinds that are counted at one time; the one that was asked for least recently goes. */
    private static final int SHAPES_MAX = 128;

    private final Map<PageShape, Score> scores = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<PageShape, Score> eldest) {
            return size() > SHAPES_MAX;
        }
    };

    /** A count of which half is forgotten each hour. */
    record Score(double value, long millis) {
        private static final double HALF_LIFE_MILLIS = Duration.ofHours(1).toMillis();

        Score plus(double more, long now) {
            return new Score(at(now) + more, now);
        }

        double at(long now) {
            return value * Math.pow(0.5, Math.max(0, now - millis) / HALF_LIFE_MILLIS);
        }
    }

    /** Counts one more, and tells how many that makes. */
    synchronized double asked(PageShape shape, long now) {
        var score = scores.getOrDefault(shape, new Score(0, now)).plus(1, now);
        scores.put(shape, score);
        return score.value();
    }

    synchronized double of(PageShape shape, long now) {
        var score = scores.get(shape);
        return score == null ? 0 : score.at(now);
    }

    synchronized void forget(PageShape shape) {
        scores.remove(shape);
    }
}

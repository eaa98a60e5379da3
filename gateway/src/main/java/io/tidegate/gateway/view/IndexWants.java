package io.tidegate.gateway.view;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** How often each kind of page has been asked for lately that no index serves. Thread-safe. */
final class IndexWants {
    /** Kinds that are counted at one time; the one that was asked for least recently goes. */
    private static final int SHAPES_MAX = 128;

    private final Map<PageShape, Want> wants = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<PageShape, Want> eldest) {
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

    /**
     * @param since
     *            how many changes of rows there had been when it was first asked for
     * @param asked
     *            how often, since then
     */
    private record Want(Score score, long since, long asked) {
    }

    /**
     * Counts one more.
     *
     * @param changes
     *            how many changes of rows there have been
     * @return how many that makes
     */
    synchronized double asked(PageShape shape, long now, long changes) {
        var before = wants.getOrDefault(shape, new Want(new Score(0, now), changes, 0));
        var want = new Want(before.score().plus(1, now), before.since(), before.asked() + 1);
        wants.put(shape, want);
        return want.score().value();
    }

    synchronized double of(PageShape shape, long now) {
        var want = wants.get(shape);
        return want == null ? 0 : want.score().at(now);
    }

    /** How many of a kind have been asked for since the first one that is counted. */
    synchronized long asked(PageShape shape) {
        var want = wants.get(shape);
        return want == null ? 0 : want.asked();
    }

    /** How many rows have changed meanwhile. */
    synchronized long changed(PageShape shape, long changes) {
        var want = wants.get(shape);
        return want == null ? 0 : changes - want.since();
    }

    synchronized void forget(PageShape shape) {
        wants.remove(shape);
    }
}

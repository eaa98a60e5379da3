package io.tidegate.gateway;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.FeedListener;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.telemetry.ProductMeters;
import io.tidegate.schema.Misfit;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one feed does, as metrics and, for records that cannot be read, as a line in the log now and then. */
final class FeedMeters implements FeedListener {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    /** A topic full of unreadable records must not fill the disk with lines about it. */
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final ProductMeters meters;
    private volatile Quality quality;
    private volatile boolean isMuted;
    private final Clock clock;
    /** Whether every value of the record that is being read is of its type. */
    private boolean fits = true;
    private Instant quietUntil = Instant.MIN;
    private long unmentioned;

    FeedMeters(ProductMeters meters, Quality quality, Clock clock) {
        this.meters = meters;
        this.quality = quality;
        this.clock = clock;
    }

    /** From now on events are judged by these rules. */
    void judgeBy(Quality other) {
        quality = other;
    }

    /** Another feed of the same product counts from now on. */
    void mute() {
        isMuted = true;
    }

    @Override
    public void read(Feed feed, Event event) {
        if (isMuted) {
            return;
        }
        var row = event.value();
        if (row == null) {
            quality.deleted(clock.instant());
        } else {
            quality.event(row, fits, clock.instant())
                    .forEach(rule -> meters.qualityError("rule", rule));
        }
        fits = true;
    }

    @Override
    public void misfits(Feed feed, List<Misfit> misfits) {
        if (isMuted) {
            return;
        }
        fits = false;
        quality.misfits(misfits);
        misfits.forEach(misfit -> meters.qualityError("value", misfit.path()));
        mention(() -> feed.id() + ": " + misfits.getFirst() + "; such values are read as null");
    }

    @Override
    public void appended(Feed feed, long events, long bytes, long lag) {
        if (isMuted) {
            return;
        }
        meters.feedAppended(events, bytes);
        meters.feedLag(lag);
        var newest = feed.at(feed.tail().sequence() - 1);
        if (newest != null && newest.content() instanceof Event event) {
            meters.freshness(Duration.between(event.time(), clock.instant()));
        }
    }

    @Override
    public void lost(Feed feed, Lost lost) {
        if (isMuted) {
            return;
        }
        if (!lost.reason().isOfRecord() && lost.reason() != Lost.Reason.QUARANTINED) {
            meters.gap(lost.count());
            return;
        }
        fits = true;
        meters.badRecord();
        quality.lost(lost.reason().name().toLowerCase(Locale.ROOT), clock.instant());
        mention(() -> feed.id() + ": the record at partition " + lost.slot() + " offset "
                + lost.offset() + (lost.reason() == Lost.Reason.QUARANTINED
                        ? " is withheld: "
                        : " cannot be read: ")
                + lost.detail());
    }

    @Override
    public void blockTaken(Feed feed) {
        meters.historyTaken();
    }

    @Override
    public void blocksRead(Feed feed, int blocks) {
        meters.historyRead(blocks);
    }

    @Override
    public void blockLeft(Feed feed) {
        meters.historyLeft();
    }

    private void mention(Supplier<String> what) {
        var now = clock.instant();
        if (now.isBefore(quietUntil)) {
            unmentioned++;
            return;
        }
        LOG.atWarn().log("{}{}", what.get(),
                unmentioned == 0 ? "" : " (and " + unmentioned + " before it)");
        unmentioned = 0;
        quietUntil = now.plus(BETWEEN_LINES);
    }
}

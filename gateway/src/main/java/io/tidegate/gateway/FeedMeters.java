package io.tidegate.gateway;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.FeedListener;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.telemetry.ProductMeters;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one feed does, as metrics and, for records that cannot be read, as a line in the log now and then. */
final class FeedMeters implements FeedListener {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    /** A topic full of unreadable records must not fill the disk with lines about it. */
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final ProductMeters meters;
    private final Clock clock;
    private Instant quietUntil = Instant.MIN;
    private long unmentioned;

    FeedMeters(ProductMeters meters, Clock clock) {
        this.meters = meters;
        this.clock = clock;
    }

    @Override
    public void appended(Feed feed, long events, long bytes, long lag) {
        meters.feedAppended(events, bytes);
        meters.feedLag(lag);
        var newest = feed.at(feed.tail().sequence() - 1);
        if (newest != null && newest.content() instanceof Event event) {
            meters.freshness(Duration.between(event.time(), clock.instant()));
        }
    }

    @Override
    public void lost(Feed feed, Lost lost) {
        if (lost.reason() != Lost.Reason.BAD_RECORD) {
            meters.gap(lost.count());
            return;
        }
        meters.badRecord();
        var now = clock.instant();
        if (now.isBefore(quietUntil)) {
            unmentioned++;
            return;
        }
        LOG.atWarn().log("{}: the record at partition {} offset {} cannot be read: {}{}", feed.id(),
                lost.slot(),
                lost.offset(), lost.detail(),
                unmentioned == 0 ? "" : " (and " + unmentioned + " before it)");
        unmentioned = 0;
        quietUntil = now.plus(BETWEEN_LINES);
    }
}

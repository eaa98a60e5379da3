package io.tidegate.gateway.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.DataProduct.Envelope;
import io.tidegate.schema.Change;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.Row;
import io.tidegate.schema.UnreadablePayload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sample events on their way to the broker: a first lot at once, then a steady flow. */
final class LiveData {
    private static final Logger LOG = LoggerFactory.getLogger(LiveData.class);
    private static final int TICK_MILLIS = 50;
    private static final int IN_FLIGHT_MAX = 20_000;

    private final Vertx vertx;
    private final Map<String, TopicWriter> writers;
    private final SampleData data;
    private final Clock clock;
    /** Events that the broker has not confirmed; touched by the timer's context alone. */
    private int inFlight;
    private double due;
    private boolean troubled;

    LiveData(Vertx vertx, Map<String, TopicWriter> writers, SampleData data, Clock clock) {
        this.vertx = vertx;
        this.writers = writers;
        this.data = data;
        this.clock = clock;
    }

    /** Writes so many events; done when the broker has them all. */
    Future<Void> write(int events) {
        var written = new ArrayList<Future<Void>>();
        for (int i = 0; i < events; i++) {
            written.add(writeNext());
        }
        return Future.all(written).mapEmpty();
    }

    /** Writes so many events a second from now on, until what is returned is closed. */
    AutoCloseable run(int eventsPerSecond) {
        long timer = vertx.setPeriodic(TICK_MILLIS, id -> tick(eventsPerSecond));
        return () -> vertx.cancelTimer(timer);
    }

    private void tick(int eventsPerSecond) {
        due += eventsPerSecond * TICK_MILLIS / 1000.0;
        for (; due >= 1; due--) {
            if (inFlight >= IN_FLIGHT_MAX) {
                // A broker that is behind is not flooded; what was due meanwhile does not happen.
                continue;
            }
            inFlight++;
            writeNext().onComplete(done -> {
                inFlight--;
                report(done.cause());
            });
        }
    }

    private void report(@Nullable Throwable failure) {
        if (failure != null && !troubled) {
            LOG.atWarn().addKeyValue("reason", failure.getMessage())
                    .log("sample data does not reach the broker");
        }
        troubled = failure != null;
    }

    private Future<Void> writeNext() {
        Instant now = clock.instant();
        var sample = data.next(now);
        TopicWriter writer = writers.get(sample.product());
        if (writer == null) {
            return Future.failedFuture(
                    "the sample contracts have no product '" + sample.product() + "'");
        }
        try {
            return write(writer, sample, now);
        } catch (UnreadablePayload e) {
            return Future.failedFuture(e);
        }
    }

    private static Future<Void> write(TopicWriter writer, SampleData.Sample sample, Instant now)
            throws UnreadablePayload {
        Row before = row(writer, sample.before());
        Row after = row(writer, sample.after());
        Row keyed = after != null ? after : before;
        if (keyed == null) {
            throw new UnreadablePayload("a sample of '" + sample.product() + "' has no row at all");
        }
        Envelope envelope = writer.schema().product().stream().envelope();
        boolean wrapped = envelope == Envelope.DEBEZIUM || envelope.isOfMySql();
        return writer.write(keyed, wrapped
                ? new Change(before, after, Optional.of(now))
                : after == null ? Change.delete() : Change.upsert(after));
    }

    private static @Nullable Row row(TopicWriter writer, @Nullable ObjectNode node)
            throws UnreadablePayload {
        return node == null ? null : (Row) JsonValues.read(node, writer.schema().rowType());
    }
}

package io.tidegate.gateway.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The readers of one cluster that replays use. One that has done its work waits a while where it is: mostly somebody wants to
 * read on from there, and Kafka's answer has already arrived.
 */
final class PartitionReaders implements AutoCloseable {
    private static final long REST_SECONDS = 30;

    private final Function<Layout, GuardedConsumer> consumers;
    private final int openMax;
    private final Executor later = CompletableFuture.delayedExecutor(REST_SECONDS,
            TimeUnit.SECONDS, task -> Thread.ofVirtual().name("replay rest").start(task));
    /** The one that has waited longest first. */
    private final List<Waiting> waiting = new ArrayList<>();
    private int working;
    private boolean isSweepDue;
    private boolean isClosed;

    private record Waiting(PartitionReader reader, long offset, long sinceNanos) {
        boolean isAt(Feed.Era era, int slot, long place) {
            return offset == place && reader.slot() == slot && reader.era().equals(era);
        }
    }

    /**
     * @param openMax
     *            beyond so many none waits; each is a connection and some hundred kilobytes that have been read ahead
     */
    PartitionReaders(Function<Layout, GuardedConsumer> consumers, int openMax) {
        this.consumers = consumers;
        this.openMax = openMax;
    }

    /**
     * One that stands there; the caller's alone until it gives it back.
     *
     * @param epoch
     *            of what lies before the offset; -1 = unknown
     */
    PartitionReader take(Feed.Era era, int slot, long offset, int epoch) {
        var free = claim(era, slot, offset);
        boolean isReady = false;
        try {
            PartitionReader ready;
            if (free != null && free.reader().era().equals(era)) {
                ready = free.reader();
                if (!free.isAt(era, slot, offset)) {
                    ready.move(slot, offset, epoch);
                }
            } else {
                if (free != null) {
                    free.reader().close();
                }
                ready = new PartitionReader(consumers.apply(era.layout()), era, slot, offset,
                        epoch);
            }
            isReady = true;
            return ready;
        } finally {
            if (!isReady) {
                forget(free == null ? null : free.reader());
            }
        }
    }

    private synchronized @Nullable Waiting claim(Feed.Era era, int slot, long offset) {
        if (isClosed) {
            throw new KafkaUnavailable("the gateway is ending");
        }
        working++;
        for (int i = 0; i < waiting.size(); i++) {
            if (waiting.get(i).isAt(era, slot, offset)) {
                return waiting.remove(i);
            }
        }
        return waiting.isEmpty() || working + waiting.size() <= openMax
                ? null
                : waiting.removeFirst();
    }

    private void forget(@Nullable PartitionReader reader) {
        synchronized (this) {
            working--;
        }
        if (reader != null) {
            reader.close();
        }
    }

    /**
     * @param isSound
     *            whether it may be used again
     */
    void giveBack(PartitionReader reader, boolean isSound) {
        if (!isSound || !keep(reader)) {
            forget(reader);
        }
    }

    private boolean keep(PartitionReader reader) {
        synchronized (this) {
            if (isClosed || !reader.era().isCurrent() || working + waiting.size() > openMax) {
                return false;
            }
            working--;
            waiting.add(new Waiting(reader, reader.position(), System.nanoTime()));
            sweepLater();
            return true;
        }
    }

    private void sweepLater() {
        if (!isSweepDue) {
            isSweepDue = true;
            later.execute(this::sweep);
        }
    }

    private void sweep() {
        var idle = new ArrayList<Waiting>();
        synchronized (this) {
            isSweepDue = false;
            long now = System.nanoTime();
            while (!waiting.isEmpty() && now - waiting.getFirst()
                    .sinceNanos() >= TimeUnit.SECONDS.toNanos(REST_SECONDS)) {
                idle.add(waiting.removeFirst());
            }
            if (!waiting.isEmpty()) {
                sweepLater();
            }
        }
        idle.forEach(each -> each.reader().close());
    }

    /** How many are open. */
    synchronized int open() {
        return working + waiting.size();
    }

    @Override
    public void close() {
        List<Waiting> all;
        synchronized (this) {
            isClosed = true;
            all = List.copyOf(waiting);
            waiting.clear();
        }
        all.forEach(each -> each.reader().close());
    }
}

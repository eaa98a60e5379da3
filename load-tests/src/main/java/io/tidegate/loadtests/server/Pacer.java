package io.tidegate.loadtests.server;

import io.netty.channel.EventLoop;
import java.time.Clock;
import java.util.concurrent.TimeUnit;

/**
 * Sends bursts from an event loop at the times they are due, late ones at once; or without a rate whenever there is room. All
 * of it happens on the loop.
 */
final class Pacer {
    private final EventLoop loop;
    private final Sender sender;
    private final Clock clock = Clock.systemUTC();
    private int rate;
    private int burst = 1;
    private long startNanos;
    private long startMicros;
    private long sent;
    private long number;
    private boolean isRunning;
    private boolean isWaiting;

    /** What sends. */
    interface Sender {
        /** Whether every connection takes more. */
        boolean hasRoom();

        /** Sends so many events, the first of which has this number; all are due at this time. */
        void send(long first, int events, long dueMicros);
    }

    Pacer(EventLoop loop, Sender sender) {
        this.loop = loop;
        this.sender = sender;
    }

    /** Begins; the numbering goes on from an earlier run. */
    void start(int eventsPerSecond, int eventsAtOnce) {
        loop.execute(() -> {
            rate = eventsPerSecond;
            burst = eventsAtOnce;
            sent = 0;
            startNanos = System.nanoTime();
            startMicros = LoadEvent.micros(clock);
            boolean wasRunning = isRunning;
            isRunning = true;
            if (!wasRunning) {
                run();
            }
        });
    }

    void stop() {
        loop.execute(() -> isRunning = false);
    }

    /** There may be room again; on the loop. */
    void roomAgain() {
        if (isWaiting) {
            isWaiting = false;
            loop.execute(this::run);
        }
    }

    private void run() {
        if (!isRunning) {
            return;
        }
        if (rate == 0) {
            if (sender.hasRoom()) {
                send(LoadEvent.micros(clock));
                loop.execute(this::run);
            } else {
                isWaiting = true;
            }
            return;
        }
        long due = dueNanos();
        while (due <= System.nanoTime() - startNanos) {
            send(startMicros + due / 1000);
            due = dueNanos();
        }
        loop.schedule(this::run, due - (System.nanoTime() - startNanos), TimeUnit.NANOSECONDS);
    }

    private long dueNanos() {
        return sent * 1_000_000_000L / rate;
    }

    private void send(long dueMicros) {
        sender.send(number, burst, dueMicros);
        number += burst;
        sent += burst;
    }
}

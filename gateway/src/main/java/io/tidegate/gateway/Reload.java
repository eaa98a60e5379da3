package io.tidegate.gateway;

import io.tidegate.gateway.Reloaded.Result;
import io.tidegate.gateway.catalog.RememberedSchemas;
import io.tidegate.gateway.telemetry.Telemetry;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the files of contracts and plans, and has them read when they have changed. On a thread of its own, one reading at
 * a time: however often files are written, there is one reading at work and at most one more to come.
 */
final class Reload implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    /** How often it is seen to what has ended, also where nobody looks at files. */
    private static final Duration TEND_EVERY = Duration.ofMillis(500);
    /** Files that were not written for so long are taken as finished. */
    private static final Duration QUIET = Duration.ofMillis(100);
    /** Files that are written without a pause are read all the same after this. */
    private static final Duration QUIET_WITHIN = Duration.ofMillis(600);
    /** Of the two seconds in which a change takes effect, what new generations get for having their data. */
    private static final Duration READY_WITHIN = Duration.ofMillis(500);
    private static final Duration READY_AT_START = Duration.ofSeconds(10);
    private static final int ROUNDS = 3;

    private final GatewayConfig config;
    private final LiveCatalog live;
    private final PlansFile plans;
    private final RememberedSchemas registry;
    private final Telemetry telemetry;
    private final Clock clock;
    private final Runnable plansChanged;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ScheduledThreadPoolExecutor thread;
    /** Asked for and not yet begun: at most one. */
    private final AtomicReference<@Nullable CompletableFuture<Reloaded>> asked = new AtomicReference<>();
    private volatile @Nullable Reloaded last;
    private @Nullable FileListing seen;
    private Instant registryAt;
    private Instant tryAgainAt = Instant.MAX;
    private Instant lookAt = Instant.MIN;

    /**
     * @param plansChanged
     *            called when other plans count
     */
    Reload(GatewayConfig config, LiveCatalog live, PlansFile plans, RememberedSchemas registry,
            Telemetry telemetry, Clock clock, Runnable plansChanged) {
        this.config = config;
        this.live = live;
        this.plans = plans;
        this.registry = registry;
        this.telemetry = telemetry;
        this.clock = clock;
        this.plansChanged = plansChanged;
        this.registryAt = clock.instant();
        this.thread = new ScheduledThreadPoolExecutor(1,
                Thread.ofPlatform().daemon().name("contracts").factory());
        this.thread.setRemoveOnCancelPolicy(true);
        telemetry.gauge("contract.problems", "Errors in contracts and plans as they are now",
                this::errors);
    }

    /**
     * Reads everything for the first time.
     *
     * @throws GatewayFailure
     *             if the contracts cannot be read, or the views not opened
     */
    void start() throws GatewayFailure {
        plans.isChanged(clock.instant());
        FileListing listing;
        try {
            listing = listing();
        } catch (IOException e) {
            throw new GatewayFailure("contracts.path: '" + config.contracts()
                    + "' cannot be read: " + why(e), e);
        }
        try {
            read(listing, true, false);
        } catch (ViewFailure e) {
            throw new GatewayFailure(
                    "views.path: '" + config.views().path() + "' cannot be used: " + e.getMessage(),
                    e);
        }
        if (live.catalog().products().isEmpty()) {
            var message = "contracts.path: '" + config.contracts()
                    + "' holds no contract that can be served";
            if (config.reload().every().isEmpty()) {
                throw new GatewayFailure(message, null);
            }
            LOG.warn("{}; waiting for one", message);
        }
        long every = config.reload().every().filter(each -> each.compareTo(TEND_EVERY) < 0)
                .orElse(TEND_EVERY).toMillis();
        thread.scheduleWithFixedDelay(this::tick, every, every, TimeUnit.MILLISECONDS);
    }

    /**
     * Reads everything now, whether or not it has changed; the registry is asked anew. Whoever asks before it has begun gets
     * the same answer.
     */
    CompletableFuture<Reloaded> now() {
        var answer = new CompletableFuture<Reloaded>();
        var waiting = asked.compareAndExchange(null, answer);
        if (waiting != null) {
            return waiting.copy();
        }
        try {
            thread.execute(() -> {
                asked.set(null);
                try {
                    registry.refresh();
                    answer.complete(read(listing(), false, true));
                } catch (IOException e) {
                    answer.complete(unlisted(e));
                } catch (RuntimeException e) {
                    LOG.atError().setCause(e).log("contracts could not be reloaded");
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(e);
        }
        return answer.copy();
    }

    /** What came of the last reading. */
    Reloaded last() {
        return Objects.requireNonNull(last, "started");
    }

    private double errors() {
        var now = last;
        return now == null ? 0 : now.problems().stream().filter(Problem::isError).count();
    }

    private void tick() {
        try {
            look();
            live.tend();
        } catch (RuntimeException | Error e) {
            // Whatever it was, nobody would look any more if it left here.
            LOG.atError().setCause(e).log("contracts could not be looked at");
        }
    }

    private void look() {
        var now = clock.instant();
        boolean isDue = !now.isBefore(tryAgainAt) || isRegistryDue(now);
        if (!isDue && (config.reload().every().isEmpty() || now.isBefore(lookAt))) {
            return;
        }
        // What is written during a reading is not left to the next look.
        for (int round = 0; round < ROUNDS && closed.getCount() > 0; round++) {
            try {
                // Asked last: it is told once that plans are new.
                var listing = settled(listing());
                boolean arePlansNew = plans.isChanged(clock.instant());
                if (!isDue && !arePlansNew && listing.equals(seen)) {
                    break;
                }
                read(listing, false, arePlansNew);
                isDue = false;
            } catch (IOException e) {
                unlisted(e);
                break;
            }
        }
        lookAt = clock.instant().plus(config.reload().every().orElse(TEND_EVERY))
                .minusMillis(5);
    }

    private FileListing listing() throws IOException {
        var before = seen;
        return before == null
                ? FileListing.of(config.contracts(), clock.instant())
                : FileListing.of(config.contracts(), clock.instant(), before);
    }

    private boolean isRegistryDue(Instant now) {
        var every = config.reload().registry();
        if (every.isEmpty() || now.isBefore(registryAt.plus(every.get()))) {
            return false;
        }
        registryAt = now;
        if (!live.hasRegistered()) {
            return false;
        }
        registry.refresh();
        return true;
    }

    /** The listing once nothing is being written, or after a while. */
    private FileListing settled(FileListing listing) throws IOException {
        if (listing.equals(seen)) {
            return listing;
        }
        long begun = System.nanoTime();
        var before = listing;
        while (System.nanoTime() - begun < QUIET_WITHIN.toNanos()) {
            pause(QUIET);
            var now = listing();
            if (now.equals(before)) {
                break;
            }
            before = now;
        }
        return before;
    }

    private void pause(Duration time) {
        try {
            // Ends early when the gateway does.
            var ignored = closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What an I/O error says; one that names a file alone does not say what is wrong with it. */
    static String why(IOException failure) {
        return failure instanceof NoSuchFileException gone && gone.getReason() == null
                ? "there is no such file or folder"
                : String.valueOf(failure.getMessage());
    }

    private Reloaded unlisted(IOException failure) {
        var problem = Problem.error(Place.of(config.contracts().toString()), "no-contract",
                "contracts.path: '" + config.contracts() + "' cannot be read: "
                        + why(failure) + "; the contracts of before stay in force");
        seen = null;
        var before = last;
        if (before != null && before.problems().contains(problem)) {
            return before;
        }
        return ended(System.nanoTime(),
                new LiveCatalog.Outcome(Map.of(), List.of(problem), Optional.empty()),
                false);
    }

    private Reloaded read(FileListing listing, boolean isStart, boolean withPlans) {
        long begun = System.nanoTime();
        boolean arePlansNew = withPlans && plans.read();
        if (arePlansNew) {
            plansChanged.run();
        }
        // Before it is acted upon: what fails is not tried again until a file changes.
        seen = listing;
        var outcome = isStart
                ? live.reload(listing, READY_AT_START, true)
                : reloaded(listing);
        tryAgainAt = outcome.again().map(clock.instant()::plus).orElse(Instant.MAX);
        return ended(begun, outcome, arePlansNew);
    }

    /** A mistake of ours is told as every other reason for which a change has not taken effect. */
    private LiveCatalog.Outcome reloaded(FileListing listing) {
        try {
            return live.reload(listing, READY_WITHIN, false);
        } catch (RuntimeException | StackOverflowError e) {
            LOG.atError().setCause(e).log("contracts could not be reloaded");
            return new LiveCatalog.Outcome(Map.of(), List.of(
                    Problem.error(Place.of(config.contracts().toString()), "no-contract",
                            "a mistake in the gateway keeps the contracts from being reloaded ("
                                    + e.getClass().getSimpleName() + ", see the log): those of"
                                    + " before stay in force; undo the last change")),
                    Optional.empty());
        }
    }

    private Reloaded ended(long begun, LiveCatalog.Outcome outcome, boolean arePlansNew) {
        var problems = new ArrayList<>(outcome.problems());
        problems.addAll(plans.problems());
        var result = !outcome.changes().isEmpty() || arePlansNew
                ? Result.CHANGED
                : problems.stream().anyMatch(Problem::isError) ? Result.FAILED : Result.UNCHANGED;
        var before = last;
        var reloaded = new Reloaded(clock.instant(), Duration.ofNanos(System.nanoTime() - begun),
                result, outcome.changes(), arePlansNew, problems, plans.restart());
        last = reloaded;
        telemetry.reloaded(result);
        problems.stream().filter(each -> before == null || !before.problems().contains(each))
                .forEach(Reload::report);
        if (before != null && before.problems().stream().anyMatch(Problem::isError)
                && problems.stream().noneMatch(Problem::isError)) {
            LOG.info("contracts and plans have no error any more");
        }
        return reloaded;
    }

    private static void report(Problem problem) {
        if (problem.isError()) {
            LOG.error("{}", problem);
        } else {
            LOG.warn("{}", problem);
        }
    }

    /** Waits up to two seconds for a reading that is at work. */
    @Override
    public void close() {
        closed.countDown();
        thread.shutdownNow();
        try {
            var ignored = thread.awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

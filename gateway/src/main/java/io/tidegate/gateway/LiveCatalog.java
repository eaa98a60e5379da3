package io.tidegate.gateway;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.Reloaded.Change;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.ContractMeaning;
import io.tidegate.gateway.catalog.ContractMeaning.Distance;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.catalog.LiveProduct.Former;
import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.KafkaCluster;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.telemetry.Telemetry;
import io.tidegate.gateway.view.IndexStanding;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.gateway.view.ViewFeeder;
import io.tidegate.gateway.view.ViewStore;
import io.tidegate.mapping.ProductApi;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The products that are live, brought up to what the contracts say. A reload is a difference: what has not changed stays the
 * very same object, and what has changed takes effect for all at once, when the catalog is swapped. A contract that is wrong
 * changes nothing: what it said before stays in force.
 *
 * <pre>
 *                    compatible                         no reader left, or its time is over
 *   LIVE generation ────────────▶ FORMER of the next one ───────────────────▶ ENDING ──▶ gone
 *          │  incompatible, removed: its streams are ended                       ▲
 *          └─────────────────────────────────────────────────────────────────────┘
 * </pre>
 *
 * Everything but {@link #catalog} and {@link #states} is of the one thread that reloads.
 */
final class LiveCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(LiveCatalog.class);
    /** After this a generation that nobody should read any more is ended, whoever still does. */
    private static final Duration END_WITHIN = Duration.ofSeconds(30);
    /** What a view's next opening waits for its closing. */
    private static final Duration CLOSED_WITHIN = Duration.ofSeconds(2);
    /** When a view that could not be opened is tried again. */
    private static final Duration VIEW_AGAIN = Duration.ofSeconds(2);
    private static final int READ_TRIES = 3;
    private static final String NAME_RULE = "graphql-name";
    private static final String DUPLICATE_RULE = "duplicate-product";
    private static final String RELATIONS_RULE = "relations";
    private static final long FEED_BYTES_MIN = 1 << 20;

    private final GatewayConfig config;
    private final Means means;
    private final Clock clock;
    private final Map<ProductId, Served> served = new TreeMap<>();
    private final Map<ProductId, Building> buildings = new TreeMap<>();
    private final Map<ProductId, AtomicReference<Quality>> qualities = new HashMap<>();
    private final List<Ending> endings = new ArrayList<>();
    /** Views that are being closed beside this thread; done when they are. */
    private final Map<ProductId, List<CompletableFuture<Void>>> closing = new HashMap<>();
    private volatile Catalog catalog = new Catalog(List.of());
    private volatile List<State> states = List.of();

    /**
     * What products are made with.
     *
     * @param changed
     *            called after each swap of the catalog
     * @param turned
     *            called when a product's log cannot be read for now, and when it can again; from any thread
     * @param ends
     *            does what takes a while to end
     */
    record Means(Map<String, KafkaCluster> clusters, Cursors cursors, ViewStore store,
            RegistryLookup registry, WriterSchemas writers, Telemetry telemetry, Runnable changed,
            Runnable turned, Executor ends) {
        Means {
            clusters = Map.copyOf(clusters);
        }
    }

    /**
     * A live product for operators.
     *
     * @param since
     *            when it took effect
     * @param isHeld
     *            its contract is wrong now, and what it said before stays
     * @param feeders
     *            of the parts of its view; the first one is of that which answers everything
     */
    record State(LiveProduct product, String file, Instant since, boolean isHeld,
            Optional<Instant> building, List<ViewFeeder> feeders) {

        /** How the parts of its view get on just now, the one that answers everything first. */
        List<ViewFeeder.Standing> view() {
            return feeders.stream().map(ViewFeeder::standing).toList();
        }
    }

    /** @param file of the contract, as the listing names it */
    private record Served(ContractMeaning meaning, Generation generation,
            Optional<Generation> former, LiveProduct product, String file, String fingerprint,
            Instant since, boolean isHeld) {
        Served held(boolean held) {
            return held == isHeld
                    ? this
                    : new Served(meaning, generation, former, product, file, fingerprint, since,
                            held);
        }

        Served at(Wanted same) {
            return new Served(meaning, generation, former, product, same.file(),
                    same.fingerprint(), since, isHeld);
        }

        Served with(LiveProduct other, Optional<Generation> otherFormer) {
            return new Served(meaning, generation, otherFormer, other, file, fingerprint, since,
                    isHeld);
        }
    }

    /** A product as its contract would have it. */
    private record Wanted(ProductSchema schema, ContractMeaning meaning, ProductApi api,
            String file, String fingerprint) {
        ProductId id() {
            return schema.product().id();
        }
    }

    /** A generation that takes effect when its view has been built. */
    private record Building(Wanted wanted, Generation generation, Quality quality, Instant since) {
        boolean isReady() {
            return generation.feed().ready().isDone()
                    && generation.isCaughtUp();
        }
    }

    /** A generation that nobody should read any more. */
    private record Ending(Generation generation, Optional<View> view, boolean isViewDropped,
            Instant since) {
    }

    LiveCatalog(GatewayConfig config, Means means, Clock clock) {
        this.config = config;
        this.means = means;
        this.clock = clock;
    }

    /** What is live now. From any thread. */
    Catalog catalog() {
        return catalog;
    }

    /** What is live now, for operators. From any thread. */
    List<State> states() {
        return states;
    }

    /**
     * What came of a reading.
     *
     * @param again
     *            something went wrong that may be well after this time, though no file changes
     */
    record Outcome(Map<ProductId, Change> changes, List<Problem> problems,
            Optional<Duration> again) {
    }

    /**
     * Reads the contracts and brings the products up to them.
     *
     * @param listing
     *            of the files, taken before they are read
     * @param readyWithin
     *            how long new generations may take to have their data before they take effect without
     * @param isStart
     *            nothing is served yet, and a view that cannot be opened is a failure
     * @throws ViewFailure
     *             at the start only
     */
    Outcome reload(FileListing listing, Duration readyWithin, boolean isStart) {
        ContractFiles.Found found;
        try {
            found = read(listing);
        } catch (IOException e) {
            return unread("contracts.path: '" + config.contracts() + "' cannot be read: "
                    + Reload.why(e) + "; the contracts of before stay in force");
        }
        var problems = new ArrayList<>(found.problems());
        var wanted = wanted(found, listing, problems);
        var kept = kept(wanted, found, listing, problems);
        if (found.products().isEmpty() && kept.isEmpty() && !served.isEmpty()) {
            // A volume that is not mounted looks like this; a mistake must not end every stream.
            return unread("contracts.path: '" + config.contracts()
                    + "' holds no contract any more: those of before stay in force; to serve"
                    + " nothing, end the gateway");
        }
        settleNames(wanted, kept, listing, problems);
        return apply(wanted, kept, readyWithin, isStart, problems);
    }

    private Outcome unread(String message) {
        return new Outcome(Map.of(), List.of(
                Problem.error(Place.of(config.contracts().toString()), "no-contract", message)),
                Optional.of(Duration.ZERO));
    }

    /** Files that were written while they were being read are read once more, so that what is read is of one state. */
    private ContractFiles.Found read(FileListing listing) throws IOException {
        var before = listing;
        for (int tries = 1;; tries++) {
            var found = ContractFiles.read(List.of(config.contracts()), means.registry(),
                    means.writers());
            var after = FileListing.of(config.contracts(), clock.instant(), before);
            if (after.equals(before) || tries == READ_TRIES) {
                return found;
            }
            before = after;
        }
    }

    // ---- what should be ----

    /** Products that are to be served and can be; what is wrong with the others is said. */
    private Map<ProductId, Wanted> wanted(ContractFiles.Found found, FileListing listing,
            List<Problem> problems) {
        var wanted = new TreeMap<ProductId, Wanted>();
        for (var schema : found.products()) {
            var product = schema.product();
            if (!ContractChecks.isServed(product)) {
                continue;
            }
            var wrong = new ArrayList<>(ContractChecks.of(schema));
            if (!means.clusters().containsKey(product.stream().cluster())) {
                wrong.add(Problem.error(product.place(), "cluster",
                        "stream.cluster: '" + product.stream().cluster()
                                + "' is not under 'kafka' in the gateway's configuration"));
            }
            problems.addAll(wrong);
            if (wrong.stream().anyMatch(Problem::isError)) {
                continue;
            }
            var file = FileListing.name(listing.root(), Path.of(product.place().file()));
            if (isTakenFromLive(product.id(), file, listing, product.place(), problems)) {
                continue;
            }
            var live = served.get(product.id());
            var fingerprint = found.fingerprints().getOrDefault(product.id(), "");
            if (live != null && !live.fingerprint().equals(fingerprint)
                    && isWronglyRelated(product, problems)) {
                continue;
            }
            wanted.put(product.id(), live != null && live.fingerprint().equals(fingerprint)
                    ? new Wanted(schema, live.meaning(), live.product().api(), file, fingerprint)
                    : new Wanted(schema, meaning(schema), ProductApi.of(schema), file,
                            fingerprint));
        }
        return wanted;
    }

    /**
     * Whether a relation does not fit the other product. A contract that is changed to that is wrong, and what it said
     * before stays; one that has become so because the other was changed is served without the relation.
     */
    private static boolean isWronglyRelated(DataProduct product, List<Problem> problems) {
        return problems.stream().anyMatch(problem -> problem.isError()
                && problem.rule().equals(RELATIONS_RULE)
                && problem.place().file().equals(product.place().file()));
    }

    /** Of two contracts for one product the one that is live stays, and the other one is told so. */
    private boolean isTakenFromLive(ProductId id, String file, FileListing listing, Place place,
            List<Problem> problems) {
        var live = served.get(id);
        if (live == null || live.file().equals(file)
                || !problems.removeIf(p -> p.rule().equals(DUPLICATE_RULE)
                        && isIn(p, live.file(), listing))) {
            return false;
        }
        problems.add(Problem.error(place, DUPLICATE_RULE, "product '" + id
                + "' is already served from " + live.file()
                + ": give one of the two another name"));
        return true;
    }

    private static boolean isIn(Problem problem, String file, FileListing listing) {
        return Path.of(problem.place().file()).equals(listing.root().resolve(file));
    }

    /** A schema in files is its text and that of everything it imports, so these are read once more and noted. */
    private static ContractMeaning meaning(ProductSchema schema) {
        var files = new TreeMap<String, String>();
        if (schema.product().schema().file().isPresent()) {
            var beside = ContractFiles.beside(schema.product());
            ProductSchemas.resolve(schema.product(), path -> {
                var text = beside.read(path);
                files.put(path, FileListing.hash(text));
                return text;
            }, RegistryLookup.none(), WriterSchemas.none());
        }
        return ContractMeaning.of(schema, files);
    }

    /** Live products whose contract cannot be used now, though it is still there: they stay as they are. */
    private Set<ProductId> kept(Map<ProductId, Wanted> wanted, ContractFiles.Found found,
            FileListing listing, List<Problem> problems) {
        var good = found.products();
        var filesOfOthers = new HashSet<String>();
        var declared = new HashSet<ProductId>();
        for (var schema : good) {
            filesOfOthers.add(FileListing.name(listing.root(),
                    Path.of(schema.product().place().file())));
            if (!ContractChecks.isServed(schema.product())) {
                declared.add(schema.product().id());
            }
        }
        var kept = new HashSet<ProductId>();
        served.forEach((id, live) -> {
            if (found.withheld().contains(id)) {
                kept.add(id);
                return;
            }
            boolean isThere = listing.files().containsKey(live.file());
            boolean isDeclared = good.stream().anyMatch(s -> s.product().id().equals(id));
            if (wanted.containsKey(id) || declared.contains(id)
                    || (!isDeclared && (!isThere || filesOfOthers.contains(live.file())))) {
                return;
            }
            kept.add(id);
            if (!isDeclared && problems.stream()
                    .noneMatch(p -> p.isError() && isIn(p, live.file(), listing))) {
                problems.add(Problem.error(
                        Place.of(listing.root().resolve(live.file()).toString()), "no-contract",
                        "this file is no contract any more: '" + id
                                + "' is served as before; delete the file to end that"));
            }
        });
        return kept;
    }

    /** Of two products that need one GraphQL name the one that was live with it stays. */
    private void settleNames(Map<ProductId, Wanted> wanted, Set<ProductId> kept,
            FileListing listing, List<Problem> problems) {
        for (boolean isSettled = false; !isSettled;) {
            isSettled = true;
            var names = new ArrayList<ProductApi>();
            kept.forEach(id -> names.add(live(id).product().api()));
            for (var candidate : inOrder(wanted, kept)) {
                var rival = names.stream()
                        .filter(other -> !other.conflicts(candidate.api()).isEmpty()).findFirst();
                if (rival.isEmpty()) {
                    names.add(candidate.api());
                    continue;
                }
                // Which of two of one name is served is decided here, not by the order of files.
                var winner = served.get(rival.get().id());
                problems.removeIf(p -> winner != null && p.rule().equals(NAME_RULE)
                        && isIn(p, winner.file(), listing));
                problems.add(ContractChecks.nameTaken(candidate.api(), rival.get()));
                wanted.remove(candidate.id());
                if (served.containsKey(candidate.id())) {
                    // It falls back to what it was, which others have to be looked at beside.
                    kept.add(candidate.id());
                    isSettled = false;
                    break;
                }
            }
        }
    }

    /** Those that are live as they are first, then those that are live otherwise, then the new ones. */
    private List<Wanted> inOrder(Map<ProductId, Wanted> wanted, Set<ProductId> kept) {
        var all = new ArrayList<Wanted>();
        for (int rank = 0; rank < 3; rank++) {
            for (var candidate : wanted.values()) {
                var live = served.get(candidate.id());
                int own = live == null ? 2 : live.meaning().equals(candidate.meaning()) ? 0 : 1;
                if (own == rank && !kept.contains(candidate.id())) {
                    all.add(candidate);
                }
            }
        }
        return all;
    }

    private Served live(ProductId id) {
        return Objects.requireNonNull(served.get(id), "live");
    }

    // ---- what is done about it ----

    private Outcome apply(Map<ProductId, Wanted> wanted, Set<ProductId> kept,
            Duration readyWithin, boolean isStart, List<Problem> problems) {
        var changes = new TreeMap<ProductId, Change>();
        var opened = new TreeMap<ProductId, Building>();
        boolean isTemporary = false;
        int products = wanted.size() + kept.size() + served.size();
        for (var candidate : wanted.values()) {
            var id = candidate.id();
            var live = served.get(id);
            var distance = live == null
                    ? Distance.INCOMPATIBLE
                    : live.meaning().to(candidate.meaning());
            settleBuilding(candidate, distance);
            if (distance == Distance.NONE || distance == Distance.TERMS
                    || buildings.containsKey(id)) {
                continue;
            }
            try {
                opened.put(id, open(candidate, live, products));
            } catch (ViewFailure e) {
                if (isStart) {
                    opened.values().forEach(each -> abandon(each.generation()));
                    throw e;
                }
                problems.add(unopened(candidate, e));
                kept.add(id);
                isTemporary = true;
            }
        }
        awaitReady(opened.values(), readyWithin);
        var gone = new ArrayList<Ending>();
        for (var candidate : wanted.values()) {
            if (kept.contains(candidate.id())) {
                continue;
            }
            try {
                take(candidate, opened.get(candidate.id()), changes, gone);
            } catch (ViewFailure e) {
                problems.add(unopened(candidate, e));
                kept.add(candidate.id());
                isTemporary = true;
            }
        }
        for (var id : List.copyOf(served.keySet())) {
            if (kept.contains(id)) {
                if (!live(id).isHeld()) {
                    LOG.atWarn().addKeyValue("product", id)
                            .log("its contract cannot be used; it is served as before");
                }
                served.put(id, live(id).held(true));
            } else if (!wanted.containsKey(id)) {
                changes.put(id, Change.REMOVED);
                remove(id, gone);
            }
        }
        finish(!changes.isEmpty(), gone);
        changes.entrySet().stream().filter(each -> each.getValue() != Change.ADDED)
                .forEach(each -> LOG.atInfo().addKeyValue("product", each.getKey())
                        .addKeyValue("change", each.getValue().name().toLowerCase(Locale.ROOT))
                        .log("a contract has changed"));
        return new Outcome(changes, problems,
                isTemporary ? Optional.of(VIEW_AGAIN) : Optional.empty());
    }

    private static Problem unopened(Wanted wanted, ViewFailure failure) {
        return Problem.error(wanted.schema().product().place(), "view", "'" + wanted.id()
                + "' cannot be served as this contract says: " + failure.getMessage());
    }

    /** A generation that is being built goes on if its rows are still what is wanted. */
    private void settleBuilding(Wanted candidate, Distance toLive) {
        var building = buildings.get(candidate.id());
        if (building == null) {
            return;
        }
        var toBuilding = building.wanted().meaning().to(candidate.meaning());
        if (toLive == Distance.COMPATIBLE && toBuilding == Distance.TERMS) {
            var schema = sameRows(building.wanted().schema(), candidate.schema());
            buildings.put(candidate.id(), new Building(
                    new Wanted(schema, candidate.meaning(), ProductApi.of(schema),
                            candidate.file(), candidate.fingerprint()),
                    building.generation(), building.quality(), building.since()));
        } else if (toLive != Distance.COMPATIBLE || toBuilding != Distance.NONE) {
            buildings.remove(candidate.id());
            abandon(building.generation());
        }
    }

    /** Puts one product as it is wanted among those that are served. */
    private void take(Wanted wanted, @Nullable Building opened,
            Map<ProductId, Change> changes, List<Ending> gone) {
        var id = wanted.id();
        var live = served.get(id);
        if (live == null) {
            var fresh = Objects.requireNonNull(opened, "opened before");
            begin(fresh, Optional.empty(), Optional.empty());
            changes.put(id, Change.ADDED);
            LOG.atInfo().addKeyValue("product", id).log("serving {} (schema: {})", id,
                    wanted.schema().source());
            return;
        }
        switch (live.meaning().to(wanted.meaning())) {
            case NONE -> served.put(id, live.held(false).at(wanted));
            case TERMS -> {
                takeTerms(live, wanted, gone);
                changes.put(id, Change.TERMS);
            }
            case COMPATIBLE -> {
                var building = opened == null ? buildings.get(id) : opened;
                if (building == null) {
                    throw new IllegalStateException("'" + id + "' was not opened");
                }
                boolean mayWait = live.meaning().hasAccessOf(wanted.meaning());
                if (mayWait && building.generation().view().isPresent() && !building.isReady()) {
                    if (buildings.put(id, building) == null) {
                        changes.put(id, Change.BUILDING);
                    }
                    served.put(id, live.held(false));
                } else {
                    buildings.remove(id);
                    succeed(live, building, gone);
                    changes.put(id, Change.COMPATIBLE);
                }
            }
            case INCOMPATIBLE -> {
                var fresh = Objects.requireNonNull(opened, "opened before");
                takeView(live.generation(), fresh, gone);
                remove(id, gone);
                begin(fresh, Optional.empty(), Optional.empty());
                changes.put(id, Change.INCOMPATIBLE);
            }
        }
    }

    /** Other terms, the same events: feed and view stay. */
    private void takeTerms(Served live, Wanted wanted, List<Ending> gone) {
        var schema = sameRows(live.product().schema(), wanted.schema());
        var generation = live.generation();
        var quality = live.product().quality();
        if (!live.meaning().hasRulesOf(wanted.meaning())) {
            quality = new Quality(schema);
            generation.meters().judgeBy(quality);
            judge(wanted.id(), quality);
        }
        if (schema.product().view().enabled()) {
            if (generation.view().isPresent()) {
                means.store().adopt(generation.view().get(), schema);
            } else {
                closeViews(wanted.id());
                feedView(generation, means.store().open(schema));
            }
        } else if (generation.view().isPresent()) {
            var left = generation.leaveView();
            gone.add(new Ending(generation, left, true, clock.instant()));
        }
        var product = new LiveProduct(schema, ProductApi.of(schema), AccessRules.of(schema),
                generation.feed(), generation.view(), quality);
        var former = live.product().former().flatMap(f -> under(wanted.schema(), f.product())
                .map(again -> new Former(again, f.until())));
        if (former.isEmpty()) {
            live.former().ifPresent(g -> gone.add(ending(g)));
        }
        served.put(wanted.id(), new Served(wanted.meaning(), generation,
                former.isPresent() ? live.former() : Optional.empty(), product.with(former),
                wanted.file(), wanted.fingerprint(), clock.instant(), false));
    }

    /** A generation of before under the terms of now; empty if these speak of what it does not have. */
    private static Optional<LiveProduct> under(ProductSchema terms, LiveProduct before) {
        var schema = sameRows(before.schema(), terms);
        if (AccessRules.check(schema).stream().anyMatch(Problem::isError)) {
            return Optional.empty();
        }
        return Optional.of(new LiveProduct(schema, before.api(), AccessRules.of(schema),
                before.feed(), Optional.empty(), before.quality()));
    }

    private static ProductSchema sameRows(ProductSchema rows, ProductSchema terms) {
        return new ProductSchema(terms.product(), rows.changes(), terms.source(), rows.key(),
                rows.eventTime(), terms.personal());
    }

    /** A compatible generation takes over; streams of before go on with theirs for a while. */
    private void succeed(Served live, Building next, List<Ending> gone) {
        live.former().ifPresent(older -> gone.add(ending(older)));
        var former = under(next.wanted().schema(), live.product())
                .map(product -> new Former(product,
                        clock.instant().plus(config.reload().keep())));
        var before = live.generation();
        takeView(before, next, gone);
        before.meters().mute();
        begin(next, former, former.map(ignored -> before));
        if (former.isEmpty()) {
            gone.add(new Ending(before, Optional.empty(), false, clock.instant()));
        }
    }

    /** The next generation goes on with the view, if its table is the same; if not, the view's file goes with it. */
    private void takeView(Generation before, Building next, List<Ending> gone) {
        var left = before.leaveView();
        if (left.isEmpty()) {
            return;
        }
        var schema = next.wanted().schema();
        if (next.generation().view().isEmpty() && schema.product().view().enabled()) {
            means.store().adopt(left.get(), schema);
            feedView(next.generation(), left.get());
        } else {
            gone.add(new Ending(before, left, true, clock.instant()));
        }
    }

    private void begin(Building fresh, Optional<Former> former, Optional<Generation> before) {
        var wanted = fresh.wanted();
        var schema = wanted.schema();
        var generation = fresh.generation();
        judge(wanted.id(), fresh.quality());
        var product = new LiveProduct(schema, wanted.api(), AccessRules.of(schema),
                generation.feed(), generation.view(), fresh.quality(), former);
        served.put(wanted.id(), new Served(wanted.meaning(), generation, before, product,
                wanted.file(), wanted.fingerprint(), clock.instant(), false));
    }

    private void judge(ProductId id, Quality quality) {
        var known = qualities.get(id);
        if (known != null) {
            known.set(quality);
            return;
        }
        var current = new AtomicReference<>(quality);
        qualities.put(id, current);
        means.telemetry().product(id).qualityScore(
                () -> current.get().report(clock.instant()).score().orElse(Double.NaN));
    }

    private void remove(ProductId id, List<Ending> gone) {
        var live = live(id);
        served.remove(id);
        live.former().ifPresent(older -> gone.add(ending(older)));
        gone.add(ending(live.generation()));
        var building = buildings.remove(id);
        if (building != null) {
            abandon(building.generation());
        }
    }

    private Ending ending(Generation generation) {
        generation.meters().mute();
        return new Ending(generation, generation.leaveView(), false, clock.instant());
    }

    /** Nobody has ever read it. Its view goes at once, since the next generation may need the very same file. */
    private void abandon(Generation generation) {
        generation.leaveView().ifPresent(means.store()::drop);
        end(ending(generation));
    }

    /** Views that wait to be closed and whose files a product may need again. */
    private void closeViews(ProductId id) {
        for (var each : List.copyOf(endings)) {
            if (each.generation().id().equals(id) && each.view().isPresent()) {
                endings.remove(each);
                endings.add(new Ending(each.generation(), Optional.empty(), false, each.since()));
                close(each);
            }
        }
        var others = Objects.requireNonNullElse(closing.remove(id),
                List.<CompletableFuture<Void>>of());
        try {
            CompletableFuture.allOf(others.toArray(CompletableFuture[]::new))
                    .get(CLOSED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.atDebug().addKeyValue("product", id)
                    .log("its view of before is still being closed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void close(Ending ending) {
        ending.view().ifPresent(view -> {
            if (ending.isViewDropped()) {
                means.store().drop(view);
            } else {
                view.close();
            }
        });
    }

    // ---- generations ----

    private Building open(Wanted wanted, @Nullable Served live,
            int products) {
        var schema = wanted.schema();
        var product = schema.product();
        var meters = means.telemetry().product(product.id());
        var quality = new Quality(schema);
        var cluster = Objects.requireNonNull(
                means.clusters().get(product.stream().cluster()), "checked before");
        var counting = new FeedMeters(meters, quality, clock, means.turned());
        var bounds = new FeedBounds(config.feeds().events(), share(products),
                config.feeds().prefill());
        var generation = new Generation(
                new Feed(schema, cluster, means.cursors(), bounds, counting), counting);
        if (product.view().enabled() && (live == null || live.generation().view()
                .filter(view -> means.store().fits(view, schema)).isEmpty())) {
            closeViews(product.id());
            feedView(generation, means.store().open(schema));
        }
        generation.feed().start();
        return new Building(wanted, generation, quality, clock.instant());
    }

    private void feedView(Generation generation, View view) {
        var meters = means.telemetry().product(generation.id());
        var parts = view.parts();
        var feeders = new ArrayList<ViewFeeder>();
        for (var part : parts) {
            // Events are counted once, by the part that answers everything.
            var feeder = new ViewFeeder(generation.feed(), part, part.equals(parts.getFirst())
                    ? (events, lag) -> {
                        meters.viewApplied(events);
                        meters.viewLag(lag);
                    }
                    : (events, lag) -> {
                    });
            meters.viewBehind(part.name(),
                    () -> feeder.standing().behind().toMillis() / 1000.0);
            feeders.add(feeder);
        }
        meters.viewIndexes(
                () -> view.indexes().stream().filter(IndexStanding::isBuilt).count(),
                () -> view.indexes().stream().filter(index -> !index.isBuilt()).count(),
                () -> view.indexes().stream().mapToLong(IndexStanding::bytes).sum());
        generation.feed(view, feeders);
    }

    private long share(int products) {
        return Math.max(FEED_BYTES_MIN, config.feeds().memoryBytes() / Math.max(1, products));
    }

    private static void awaitReady(Iterable<Building> opened, Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        for (var each : opened) {
            try {
                each.generation().feed().ready().get(
                        Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                while (!each.isReady() && System.nanoTime() - deadline < 0
                        && !Thread.currentThread().isInterrupted()) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                }
            } catch (TimeoutException e) {
                LOG.atWarn().addKeyValue("product", each.wanted().id()).log(
                        "there is no data yet; it is served as soon as its topics answer");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (ExecutionException e) {
                LOG.warn("a feed ended while starting: {}", e.getMessage());
            }
        }
    }

    /** Swaps the catalog, tells of it, and begins to end what is not in it any more. */
    private void finish(boolean isChanged, List<Ending> gone) {
        if (isChanged) {
            catalog = new Catalog(served.values().stream().map(Served::product).toList());
        }
        endings.addAll(gone);
        note();
        if (isChanged) {
            divideMemory();
            means.changed().run();
        }
    }

    private void note() {
        states = served.values().stream()
                .map(each -> new State(each.product(), each.file(), each.since(), each.isHeld(),
                        Optional.ofNullable(buildings.get(each.product().id()))
                                .map(Building::since),
                        each.generation().feeders()))
                .toList();
    }

    private void divideMemory() {
        var feeds = new ArrayList<Feed>();
        served.values().forEach(each -> {
            feeds.add(each.generation().feed());
            each.former().ifPresent(former -> feeds.add(former.feed()));
        });
        buildings.values().forEach(each -> feeds.add(each.generation().feed()));
        feeds.forEach(feed -> feed.limitMemory(share(feeds.size())));
    }

    /** What time brings: views that have been built, generations that nobody reads any more. */
    void tend() {
        var gone = new ArrayList<Ending>();
        boolean isChanged = false;
        for (var building : List.copyOf(buildings.values())) {
            if (building.isReady()) {
                buildings.remove(building.wanted().id());
                succeed(live(building.wanted().id()), building, gone);
                isChanged = true;
                LOG.atInfo().addKeyValue("product", building.wanted().id())
                        .log("the new generation's view has been built; it is served now");
            }
        }
        var now = clock.instant();
        for (var each : List.copyOf(served.values())) {
            var former = each.former();
            if (former.isEmpty()) {
                continue;
            }
            boolean isOver = each.product().former().map(f -> !now.isBefore(f.until()))
                    .orElse(true);
            if (isOver || !former.get().feed().isTapped()) {
                served.put(each.product().id(),
                        each.with(each.product().with(Optional.empty()), Optional.empty()));
                gone.add(ending(former.get()));
                isChanged = true;
            }
        }
        if (isChanged || !gone.isEmpty()) {
            finish(isChanged, gone);
            return;
        }
        for (var ending : List.copyOf(endings)) {
            if (isStillServing(ending.generation()) || !ending.generation().feed().isTapped()
                    || Duration.between(ending.since(), now).compareTo(END_WITHIN) > 0) {
                endings.remove(ending);
                end(ending);
            }
        }
    }

    /** Only its view has ended. */
    private boolean isStillServing(Generation generation) {
        return served.values().stream().anyMatch(each -> each.generation() == generation
                || each.former().filter(former -> former == generation).isPresent());
    }

    private void end(Ending ending) {
        boolean isFeedKept = isStillServing(ending.generation());
        if (!served.containsKey(ending.generation().id())) {
            qualities.remove(ending.generation().id());
            means.telemetry().forget(ending.generation().id());
        }
        var closed = new CompletableFuture<Void>();
        closing.values().removeIf(
                those -> those.stream().allMatch(CompletableFuture::isDone));
        if (ending.view().isPresent()) {
            closing.computeIfAbsent(ending.generation().id(), ignored -> new ArrayList<>())
                    .add(closed);
        }
        // Closing asks threads to end and waits for them.
        means.ends().execute(() -> {
            try {
                close(ending);
            } finally {
                closed.complete(null);
            }
            if (!isFeedKept && ending.generation().isEndedFirst()) {
                ending.generation().feed().close();
            }
        });
    }

    /** Everything that reads, to be ended side by side. The thread that reloads has ended before. */
    List<AutoCloseable> parts() {
        var generations = new ArrayList<Generation>();
        served.values().forEach(each -> {
            generations.add(each.generation());
            each.former().ifPresent(generations::add);
        });
        buildings.values().forEach(each -> generations.add(each.generation()));
        endings.forEach(each -> generations.add(each.generation()));
        var parts = new ArrayList<AutoCloseable>();
        for (var generation : generations) {
            parts.add(generation.feed());
            parts.addAll(generation.feeders());
        }
        return parts;
    }

    /** Whether contracts name schemas by subject, so that the registry may have news. */
    boolean hasRegistered() {
        return served.values().stream()
                .anyMatch(each -> each.product().contract().schema().registry().isPresent());
    }
}

package io.tidegate.gateway.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.TokenVerifier;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.delivery.Pace;
import io.tidegate.gateway.limit.Admission;
import io.tidegate.gateway.limit.Lease;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Plans;
import io.tidegate.gateway.limit.RateState;
import io.tidegate.gateway.limit.Verdict;
import io.tidegate.gateway.refusal.Challenge;
import io.tidegate.gateway.refusal.ProblemDocuments;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.channels.ClosedChannelException;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who comes in: verifies tokens, counts against plans, and says no in the words of HTTP. Every door of the gateway asks it
 * first.
 */
public final class Gatekeeper {
    static final CharSequence POLICY = HttpHeaders.createOptimized("RateLimit-Policy");
    static final CharSequence LIMIT = HttpHeaders.createOptimized("RateLimit");
    private static final Logger LOG = LoggerFactory.getLogger(Gatekeeper.class);

    private final TokenVerifier verifier;
    private final Limits limits;
    private final Supplier<Plans> plans;
    private final Telemetry telemetry;
    private final Supplier<Catalog> catalog;
    private final Clock clock;
    private final String publicUrl;
    /** Paces are a partner's, however many streams it has open. Each is here as long as a stream holds it. */
    private final Cache<PaceKey, PartnerPace> paces = Caffeine.newBuilder().weakValues().build();
    /** Those of late, so that a partner who comes back does not begin anew. */
    private final Cache<PaceKey, PartnerPace> recentPaces = Caffeine.newBuilder()
            .maximumSize(100_000).expireAfterAccess(Duration.ofMinutes(10)).build();

    private record PaceKey(String partner, String plan) {
    }

    public Gatekeeper(TokenVerifier verifier, Limits limits, Supplier<Plans> plans,
            Telemetry telemetry,
            Supplier<Catalog> catalog, Clock clock, String publicUrl) {
        this.verifier = verifier;
        this.limits = limits;
        this.plans = plans;
        this.telemetry = telemetry;
        this.catalog = catalog;
        this.clock = clock;
        this.publicUrl = publicUrl;
    }

    public Clock clock() {
        return clock;
    }

    public String publicUrl() {
        return publicUrl;
    }

    /**
     * The token of an {@code Authorization} header; empty if there is none.
     *
     * @throws Refusal.Thrown
     *             if the header is there but is no bearer token
     */
    public static Optional<String> bearer(@Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        if (header.length() < 8 || !header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.TOKEN_INVALID,
                    "The Authorization header must be 'Bearer' and a token."));
        }
        return Optional.of(header.substring(7).trim());
    }

    /**
     * What the query string of a request says. A semicolon is a character like others, or what stands behind it would be lost.
     *
     * @throws Refusal.Thrown
     *             if it is no query string
     */
    public static MultiMap parameters(HttpServerRequest request) {
        try {
            return request.params(true);
        } catch (IllegalArgumentException e) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID,
                    "The query string is not encoded as one; write '%' as '%25'."));
        }
    }

    /** Verifies a token; fails with {@link Refusal.Thrown} only. */
    public Future<Caller> verify(String token) {
        return verifier.verify(token);
    }

    /** Verifies the token of a request. */
    public Future<Caller> caller(HttpServerRequest request) {
        try {
            return bearer(request.getHeader(HttpHeaders.AUTHORIZATION)).map(verifier::verify)
                    .orElseGet(() -> Future
                            .failedFuture(new Refusal.Thrown(Refusal.of(RefusalCode.TOKEN_MISSING,
                                    "Send a token: 'Authorization: Bearer …'."))));
        } catch (Refusal.Thrown e) {
            return Future.failedFuture(e);
        }
    }

    /** The plan that a grant names. */
    public Plan plan(Optional<String> name) {
        return plans.get().of(name);
    }

    /** The plan that counts for what belongs to no one product: the best of those that the caller has. */
    public Plan plan(Caller caller) {
        return catalog.get().granted(caller, clock.instant()).stream()
                .map(granted -> plan(granted.permit().plan()))
                .max(Comparator.comparingInt(Plan::priority))
                .orElseGet(() -> plans.get().defaultPlan());
    }

    /** Counts a request and notes on the response where the partner stands. Fails where its plan is used up. */
    public Future<Caller> counted(Caller caller, Plan plan, HttpServerResponse response) {
        var verdict = limits.request(caller.partner(), plan);
        headers(response, verdict.state());
        return switch (verdict) {
            case Verdict.Allowed ignored -> Future.succeededFuture(caller);
            case Verdict.Denied denied -> Future.failedFuture(new Refusal.Thrown(denied.refusal()));
        };
    }

    /** Where a request's queries are charged. */
    public QueryAccount account(Caller caller) {
        return new QueryAccount(caller, this::plan, limits);
    }

    /** Counts an operation of an open connection. */
    public Optional<Refusal> countOperation(Caller caller, Plan plan) {
        return limits.request(caller.partner(), plan) instanceof Verdict.Denied denied
                ? Optional.of(denied.refusal())
                : Optional.empty();
    }

    /**
     * Opens a connection of this partner.
     *
     * @throws Refusal.Thrown
     *             if its plan has no more
     */
    public Lease connection(Caller caller, Plan plan) {
        return admitted(limits.connection(caller.partner(), plan));
    }

    /**
     * Opens a subscription of this partner.
     *
     * @throws Refusal.Thrown
     *             if its plan has no more
     */
    public Lease subscription(Caller caller, Plan plan) {
        return admitted(limits.subscription(caller.partner(), plan));
    }

    private static Lease admitted(Admission admission) {
        return switch (admission) {
            case Admission.Admitted(var lease) -> lease;
            case Admission.Full(var denied) -> throw new Refusal.Thrown(denied.refusal());
        };
    }

    /** How fast this partner may be served, all its streams together. */
    public Pace pace(Caller caller, Plan plan) {
        var key = new PaceKey(caller.partner(), plan.name());
        var pace = paces.get(key, ignored -> new PartnerPace(plan));
        recentPaces.put(key, pace);
        pace.follow(plan);
        return pace;
    }

    /** Plans have changed: streams that are open go on at the pace that their plan allows now. */
    public void plansChanged() {
        paces.asMap().forEach(
                (key, pace) -> pace.follow(plan(Optional.of(key.plan()))));
    }

    /** Answers a request with a problem document (RFC 9457). */
    public void refuse(HttpServerRequest request, Throwable failure) {
        var refusal = refusal(failure, String.valueOf(request.path()));
        telemetry.refused(refusal.code());
        var response = request.response();
        if (response.headWritten() || response.closed()) {
            request.connection().close();
            return;
        }
        boolean isTokenSent = request.getHeader("Authorization") != null;
        Challenge.of(refusal, isTokenSent, Optional.empty(), publicUrl)
                .ifPresent(challenge -> response.putHeader("WWW-Authenticate", challenge));
        refusal.retryAfter().ifPresent(after -> response.putHeader("Retry-After",
                Long.toString(Math.max(1, (after.toMillis() + 999) / 1000))));
        response.setStatusCode(refusal.code().httpStatus())
                .putHeader("Content-Type", ProblemDocuments.MEDIA_TYPE)
                .putHeader("Cache-Control", "no-store")
                .end(ProblemDocuments.of(refusal, String.valueOf(request.path()), publicUrl));
    }

    /** The refusal in a failure; our own mistakes are logged and become {@code INTERNAL}. */
    public Refusal refusal(Throwable failure, String where) {
        if (failure instanceof Refusal.Thrown thrown) {
            return thrown.refusal();
        }
        if (failure instanceof ClosedChannelException || failure instanceof HttpClosedException) {
            // Whoever asked has gone; nobody hears what is said.
            LOG.atDebug().addKeyValue("where", where).log("the client did not wait");
        } else {
            LOG.atError().setCause(failure).addKeyValue("where", where).log("a request failed");
        }
        return Refusal.of(RefusalCode.INTERNAL, "Internal error.");
    }

    private static void headers(HttpServerResponse response, RateState state) {
        response.putHeader(POLICY, state.policyHeader());
        response.putHeader(LIMIT, state.limitHeader());
    }

    /** One bucket for streams on several event loops. */
    private static final class PartnerPace implements Pace {
        private Plan plan;
        private io.tidegate.gateway.limit.Pace pace;

        PartnerPace(Plan plan) {
            this.plan = plan;
            this.pace = of(plan);
        }

        private static io.tidegate.gateway.limit.Pace of(Plan plan) {
            return new io.tidegate.gateway.limit.Pace(plan.messages(), plan.bytes(),
                    System.nanoTime());
        }

        synchronized void follow(Plan now) {
            if (!now.messages().equals(plan.messages()) || !now.bytes().equals(plan.bytes())) {
                pace = of(now);
            }
            plan = now;
        }

        @Override
        public synchronized int permits(long nowNanos) {
            return pace.allowed(nowNanos);
        }

        @Override
        public synchronized void took(int events, int bytes, long nowNanos) {
            pace.sent(events, bytes, nowNanos);
        }

        @Override
        public synchronized long nanosUntilPermit(long nowNanos) {
            return pace.waitNanos(nowNanos);
        }
    }
}

package io.tidegate.gateway.http;

import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.RateState;
import io.tidegate.gateway.limit.Verdict;
import io.tidegate.gateway.refusal.Refusal;
import io.vertx.core.http.HttpServerResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the queries of one request are charged before they run. Charged on whatever thread runs the query; its state is told
 * on the request's own.
 */
public final class QueryAccount {
    private final Caller caller;
    private final Function<Optional<String>, Plan> plans;
    private final Limits limits;
    private volatile @Nullable RateState state;

    /**
     * @param plans
     *            the plan of each name
     */
    public QueryAccount(Caller caller, Function<Optional<String>, Plan> plans, Limits limits) {
        this.caller = caller;
        this.plans = plans;
        this.limits = limits;
    }

    /**
     * @param plan
     *            that the caller's grant names
     * @param cost
     *            1 or more
     * @return why the query may not run
     */
    public Optional<Refusal> charge(Optional<String> plan, long cost) {
        return charge(plans.apply(plan), cost);
    }

    /**
     * Charges what one query costs, all of a plan together: what is more than the plan ever has is told from what is not left
     * of it.
     *
     * @param costs
     *            by the plan that the caller's grant names
     * @return why the query may not run
     */
    public Optional<Refusal> charge(Map<Optional<String>, Long> costs) {
        var byPlan = new HashMap<Plan, Long>();
        costs.forEach((plan, cost) -> byPlan.merge(plans.apply(plan), cost, Long::sum));
        for (var cost : byPlan.entrySet()) {
            var refused = charge(cost.getKey(), cost.getValue());
            if (refused.isPresent()) {
                return refused;
            }
        }
        return Optional.empty();
    }

    private Optional<Refusal> charge(Plan plan, long cost) {
        var verdict = limits.query(caller.partner(), plan, cost);
        state = verdict.state();
        return verdict instanceof Verdict.Denied denied
                ? Optional.of(denied.refusal())
                : Optional.empty();
    }

    /** Adds to the response's rate limits where the partner stands with its queries, if any was charged. */
    public void tell(HttpServerResponse response) {
        var now = state;
        if (now != null) {
            append(response, Gatekeeper.POLICY, now.policyHeader());
            append(response, Gatekeeper.LIMIT, now.limitHeader());
        }
    }

    private static void append(HttpServerResponse response, CharSequence name,
            String more) {
        var before = response.headers().get(name);
        response.putHeader(name, before == null ? more : before + ", " + more);
    }
}

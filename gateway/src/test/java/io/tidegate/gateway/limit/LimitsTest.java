package io.tidegate.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {
    private static final long SECOND = 1_000_000_000L;
    private final AtomicLong nanos = new AtomicLong(SECOND);
    private final Limits limits = new Limits(nanos::get);

    @ParameterizedTest
    @CsvSource({"50/s,50,1", "5000/s,5000,1", "5MiB/s,5242880,1", "64KiB/s,65536,1",
            "100000/min,100000,60", "3 / h,3,3600", "2kB/s,2000,1"})
    void reads_rates(String text, long amount, long seconds) {
        assertThat(Rate.parse(text)).isEqualTo(new Rate(amount, Duration.ofSeconds(seconds)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "50", "/s", "-1/s", "0/s", "5 apples/s", "5/day", "5/s/s", "1e9/s",
            "999999999999999GiB/s"})
    void rejects_what_is_no_rate_and_lists_the_forms(String text) {
        assertThatThrownBy(() -> Rate.parse(text)).hasMessage(
                "expected a rate of at least 1 such as '50/s', '1000/min', '5000/h', '64KiB/s' or"
                        + " '5MiB/s' but was '" + text + "'");
    }

    @Test
    void without_configured_plans_there_are_gold_and_free() {
        var plans = Plans.of(List.of());

        assertThat(plans.names()).containsExactlyInAnyOrder("gold", "free");
        assertThat(plans.of(Optional.of("gold"))).isEqualTo(Plan.GOLD);
        assertThat(plans.of(Optional.empty())).isEqualTo(Plan.FREE);
        assertThat(plans.of(Optional.of("platinum"))).isEqualTo(Plan.FREE);
    }

    @Test
    void a_configured_default_plan_is_for_grants_without_a_plan() {
        var generous = new Plan("default", Rate.perSecond(9), 9, 9, Rate.perSecond(9),
                Rate.perSecond(9), Rate.perSecond(9), 1);

        assertThat(Plans.of(List.of(generous)).of(Optional.empty())).isEqualTo(generous);
    }

    @Test
    void rejects_a_plan_that_allows_nothing() {
        assertThatThrownBy(() -> new Plan("x", Rate.perSecond(1), 0, 1, Rate.perSecond(1),
                Rate.perSecond(1), Rate.perSecond(1), 1)).hasMessage(
                        "plan 'x': expected at least one connection and one subscription but was 0 and 1");
    }

    @Test
    void says_where_a_partner_stands_in_the_words_of_the_draft() {
        var first = limits.request("acme", Plan.GOLD);

        assertThat(first).isInstanceOf(Verdict.Allowed.class);
        assertThat(first.state().policyHeader()).isEqualTo("\"requests\";q=50;w=1");
        assertThat(first.state().limitHeader()).isEqualTo("\"requests\";r=49;t=1");
    }

    @Test
    void denies_the_third_request_in_a_second_and_says_when_to_come_back() {
        limits.request("acme", Plan.FREE);
        limits.request("acme", Plan.FREE);

        var third = (Verdict.Denied) limits.request("acme", Plan.FREE);

        assertThat(third.refusal()).isEqualTo(Refusal.retryAfter(RefusalCode.RATE_LIMITED,
                "the plan's requests of 2/s are used up", Duration.ofSeconds(1)));
        assertThat(third.state().limitHeader()).isEqualTo("\"requests\";r=0;t=1");
        assertThat(limits.request("other", Plan.FREE)).isInstanceOf(Verdict.Allowed.class);
        nanos.addAndGet(SECOND / 2);
        assertThat(limits.request("acme", Plan.FREE)).isInstanceOf(Verdict.Allowed.class);
        assertThat(limits.request("acme", Plan.FREE)).isInstanceOf(Verdict.Denied.class);
    }

    @Test
    void s54_no_pattern_of_asking_gets_more_than_1_05_times_the_quota_in_60_seconds() {
        int allowed = 0;
        for (int i = 0; i < 60_000; i++) {
            if (limits.request("acme", Plan.GOLD) instanceof Verdict.Allowed) {
                allowed++;
            }
            nanos.addAndGet(SECOND / 1000);
        }

        assertThat(allowed).isBetween(3000, 3150);
    }

    @Test
    void an_idle_partner_is_forgotten_without_gaining_anything() {
        var plan = new Plan("hourly", Rate.parse("10/h"), 1, 1, Rate.perSecond(1),
                Rate.perSecond(1), Rate.perSecond(1), 1);
        int allowed = 0;
        for (int hours = 0; hours < 20; hours++) {
            for (int i = 0; i < 30; i++) {
                allowed += limits.request("acme", plan) instanceof Verdict.Allowed ? 1 : 0;
            }
            nanos.addAndGet(Duration.ofHours(1).toNanos());
        }

        assertThat(allowed).isEqualTo(200);
    }

    @Test
    void counts_the_cost_of_queries_and_refuses_for_good_what_can_never_be_paid() {
        var verdict = limits.query("acme", Plan.FREE, 400);
        assertThat(verdict.state().policyHeader()).isEqualTo("\"query-cost\";q=1000;w=60");
        assertThat(verdict.state().limitHeader()).isEqualTo("\"query-cost\";r=600;t=24");

        var tooMuch = (Verdict.Denied) limits.query("acme", Plan.FREE, 700);
        assertThat(tooMuch.refusal().retryAfter()).contains(Duration.ofSeconds(6));
        assertThat(tooMuch.state().limitHeader()).isEqualTo("\"query-cost\";r=600;t=6");

        var never = (Verdict.Denied) limits.query("acme", Plan.FREE, 1001);
        assertThat(never.refusal()).isEqualTo(Refusal.of(RefusalCode.QUERY_TOO_COMPLEX,
                "the query costs 1001 but plan 'free' allows 1000/min; select fewer fields or ask for smaller pages"));
    }

    @Test
    void connections_and_subscriptions_are_leased() {
        var first = ((Admission.Admitted) limits.connection("acme", Plan.FREE)).lease();
        limits.connection("acme", Plan.FREE);
        var subscription = ((Admission.Admitted) limits.subscription("acme", Plan.FREE)).lease();

        var full = (Admission.Full) limits.connection("acme", Plan.FREE);
        assertThat(full.denied().refusal()).isEqualTo(Refusal.retryAfter(
                RefusalCode.CONNECTION_LIMIT,
                "plan 'free' allows 2 connections at once and all are open",
                Duration.ofSeconds(5)));
        assertThat(full.denied().state().policyHeader())
                .isEqualTo("\"connections\";q=2;qu=\"concurrent-requests\"");
        assertThat(limits.connections("acme")).isEqualTo(2);

        first.close();
        first.close();
        assertThat(limits.connections("acme")).isEqualTo(1);
        assertThat(limits.connection("acme", Plan.FREE)).isInstanceOf(Admission.Admitted.class);
        assertThat(limits.subscriptions("acme")).isEqualTo(1);
        subscription.close();
        assertThat(limits.subscriptions("acme")).isZero();
    }

    @Test
    void what_is_open_under_a_large_plan_does_not_use_up_a_small_one() {
        for (int i = 0; i < 10; i++) {
            limits.connection("acme", Plan.GOLD);
            limits.subscription("acme", Plan.GOLD);
        }

        assertThat(limits.connection("acme", Plan.FREE)).isInstanceOf(Admission.Admitted.class);
        assertThat(limits.subscription("acme", Plan.FREE)).isInstanceOf(Admission.Admitted.class);
        assertThat(limits.connections("acme")).isEqualTo(11);
        assertThat(limits.partnersWithSomethingOpen()).isEqualTo(1);
    }

    @Test
    void a_lease_outlives_any_idleness_and_nothing_is_kept_after_it() {
        var lease = ((Admission.Admitted) limits.subscription("acme", Plan.FREE)).lease();

        nanos.addAndGet(Duration.ofDays(30).toNanos());
        limits.request("acme", Plan.FREE);

        assertThat(limits.subscriptions("acme")).isEqualTo(1);
        lease.close();
        assertThat(limits.partnersWithSomethingOpen()).isZero();
    }

    @Test
    void never_more_leases_than_the_plan_has_from_many_threads() throws Exception {
        var most = new AtomicInteger();
        var now = new AtomicInteger();
        var start = new CountDownLatch(1);
        var one = new Plan("one", Rate.perSecond(1), 1, 1, Rate.perSecond(1), Rate.perSecond(1),
                Rate.perSecond(1), 1);
        try (var threads = Executors.newFixedThreadPool(4)) {
            var done = new ArrayList<Future<?>>();
            for (int t = 0; t < 4; t++) {
                done.add(threads.submit(() -> {
                    start.await();
                    for (int i = 0; i < 5000; i++) {
                        if (limits.subscription("acme",
                                one) instanceof Admission.Admitted admitted) {
                            most.accumulateAndGet(now.incrementAndGet(), Math::max);
                            now.decrementAndGet();
                            admitted.lease().close();
                        }
                    }
                    return null;
                }));
            }
            start.countDown();
            for (var future : done) {
                future.get();
            }
        }

        assertThat(most.get()).isEqualTo(1);
        assertThat(limits.partnersWithSomethingOpen()).isZero();
    }
}

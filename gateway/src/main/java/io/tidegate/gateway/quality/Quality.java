package io.tidegate.gateway.quality;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.predicate.CelFilters;
import io.tidegate.gateway.predicate.CelFilters.TimedRule;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.problem.Problem;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The quality of one product's data as it arrives. An event is flawed if it breaks a rule of the contract, has a value that
 * does not fit its type, or cannot be read; the score is the share of events without a flaw in the last hour.
 *
 * <p>
 * Written by one thread, the feed's; {@link #report} may be asked by any.
 */
public final class Quality {
    /** Distinct findings of a product; a recursive type has any number of paths. What is beyond is counted as one. */
    private static final int FINDINGS_MAX = 200;
    private static final String OTHERS = "…";
    private static final int MINUTES = 60;
    /** How long a rule that speaks of {@code now} may go on with an older one. */
    private static final Duration NOW_KEPT = Duration.ofMillis(100);

    private final List<Check> checks = new ArrayList<>();
    private final Map<String, Finding> findings = new LinkedHashMap<>();
    private final long[] events = new long[MINUTES];
    private final long[] flawed = new long[MINUTES];
    private final long[] minutes = new long[MINUTES];
    private Instant now = Instant.MIN;

    /**
     * What was found wrong.
     *
     * @param kind
     *            {@code rule}, {@code value} or {@code record}
     * @param name
     *            of the rule, or path of the field; of records {@code unreadable}
     * @param expected
     *            the rule's expression, or what the value should have been
     * @param count
     *            how often since the product has been served
     */
    public record Finding(String kind, String name, String expected, long count) {
    }

    /**
     * The state of things.
     *
     * @param events
     *            of the last hour, readable or not
     * @param flawed
     *            of those
     * @param score
     *            from 0 to 1; empty without events
     */
    public record Report(long events, long flawed, OptionalDouble score, List<Finding> findings) {
        public Report {
            findings = List.copyOf(findings);
        }
    }

    private static final class Check {
        private final String name;
        private final String expression;
        private final TimedRule rule;
        private Matcher matcher;

        Check(String name, String expression, TimedRule rule) {
            this.name = name;
            this.expression = expression;
            this.rule = rule;
            this.matcher = Matcher.compile(rule.at(Instant.EPOCH));
        }
    }

    /** Rules that cannot be compiled are left out; {@link #check} tells of them. */
    public Quality(ProductSchema schema) {
        for (var rule : schema.product().rules()) {
            try {
                checks.add(new Check(rule.name(), rule.expect().text(),
                        CelFilters.rule(rule.expect().text(), schema.rowType())));
            } catch (FilterProblem e) {
                // Reported where contracts are loaded; the events are as good as they are.
            }
        }
    }

    /** What is wrong with a contract's rules, each at its own place. */
    public static List<Problem> check(ProductSchema schema) {
        var problems = new ArrayList<Problem>();
        for (var rule : schema.product().rules()) {
            try {
                CelFilters.rule(rule.expect().text(), schema.rowType());
            } catch (FilterProblem e) {
                problems.add(Problem.error(rule.expect().place(), "rule",
                        "rules: '" + rule.name() + "' cannot be checked: " + e.getMessage()));
            }
        }
        return problems;
    }

    /** An event was read; asks every rule. A rule that does not hold, or has nothing to compare, is broken. */
    public synchronized List<String> event(Row row, boolean fits, Instant at) {
        if (Duration.between(now, at).compareTo(NOW_KEPT) > 0) {
            now = at;
            checks.forEach(check -> check.matcher = Matcher.compile(check.rule.at(at)));
        }
        List<String> broken = List.of();
        for (var check : checks) {
            if (!check.matcher.matches(row)) {
                found("rule", check.name, check.expression);
                broken = broken.isEmpty() ? new ArrayList<>() : broken;
                broken.add(check.name);
            }
        }
        count(at, fits && broken.isEmpty());
        return broken;
    }

    /** A row is gone; there is nothing in it to be asked. */
    public synchronized void deleted(Instant at) {
        count(at, true);
    }

    /** Values of one record did not fit; its event is told separately, unless it is withheld. */
    public synchronized void misfits(List<Misfit> misfits) {
        misfits.forEach(misfit -> found("value", misfit.path(), misfit.expected()));
    }

    /** A record could not be read, or is withheld. */
    public synchronized void lost(String why, Instant at) {
        found("record", why, "a record that can be read");
        count(at, false);
    }

    public synchronized Report report(Instant at) {
        long minute = at.getEpochSecond() / 60;
        long all = 0;
        long bad = 0;
        for (int i = 0; i < MINUTES; i++) {
            if (minute - minutes[i] < MINUTES) {
                all += events[i];
                bad += flawed[i];
            }
        }
        return new Report(all, bad,
                all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) (all - bad) / all),
                List.copyOf(findings.values()));
    }

    private void found(String kind, String name, String expected) {
        var key = kind + ' ' + name;
        var kept = findings.size() < FINDINGS_MAX || findings.containsKey(key);
        findings.merge(kept ? key : OTHERS,
                kept
                        ? new Finding(kind, name, expected, 1)
                        : new Finding(kind, OTHERS, "", 1),
                (old, one) -> new Finding(old.kind(), old.name(), old.expected(),
                        old.count() + 1));
    }

    private void count(Instant at, boolean good) {
        long minute = at.getEpochSecond() / 60;
        int slot = (int) Math.floorMod(minute, (long) MINUTES);
        if (minutes[slot] != minute) {
            minutes[slot] = minute;
            events[slot] = 0;
            flawed[slot] = 0;
        }
        events[slot]++;
        if (!good) {
            flawed[slot]++;
        }
    }
}

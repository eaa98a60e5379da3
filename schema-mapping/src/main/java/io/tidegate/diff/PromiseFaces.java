package io.tidegate.diff;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.contract.DataProduct.StreamSpec;
import io.tidegate.problem.Located;
import io.tidegate.yaml.YamlMapping;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the contract says beside the row: how the stream is made, what is promised, and where in its life the product is. */
final class PromiseFaces {
    private static final Pattern NUMBER = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,12})?)(.*)");

    private final DataProduct before;
    private final DataProduct after;
    private final LocalDate today;
    private final Findings findings;

    private PromiseFaces(DataProduct before, DataProduct after, LocalDate today,
            Findings findings) {
        this.before = before;
        this.after = after;
        this.today = today;
        this.findings = findings;
    }

    static void compare(DataProduct before, DataProduct after, LocalDate today,
            Findings findings) {
        var faces = new PromiseFaces(before, after, today, findings);
        faces.stream(before.stream(), after.stream());
        faces.relations();
        faces.serviceLevels();
        faces.life();
    }

    /** Only where in its life the product is: what a draft says concerns nobody. */
    static void compareLife(DataProduct before, DataProduct after, LocalDate today,
            Findings findings) {
        new PromiseFaces(before, after, today, findings).life();
    }

    private void changed(Rule rule, String path, Object old, Object now) {
        if (!old.equals(now)) {
            findings.setting(rule, path, text(old), text(now));
        }
    }

    private static String text(Object value) {
        return switch (value) {
            case Optional<?> maybe -> maybe.map(PromiseFaces::text).orElse("");
            case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
            case Iterable<?> many -> {
                var text = new StringBuilder();
                many.forEach(one -> text.append(text.isEmpty() ? "" : ", ").append(text(one)));
                yield text.toString();
            }
            default -> value.toString();
        };
    }

    // Stream

    private void stream(StreamSpec old, StreamSpec now) {
        changed(Rule.TOPIC_CHANGED, "stream.topics", old.topics(), now.topics());
        changed(Rule.TOPIC_CHANGED, "stream.cluster", old.cluster(), now.cluster());
        changed(Rule.ENVELOPE_CHANGED, "stream.envelope", old.envelope(), now.envelope());
        changed(Rule.EVENT_TIME_CHANGED, "stream.eventTime", old.eventTime().map(Located::text),
                now.eventTime().map(Located::text));
        changed(Rule.BAD_RECORDS_CHANGED, "stream.onBadRecord", old.onBadRecord(),
                now.onBadRecord());
        changed(Rule.BAD_RECORDS_CHANGED, "stream.onBadValue", old.onBadValue(),
                now.onBadValue());
        changed(Rule.SCHEMA_LANGUAGE_CHANGED, "schema.type", before.schema().language(),
                after.schema().language());
    }

    // Relations

    private void relations() {
        var old = relations(before);
        var now = relations(after);
        old.forEach((name, relation) -> {
            var path = "relations[" + name + "]";
            var same = now.get(name);
            if (same == null) {
                findings.setting(Rule.RELATION_REMOVED, path, relation.to().text(), "");
                return;
            }
            changed(Rule.RELATION_CHANGED, path + ".to", relation.to().text(), same.to().text());
            changed(Rule.RELATION_CHANGED, path + ".by", by(relation), by(same));
            changed(Rule.DESCRIPTION_CHANGED, path, relation.description(), same.description());
            changed(relation.inverse().isEmpty() ? Rule.RELATION_ADDED : Rule.RELATION_REMOVED,
                    path + ".inverse", relation.inverse().map(Located::text),
                    same.inverse().map(Located::text));
        });
        now.forEach((name, relation) -> {
            if (!old.containsKey(name)) {
                findings.setting(Rule.RELATION_ADDED, "relations[" + name + "]", "",
                        relation.to().text());
            }
        });
    }

    private static Map<String, DataProduct.Relation> relations(DataProduct product) {
        var relations = new TreeMap<String, DataProduct.Relation>();
        product.relations().forEach(each -> relations.put(each.name().text(), each));
        return relations;
    }

    /** Whatever their order. */
    private static String by(DataProduct.Relation relation) {
        return relation.by().stream().map(match -> match.own().text() + ": " + match.key().text())
                .sorted().collect(Collectors.joining(", "));
    }

    // Service levels

    private void serviceLevels() {
        var old = before.serviceLevels().stated();
        var now = after.serviceLevels().stated();
        old.forEach((name, promise) -> {
            var same = now.get(name);
            if (same == null) {
                findings.setting(Rule.SERVICE_LEVEL_REMOVED, "sla." + name, promise, "");
            } else if (!same.equals(promise)) {
                serviceLevel(name, promise, same);
            }
        });
        now.forEach((name, promise) -> {
            if (!old.containsKey(name)) {
                findings.setting(Rule.SERVICE_LEVEL_ADDED, "sla." + name, "", promise);
            }
        });
        history();
        int quality = after.quality().compareTo(before.quality());
        if (quality != 0) {
            changed(quality > 0 ? Rule.QUALITY_LOWERED : Rule.QUALITY_RAISED, "quality",
                    before.quality(), after.quality());
        }
        checks();
    }

    private void serviceLevel(String name, String old, String now) {
        var path = "sla." + name;
        // Positive = worse.
        var worse = switch (name) {
            case "freshness" -> durations(old, now);
            case "latency" -> durations(old, now);
            case "retention" -> durations(old, now).map(order -> -order);
            case "availability", "throughput" -> numbers(old, now).map(order -> -order);
            default -> Optional.<Integer>empty();
        };
        if (worse.isEmpty()) {
            findings.setting(Rule.SERVICE_LEVEL_CHANGED, path, old, now);
        } else if (worse.get() != 0) {
            findings.setting(switch (name) {
                case "freshness" ->
                    worse.get() > 0 ? Rule.FRESHNESS_WEAKER : Rule.FRESHNESS_STRONGER;
                case "availability" ->
                    worse.get() > 0 ? Rule.AVAILABILITY_WEAKER : Rule.AVAILABILITY_STRONGER;
                default ->
                    worse.get() > 0 ? Rule.SERVICE_LEVEL_WEAKER : Rule.SERVICE_LEVEL_STRONGER;
            }, path, old, now);
        }
    }

    private static Optional<Integer> durations(String old, String now) {
        return YamlMapping.durationOf(old)
                .flatMap(one -> YamlMapping.durationOf(now).map(other -> other.compareTo(one)));
    }

    /** Compares numbers of the same unit. */
    private static Optional<Integer> numbers(String old, String now) {
        var one = NUMBER.matcher(old);
        var other = NUMBER.matcher(now);
        return one.matches() && other.matches() && one.group(2).equals(other.group(2))
                ? Optional.of(new BigDecimal(other.group(1)).compareTo(new BigDecimal(
                        one.group(1))))
                : Optional.empty();
    }

    private void history() {
        if (!before.view().enabled() || !after.view().enabled()) {
            return;
        }
        int order = after.view().history().compareTo(before.view().history());
        if (order != 0) {
            findings.setting(order < 0 ? Rule.HISTORY_SHORTENED : Rule.HISTORY_LENGTHENED,
                    "view.history", days(before.view().history()), days(after.view().history()));
        }
    }

    private static String days(Duration history) {
        return history.isZero()
                ? "none"
                : history.toDays() > 0 && Duration.ofDays(history.toDays()).equals(history)
                        ? history.toDays() + "d"
                        : history.toString();
    }

    private void checks() {
        var old = checks(before);
        var now = checks(after);
        old.forEach((name, expect) -> {
            if (!expect.equals(now.get(name))) {
                findings.setting(Rule.CHECK_REMOVED, "rules[" + name + "]", expect,
                        now.getOrDefault(name, ""));
            }
        });
        now.forEach((name, expect) -> {
            if (!old.containsKey(name)) {
                findings.setting(Rule.CHECK_ADDED, "rules[" + name + "]", "", expect);
            }
        });
    }

    private static Map<String, String> checks(DataProduct product) {
        var checks = new HashMap<String, String>();
        product.rules().forEach(rule -> checks.put(rule.name(), rule.expect().text()));
        return checks;
    }

    // Life

    private void life() {
        if (before.status() != after.status()) {
            findings.setting(status(), "status", text(before.status()), text(after.status()));
        }
        boolean ended = after.status() == Status.RETIRED || before.status() == Status.DRAFT;
        if (!before.sunset().equals(after.sunset()) && !ended) {
            var rule = before.sunset().isEmpty()
                    ? Rule.SUNSET_SET
                    : after.sunset().filter(day -> day.isBefore(before.sunset().get())).isPresent()
                            ? Rule.SUNSET_NEARER
                            : Rule.SUNSET_LATER;
            changed(rule, "sunset", before.sunset(), after.sunset());
        }
        changed(Rule.SUCCESSOR_CHANGED, "successor", before.successor(), after.successor());
        changed(Rule.OWNER_CHANGED, "owner", before.owner(), after.owner());
        changed(Rule.TAGS_CHANGED, "tags", before.tags(), after.tags());
    }

    private Rule status() {
        return switch (after.status()) {
            case DRAFT -> Rule.PRODUCT_WITHDRAWN;
            case ACTIVE -> Rule.PRODUCT_REINSTATED;
            case DEPRECATED -> before.status() == Status.ACTIVE
                    ? Rule.PRODUCT_DEPRECATED
                    : Rule.PRODUCT_REINSTATED;
            case RETIRED -> hasEnded(before, today)
                    ? Rule.PRODUCT_RETIRED_AFTER_SUNSET
                    : Rule.PRODUCT_RETIRED;
        };
    }

    /** Whether consumers have no claim to a product any more. */
    static boolean hasEnded(DataProduct product, LocalDate today) {
        return product.status() == Status.DRAFT || product.status() == Status.RETIRED
                || product.sunset().filter(day -> !today.isBefore(day)).isPresent();
    }
}

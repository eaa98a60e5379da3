package io.tidegate.diff;

import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.ProductSchema;
import io.tidegate.problem.Located;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/** Who may see which rows and fields: less of it breaks consumers, more of it is for the owner to look at. */
final class AccessFace {
    private final ProductSchema before;
    private final ProductSchema after;
    private final Findings findings;

    private AccessFace(ProductSchema before, ProductSchema after, Findings findings) {
        this.before = before;
        this.after = after;
        this.findings = findings;
    }

    static void compare(ProductSchema before, ProductSchema after, Findings findings) {
        new AccessFace(before, after, findings).compare();
    }

    private void compare() {
        var old = byScope(before);
        var now = byScope(after);
        var removed = new ArrayList<>(old.keySet());
        removed.removeAll(now.keySet());
        var added = new ArrayList<>(now.keySet());
        added.removeAll(old.keySet());
        for (var scope : List.copyOf(removed)) {
            for (var other : List.copyOf(added)) {
                if (removed.contains(scope) && isAlike(grant(old, scope), grant(now, other))) {
                    findings.setting(Rule.SCOPE_RENAMED, "access", scope, other,
                            grant(now, other).place());
                    removed.remove(scope);
                    added.remove(other);
                }
            }
        }
        removed.forEach(scope -> findings.setting(Rule.SCOPE_REMOVED, "access", scope, ""));
        added.forEach(scope -> findings.setting(Rule.SCOPE_ADDED, "access", "", scope,
                grant(now, scope).place()));
        old.forEach((scope, grant) -> {
            var same = now.get(scope);
            if (same != null) {
                grants(scope, grant, same);
            }
        });
        var oldOrder = new ArrayList<>(old.keySet());
        oldOrder.retainAll(now.keySet());
        var newOrder = new ArrayList<>(now.keySet());
        newOrder.retainAll(old.keySet());
        if (!oldOrder.equals(newOrder)) {
            findings.setting(Rule.GRANT_ORDER_CHANGED, "access", String.join(", ", oldOrder),
                    String.join(", ", newOrder));
        }
    }

    private static Grant grant(Map<String, Grant> grants, String scope) {
        return Objects.requireNonNull(grants.get(scope), "grant");
    }

    /** Only the first grant of a scope counts. */
    private static Map<String, Grant> byScope(ProductSchema schema) {
        var grants = new LinkedHashMap<String, Grant>();
        schema.product().access().forEach(grant -> grants.putIfAbsent(grant.scope(), grant));
        return grants;
    }

    private static boolean isAlike(Grant a, Grant b) {
        return rule(a).equals(rule(b)) && a.masks().equals(b.masks()) && a.open().equals(b.open())
                && a.plan().equals(b.plan());
    }

    private static String rule(Grant grant) {
        return grant.rows().map(Located::text).orElse("").replaceAll("\\s+", " ").strip();
    }

    private void grants(String scope, Grant old, Grant now) {
        var path = "access[" + scope + "]";
        rows(path + ".rows", old, now);
        var paths = new TreeSet<String>();
        for (var grant : List.of(old, now)) {
            paths.addAll(grant.masks().keySet());
            paths.addAll(grant.open());
        }
        paths.addAll(before.personal());
        paths.addAll(after.personal());
        for (var field : paths) {
            if (has(before.rowType(), field) && has(after.rowType(), field)) {
                field(path, field, Sight.of(before, old, field), Sight.of(after, now, field), now);
            }
        }
        if (!old.plan().equals(now.plan())) {
            findings.setting(Rule.PLAN_CHANGED, path + ".plan", old.plan().orElse(""),
                    now.plan().orElse(""), now.place());
        }
    }

    private void rows(String path, Grant old, Grant now) {
        var one = rule(old);
        var other = rule(now);
        if (one.equals(other)) {
            return;
        }
        var place = now.rows().map(Located::place).orElse(now.place());
        var rule = one.isEmpty()
                ? Rule.ROW_RULE_ADDED
                : other.isEmpty()
                        ? Rule.ROW_RULE_REMOVED
                        : isTightened(one, other)
                                ? Rule.ROW_RULE_TIGHTENED
                                : Rule.ROW_RULE_CHANGED;
        findings.setting(rule, path, one, other, place);
    }

    /** Whether the new rule is the old one and something besides; decided on the words alone. */
    private static boolean isTightened(String old, String now) {
        var whole = old.contains("||") || old.contains("?")
                ? List.of("(" + old + ")")
                : List.of(old, "(" + old + ")");
        return !now.contains("||") && !now.contains("?")
                && whole.stream().anyMatch(
                        part -> now.startsWith(part + " && ") || now.endsWith(" && " + part));
    }

    /** How much of a field a grant shows. */
    private enum Sight {
        HIDDEN, REDACTED, CHANGED, CLEAR;

        static Map.Entry<Sight, String> of(ProductSchema schema, Grant grant, String field) {
            var mask = Optional.ofNullable(grant.masks().get(field));
            if (mask.isPresent()) {
                return Map.entry(of(mask.get()), mask.get().name().toLowerCase(Locale.ROOT));
            }
            boolean hidden = schema.personal().contains(field) && !grant.open().contains(field);
            return hidden ? Map.entry(HIDDEN, "hidden") : Map.entry(CLEAR, "clear");
        }

        private static Sight of(Mask mask) {
            return switch (mask) {
                case HIDE -> HIDDEN;
                case REDACT -> REDACTED;
                case HASH, PARTIAL, YEAR -> CHANGED;
            };
        }
    }

    private void field(String grant, String field, Map.Entry<Sight, String> old,
            Map.Entry<Sight, String> now, Grant place) {
        int change = now.getKey().compareTo(old.getKey());
        boolean isHidden = old.getKey() == Sight.HIDDEN && now.getKey() == Sight.HIDDEN;
        if (isHidden || old.getValue().equals(now.getValue())) {
            return;
        }
        var rule = change > 0
                ? old.getKey() == Sight.HIDDEN ? Rule.FIELD_OPENED : Rule.FIELD_UNMASKED
                : now.getKey() == Sight.HIDDEN ? Rule.FIELD_HIDDEN : Rule.FIELD_MASKED;
        findings.grant(rule, field, old.getValue() + " in " + grant,
                now.getValue() + " in " + grant, place.place());
    }

    /** Whether rows have such a field; lists, maps and unions are passed through. */
    private static boolean has(Type type, String path) {
        return switch (type) {
            case RecordType record -> record.fields().stream()
                    .anyMatch(field -> field.name().equals(path)
                            || (path.startsWith(field.name() + ".") && has(field.type(),
                                    path.substring(field.name().length() + 1))));
            case Type.ListOf list -> has(list.element(), path);
            case Type.MapOf map -> has(map.value(), path);
            case Type.Union union ->
                union.members().stream().anyMatch(member -> has(member, path));
            case Type.Scalar scalar -> false;
            case Type.EnumOf of -> false;
            case Type.Json json -> false;
        };
    }
}

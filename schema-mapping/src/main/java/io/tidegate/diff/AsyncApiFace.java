package io.tidegate.diff;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What two AsyncAPI documents of one product say, compared by meaning. Words for people, and what other faces tell (the
 * schemas of rows, the contract's own statements), are left out.
 */
final class AsyncApiFace {
    private static final Set<String> WORDS = Set.of("description", "summary", "title", "examples",
            "x-tidegate", "tags");

    private final Findings findings;

    private AsyncApiFace(Findings findings) {
        this.findings = findings;
    }

    static void compare(JsonNode before, JsonNode after, Findings findings) {
        new AsyncApiFace(findings).compare(before, after);
    }

    private void compare(JsonNode old, JsonNode now) {
        for (var name : names(old.path("channels"), now.path("channels"))) {
            var one = old.path("channels").path(name);
            var other = now.path("channels").path(name);
            if (other.isMissingNode()) {
                findings.setting(Rule.CHANNEL_REMOVED, "channels." + name,
                        one.path("address").asText(), "");
            } else if (one.isMissingNode()) {
                findings.setting(Rule.CHANNEL_ADDED, "channels." + name, "",
                        other.path("address").asText());
            } else {
                channel("channels." + name, one, other);
            }
        }
        for (var name : names(old.path("operations"), now.path("operations"))) {
            var one = old.path("operations").path(name);
            var other = now.path("operations").path(name);
            if (!one.isMissingNode() && !other.isMissingNode()) {
                bindings("operations." + name, one, other);
                security("operations." + name, one.path("security"), other.path("security"));
            }
        }
        for (var name : names(old.path("servers"), now.path("servers"))) {
            security("servers." + name, old.at("/servers/" + name + "/security"),
                    now.at("/servers/" + name + "/security"));
        }
        security("components.securitySchemes", old.at("/components/securitySchemes"),
                now.at("/components/securitySchemes"));
    }

    private void channel(String path, JsonNode old, JsonNode now) {
        if (!old.path("address").equals(now.path("address"))) {
            findings.setting(Rule.ADDRESS_CHANGED, path, old.path("address").asText(),
                    now.path("address").asText());
        }
        for (var name : names(old.path("messages"), now.path("messages"))) {
            var one = old.path("messages").path(name);
            var other = now.path("messages").path(name);
            if (other.isMissingNode()) {
                findings.setting(Rule.MESSAGE_REMOVED, path + ".messages", name, "");
            } else if (one.isMissingNode()) {
                findings.setting(Rule.MESSAGE_ADDED, path + ".messages", "", name);
            } else {
                var oldLeaves = leaves(one);
                var newLeaves = leaves(other);
                var where = new TreeSet<>(oldLeaves.keySet());
                where.addAll(newLeaves.keySet());
                where.removeIf(
                        key -> oldLeaves.getOrDefault(key, "").equals(newLeaves.getOrDefault(key,
                                "")));
                if (!where.isEmpty()) {
                    var key = where.first();
                    findings.setting(Rule.MESSAGE_CHANGED, path + ".messages." + name + key,
                            oldLeaves.getOrDefault(key, ""), newLeaves.getOrDefault(key, ""));
                }
            }
        }
        bindings(path, old, now);
        security(path, old.path("security"), now.path("security"));
        if (!old.path("x-ordering").equals(now.path("x-ordering"))) {
            findings.setting(Rule.DOCUMENT_CHANGED, path + ".x-ordering",
                    old.path("x-ordering").asText(), now.path("x-ordering").asText());
        }
    }

    private void bindings(String path, JsonNode old, JsonNode now) {
        for (var protocol : names(old.path("bindings"), now.path("bindings"))) {
            var one = old.path("bindings").path(protocol).path("query");
            var other = now.path("bindings").path(protocol).path("query");
            var at = path + ".bindings." + protocol + ".query";
            for (var name : names(one.path("properties"), other.path("properties"))) {
                var a = one.path("properties").path(name);
                var b = other.path("properties").path(name);
                if (b.isMissingNode()) {
                    findings.setting(Rule.PARAMETER_REMOVED, at, name, "");
                } else if (a.isMissingNode()) {
                    findings.setting(Rule.PARAMETER_ADDED, at, "", name);
                } else if (!leaves(a).equals(leaves(b))) {
                    findings.setting(Rule.PARAMETER_CHANGED, at + "." + name, leaves(a).toString(),
                            leaves(b).toString());
                }
            }
            var required = new HashSet<String>();
            other.path("required").forEach(name -> required.add(name.asText()));
            one.path("required").forEach(name -> required.remove(name.asText()));
            required.forEach(
                    name -> findings.setting(Rule.PARAMETER_REQUIRED, at, "", name));
        }
    }

    private void security(String path, JsonNode old, JsonNode now) {
        var one = leaves(old);
        var other = leaves(now);
        if (!one.equals(other)) {
            findings.setting(Rule.SECURITY_CHANGED, path, one.toString(), other.toString());
        }
    }

    private static Set<String> names(JsonNode a, JsonNode b) {
        var names = new TreeSet<String>();
        a.fieldNames().forEachRemaining(names::add);
        b.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Every single value by its path, words for people left out. */
    private static Map<String, String> leaves(JsonNode node) {
        var leaves = new TreeMap<String, String>();
        collect(node, "", leaves);
        return leaves;
    }

    private static void collect(JsonNode node, String path, Map<String, String> leaves) {
        if (node.isObject()) {
            node.properties().forEach(property -> {
                // Below `properties`, these are names of values.
                if (!WORDS.contains(property.getKey()) || path.endsWith(".properties")) {
                    collect(property.getValue(), path + "." + property.getKey(), leaves);
                }
            });
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                collect(node.get(i), path + "[" + i + "]", leaves);
            }
        } else if (!node.isMissingNode()) {
            leaves.put(path, node.asText());
        }
    }
}

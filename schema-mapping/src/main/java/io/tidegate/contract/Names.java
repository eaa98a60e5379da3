package io.tidegate.contract;

import io.tidegate.problem.Located;
import io.tidegate.yaml.YamlMapping;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The rules for the names in a contract: domains, products, versions, topics, scopes, GraphQL types. */
final class Names {
    private static final Pattern KEBAB = Pattern.compile("[a-z][a-z0-9-]{0,99}");
    private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.\\d{1,6}(\\.\\d{1,6})?");
    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    /** RFC 6749 section 3.3. */
    private static final Pattern SCOPE = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,200}");
    private static final Pattern GRAPHQL = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,199}");
    /** In lower case: names that differ in case alone would confuse the people and tools that read the schema. */
    private static final Set<String> GRAPHQL_TAKEN = taken();

    private Names() {
    }

    private static Set<String> taken() {
        var taken = new HashSet<>(Set.of("query", "mutation", "subscription", "id", "json", "void",
                "cursor", "contract", "contractstatus", "servicelevel", "dataquality", "operation",
                "direction", "onslow", "timebucket", "timeunit", "measure", "pageinfo",
                "presencefilter", "listfilter", "mapfilter", "node", "_any",
                "_entity", "_service"));
        for (var scalar : List.of("int", "float", "string", "boolean", "long", "decimal",
                "datetime", "localdatetime", "date", "time", "localtime", "duration", "uuid",
                "base64")) {
            taken.addAll(List.of(scalar, scalar + "filter", scalar + "listfilter",
                    scalar + "mapfilter", scalar + "entryfilter", scalar + "listlistfilter",
                    scalar + "listmapfilter", scalar + "listentryfilter"));
        }
        return Set.copyOf(taken);
    }

    /** Text as the kebab-case name it would be; empty if nothing of it can stay. */
    static String kebab(String text) {
        var split = text.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
        var name = split.replaceAll("[^a-z0-9]+", "-").replaceAll("^[0-9-]+|-+$", "");
        return name.length() > 100 ? name.substring(0, 100) : name;
    }

    /** {@code shipment-events} and {@code shipment_events} become {@code ShipmentEvents}. */
    static String pascal(String text) {
        return Arrays.stream(text.split("[^A-Za-z0-9]+")).filter(part -> !part.isEmpty())
                .map(part -> part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1))
                .collect(Collectors.joining());
    }

    static boolean isKebab(String name) {
        return KEBAB.matcher(name).matches();
    }

    /** A required kebab-case name. */
    static Optional<String> kebab(YamlMapping mapping, String key) {
        return mapping.required(key).flatMap(name -> {
            if (isKebab(name.text())) {
                return Optional.of(name.text());
            }
            var legal = kebab(name.text());
            mapping.error(name.place(), "name", mapping.path(key)
                    + ": expected lower-case letters, digits and '-', beginning with a letter, but was '"
                    + shown(name.text()) + "'"
                    + (legal.isEmpty() ? "" : ": write '" + legal + "'"));
            return Optional.empty();
        });
    }

    /** The version as written, if its form is {@code major.minor[.patch]}. */
    static Optional<String> version(YamlMapping mapping, Located version) {
        var text = version.text();
        if (VERSION.matcher(text).matches()) {
            return Optional.of(text);
        }
        var remedy = "";
        if (text.matches("[vV]\\d.*") && VERSION.matcher(text.substring(1)).matches()) {
            remedy = ": write '" + text.substring(1) + "', without the '" + text.charAt(0) + "'";
        } else if (text.matches("[vV]?\\d{1,6}")) {
            remedy = ": write '" + text.replaceAll("\\D", "") + ".0'";
        }
        mapping.error(version.place(), "version",
                "version: expected major.minor or major.minor.patch such as 2.1 but was '"
                        + shown(text)
                        + "'" + remedy);
        return Optional.empty();
    }

    static int major(String version) {
        return Integer.parseInt(version.substring(0, version.indexOf('.')));
    }

    static boolean isTopic(String name) {
        return TOPIC.matcher(name).matches() && !name.equals(".") && !name.equals("..");
    }

    static boolean isScope(String scope) {
        return SCOPE.matcher(scope).matches();
    }

    /** Why a name cannot be that of a product's GraphQL type; empty if it can. */
    static Optional<String> graphQlObjection(String name) {
        if (!GRAPHQL.matcher(name).matches()) {
            return Optional
                    .of("is no GraphQL name (letters, digits and '_', not beginning with a digit)");
        }
        if (name.startsWith("__")) {
            return Optional.of("begins with '__', which GraphQL keeps for itself");
        }
        return GRAPHQL_TAKEN.contains(name.toLowerCase(Locale.ROOT))
                ? Optional.of("is the name of a type that every schema has")
                : Optional.empty();
    }

    /** Why a name cannot be that of a field; empty if it can. */
    static Optional<String> graphQlFieldObjection(String name) {
        if (!GRAPHQL.matcher(name).matches()) {
            return Optional
                    .of("is no GraphQL name (letters, digits and '_', not beginning with a digit)");
        }
        return name.startsWith("__")
                ? Optional.of("begins with '__', which GraphQL keeps for itself")
                : Optional.empty();
    }

    /**
     * The name of a product's GraphQL type: the contract's own, else the one made from domain, product and major, which
     * gets a {@code _} behind it where every schema has a type of that name.
     */
    static String graphQl(DataProduct product) {
        var id = product.id();
        var derived = pascal(id.domain()) + pascal(id.product())
                + (id.major() >= 2 ? "V" + id.major() : "");
        return product.graphQlName().orElse(
                GRAPHQL_TAKEN.contains(derived.toLowerCase(Locale.ROOT)) ? derived + "_" : derived);
    }

    static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }
}

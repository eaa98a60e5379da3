package io.tidegate.gateway.view;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Where a PostgreSQL-wire store is, and as whom: {@code postgresql://user:password@host:port,host:port/database?option=value}.
 * Its text tells no password.
 */
public final class PostgresAddress {
    /** Tables are in this schema unless the address names another one as {@code currentSchema}. */
    static final String SCHEMA = "tidegate";
    private static final String HOW = "expected"
            + " postgresql://user:password@host:5432/database, with several hosts parted by commas";
    private static final Pattern HOSTS = Pattern
            .compile("([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+])(:[0-9]{1,5})?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

    private final String hosts;
    private final String database;
    private final String user;
    private final String password;
    private final String schema;
    private final Map<String, String> options;

    private PostgresAddress(String hosts, String database, String user, String password,
            String schema, Map<String, String> options) {
        this.hosts = hosts;
        this.database = database;
        this.user = user;
        this.password = password;
        this.schema = schema;
        this.options = options;
    }

    /** Whether a text is meant as such an address. */
    public static boolean isMeant(String text) {
        return text.startsWith("postgresql:") || text.startsWith("postgres:");
    }

    /**
     * @throws IllegalArgumentException
     *             if it is none; the message says what is wrong, and nothing that may be secret
     */
    public static PostgresAddress parse(String text) {
        int begin = text.indexOf("://");
        if (!isMeant(text) || begin < 0) {
            throw new IllegalArgumentException(HOW);
        }
        String rest = text.substring(begin + 3);
        int query = rest.indexOf('?');
        String optionText = query < 0 ? "" : rest.substring(query + 1);
        String place = query < 0 ? rest : rest.substring(0, query);
        // A password may hold anything but what ends it; the last '@' does.
        int at = place.lastIndexOf('@');
        if (at < 0) {
            throw new IllegalArgumentException("it names no user; " + HOW);
        }
        String who = place.substring(0, at);
        String where = place.substring(at + 1);
        int slash = where.indexOf('/');
        if (slash < 0 || slash == where.length() - 1) {
            throw new IllegalArgumentException(
                    "it names no database after '" + where + "'; " + HOW);
        }
        String hosts = where.substring(0, slash);
        for (String host : hosts.split(",", -1)) {
            if (!HOSTS.matcher(host).matches()) {
                throw new IllegalArgumentException("'" + host + "' is no host; " + HOW);
            }
        }
        int colon = who.indexOf(':');
        String user = decoded(colon < 0 ? who : who.substring(0, colon));
        if (user.isEmpty()) {
            throw new IllegalArgumentException("it names no user; " + HOW);
        }
        var options = options(optionText);
        String schema = options.getOrDefault("currentSchema", SCHEMA);
        if (!NAME.matcher(schema).matches()) {
            throw new IllegalArgumentException("'currentSchema' is the name of one schema, of"
                    + " letters, digits and '_', and not '" + schema + "'");
        }
        options.remove("currentSchema");
        return new PostgresAddress(hosts, decoded(where.substring(slash + 1)), user,
                colon < 0 ? "" : decoded(who.substring(colon + 1)), schema,
                Map.copyOf(options));
    }

    private static Map<String, String> options(String text) {
        var options = new LinkedHashMap<String, String>();
        for (String option : text.isEmpty() ? new String[0] : text.split("&", -1)) {
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "'" + name + "' is no option; expected name=value, joined by '&'");
            }
            if (name.equals("user") || name.equals("password")) {
                throw new IllegalArgumentException(
                        "'" + name + "' stands before the '@', not among the options");
            }
            options.put(name, decoded(option.substring(equals + 1)));
        }
        return options;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "a '%' in it is not followed by two hexadecimal digits; write '%25' for it");
        }
    }

    String jdbcUrl() {
        return "jdbc:postgresql://" + hosts + "/"
                + java.net.URLEncoder.encode(database, StandardCharsets.UTF_8);
    }

    String user() {
        return user;
    }

    String password() {
        return password;
    }

    String schema() {
        return schema;
    }

    boolean hasSeveralHosts() {
        return hosts.contains(",");
    }

    /** Of the driver, as the address gives them. */
    Map<String, String> options() {
        return options;
    }

    /** For messages. */
    @Override
    public String toString() {
        return "postgresql://" + hosts + "/" + database;
    }
}

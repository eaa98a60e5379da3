package io.tidegate.gateway;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** Made-up products that the integration tests write to; each test that counts rows has one to itself. */
final class Lab {
    private Lab() {
    }

    /** Products that are a sequence: no key, one partition, rows numbered by their test. */
    static final String[] SEQUENCES = {"socket-values", "portal-live", "socket-filters",
            "socket-complete",
            "socket-drop", "sse-drop",
            "sse-values", "apollo", "plain", "slow", "position", "poison", "expiry", "proxy",
            "misbehaviour", "named-return", "named-start", "named-takeover", "named-owner",
            "named-http", "named-words", "named-trouble", "named-client", "named-flood",
            "named-token", "half-dead", "drained", "sessions", "sse-escapes",
            "deflated", "deflated-socket"};

    /** Products keyed by station, with a view. */
    static final String[] KEYED = {"stations", "pages", "handover", "newest",
            "laggard", "named-stations"};

    static Map<String, String> contracts() {
        var files = new LinkedHashMap<String, String>();
        for (String name : SEQUENCES) {
            files.put(name + ".yaml", sequence(name));
        }
        for (String name : KEYED) {
            files.put(name + ".yaml", keyed(name));
        }
        return files;
    }

    static String sequence(String name) {
        return """
                domain: lab
                product: %s
                version: "1.0"
                owner: lab@example.com
                sla: {freshness: 10s}
                schema: {type: json}
                fields:
                  - {name: n, type: integer, required: true}
                  - {name: station, type: string, required: true}
                  - {name: celsius, type: double}
                  - {name: note, type: string}
                stream: {topics: [lab.%s.v1.measured]}
                view: none
                """.formatted(name, name);
    }

    /** Keyed by station, three partitions, with a view. */
    static String keyed(String name) {
        return """
                domain: lab
                product: %s
                version: "1.0"
                owner: lab@example.com
                sla: {freshness: 10s}
                schema: {type: json}
                fields:
                  - {name: station, type: string, required: true}
                  - {name: n, type: integer, required: true}
                  - {name: altitude, type: integer}
                  - {name: note, type: string}
                stream: {topics: [lab.%s.v1.changed], key: [station]}
                view: {history: 1d}
                """.formatted(name, name);
    }

    /** {@code {"n":0,"station":"S0",…}} and so on. */
    static Iterable<String> readings(int from, int to) {
        return IntStream.range(from, to).mapToObj(Lab::reading).toList();
    }

    static String reading(int n) {
        return "{\"n\":%d,\"station\":\"S%d\",\"celsius\":%s,\"note\":\"reading “%d” → °C\"}"
                .formatted(n, n % 5, n / 4.0, n);
    }

    static Iterable<String> stations(int count, int altitude) {
        return IntStream.range(0, count)
                .mapToObj(n -> "{\"station\":\"ST-%04d\",\"n\":%d,\"altitude\":%d}"
                        .formatted(n, n, altitude + n % 7))
                .toList();
    }
}

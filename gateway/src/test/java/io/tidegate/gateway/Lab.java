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
            "deflated", "deflated-socket", "socket-again"};

    /** Products keyed by station, with a view. */
    static final String[] KEYED = {"stations", "pages", "handover", "newest",
            "laggard", "named-stations"};

    /** Products with a field of every kind, some of them personal. */
    static final String[] ORDERS = {"data-orders", "data-pages", "data-slow",
            "data-tools", "data-board"};

    static Map<String, String> contracts() {
        var files = new LinkedHashMap<String, String>();
        for (String name : SEQUENCES) {
            files.put(name + ".yaml", sequence(name));
        }
        for (String name : KEYED) {
            files.put(name + ".yaml", keyed(name));
        }
        for (String name : ORDERS) {
            files.put(name + ".yaml", orders(name));
        }
        files.putAll(Vault.contracts());
        files.putAll(RealDataIT.contracts());
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

    /** Whoever has the scope {@code <name>:some} sees open orders only, and not all of them. */
    static String orders(String name) {
        return """
                domain: lab
                product: %1$s
                version: "1.0"
                owner: lab@example.com
                sla: {freshness: 10s}
                schema: {type: json}
                fields:
                  - {name: order_id, type: string, required: true}
                  - {name: status, type: enum, values: [open, paid, shipped]}
                  - {name: total, type: decimal, precision: 12, scale: 2}
                  - {name: quantity, type: integer}
                  - {name: stamp, type: long}
                  - {name: weight, type: double}
                  - {name: due, type: date}
                  - {name: placed_at, type: timestamp}
                  - {name: rush, type: boolean}
                  - {name: note, type: string}
                  - {name: iban, type: string, pii: true}
                  - name: customer
                    type: object
                    fields:
                      - {name: name, type: string, pii: true}
                      - {name: city, type: string}
                  - {name: tags, type: array, items: {type: string}}
                stream: {topics: [lab.%1$s.v1.changed], key: [order_id], eventTime: placed_at}
                view: {history: 1d}
                access:
                  - {scope: "%1$s:all", open: [iban, customer.name]}
                  - scope: "%1$s:some"
                    rows: "event.status == 'open'"
                    mask: {customer.name: hash, note: redact}
                  - {scope: "%1$s:few", plan: free}
                """.formatted(name);
    }

    /** The orders of these numbers; what is in them follows from the number alone. */
    static Iterable<String> orders(int from, int to) {
        return IntStream.range(from, to).mapToObj(Lab::order).toList();
    }

    static String order(int n) {
        var notes = new String[]{"plain", "=1+2", "a, b", "say \\\"hi\\\"", "two\\nlines", "",
                "ünï → 🚚", " @SUM(A1)"};
        return ("{\"order_id\":\"O-%1$05d\",\"status\":\"%2$s\",\"total\":%3$s,\"quantity\":%4$d,"
                + "\"stamp\":%5$d,\"weight\":%6$s,\"due\":\"2026-%7$02d-01\","
                + "\"placed_at\":\"2026-03-01T%8$02d:%9$02d:00.%10$03dZ\",\"rush\":%11$b,"
                + "\"note\":\"%12$s\",\"iban\":\"XX%1$08d\","
                + "\"customer\":{\"name\":\"Name %1$d\",\"city\":\"%13$s\"},\"tags\":[%14$s]}")
                .formatted(n, new String[]{"open", "paid", "shipped"}[n % 3],
                        n % 10 == 9 ? "null" : java.math.BigDecimal.valueOf(n * 125L, 2), n % 7,
                        9_007_199_254_740_993L + n, n / 8.0, 1 + n % 12, n / 60 % 24, n % 60,
                        n % 1000, n % 2 == 0, notes[n % notes.length],
                        new String[]{"Oslo", "Rome"}[n % 2],
                        n % 4 == 0 ? "" : "\"t%1$d\",\"x,y\"".formatted(n % 4));
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

package io.tidegate.gateway;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Two products of {@link Lab} that a caller of scope {@code <name>:some} cannot tell apart: they differ in rows that its
 * rule excludes, and in values that it may not see.
 */
final class Vault {
    static final String LEFT = "vault-one";
    static final String RIGHT = "vault-two";
    /** In every value that is hidden, so that it is known where it shows. */
    static final String MARK = "HIDDEN";
    private static final int ROWS = 60;

    private Vault() {
    }

    /** Rows are seen while they are open; each names another one as its parent. */
    static String contract(String name) {
        return """
                domain: lab
                product: %1$s
                version: "1.0"
                owner: lab@example.com
                sla: {freshness: 10s}
                schema: {type: json}
                fields:
                  - {name: id, type: string, required: true}
                  - {name: status, type: enum, values: [open, secret], required: true}
                  - {name: parent_id, type: string}
                  - {name: amount, type: decimal, precision: 12, scale: 2}
                  - {name: pieces, type: integer}
                  - {name: stamp, type: long}
                  - {name: weight, type: double}
                  - {name: due, type: date}
                  - {name: at, type: timestamp}
                  - {name: rush, type: boolean}
                  - {name: title, type: string}
                  - {name: iban, type: string, pii: true}
                  - {name: note, type: string}
                  - {name: level, type: long}
                  - {name: seen, type: timestamp}
                  - name: customer
                    type: object
                    fields:
                      - {name: name, type: string, pii: true}
                      - {name: city, type: string}
                  - {name: tags, type: array, items: {type: string}}
                  - {name: codes, type: array, items: {type: string}}
                  - name: parts
                    type: array
                    items:
                      type: object
                      fields:
                        - {name: name, type: string}
                        - {name: secret, type: string, pii: true}
                  - {name: labels, type: map, items: {type: string}}
                stream: {topics: [lab.%1$s.v1.changed], key: [id], eventTime: at}
                view: {history: 36500d}
                relations:
                  - {name: parent, to: lab/%1$s/v1, by: {parent_id: id}, inverse: children}
                access:
                  - {scope: "%1$s:all", open: [iban, customer.name, parts.secret]}
                  - scope: "%1$s:some"
                    rows: "event.status == 'open'"
                    mask: {note: redact, level: hide, codes: hide, seen: year}
                """
                .formatted(name);
    }

    /** Ids of the rows that may be seen in the end. */
    static TreeSet<String> visible() {
        var ids = new TreeSet<String>();
        for (int n = 0; n < ROWS; n += 2) {
            if (n % 14 != 6) {
                ids.add(id(n));
            }
        }
        return ids;
    }

    static String id(int n) {
        return "V-%03d".formatted(n);
    }

    /** Writes all rows; of those that are hidden the right one has others, and fewer. */
    static void publish(Sandboxed lab, String name) throws Exception {
        boolean isLeft = name.equals(LEFT);
        var topic = "lab." + name + ".v1.changed";
        try (var producer = new KafkaProducer<>(Map.of("bootstrap.servers", lab.at().kafka(),
                "linger.ms", "5"), new ByteArraySerializer(), new ByteArraySerializer())) {
            var sent = new ArrayList<java.util.concurrent.Future<?>>();
            for (int n = 0; n < ROWS; n++) {
                boolean isVisible = n % 2 == 0;
                if (isVisible || isLeft || n % 6 == 1) {
                    sent.add(producer.send(record(topic, id(n), row(n, isVisible, isLeft))));
                }
                if (n % 14 == 6) {
                    // It was open and is not any more; on the left it changes further.
                    sent.add(producer.send(record(topic, id(n), row(n, false, isLeft))));
                    if (isLeft) {
                        sent.add(producer.send(record(topic, id(n),
                                row(n, false, true).put("title", MARK + " again"))));
                    }
                } else if (!isVisible && isLeft && n % 10 == 3) {
                    sent.add(producer.send(record(topic, id(n), null)));
                }
            }
            for (var each : sent) {
                each.get();
            }
        }
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, String id, JsonObject row) {
        return new ProducerRecord<>(topic, 0,
                ("{\"id\":\"" + id + "\"}").getBytes(StandardCharsets.UTF_8),
                row == null ? null : row.encode().getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject row(int n, boolean isVisible, boolean isLeft) {
        var secret = MARK + (isLeft ? "-" + n * 7 : " " + (100 - n));
        var titles = new String[]{"plain", "", "a%", "_", "'quoted'", "ünï 🚚", "x\ny"};
        return new JsonObject().put("id", id(n)).put("status", isVisible ? "open" : "secret")
                // Of the children of hidden rows some are seen, and the other way round.
                .put("parent_id", id(n * 3 % ROWS))
                .put("amount", n % 5 == 4 ? null : n * 5 + ".25").put("pieces", n % 7)
                .put("stamp", Long.toString(9_007_199_254_740_993L + n)).put("weight", n / 8.0)
                .put("due", "2026-%02d-01".formatted(1 + n % 12))
                .put("at", Instant.parse("2026-03-01T00:00:00Z")
                        .plusSeconds(isVisible ? n * 60L : isLeft ? 1 : n * 77L).toString())
                .put("rush", n % 3 == 0)
                .put("title", isVisible ? titles[n % 7] : secret)
                .put("iban", secret).put("note", secret)
                .put("level", isLeft ? n : 1_000 - n)
                .put("seen", "2026-0%d-11T11:11:11Z".formatted(isLeft ? 1 + n % 9 : 9 - n % 9))
                .put("customer", new JsonObject().put("name", secret).put("city",
                        isVisible ? n % 4 == 0 ? "Oslo" : "Rome" : secret))
                .put("tags", new JsonArray().add("t" + n % 4).add(isVisible ? "x,y" : secret))
                .put("codes", new JsonArray().add(secret))
                .put("parts", new JsonArray().add(new JsonObject().put("name", "p" + n % 3)
                        .put("secret", secret)))
                .put("labels", new JsonObject().put("a", "l" + n % 5));
    }

    /** How a value of an answer is told where it may differ: positions, and what counts how far the view is. */
    static Object normal(Object json) {
        return switch (json) {
            case JsonObject object -> {
                var normal = new JsonObject();
                object.forEach(entry -> normal.put(entry.getKey(), switch (entry.getKey()) {
                    case "cursor", "startCursor", "endCursor", "position", "asOf", "behind" ->
                        entry.getValue() == null ? "null" : "*";
                    default -> normal(entry.getValue());
                }));
                yield normal;
            }
            case JsonArray array -> new JsonArray(
                    array.stream().map(Vault::normal).collect(Collectors.toList()));
            case null -> "null";
            default -> json;
        };
    }

    static Map<String, String> contracts() {
        var files = new HashMap<String, String>();
        for (var name : List.of(LEFT, RIGHT)) {
            files.put(name + ".yaml", contract(name));
        }
        return files;
    }
}

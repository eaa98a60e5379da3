package io.tidegate.loadtests.pull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The same questions in the words of each of the two, and what their answers mean. A question is the body of a request: a constant
 * document with variables.
 */
abstract class Questions {
    static final int PAGE = 100;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Where a page begins.
     *
     * @param depth
     *            rows of the carrier before it
     * @param cursor
     *            of the last of them; empty at depth 0
     */
    record Place(String carrier, int depth, String cursor) {
    }

    /** What is said of the shipments of one status. */
    record Group(String status, long count, double sum, double average) {
    }

    abstract byte[] total();

    abstract byte[] key(String id);

    abstract byte[] page(Place place);

    /**
     * The page after a cursor with a cursor for each of its rows.
     *
     * @param cursor
     *            empty = the first page
     */
    abstract byte[] edges(String carrier, String cursor, int rows);

    /**
     * @param nth
     *            questions of different numbers have the same answer, but nobody could know that from an earlier one
     */
    abstract byte[] groups(long nth);

    abstract long total(JsonNode data);

    /** Of an answer about a key (one row, or none) or a page. */
    abstract List<Shipment> rows(JsonNode data);

    abstract List<String> cursors(JsonNode data);

    abstract List<Group> groups(JsonNode data);

    static ObjectNode variables() {
        return JSON.createObjectNode();
    }

    static byte[] question(String document, ObjectNode variables) {
        try {
            return JSON.writeValueAsBytes(
                    JSON.createObjectNode().put("query", document).set("variables", variables));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("a tree can always be written", e);
        }
    }

    static Shipment shipment(JsonNode node) {
        return new Shipment(node.path("id").asText(),
                java.time.OffsetDateTime.parse(node.path("ts").asText()).toInstant(),
                node.path("status").asText(), node.path("carrier").asText(),
                node.path("origin").asText(), node.path("destination").asText(),
                node.path("weightKg").asDouble(), node.path("note").asText());
    }

    static List<Shipment> shipments(JsonNode nodes) {
        var rows = new ArrayList<Shipment>();
        nodes.forEach(node -> rows.add(shipment(node)));
        return rows;
    }

    /**
     * How two lists of groups differ; empty if they do not. Sums may differ by a part in 10¹², for they may be added up in any
     * order.
     */
    static Set<String> differences(List<Group> ours, List<Group> theirs) {
        var differences = new HashSet<String>();
        if (ours.size() != theirs.size()) {
            differences.add(ours.size() + " groups beside " + theirs.size());
        }
        for (var mine : ours) {
            var other = theirs.stream().filter(group -> group.status().equals(mine.status()))
                    .findFirst();
            if (other.isEmpty() || other.get().count() != mine.count()
                    || !isClose(other.get().sum(), mine.sum())
                    || !isClose(other.get().average(), mine.average())) {
                differences.add(mine + " beside " + other.map(Group::toString).orElse("none"));
            }
        }
        return Collections.unmodifiableSet(differences);
    }

    private static boolean isClose(double one, double other) {
        return Math.abs(one - other) <= 1e-12 * Math.max(Math.abs(one), Math.abs(other));
    }
}

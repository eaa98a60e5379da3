package io.tidegate.loadtests.pull;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Asked of the gateway. Pages are found by cursor. */
final class TidegateQuestions extends Questions {
    static final String DOMAIN = "pull";
    static final String PRODUCT = "shipments";
    private static final String ROOT = "pullShipments";
    private static final String TYPE = "PullShipments";
    private static final String PAGE_OF = "query($carrier:String!,$first:Int!,$after:String){"
            + ROOT
            + "{items(where:{carrier:{eq:$carrier}},orderBy:[{field:ts,direction:DESC}],"
            + "first:$first,after:$after){";

    @Override
    byte[] total() {
        return question("{" + ROOT + "{items(first:0){totalCount}}}", variables());
    }

    @Override
    byte[] key(String id) {
        return question(
                "query($id:String!){" + ROOT + "{latest(key:{id:$id}){" + Shipment.FIELDS + "}}}",
                variables().put("id", id));
    }

    @Override
    byte[] page(Place place) {
        var variables = variables().put("carrier", place.carrier()).put("first", PAGE);
        if (!place.cursor().isEmpty()) {
            variables.put("after", place.cursor());
        }
        return question(PAGE_OF + "nodes{" + Shipment.FIELDS + "}pageInfo{endCursor}}}}",
                variables);
    }

    @Override
    byte[] edges(String carrier, String cursor, int rows) {
        var variables = variables().put("carrier", carrier).put("first", rows);
        if (!cursor.isEmpty()) {
            variables.put("after", cursor);
        }
        return question(PAGE_OF + "edges{cursor}}}}", variables);
    }

    @Override
    byte[] groups(long nth) {
        // No shipment weighs less than nothing, so every row is meant, but no two questions are alike.
        var variables = variables();
        variables.putObject("where").putObject("weightKg").put("gte", -1.0 - nth);
        return question("query($where:" + TYPE + "Where){" + ROOT
                + "{aggregate(where:$where,groupBy:[status]){group{status}count sum{weightKg}avg{weightKg}}}}",
                variables);
    }

    @Override
    long total(JsonNode data) {
        return data.path(ROOT).path("items").path("totalCount").asLong(-1);
    }

    @Override
    List<Shipment> rows(JsonNode data) {
        var product = data.path(ROOT);
        return product.path("latest").isObject()
                ? List.of(shipment(product.path("latest")))
                : shipments(product.path("items").path("nodes"));
    }

    @Override
    List<String> cursors(JsonNode data) {
        var cursors = new ArrayList<String>();
        data.path(ROOT).path("items").path("edges")
                .forEach(edge -> cursors.add(edge.path("cursor").asText()));
        return cursors;
    }

    @Override
    List<Group> groups(JsonNode data) {
        var groups = new ArrayList<Group>();
        data.path(ROOT).path("aggregate")
                .forEach(node -> groups.add(new Group(node.path("group").path("status").asText(),
                        node.path("count").asLong(), node.path("sum").path("weightKg").asDouble(),
                        node.path("avg").path("weightKg").asDouble())));
        return groups;
    }
}

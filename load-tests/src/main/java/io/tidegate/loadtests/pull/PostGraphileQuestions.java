package io.tidegate.loadtests.pull;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Asked of PostGraphile, which numbers each connection's rows by offset or finds them by cursor, whichever is asked of it. */
final class PostGraphileQuestions extends Questions {
    private static final String ROOT = "allShipments";
    private static final String PAGE_OF = "query($carrier:String!,$first:Int!,$after:Cursor,$offset:Int){"
            + ROOT + "(condition:{carrier:$carrier},orderBy:TS_DESC,"
            + "first:$first,after:$after,offset:$offset){";

    private final boolean isByCursor;

    PostGraphileQuestions(boolean isByCursor) {
        this.isByCursor = isByCursor;
    }

    @Override
    byte[] total() {
        return question("{" + ROOT + "{totalCount}}", variables());
    }

    @Override
    byte[] key(String id) {
        return question("query($id:String!){shipmentById(id:$id){" + Shipment.FIELDS + "}}",
                variables().put("id", id));
    }

    @Override
    byte[] page(Place place) {
        var variables = variables().put("carrier", place.carrier()).put("first", PAGE);
        if (!isByCursor) {
            return question(PAGE_OF + "nodes{" + Shipment.FIELDS + "}}}",
                    variables.put("offset", place.depth()));
        }
        if (!place.cursor().isEmpty()) {
            variables.put("after", place.cursor());
        }
        return question(PAGE_OF + "nodes{" + Shipment.FIELDS + "}pageInfo{endCursor}}}",
                variables);
    }

    @Override
    byte[] edges(String carrier, String cursor, int rows) {
        var variables = variables().put("carrier", carrier).put("first", rows);
        if (!cursor.isEmpty()) {
            variables.put("after", cursor);
        }
        return question(PAGE_OF + "edges{cursor}}}", variables);
    }

    @Override
    byte[] groups(long nth) {
        // It keeps no answers, so the question need not differ.
        return question("{" + ROOT + "{groupedAggregates(groupBy:[STATUS]){keys count{weightKg}"
                + "sum{weightKg}average{weightKg}}}}", variables());
    }

    @Override
    long total(JsonNode data) {
        return data.path(ROOT).path("totalCount").asLong(-1);
    }

    @Override
    List<Shipment> rows(JsonNode data) {
        return data.path("shipmentById").isObject()
                ? List.of(shipment(data.path("shipmentById")))
                : shipments(data.path(ROOT).path("nodes"));
    }

    @Override
    List<String> cursors(JsonNode data) {
        var cursors = new ArrayList<String>();
        data.path(ROOT).path("edges").forEach(edge -> cursors.add(edge.path("cursor").asText()));
        return cursors;
    }

    @Override
    List<Group> groups(JsonNode data) {
        var groups = new ArrayList<Group>();
        data.path(ROOT).path("groupedAggregates")
                .forEach(node -> groups.add(new Group(node.path("keys").path(0).asText(),
                        node.path("count").path("weightKg").asLong(),
                        node.path("sum").path("weightKg").asDouble(),
                        node.path("average").path("weightKg").asDouble())));
        return groups;
    }
}

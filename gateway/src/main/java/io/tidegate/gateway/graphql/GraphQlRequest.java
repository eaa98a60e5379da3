package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.util.Map;
import java.util.Optional;

/**
 * What a client asks, on whatever transport.
 *
 * @param operationName
 *            which operation of the document; empty = the only one
 */
public record GraphQlRequest(String query, Optional<String> operationName,
        Map<String, Object> variables) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads the members that GraphQL over HTTP names; others are ignored, as it demands.
     *
     * @throws Refusal.Thrown
     *             if a member has the wrong form
     */
    static GraphQlRequest of(JsonNode node) {
        if (node.isArray()) {
            throw malformed("Batches are not served; send one operation a request.");
        }
        if (!node.isObject()) {
            throw malformed("The body must be a JSON object.");
        }
        if (!node.path("query").isTextual()) {
            throw malformed("The request needs a 'query' that is a string.");
        }
        var name = node.path("operationName");
        if (!name.isMissingNode() && !name.isNull() && !name.isTextual()) {
            throw malformed("'operationName' must be a string.");
        }
        var variables = node.path("variables");
        if (!variables.isMissingNode() && !variables.isNull() && !variables.isObject()) {
            throw malformed("'variables' must be an object.");
        }
        var extensions = node.path("extensions");
        if (!extensions.isMissingNode() && !extensions.isNull() && !extensions.isObject()) {
            throw malformed("'extensions' must be an object.");
        }
        return new GraphQlRequest(node.path("query").asText(),
                name.isTextual() ? Optional.of(name.asText()) : Optional.empty(),
                variables.isObject() ? plain(variables) : Map.of());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> plain(JsonNode object) {
        return JSON.convertValue(object, Map.class);
    }

    static Refusal.Thrown malformed(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.BAD_REQUEST, detail));
    }
}

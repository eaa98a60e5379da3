package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;

/**
 * A schema within a document.
 *
 * @param document
 *            path of the file, empty for the schema that was opened
 * @param pointer
 *            keywords from the document's root, without the leading slash
 */
record JsonSchemaPlace(String document, String pointer, JsonNode node) {
    /** In front of a reference that is to be seen from another document than the one it stands in. */
    static final char SEEN_FROM = '\0';

    JsonSchemaPlace at(String keywords, JsonNode inner) {
        return new JsonSchemaPlace(document,
                pointer.isEmpty() ? keywords : pointer + "/" + keywords, inner);
    }

    /** The same place with what its schema amounts to. */
    JsonSchemaPlace with(JsonNode other) {
        return new JsonSchemaPlace(document, pointer, other);
    }

    String key() {
        return document + "#/" + pointer;
    }

    SchemaProblem problem(String message) {
        return new SchemaProblem("'" + key() + "': " + message);
    }

    /** A copy whose references mean the same when they stand in another document. */
    ObjectNode absolute(ObjectNode schema) {
        ObjectNode copy = schema.deepCopy();
        rewrite(copy);
        return copy;
    }

    private void rewrite(JsonNode node) {
        if (node instanceof ObjectNode object) {
            JsonNode ref = object.path("$ref");
            if (ref.isTextual() && ref.asText().indexOf(SEEN_FROM) < 0) {
                object.put("$ref", SEEN_FROM + document + SEEN_FROM + ref.asText());
            }
            new ArrayList<>(object.properties()).forEach(member -> rewrite(member.getValue()));
        } else if (node instanceof ArrayNode array) {
            array.forEach(this::rewrite);
        }
    }
}

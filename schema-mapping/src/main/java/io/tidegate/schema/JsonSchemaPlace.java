package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A schema within a document.
 *
 * @param text
 *            the document
 * @param document
 *            path of the file, empty for the schema that was opened
 * @param pointer
 *            keywords from the document's root, without the leading slash
 */
record JsonSchemaPlace(JsonSchemaText text, String document, String pointer, JsonNode node) {

    /** What stands under this keyword, which need not be there. */
    JsonSchemaPlace at(String keyword) {
        return below(escape(keyword), node.path(keyword));
    }

    /** What stands under this key of an object under the keyword. */
    JsonSchemaPlace at(String keyword, String key) {
        return at(keyword).at(key);
    }

    /** What stands at this position of an array. */
    JsonSchemaPlace at(int position) {
        return below(Integer.toString(position), node.path(position));
    }

    JsonSchemaPlace below(String steps, JsonNode inner) {
        return new JsonSchemaPlace(text, document,
                pointer.isEmpty() ? steps : pointer + "/" + steps,
                inner);
    }

    static String escape(String keyword) {
        return keyword.replace("~", "~0").replace("/", "~1");
    }

    String key() {
        return document + "#/" + pointer;
    }

    /** The name of a schema that stands among named ones or is a file of its own; empty for any other. */
    String definitionName() {
        if (pointer.isEmpty()) {
            String file = document.substring(document.lastIndexOf('/') + 1);
            int dot = file.indexOf('.');
            return dot < 0 ? file : file.substring(0, dot);
        }
        int end = pointer.lastIndexOf('/');
        String parent = end < 0 ? "" : pointer.substring(0, end);
        boolean isDefinition = parent.equals("definitions") || parent.equals("$defs")
                || parent.endsWith("/definitions") || parent.endsWith("/$defs")
                || parent.equals("components/schemas");
        return isDefinition
                ? pointer.substring(end + 1).replace("~1", "/").replace("~0", "~")
                : "";
    }

    SchemaProblem problem(String message) {
        int[] position = text.position(pointer);
        return new SchemaProblem("'" + key() + "': " + message, text.origin(), position[0],
                position[1]);
    }

    SchemaNote note(String message) {
        int[] position = text.position(pointer);
        return new SchemaNote(text.origin(), position[0], position[1], message);
    }
}

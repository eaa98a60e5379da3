package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/**
 * What a client asks, on whatever transport.
 *
 * @param query
 *            the document; empty if it is only named
 * @param operationName
 *            which operation of the document; empty = the only one
 * @param documentId
 *            names the document, see {@link Documents}
 */
public record GraphQlRequest(String query, Optional<String> operationName,
        Map<String, Object> variables, Optional<String> documentId) {
    /** Reads requests, and the messages that they come in. */
    static final ObjectMapper READER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(100).maxStringLength(256 * 1024)
                            .maxNumberLength(400).build())
            .build()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    // A variable may be a decimal of any size.
                    DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final ObjectReader MAPS = new ObjectMapper().readerForMapOf(Object.class)
            .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final int ID_CHARS_MAX = 200;

    /** A request that sends its document and does not name it. */
    public GraphQlRequest(String query, Optional<String> operationName,
            Map<String, Object> variables) {
        this(query, operationName, variables, Optional.empty());
    }

    /** The same with its document. */
    GraphQlRequest with(String document) {
        return new GraphQlRequest(document, operationName, variables);
    }

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
        var id = documentId(node);
        var query = node.path("query");
        if (!query.isTextual() && (id.isEmpty() || (!query.isMissingNode() && !query.isNull()))) {
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
        if (!isText(variables)) {
            throw malformed("A text in 'variables' has half of a character that takes two in JSON"
                    + " (an unpaired surrogate), which is no text.");
        }
        var extensions = node.path("extensions");
        if (!extensions.isMissingNode() && !extensions.isNull() && !extensions.isObject()) {
            throw malformed("'extensions' must be an object.");
        }
        return new GraphQlRequest(query.isTextual() ? query.asText() : "",
                name.isTextual() ? Optional.of(name.asText()) : Optional.empty(),
                variables.isObject() ? plain(variables) : Map.of(), id);
    }

    /** Whether a request names its document, in whatever form; then it need not send it. */
    static boolean isNamed(JsonNode request) {
        return request.hasNonNull("documentId")
                || request.path("extensions").path("persistedQuery").hasNonNull("sha256Hash");
    }

    /** As GraphQL over HTTP's appendix on persisted documents has it, or as Apollo's clients do. */
    private static Optional<String> documentId(JsonNode node) {
        var id = node.path("documentId");
        if (id.isMissingNode() || id.isNull()) {
            id = node.path("extensions").path("persistedQuery").path("sha256Hash");
        }
        if (id.isMissingNode() || id.isNull()) {
            return Optional.empty();
        }
        if (!id.isTextual() || id.textValue().isEmpty()
                || id.textValue().length() > ID_CHARS_MAX) {
            throw malformed("What names a document is a string of 1 to " + ID_CHARS_MAX
                    + " characters.");
        }
        return Optional.of(id.textValue());
    }

    /** Whether all texts are such; stores would silently take others for what they are not. */
    private static boolean isText(JsonNode node) {
        if (node.isTextual()) {
            return isText(node.textValue());
        }
        for (var member : node.properties()) {
            if (!isText(member.getKey())) {
                return false;
            }
        }
        for (var child : node) {
            if (!isText(child)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            if (Character.isSurrogate(each)) {
                if (!Character.isHighSurrogate(each) || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static Map<String, Object> plain(JsonNode object) {
        try {
            return MAPS.readValue(object);
        } catch (IOException e) {
            throw new UncheckedIOException("what has been read once is JSON", e);
        }
    }

    static Refusal.Thrown malformed(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.BAD_REQUEST, detail));
    }
}

package io.tidegate.gateway.view;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The place of a row in one order: the values that it is ordered by, as text. Whoever changes it reaches other places of
 * the same order and nothing else, since its values are only ever bound.
 *
 * @param order
 *            which order it belongs to
 */
record PageCursor(String order, List<@Nullable String> values) {
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int CHARS_MAX = 65_536;

    String text() {
        var array = JSON.createArrayNode().add(order);
        values.forEach(array::add);
        return Base64.getUrlEncoder().withoutPadding()
                .encodeToString(array.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param order
     *            of the query that the cursor is used in
     * @throws Refusal.Thrown
     *             if the text is no cursor of this order
     */
    static PageCursor read(String text, String order, int size) {
        try {
            if (text.length() <= CHARS_MAX && JSON
                    .readTree(Base64.getUrlDecoder().decode(text)) instanceof ArrayNode array
                    && array.size() == size + 1 && array.get(0).asText().equals(order)) {
                var values = new ArrayList<@Nullable String>();
                for (int i = 1; i <= size; i++) {
                    if (!array.get(i).isTextual() && !array.get(i).isNull()) {
                        throw malformed();
                    }
                    values.add(array.get(i).isNull() ? null : array.get(i).textValue());
                }
                return new PageCursor(order, values);
            }
            throw malformed();
        } catch (IllegalArgumentException e) {
            throw malformed();
        } catch (java.io.IOException e) {
            throw malformed();
        }
    }

    static Refusal.Thrown malformed() {
        return new Refusal.Thrown(Refusal.of(RefusalCode.CURSOR_MALFORMED,
                "the page cursor is not one of this query; take 'endCursor' or 'startCursor' of a page"
                        + " with the same order, or leave it out to begin anew"));
    }
}

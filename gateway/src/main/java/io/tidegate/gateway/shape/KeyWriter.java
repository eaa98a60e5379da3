package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the key of an event: the contract's key fields, or partition and offset for a product without a key. A hidden key
 * field, or one within something hidden, is left out.
 */
final class KeyWriter {
    private final List<Part> parts;

    private record Part(String name, int index, Type type) {
    }

    KeyWriter(ProductSchema schema, Set<String> hidden) {
        var list = new ArrayList<Part>();
        if (schema.key().isEmpty()) {
            list.add(new Part("_partition", 0, Type.Scalar.of(ScalarKind.INT32)));
            list.add(new Part("_offset", 1, Type.Scalar.of(ScalarKind.INT64)));
        }
        for (int i = 0; i < schema.key().size(); i++) {
            FieldPath path = schema.key().get(i);
            boolean isHidden = hidden.stream()
                    .anyMatch(h -> path.text().equals(h) || path.text().startsWith(h + "."));
            if (!isHidden) {
                list.add(new Part(path.text(), i, path.type()));
            }
        }
        this.parts = List.copyOf(list);
    }

    void write(JsonGenerator out, List<? extends @Nullable Object> key) throws IOException {
        out.writeStartObject();
        for (var part : parts) {
            out.writeFieldName(part.name());
            var value = key.get(part.index());
            if (value instanceof String text) {
                out.writeString(text);
            } else {
                JsonValues.write(out, part.type(), value);
            }
        }
        out.writeEndObject();
    }
}

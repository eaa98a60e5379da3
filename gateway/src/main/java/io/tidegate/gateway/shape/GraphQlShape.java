package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.refusal.GraphQlErrors;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A selection over a product's event type, compiled to a writer of the response's JSON. graphql-java has parsed and validated
 * the operation; nothing of it runs per event.
 *
 * <p>
 * Where a value is absent that the schema says is always there, the nearest value around it that may be null is null, and
 * {@code errors} names the place (GraphQL section 6.4.4). Of what is missing within one such value the first is named.
 */
public final class GraphQlShape implements Shape {
    private final ProductApi api;
    private final GraphQlValues values;
    private final RowMasks masks;
    private final String rootName;
    private final SerializedString rootKey;
    private final List<Member> members;

    private record Member(SerializedString name, Part part) {
    }

    /** Writes one selected field of an event. */
    private interface Part {
        void write(JsonGenerator out, Shown event) throws IOException;
    }

    /** An event as this reader may see it. */
    private record Shown(Event event, Op op, String cursor, List<? extends @Nullable Object> key,
            @Nullable Row value, @Nullable Row previous) {
    }

    /**
     * @param root
     *            the subscription's one field
     */
    public GraphQlShape(ProductApi api, Selection root, RowMasks masks) {
        this.api = api;
        this.values = new GraphQlValues(api);
        this.masks = masks;
        this.rootName = root.resultKey();
        this.rootKey = new SerializedString(rootName);
        this.members = root.only().stream()
                .map(field -> new Member(new SerializedString(field.resultKey()), part(field)))
                .toList();
    }

    @Override
    public byte[] render(Event event, Op op, String cursor) {
        var value = event.value();
        var previous = event.previous();
        var shown = new Shown(event, op, cursor, masks.key(event.key()),
                value == null ? null : masks.row(value),
                previous == null ? null : masks.row(previous));
        try {
            return JsonBytes.of(out -> {
                out.writeStartObject();
                out.writeFieldName("data");
                out.writeStartObject();
                out.writeFieldName(rootKey);
                write(out, shown);
                out.writeEndObject();
                out.writeEndObject();
            });
        } catch (Trial.Absent absent) {
            return withErrors(shown);
        }
    }

    private void write(JsonGenerator out, Shown shown) throws IOException {
        out.writeStartObject();
        for (var member : members) {
            out.writeFieldName(member.name());
            member.part().write(out, shown);
        }
        out.writeEndObject();
    }

    private byte[] withErrors(Shown shown) {
        var trial = Trial.at(rootName);
        return JsonBytes.of(out -> {
            boolean isWhole = true;
            try {
                write(trial, shown);
            } catch (Trial.Absent absent) {
                trial.absences().add(absent.path());
                isWhole = false;
            }
            out.writeStartObject();
            out.writeArrayFieldStart("errors");
            for (var path : trial.absences()) {
                JsonValues.write(out, new Type.Json(), GraphQlErrors.absent(path));
            }
            out.writeEndArray();
            out.writeFieldName("data");
            if (isWhole) {
                out.writeStartObject();
                out.writeFieldName(rootKey);
                trial.serialize(out);
                out.writeEndObject();
            } else {
                out.writeNull();
            }
            out.writeEndObject();
        });
    }

    private Part part(Selection field) {
        return switch (field.fieldName()) {
            case "cursor" -> (out, shown) -> out.writeString(shown.cursor());
            case "op" -> (out, shown) -> out.writeString(shown.op().name());
            case "time" -> (out, shown) -> out.writeString(shown.event().time().toString());
            case "__typename" -> (out, shown) -> out.writeString(api.eventTypeName());
            case "key" -> {
                var writer = values.key(field);
                yield (out, shown) -> writer.write(out, shown.key());
            }
            case "value" -> {
                var writer = values.row(field);
                yield (out, shown) -> writer.write(out, shown.value());
            }
            case "previous" -> {
                var writer = values.row(field);
                yield (out, shown) -> writer.write(out, shown.previous());
            }
            default -> throw new IllegalStateException(
                    "an event has no field '" + field.fieldName() + "'");
        };
    }
}

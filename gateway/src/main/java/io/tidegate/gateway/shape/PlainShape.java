package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.io.SerializedString;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The plain forms of an event: the whole of it as one JSON object, the value alone, or a CloudEvent. */
public final class PlainShape implements Shape {
    private static final SerializedString CURSOR = new SerializedString("cursor");
    private static final SerializedString OP = new SerializedString("op");
    private static final SerializedString KEY = new SerializedString("key");
    private static final SerializedString TIME = new SerializedString("time");
    private static final SerializedString VALUE = new SerializedString("value");

    private final Form form;
    private final RowMasks masks;
    private final RowWriter rows;
    private final KeyWriter keys;
    private final String source;
    private final String type;

    /** What of an event is written. */
    public enum Form {
        /** {@code {"cursor","op","key","time","value"}}: WebSocket and NDJSON. */
        EVENT,
        /** The value; of a delete the key. SSE carries the rest in its own fields. */
        VALUE,
        /** A CloudEvent 1.0 in structured mode, JSON. */
        CLOUD_EVENT
    }

    /**
     * @param fields
     *            paths that are wanted; empty = all
     * @param hidden
     *            paths that do not exist for the reader
     * @param publicUrl
     *            of the gateway: the source of CloudEvents
     */
    public PlainShape(ProductSchema schema, Form form, Set<String> fields, Set<String> hidden,
            RowMasks masks,
            String publicUrl) {
        this.form = form;
        this.masks = masks;
        this.rows = RowWriter.compile(schema.rowType(), fields, hidden);
        this.keys = new KeyWriter(schema, hidden);
        var id = schema.product().id();
        this.source = publicUrl + "/streams/" + id.path();
        this.type = id.qualifiedName() + ".v" + id.major();
    }

    @Override
    public byte[] render(Event event, Op op, String cursor) {
        var value = event.value() == null ? null : masks.row(event.value());
        var key = masks.key(event.key());
        return switch (form) {
            case EVENT -> JsonBytes.of(out -> {
                out.writeStartObject();
                out.writeFieldName(CURSOR);
                out.writeString(cursor);
                out.writeFieldName(OP);
                out.writeString(name(op));
                out.writeFieldName(KEY);
                keys.write(out, key);
                out.writeFieldName(TIME);
                out.writeString(event.time().toString());
                out.writeFieldName(VALUE);
                rows.writeOrNull(out, value);
                out.writeEndObject();
            });
            case VALUE -> JsonBytes.of(out -> {
                if (value == null) {
                    keys.write(out, key);
                } else {
                    rows.writeOrNull(out, value);
                }
            });
            case CLOUD_EVENT -> cloudEvent(event, op, cursor, key, value);
        };
    }

    private byte[] cloudEvent(Event event, Op op, String cursor,
            java.util.List<? extends @Nullable Object> key,
            io.tidegate.schema.@Nullable Row value) {
        return JsonBytes.of(out -> {
            out.writeStartObject();
            out.writeStringField("specversion", "1.0");
            out.writeStringField("id", cursor);
            out.writeStringField("source", source);
            out.writeStringField("type", type + "." + name(op));
            out.writeStringField("time", event.time().toString());
            out.writeStringField("datacontenttype", "application/json");
            out.writeFieldName("data");
            if (value == null) {
                keys.write(out, key);
            } else {
                rows.writeOrNull(out, value);
            }
            out.writeEndObject();
        });
    }

    /** {@code snapshot}, {@code upsert} or {@code delete}. */
    public static String name(Op op) {
        return switch (op) {
            case SNAPSHOT -> "snapshot";
            case UPSERT -> "upsert";
            case DELETE -> "delete";
        };
    }
}

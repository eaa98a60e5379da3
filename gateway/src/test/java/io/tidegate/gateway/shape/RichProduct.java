package io.tidegate.gateway.shape;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A product whose rows hold records in records, lists, maps and unions; every scalar is within {@code parcel}. */
public final class RichProduct {
    private static final Type TEXT = Type.Scalar.of(ScalarKind.STRING);

    /** {@code mail}, {@code born} and {@code status} can be masked. */
    public static final RecordType PERSON = RecordType.of("test.Person",
            List.of(new Field("name", TEXT, false), new Field("mail", TEXT, true),
                    new Field("born", Type.Scalar.of(ScalarKind.DATE), true),
                    new Field("status", Samples.STATUS, true)));
    static final RecordType CARD = RecordType.of("test.Card",
            List.of(new Field("number", TEXT, true), new Field("holder", PERSON, true)));
    static final RecordType BANK = RecordType.of("test.Bank",
            List.of(new Field("number", TEXT, true),
                    new Field("limit", Type.Scalar.of(ScalarKind.INT32), true)));
    public static final RecordType ROW = RecordType.of("test.Rich", List.of(
            new Field("id", TEXT, false), new Field("person", PERSON, true),
            new Field("people", new Type.ListOf(PERSON, true), true),
            new Field("byRole", new Type.MapOf(PERSON, true), true),
            new Field("paid", new Type.Union("test.Paid", List.of(CARD, BANK)), true),
            new Field("payments",
                    new Type.ListOf(new Type.Union("test.Paid", List.of(CARD, BANK)), false), true),
            new Field("nested", new Type.MapOf(new Type.ListOf(PERSON, false), false), true),
            new Field("tags", new Type.ListOf(TEXT, true), true),
            new Field("any", new Type.Json(), true),
            new Field("parcel", Samples.PARCEL, true)));

    private RichProduct() {
    }

    public static ProductSchema schema(String... key) {
        return TestProducts.product("rich", List.of("t"), ROW, List.of(key), BadRecord.SKIP);
    }

    static Row person(String name) {
        return new Row(PERSON, new Object[]{name, name + "@example.com", LocalDate.of(1984, 5, 17),
                "delivered"});
    }

    static Row card(String number) {
        return new Row(CARD, new Object[]{number, person("holder")});
    }

    static Row bank(String number) {
        return new Row(BANK, new Object[]{number, 7});
    }

    /** A row in which everything is there. */
    static Row full(Row parcel) {
        var byRole = new LinkedHashMap<String, Row>();
        byRole.put("buyer", person("bob"));
        byRole.put("nobody", null);
        return new Row(ROW, new Object[]{"r1", person("ann"),
                Arrays.asList(person("cyd"), null), byRole, card("4111"),
                List.of(card("4222"), bank("DE1")), Map.of("a", List.of(person("dan"))),
                Arrays.asList("x", null), Map.of("free", List.of(1, true, "text")), parcel});
    }

    static Event event(Row row, Object... key) {
        return new Event(0, 3, 0, row == null ? Op.DELETE : Op.UPSERT, Arrays.asList(key),
                Instant.parse("2026-02-03T04:05:06.789Z"), row, null);
    }
}

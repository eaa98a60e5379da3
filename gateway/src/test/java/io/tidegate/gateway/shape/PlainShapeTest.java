package io.tidegate.gateway.shape;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.gateway.shape.PlainShape.Form;
import io.tidegate.mapping.JsonSchemas;
import io.tidegate.schema.Row;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What plain streams write is what their JSON Schema says. */
class PlainShapeTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static PlainShape shape(Form form, Set<String> fields, Set<String> hidden,
            String... key) {
        return new PlainShape(RichProduct.schema(key), form, fields, hidden, RowMasks.NONE,
                "https://data.example.com");
    }

    private static JsonNode render(PlainShape shape, Event event) throws Exception {
        return JSON.readTree(new String(shape.render(event, event.op(), "c-1"),
                StandardCharsets.UTF_8));
    }

    private static Schema closed(Set<String> hidden) throws Exception {
        return closed(hidden.stream().collect(Collectors.toMap(path -> path, path -> Mask.HIDE)));
    }

    private static Schema closed(Map<String, Mask> masks) throws Exception {
        var schema = JsonSchemas.of(RichProduct.ROW, masks);
        // An object may have no member that the schema does not name.
        for (var object : schema.findParents("properties")) {
            ((com.fasterxml.jackson.databind.node.ObjectNode) object).put("additionalProperties",
                    false);
        }
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                .getSchema(schema.toString(), InputFormat.JSON);
    }

    private static List<Row> rows() {
        var random = new Random(SEED);
        var rows = new ArrayList<Row>();
        while (rows.size() < 100) {
            var parcel = Samples.random(random);
            // The formats of JSON Schema end with the year 9999.
            if (Stream.of("day", "at", "local").allMatch(field -> hasFourDigits(parcel, field))) {
                rows.add(RichProduct.full(parcel));
            }
        }
        rows.add(RichProduct.full(null));
        rows.add(new Row(RichProduct.ROW, new Object[]{"bare", null, null, null, null, null, null,
                null, null, null}));
        rows.add(new Row(RichProduct.ROW, new Object[]{"empty", RichProduct.person(""), List.of(),
                Map.of(), RichProduct.bank(null), List.of(), Map.of("", List.of()), List.of(),
                "just text", Samples.parcel(Map.of("id", "p"))}));
        return rows;
    }

    private static boolean hasFourDigits(Row parcel, String field) {
        var value = parcel.get(Samples.PARCEL.position(field).orElseThrow());
        return value == null || value.toString().matches("\\d{4}-.*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-", "person.mail", "person", "people.born", "byRole.name",
            "paid.number,payments.holder", "nested.mail,tags,any", "parcel.price,parcel.city"})
    void every_row_is_valid_under_its_schema_with_what_is_hidden_left_out(String paths)
            throws Exception {
        var hidden = paths.equals("-") ? Set.<String>of() : Set.of(paths.split(","));
        var schema = closed(hidden);
        var shape = shape(Form.VALUE, Set.of(), hidden, "id");

        for (var row : rows()) {
            var text = new String(shape.render(RichProduct.event(row, "r1"), Op.UPSERT, "c-1"),
                    StandardCharsets.UTF_8);

            assertThat(schema.validate(text, InputFormat.JSON)).as("seed %d: %s", SEED, text)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"id=REDACT", "id=HASH,person=REDACT,tags=PARTIAL,any=REDACT",
            "person.mail=PARTIAL,people.born=YEAR,byRole.name=HASH,nested.status=REDACT",
            "paid.number=PARTIAL,payments.holder=REDACT,people=REDACT,tags=HASH",
            "parcel=REDACT,paid=REDACT,nested.mail=HIDE", "tags=REDACT,nested=REDACT"})
    void every_row_is_valid_under_its_schema_as_the_masks_show_it(String list) throws Exception {
        var masks = Stream.of(list.split(",")).map(each -> each.split("="))
                .collect(Collectors.toMap(each -> each[0], each -> Mask.valueOf(each[1])));
        var hidden = masks.keySet().stream().filter(path -> masks.get(path) == Mask.HIDE)
                .collect(Collectors.toSet());
        var schema = closed(masks);
        var product = RichProduct.schema("id");
        var shape = new PlainShape(product, Form.VALUE, Set.of(), hidden,
                PathMasks.of(product, masks, new Masker(new byte[16])),
                "https://data.example.com");

        for (var row : rows()) {
            var text = new String(shape.render(RichProduct.event(row, "r1"), Op.UPSERT, "c-1"),
                    StandardCharsets.UTF_8);

            assertThat(schema.validate(text, InputFormat.JSON)).as("seed %d: %s", SEED, text)
                    .isEmpty();
        }
        assertThat(schema.validate(JsonSchemas.example(RichProduct.ROW, masks).toString(),
                InputFormat.JSON)).isEmpty();
    }

    @Test
    void the_schema_would_refuse_what_is_hidden() throws Exception {
        var text = new String(shape(Form.VALUE, Set.of(), Set.of(), "id")
                .render(RichProduct.event(RichProduct.full(null), "r1"), Op.UPSERT, "c-1"),
                StandardCharsets.UTF_8);

        assertThat(closed(Set.of("person.mail")).validate(text, InputFormat.JSON)).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "id|{'id':'r1'}",
            "person.name,id|{'id':'r1','person':{'name':'ann'}}",
            "person.name,person|{'person':{'name':'ann','mail':'ann@example.com','born':'1984-05-17','status':'delivered'}}",
            "people.name|{'people':[{'name':'cyd'},null]}",
            "byRole.name|{'byRole':{'buyer':{'name':'bob'},'nobody':null}}",
            "paid.number|{'paid':{'number':'4111'}}",
            "payments.limit|{'payments':[{},{'limit':7}]}",
            "nested.name|{'nested':{'a':[{'name':'dan'}]}}",
            "any|{'any':{'free':[1,true,'text']}}",
            "tags|{'tags':['x',null]}"})
    void a_projection_writes_what_was_asked_for_and_nothing_else(String fields, String expected)
            throws Exception {
        var shape = shape(Form.VALUE, Set.of(fields.split(",")), Set.of(), "id");

        assertThat(render(shape, RichProduct.event(RichProduct.full(null), "r1")))
                .isEqualTo(JSON.readTree(expected.replace('\'', '"')));
    }

    @Test
    void a_projection_brings_nothing_hidden_back() throws Exception {
        var shape = shape(Form.VALUE, Set.of("person", "people.mail"),
                Set.of("person.mail", "people"), "id");

        assertThat(render(shape, RichProduct.event(RichProduct.full(null), "r1"))).hasToString(
                "{\"person\":{\"name\":\"ann\",\"born\":\"1984-05-17\",\"status\":\"delivered\"}}");
    }

    @Test
    void a_union_keeps_its_members_apart() throws Exception {
        var value = render(shape(Form.VALUE, Set.of("payments"), Set.of("payments.holder"), "id"),
                RichProduct.event(RichProduct.full(null), "r1"));

        assertThat(value).hasToString(
                "{\"payments\":[{\"number\":\"4222\"},{\"number\":\"DE1\",\"limit\":7}]}");
    }

    @Test
    void an_event_tells_its_place_its_kind_its_key_and_its_time() throws Exception {
        var shape = shape(Form.EVENT, Set.of("tags"), Set.of(), "id", "person.name");

        assertThat(render(shape, RichProduct.event(RichProduct.full(null), "r1", "ann")))
                .hasToString(
                        "{\"cursor\":\"c-1\",\"op\":\"upsert\",\"key\":{\"id\":\"r1\",\"person.name\":\"ann\"},\"time\":\"2026-02-03T04:05:06.789Z\",\"value\":{\"tags\":[\"x\",null]}}");
        assertThat(render(shape, RichProduct.event(null, "r1", "ann"))).hasToString(
                "{\"cursor\":\"c-1\",\"op\":\"delete\",\"key\":{\"id\":\"r1\",\"person.name\":\"ann\"},\"time\":\"2026-02-03T04:05:06.789Z\",\"value\":null}");
    }

    @Test
    void without_a_key_the_place_in_the_log_is_the_key_and_its_offset_is_text() throws Exception {
        var event = RichProduct.event(RichProduct.full(null), 2, 9_007_199_254_740_993L);

        assertThat(render(shape(Form.EVENT, Set.of("id"), Set.of()), event).get("key"))
                .hasToString("{\"_partition\":2,\"_offset\":\"9007199254740993\"}");
    }

    @Test
    void a_deleted_value_is_its_key() throws Exception {
        assertThat(render(shape(Form.VALUE, Set.of(), Set.of(), "id"),
                RichProduct.event(null, "r1"))).hasToString("{\"id\":\"r1\"}");
    }

    @Test
    void a_cloud_event_has_its_required_attributes_and_the_row_as_data() throws Exception {
        var shape = shape(Form.CLOUD_EVENT, Set.of("tags"), Set.of(), "id");

        assertThat(render(shape, RichProduct.event(RichProduct.full(null), "r1"))).hasToString(
                "{\"specversion\":\"1.0\",\"id\":\"c-1\",\"source\":\"https://data.example.com/streams/test/rich/v1\",\"type\":\"test.rich.v1.upsert\",\"time\":\"2026-02-03T04:05:06.789Z\",\"datacontenttype\":\"application/json\",\"data\":{\"tags\":[\"x\",null]}}");
        assertThat(render(shape, RichProduct.event(null, "r1"))).hasToString(
                "{\"specversion\":\"1.0\",\"id\":\"c-1\",\"source\":\"https://data.example.com/streams/test/rich/v1\",\"type\":\"test.rich.v1.delete\",\"time\":\"2026-02-03T04:05:06.789Z\",\"datacontenttype\":\"application/json\",\"data\":{\"id\":\"r1\"}}");
    }

    @Test
    void a_row_of_a_snapshot_says_so_in_every_form() throws Exception {
        var event = RichProduct.event(RichProduct.full(null), "r1");

        assertThat(JSON.readTree(shape(Form.EVENT, Set.of("id"), Set.of(), "id").render(event,
                Op.SNAPSHOT, "c")).get("op").textValue()).isEqualTo("snapshot");
        assertThat(JSON.readTree(shape(Form.CLOUD_EVENT, Set.of("id"), Set.of(), "id")
                .render(event, Op.SNAPSHOT, "c")).get("type").textValue())
                .isEqualTo("test.rich.v1.snapshot");
    }
}

package io.tidegate.gateway.shape;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.gateway.shape.PlainShape.Form;
import io.tidegate.schema.Row;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathMasksTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Masker MASKER = new Masker(
            "sixteen bytes or more".getBytes(StandardCharsets.UTF_8));
    private static final Row ROW = RichProduct.full(Samples.parcel(Map.of("id", "p1")));

    private static RowMasks masks(Map<String, Mask> masks) {
        return PathMasks.of(RichProduct.schema("id"), masks, MASKER);
    }

    private static Object at(Row row, String path) {
        return FieldPath.resolve(RichProduct.ROW, path).orElseThrow().get(row);
    }

    private static JsonNode written(Map<String, Mask> masks) throws JsonProcessingException {
        var hidden = new Permit(Predicate.ALL, masks, Optional.empty()).hidden();
        var shape = new PlainShape(RichProduct.schema("id"), Form.VALUE, Set.of(), hidden,
                masks(masks), "https://example.com");
        var event = RichProduct.event(ROW, "r1");
        return JSON.readTree(new String(shape.render(event, event.op(), "c"),
                StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({"HIDE,", "REDACT,***", "PARTIAL,***@example.com"})
    void masks_a_text_in_a_record_within_a_record(Mask mask, String shown) {
        var row = masks(Map.of("person.mail", mask)).row(ROW);

        assertThat(at(row, "person.mail")).isEqualTo(shown);
        assertThat(at(row, "person.name")).isEqualTo("ann");
        assertThat(at(ROW, "person.mail")).as("others see the row too")
                .isEqualTo("ann@example.com");
    }

    @Test
    void a_hash_tells_equal_values_and_no_more() {
        var hashed = masks(Map.of("person.mail", Mask.HASH));
        var other = new Row(RichProduct.ROW, new Object[]{"r2", RichProduct.person("eve"), null,
                null, null, null, null, null, null, null});

        assertThat(at(hashed.row(ROW), "person.mail")).isEqualTo(at(hashed.row(ROW), "person.mail"))
                .asString().hasSize(22).doesNotContain("ann").doesNotContain("@");
        assertThat(at(hashed.row(other), "person.mail"))
                .isNotEqualTo(at(hashed.row(ROW), "person.mail"));
    }

    @Test
    void a_year_is_its_first_day() {
        assertThat(at(masks(Map.of("person.born", Mask.YEAR)).row(ROW), "person.born"))
                .isEqualTo(LocalDate.of(1984, 1, 1));
    }

    @ParameterizedTest
    @EnumSource(value = Mask.class, names = {"HASH", "PARTIAL"})
    void a_mask_that_does_not_fit_shows_nothing(Mask mask) {
        var row = masks(Map.of("person.born", mask, "person.status", mask)).row(ROW);

        assertThat(at(row, "person.born")).isNull();
        assertThat(at(row, "person.status")).isNull();
    }

    @Test
    void an_enum_or_a_date_is_redacted_to_nothing_since_no_text_is_one() {
        var row = masks(Map.of("person.born", Mask.REDACT, "person.status", Mask.REDACT)).row(ROW);

        assertThat(at(row, "person.born")).isNull();
        assertThat(at(row, "person.status")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"person", "people", "byRole", "nested"})
    void lists_and_maps_are_passed_through(String place) throws Exception {
        var shown = written(Map.of(place + ".mail", Mask.REDACT));

        assertThat(shown.get(place).findValuesAsText("mail")).isNotEmpty().containsOnly("***");
        assertThat(shown.get(place).findValuesAsText("name")).isNotEmpty()
                .doesNotContain("***");
        assertThat(shown.toString()).as("other places").contains("@example.com");
    }

    @ParameterizedTest
    @ValueSource(strings = {"paid", "payments"})
    void every_member_of_a_union_is_masked(String place) throws Exception {
        var shown = written(Map.of(place + ".number", Mask.REDACT, place + ".holder.mail",
                Mask.PARTIAL));

        assertThat(shown.get(place).findValuesAsText("number")).isNotEmpty().containsOnly("***");
        assertThat(shown.get(place).findValuesAsText("mail")).containsOnly("***@example.com");
        assertThat(shown.get(place).findValuesAsText("name")).containsOnly("holder");
    }

    @Test
    void the_elements_of_a_masked_list_are_masked_one_by_one() throws Exception {
        var tags = written(Map.of("tags", Mask.HASH)).get("tags");

        assertThat(tags.size()).isEqualTo(2);
        assertThat(tags.get(0).textValue()).hasSize(22);
        assertThat(tags.get(1).isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "person", "person.mail", "people", "people.mail", "byRole",
            "byRole.mail", "paid", "paid.number", "paid.holder", "paid.holder.mail",
            "payments.number", "nested.mail", "tags", "any", "parcel", "parcel.id"})
    void what_is_hidden_is_never_written_not_even_by_name(String path) throws Exception {
        var shown = written(Map.of(path, Mask.HIDE));

        var steps = new ArrayDeque<>(List.of(path.split("\\.")));
        var last = steps.removeLast();
        var holder = shown;
        for (var step : steps) {
            holder = holder.get(step);
        }
        if (steps.isEmpty()) {
            assertThat(holder.has(last)).isFalse();
            assertThat(holder.size()).isEqualTo(9);
        } else {
            assertThat(holder.isEmpty()).isFalse();
            assertThat(holder.findValues(last)).as("%s in %s", last, holder).isEmpty();
        }
    }

    @Test
    void hidden_fields_are_gone_from_the_row_besides() {
        var row = masks(Map.of("person", Mask.HIDE, "tags", Mask.HIDE)).row(ROW);

        assertThat(at(row, "person")).isNull();
        assertThat(at(row, "tags")).isNull();
        assertThat(at(row, "id")).isEqualTo("r1");
    }

    @ParameterizedTest
    @CsvSource({"HIDE,", "REDACT,***", "PARTIAL,***"})
    void a_key_is_masked_as_its_field_is(Mask mask, String shown) {
        var masks = masks(Map.of("id", mask));

        assertThat(masks.key(List.of("r1"))).hasSize(1).first().isEqualTo(shown);
        assertThat(at(masks.row(ROW), "id")).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"person", "person.mail"})
    void a_key_within_what_is_hidden_is_not_told(String path) throws Exception {
        var schema = RichProduct.schema("id", "person.mail");
        var masks = Map.of(path, Mask.HIDE);
        var shape = new PlainShape(schema, Form.EVENT, Set.of(), Set.of(path),
                PathMasks.of(schema, masks, MASKER), "https://example.com");

        var event = RichProduct.event(null, "r1", "ann@example.com");
        var text = new String(shape.render(event, event.op(), "c"), StandardCharsets.UTF_8);

        assertThat(JSON.readTree(text).get("key")).hasToString("{\"id\":\"r1\"}");
        assertThat(PathMasks.of(schema, masks, MASKER).key(List.of("r1", "ann@example.com")))
                .first().isEqualTo("r1");
        assertThat(PathMasks.of(schema, masks, MASKER).key(List.of("r1", "ann@example.com")).get(1))
                .isNull();
    }

    @Test
    void a_key_within_what_is_redacted_is_redacted() {
        var schema = RichProduct.schema("person.mail");

        assertThat(PathMasks.of(schema, Map.of("person", Mask.REDACT), MASKER)
                .key(List.of("ann@example.com"))).first().isEqualTo("***");
    }

    @Test
    void nothing_is_copied_where_nothing_is_masked() {
        assertThat(masks(Map.of())).isSameAs(RowMasks.NONE);
        assertThat(masks(Map.of()).row(ROW)).isSameAs(ROW);
    }
}

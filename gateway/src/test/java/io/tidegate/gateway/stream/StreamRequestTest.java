package io.tidegate.gateway.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.RichProduct;
import io.tidegate.gateway.subscription.OnSlow;
import io.tidegate.gateway.subscription.Tempo;
import io.tidegate.mapping.ProductApi;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamRequestTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Map<String, Mask> MASKS = Map.of("person.mail", Mask.HIDE,
            "person.born", Mask.YEAR, "tags", Mask.HIDE);

    private static Catalog.Granted granted(Map<String, Mask> masks, String... key) {
        ProductSchema schema = RichProduct.schema(key);
        var feed = new HandFeed(schema, 1, new FeedBounds(16, 1 << 20, 0)).feed();
        return new Catalog.Granted(
                new LiveProduct(schema, ProductApi.of(schema), AccessRules.of(schema), feed,
                        Optional.empty(), new io.tidegate.gateway.quality.Quality(schema)),
                new Permit(Predicate.ALL, masks, Optional.empty()));
    }

    private static StreamRequest read(Catalog.Granted granted, String... parameter) {
        var parameters = new java.util.HashMap<String, String>();
        for (int i = 0; i < parameter.length; i += 2) {
            parameters.put(parameter[i], parameter[i + 1]);
        }
        return StreamRequest.of(parameters, Optional.empty(), granted, NOW);
    }

    private static Refusal refusal(Catalog.Granted granted, String... parameter) {
        return catchThrowableOfType(Refusal.Thrown.class, () -> read(granted, parameter))
                .refusal();
    }

    private static Predicate equal(String path, Object value) {
        return new Predicate.Compare(FieldPath.resolve(RichProduct.ROW, path).orElseThrow(),
                Comparison.EQ, value);
    }

    @Test
    void without_parameters_everything_comes_from_now_on() {
        assertThat(read(granted(Map.of(), "id"))).isEqualTo(new StreamRequest(new From.Latest(),
                Predicate.ALL, Predicate.ALL, Set.of(), Tempo.EVERY_EVENT, false, false));
    }

    @Test
    void reads_every_parameter() {
        assertThat(read(granted(Map.of(), "id"), "from", "2026-01-01T00:00:00 02:00", "filter",
                "event.person.name == 'ann'", "where", "parcel.flag == true", "key", "r1", "fields",
                "id, person.name", "snapshot", "1", "onSlow", "drop", "conflate", "500ms", "format",
                "cloudevents"))
                .isEqualTo(new StreamRequest(
                        new From.Time(Instant.parse("2025-12-31T22:00:00Z")),
                        new Predicate.And(List.of(equal("person.name", "ann"),
                                equal("parcel.flag", true))),
                        equal("id", "r1"),
                        Set.of("id", "person.name"),
                        new Tempo(Optional.of(Duration.ofMillis(500)), OnSlow.DROP), true, true));
    }

    @Test
    void an_empty_parameter_is_none_unless_text_is_asked_for() {
        assertThat(read(granted(Map.of(), "id"), "from", "", "fields", "", "snapshot", "",
                "onSlow", "", "conflate", "", "format", ""))
                .isEqualTo(read(granted(Map.of(), "id")));
        assertThat(read(granted(Map.of(), "id"), "key", "").key()).isEqualTo(equal("id", ""));
    }

    @Test
    void the_cursor_of_a_transport_that_reconnects_wins() {
        assertThat(StreamRequest.of(Map.of("from", "earliest"), Optional.of("abc"),
                granted(Map.of(), "id"), NOW).from()).isEqualTo(new From.After("abc"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
            "form|json|There is no parameter 'form', did you mean 'from'? Known are conflate, fields, filter, format, from, key, name, onSlow, snapshot, where.",
            "conflate|true|'conflate' must be a duration of 10ms to 1h, such as 500ms, 2s or PT0.5S.",
            "conflate|9ms|'conflate' must be a duration of 10ms to 1h, such as 500ms, 2s or PT0.5S.",
            "conflate|PT1H0.001S|'conflate' must be a duration of 10ms to 1h, such as 500ms, 2s or PT0.5S.",
            "conflate|-PT1S|'conflate' must be a duration of 10ms to 1h, such as 500ms, 2s or PT0.5S.",
            "conflate|999999999h|'conflate' must be a duration of 10ms to 1h, such as 500ms, 2s or PT0.5S.",
            "conflate|P1M|'conflate' must be a duration of 10ms to 1h, such as 500ms, 2s or PT0.5S.",
            "snapshot|yes|'snapshot' must be true or false.",
            "format|xml|'format' must be 'json' or 'cloudevents'.",
            "onSlow|block|'onSlow' must be 'wait', 'conflate', 'drop' or 'disconnect'.",
            "from|2026-13-01T00:00:00Z|'from' is no RFC 3339 time; expected one like 2026-01-31T12:00:00Z.",
            "fields|id,nope|'fields' names what is no field of the product: 'nope'.",
            "fields|id,|'fields' names what is no field of the product: ''."})
    void refuses_a_wrong_value(String name, String value, String message) {
        assertThat(refusal(granted(Map.of(), "id"), name, value))
                .isEqualTo(Refusal.of(RefusalCode.PARAMETER_INVALID, message));
    }

    @Test
    void quotes_no_more_than_the_beginning_of_a_long_field() {
        assertThat(refusal(granted(Map.of(), "id"), "fields", "x".repeat(5000)).detail())
                .isEqualTo("'fields' names what is no field of the product: '" + "x".repeat(60)
                        + "…'.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
            "event.nope == 1|The filter cannot be used (column 6): there is no field 'nope'.",
            "event.id == 1|The filter cannot be used (column 10): field 'id' is a text and cannot be compared with the number 1: expected text.",
            "event.id ==|The filter cannot be used (column 12): not a CEL expression: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}.",
            "^^|The filter cannot be used (column 1): the expression is empty."})
    void refuses_a_filter_with_the_column_of_what_is_wrong(String filter, String message) {
        for (var name : List.of("filter", "where")) {
            assertThat(refusal(granted(Map.of(), "id"), name, filter))
                    .isEqualTo(Refusal.of(RefusalCode.FILTER_INVALID, message));
        }
    }

    @Test
    void a_key_of_one_field_is_its_text() {
        assertThat(read(granted(Map.of(), "id"), "key", "{\"a\":1}").key())
                .isEqualTo(equal("id", "{\"a\":1}"));
        assertThat(read(granted(Map.of(), "parcel.big"), "key", "9007199254740993").key())
                .isEqualTo(equal("parcel.big", 9_007_199_254_740_993L));
    }

    @Test
    void a_key_of_several_fields_is_an_object() {
        assertThat(read(granted(Map.of(), "id", "parcel.big"), "key",
                "{\"id\":\"a\",\"parcel.big\":\"7\"}").key())
                .isEqualTo(new Predicate.And(List.of(equal("id", "a"), equal("parcel.big", 7L))));
        assertThat(read(granted(Map.of(), "id", "parcel.big"), "key",
                "{\"id\":\"a\",\"parcel.big\":7}").key())
                .isEqualTo(new Predicate.And(List.of(equal("id", "a"), equal("parcel.big", 7L))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
            "parcel.big|seven|'key' does not fit 'parcel.big': $: expected an integer of 64 bits, as number or text but found another text.",
            "parcel.big|^^|'key' does not fit 'parcel.big': $: expected an integer of 64 bits, as number or text but found another text.",
            "id,parcel.big|{'id':'a'}|'key' lacks 'parcel.big'.",
            "id,parcel.big|{'id':null,'parcel.big':1}|'key' lacks 'id'.",
            "id,parcel.big|{'id':'a','parcel.big':'b'}|'key' does not fit 'parcel.big': $: expected an integer of 64 bits, as number or text but found another text.",
            "id,parcel.big|a|'key' must be a JSON object of the product's key fields.",
            "id,parcel.big|['a',1]|'key' must be a JSON object of the product's key fields.",
            "id,parcel.big|^^|'key' must be a JSON object of the product's key fields."})
    void refuses_a_key_that_does_not_fit(String fields, String key, String message) {
        assertThat(refusal(granted(Map.of(), fields.split(",")), "key", key.replace('\'', '"')))
                .isEqualTo(Refusal.of(RefusalCode.PARAMETER_INVALID, message));
    }

    @ParameterizedTest
    @CsvSource({"10ms,10", "500ms,500", "2s,2000", "1m,60000", "1h,3600000", "PT0.5S,500",
            "PT1H,3600000"})
    void reads_how_often_the_newest_is_wanted(String text, long millis) {
        assertThat(read(granted(Map.of(), "id"), "conflate", text).tempo())
                .isEqualTo(new Tempo(Optional.of(Duration.ofMillis(millis)), OnSlow.WAIT));
    }

    @Test
    void refuses_to_conflate_what_has_no_key() {
        assertThat(read(granted(Map.of(), "id"), "onSlow", "conflate").tempo())
                .isEqualTo(Tempo.of(OnSlow.CONFLATE));
        assertThat(refusal(granted(Map.of()), "conflate", "1s")).isEqualTo(Refusal.of(
                RefusalCode.PARAMETER_INVALID,
                "The product has no key, so no event is newer than another of its key; leave 'conflate' out."));
        assertThat(refusal(granted(Map.of()), "onSlow", "conflate")).isEqualTo(Refusal.of(
                RefusalCode.PARAMETER_INVALID,
                "The product has no key, so no event is newer than another of its key; 'onSlow' must be 'wait', 'drop' or 'disconnect'."));
    }

    @Test
    void refuses_a_key_where_there_is_none() {
        assertThat(refusal(granted(Map.of()), "key", "a")).isEqualTo(Refusal.of(
                RefusalCode.PARAMETER_INVALID, "The product has no key; use 'filter'."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"person.mail", "person.born", "tags"})
    void a_filter_hears_the_same_of_masked_hidden_and_unknown_fields(String path) {
        var condition = "!has(event.%s)";

        var refused = refusal(granted(MASKS, "id"), "filter", condition.formatted(path));
        var unknown = refusal(granted(MASKS, "id"), "filter", condition.formatted("nothing"));

        assertThat(refused.code()).isEqualTo(unknown.code());
        assertThat(refused.detail().replace(path, "nothing")
                .replaceFirst("column \\d+", "column"))
                .isEqualTo(unknown.detail().replaceFirst("column \\d+", "column"));
    }

    @ParameterizedTest
    @CsvSource({"person.mail, '; did you mean ''person.name''?'",
            "person.nail, '; did you mean ''person.name''?'", "tags, .", "togs, ."})
    void fields_hear_the_same_of_hidden_and_unknown_fields(String path, String hint) {
        assertThat(refusal(granted(MASKS, "id"), "fields", "id," + path)).isEqualTo(Refusal.of(
                RefusalCode.PARAMETER_INVALID,
                "'fields' names what is no field of the product: '" + path + "'" + hint));
    }

    @Test
    void a_masked_field_can_be_read_as_it_is_shown() {
        assertThat(read(granted(MASKS, "id"), "fields", "person.born").fields())
                .containsExactly("person.born");
    }

    @ParameterizedTest
    @ValueSource(strings = {"person.mail", "person.born"})
    void nothing_is_selected_by_a_masked_key(String key) {
        assertThat(refusal(granted(MASKS, key), "key", "2020-01-01")).isEqualTo(Refusal.of(
                RefusalCode.PARAMETER_INVALID,
                "The key is masked for this token, so nothing can be selected by it."));
    }
}

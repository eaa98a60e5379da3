package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What becomes of a value that is not of its type. */
class JsonMisfitsTest {
    private static final Type.Scalar INT = Type.Scalar.of(ScalarKind.INT32);
    private static final Type.Scalar TEXT = Type.Scalar.of(ScalarKind.STRING);

    private final List<Misfit> misfits = new ArrayList<>();

    private Object read(Type type, String json) throws Exception {
        misfits.clear();
        return JsonValues.read(new ObjectMapper().readTree(json), type, misfits::add);
    }

    private static RecordType row(Field... fields) {
        return RecordType.of("Row", List.of(fields));
    }

    private List<String> told() {
        return misfits.stream().map(Misfit::toString).toList();
    }

    @Test
    void a_field_that_may_be_null_is_null_and_the_rest_is_kept() throws Exception {
        var type = row(new Field("a", INT, true), new Field("b", TEXT, true),
                new Field("c", new Type.ListOf(INT, true), true));

        var row = (Row) read(type, "{\"a\":{\"deep\":[1]},\"b\":\"x\",\"c\":{\"b\":\"y\"}}");

        assertThat(row.get("a")).isNull();
        assertThat(row.get("b")).isEqualTo("x");
        assertThat(row.get("c")).isNull();
        assertThat(told()).containsExactly("a: expected an integer of 32 bits",
                "c: expected an array");
    }

    @Test
    void elements_and_values_of_maps_have_one_path_each_however_many_there_are() throws Exception {
        var price = row(new Field("price", INT, true));
        var type = row(new Field("stops", new Type.ListOf(price, true), true),
                new Field("byName", new Type.MapOf(price, true), true),
                new Field("counts", new Type.MapOf(INT, true), true));

        var row = (Row) read(type, """
                {"stops":[{"price":"a"},{"price":2},7,{"price":[]}],
                 "byName":{"x":{"price":1.5},"y":[]},"counts":{"secret":"a","other":2}}""");

        assertThat(((List<?>) row.get("stops")).get(2)).isNull();
        assertThat(((Row) ((List<?>) row.get("stops")).get(1)).get("price")).isEqualTo(2);
        assertThat(((Map<?, ?>) row.get("counts")).get("other")).isEqualTo(2);
        assertThat(told()).containsExactly("stops[].price: expected an integer of 32 bits",
                "stops[]: expected an object", "byName{}.price: expected an integer of 32 bits",
                "byName{}: expected an object", "counts{}: expected an integer of 32 bits");
    }

    @Test
    void what_may_not_be_null_takes_what_holds_it_along() throws Exception {
        var inner = row(new Field("n", INT, false), new Field("m", INT, true));
        var type = row(new Field("list", new Type.ListOf(INT, false), true),
                new Field("map", new Type.MapOf(inner, false), true),
                new Field("inner", inner, true), new Field("last", TEXT, true));

        var row = (Row) read(type,
                """
                        {"list":[1,{"x":[2]},3,[[4]]],"map":{"a":{"n":1},"b":{"n":"x","m":{"y":{}}},"c":{"n":2}},
                         "inner":{"m":1},"last":"here"}""");

        assertThat(row).isEqualTo(new Row(type, new Object[]{null, null, null, "here"}));
        assertThat(told()).containsExactly("list[]: expected an integer of 32 bits",
                "map{}.n: expected an integer of 32 bits",
                "inner.n: expected an integer of 32 bits");
    }

    @Test
    void a_misfit_that_nothing_holds_makes_the_payload_unreadable() throws Exception {
        Codec codec = JsonCodec.fromFields(row(new Field("id", INT, false)));

        assertThatThrownBy(() -> codec.decode("{\"id\":\"secret\"}".getBytes(
                StandardCharsets.UTF_8), misfits::add)).isInstanceOf(UnreadablePayload.class)
                .hasMessage("$.id: expected an integer of 32 bits but found text");
        assertThatThrownBy(() -> codec.decode("[]".getBytes(StandardCharsets.UTF_8), misfits::add))
                .hasMessage("$: expected an object but found an array");
        assertThat(read(codec.type(), "{}")).isNull();
        assertThat(told()).containsExactly("id: expected an integer of 32 bits");
    }

    @Test
    void broken_text_and_depth_are_no_misfits() throws Exception {
        Codec codec = JsonCodecTest.open("{\"properties\":{\"a\":{}}}");

        for (String text : List.of("{\"a\":", "{\"a\":x}", "{} {}", "",
                "{\"a\":" + "[".repeat(500) + "]".repeat(500) + "}")) {
            assertThatThrownBy(() -> codec.decode(text.getBytes(StandardCharsets.UTF_8),
                    misfits::add)).isInstanceOf(UnreadablePayload.class);
        }
        assertThat(misfits).isEmpty();
    }

    @Test
    void an_unknown_symbol_is_a_misfit() throws Exception {
        var type = row(new Field("e", new Type.EnumOf("E", "", List.of("A", "B"), false), true));

        assertThat(((Row) read(type, "{\"e\":\"C\"}")).get("e")).isNull();
        assertThat(told()).containsExactly("e: expected one of the 2 symbols of 'E'");
    }

    @Test
    void the_member_of_a_union_that_fits_wins_over_one_that_nearly_does() throws Exception {
        var count = RecordType.of("Count", List.of(new Field("v", INT, true),
                new Field("x", INT, true)));
        var label = RecordType.of("Label", List.of(new Field("v", TEXT, true)));
        var union = new Type.Union("U", List.of(count, label));

        assertThat(((Row) read(union, "{\"v\":\"1\",\"x\":2}")).type()).isEqualTo(label);
        assertThat(misfits).isEmpty();
        assertThat(((Row) read(union, "{\"v\":true,\"x\":1}")).type()).isEqualTo(count);
        assertThat(told()).containsExactly("v: expected an integer of 32 bits");
    }

    @Test
    void a_member_whose_constant_is_contradicted_is_never_taken() throws Exception {
        var cat = RecordType.of("Cat", List.of(
                new Field("kind", new Type.EnumOf("K", "", List.of("cat"), false), true),
                new Field("lives", INT, true)));
        var dog = RecordType.of("Dog", List.of(
                new Field("kind", new Type.EnumOf("L", "", List.of("dog"), false), true)));
        var type = row(new Field("pet", new Type.Union("Pet", List.of(cat, dog)), true),
                new Field("after", INT, true));

        var row = (Row) read(type, "{\"pet\":{\"lives\":\"nine\",\"kind\":\"cat\"},\"after\":1}");
        assertThat(((Row) row.get("pet")).type()).isEqualTo(cat);
        assertThat(told()).containsExactly("pet.lives: expected an integer of 32 bits");

        row = (Row) read(type, "{\"pet\":{\"kind\":\"fish\"},\"after\":1}");
        assertThat(row.get("pet")).isNull();
        assertThat(row.get("after")).isEqualTo(1);
        assertThat(told())
                .containsExactly("pet: expected an object that is one of [Cat, Dog]");
    }

    @Test
    void a_payload_that_is_no_object_is_null_where_it_does_not_fit() throws Exception {
        Codec codec = JsonCodecTest.open("{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}");

        assertThat(codec.decode("{\"a\":1}".getBytes(StandardCharsets.UTF_8), misfits::add)
                .get("value")).isNull();
        assertThat(codec.decode("[1,\"x\"]".getBytes(StandardCharsets.UTF_8), misfits::add)
                .get("value")).isEqualTo(Arrays.asList(1L, null));
        assertThat(told()).containsExactly("value: expected an array",
                "value[]: expected an integer of 64 bits, as number or text");
    }

    @Test
    void a_number_that_cannot_be_written_out_is_null_within_any_json() throws Exception {
        var type = row(new Field("any", new Type.Json(), true));
        Codec codec = JsonCodec.fromFields(type);

        Row row = codec.decode("{\"any\":[1,1e99999,\"a\"]}".getBytes(StandardCharsets.UTF_8),
                misfits::add);

        assertThat(row.get("any")).isEqualTo(Arrays.asList(1, null, "a"));
        assertThat(told()).containsExactly("any: expected a number");
    }
}

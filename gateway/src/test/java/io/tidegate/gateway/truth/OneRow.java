package io.tidegate.gateway.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** {@code latest}. */
record OneRow(List<Object> key) implements Question {
    @Override
    public String declared(String prefix) {
        return "$" + prefix + "k: TruthParcelsKeyInput!";
    }

    @Override
    public String selected(String prefix) {
        return "%1$s: latest(key: $%1$sk) { %2$s }".formatted(prefix, Parcel.SELECTION);
    }

    @Override
    public Map<String, Object> variables(String prefix) {
        return Map.of(prefix + "k", keyInput(key));
    }

    static JsonObject keyInput(List<Object> key) {
        return new JsonObject().put("depot", key.get(0)).put("number",
                key.get(1).toString().contains("E") // as text, of any size
                        ? new java.math.BigDecimal(key.get(1).toString()).toPlainString()
                        : key.get(1).toString());
    }

    @Override
    public Optional<Question> judge(JsonObject product, String prefix, State state,
            Random random) {
        var change = state.rows().get(key);
        assertThat(Parcel.row(product.getJsonObject(prefix))).as("latest of %s", key)
                .isEqualTo(change == null ? null : change.row());
        return Optional.empty();
    }
}

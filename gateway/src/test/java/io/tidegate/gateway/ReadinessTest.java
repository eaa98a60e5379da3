package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.view.ViewFeeder.Standing;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReadinessTest {
    private static final Standing WELL = part("rows", 0, null);
    private static final Standing LATE = part("rows", 11, null);
    private static final Standing FULL = part("rows", 11, "the disk is full");

    @Test
    void views_that_get_on_are_not_told() {
        assertThat(of(Map.of("shop/orders/v1", List.of(part("rows", 9, null), WELL))).json()
                .encode()).isEqualTo("{\"status\":\"ready\",\"waitingFor\":{},\"views\":{}}");
    }

    @Test
    void views_that_stand_still_are_told_with_their_parts_and_why() {
        var readiness = of(Map.of("shop/orders/v1", List.of(FULL, part("keys", 0, "locked")),
                "shop/carts/v1", List.of(LATE, part("keys", 0, null)), "shop/stock/v2",
                List.of(WELL)));

        assertThat(readiness.json().encode()).isEqualTo("{\"status\":\"ready\",\"waitingFor\":{},"
                + "\"views\":{\"shop/carts/v1\":{\"rows\":\"behind by 11 s\"},"
                + "\"shop/orders/v1\":{\"rows\":\"the disk is full\",\"keys\":\"locked\"}}}");
    }

    @Test
    void it_is_not_ready_when_no_view_goes_on() {
        var products = new LinkedHashMap<String, List<Standing>>();
        products.put("shop/orders/v1", List.of(FULL, part("keys", 0, null)));
        products.put("shop/carts/v1", List.of(FULL));

        assertThat(of(products).isReady()).isFalse();
        assertThat(of(products).waitingFor()).containsExactly(Map.entry("views",
                "no product's view goes on; the first of them, 'shop/orders/v1': the disk is full"));
    }

    @Test
    void it_is_ready_as_long_as_one_product_can_be_answered() {
        assertThat(of(Map.of("a/a/v1", List.of(FULL), "b/b/v1", List.of(WELL))).isReady())
                .isTrue();
        assertThat(of(Map.of("a/a/v1", List.of(FULL), "b/b/v1", List.of(LATE))).isReady())
                .as("one is only behind").isTrue();
        assertThat(of(Map.of("a/a/v1", List.of(FULL), "b/b/v1", List.of())).isReady())
                .as("one is a stream only").isTrue();
        assertThat(of(Map.of("a/a/v1", List.of(WELL, part("keys", 60, "locked")))).isReady())
                .as("look-ups by key are answered otherwise").isTrue();
        assertThat(of(Map.of("a/a/v1", List.of(part("rows", 9, "opened again")))).isReady())
                .as("it may go on at once").isTrue();
    }

    @Test
    void what_else_is_missing_stays_missing() {
        var readiness = Readiness.of(Map.of("gateway", "starting"), Map.of());

        assertThat(readiness.isReady()).isFalse();
        assertThat(readiness.json().encode()).isEqualTo("{\"status\":\"not ready\","
                + "\"waitingFor\":{\"gateway\":\"starting\"},\"views\":{}}");
    }

    private static Readiness of(Map<String, List<Standing>> products) {
        return Readiness.of(Map.of(), products);
    }

    private static Standing part(String name, long behindSeconds, String trouble) {
        return new Standing(name, true, 0, Duration.ofSeconds(behindSeconds),
                Optional.ofNullable(trouble));
    }
}

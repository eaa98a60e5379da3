package io.tidegate.loadtests.fanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Sample;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static Measured point(Server server, int subscribers, int rate, long cpuMicros) {
        return new Measured(server, new Sample(new Load(rate, 16, 0), subscribers, 2, 1000, 10_000,
                cpuMicros, 0, 200 * 1024, 1500, 9000, 12_000, 1000, 1000, 0, 0));
    }

    private final Measured limit = point(Server.NETTY, 10, 1000, 5_000);
    private final Measured ours = point(Server.TIDEGATE_WS, 10, 1000, 7_500);
    private final Measured flatOut = point(Server.TIDEGATE_WS, 10, 0, 9_000);
    private final Report report = new Report(List.of(limit, ours, flatOut), "2 <cores>",
            Instant.parse("2026-03-01T12:00:00Z"));

    @Test
    void a_delivery_costs_the_cpu_through_the_deliveries() {
        assertThat(ours.cpuPerDelivery()).isEqualTo(0.75);
        assertThat(ours.sample().deliveriesPerSecond()).isEqualTo(5000);
    }

    @Test
    void a_point_is_compared_with_the_same_point_only() {
        var all = List.of(limit, point(Server.NETTY, 100, 1000, 1), ours, flatOut);
        assertThat(ours.ratio(all, Server.NETTY)).isEqualTo(1.5);
        assertThat(flatOut.ratio(all, Server.NETTY)).isNaN();
        assertThat(ours.ratio(all, Server.VERTX)).isNaN();
    }

    @Test
    void the_table_tells_the_ratio_and_no_latency_without_a_rate() {
        assertThat(report.table()).contains("1.50").contains("9.00").contains("max");
        assertThat(report.table().lines().filter(line -> line.contains(" max ")))
                .allSatisfy(line -> assertThat(line).doesNotContain("9.00"));
    }

    @Test
    void csv_has_a_line_a_point_and_as_many_columns_as_its_head() {
        var lines = report.csv().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines).allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(19));
    }

    @Test
    void json_keeps_what_was_counted() {
        var point = report.json().get("points").get(1);
        assertThat(point.get("server").asText()).isEqualTo("tidegate-ws");
        assertThat(point.get("cpuMicros").asLong()).isEqualTo(7500);
        assertThat(point.get("p99Micros").asLong()).isEqualTo(9000);
    }

    @Test
    void html_stands_alone_and_escapes_what_it_shows() {
        assertThat(report.html()).contains("<svg").contains("2 &lt;cores>")
                .doesNotContain("<cores>").doesNotContain("http://").doesNotContain("src=")
                .doesNotContain("NaN");
    }

    @Test
    void settings_spread_the_deliveries_over_the_subscribers() {
        var settings = Settings.of(new String[]{"--deliveries", "20000", "--rate", "1000",
                "--subscribers", "1,100", "--servers", "netty,tidegate-ws", "--flat-out"});
        assertThat(settings.rate(1, 1)).isEqualTo(1000);
        assertThat(settings.rate(100, 1)).isEqualTo(200);
        assertThat(settings.rate(10_000, 16)).isEqualTo(16);
        assertThat(settings.servers()).containsExactly(Server.NETTY, Server.TIDEGATE_WS);
        assertThat(settings.isFlatOut()).isTrue();
    }

    @Test
    void wrong_settings_are_named() {
        assertThatThrownBy(() -> Settings.of(new String[]{"--seconds", "soon"}))
                .hasMessageContaining("--seconds").hasMessageContaining("'soon'");
        assertThatThrownBy(() -> Settings.of(new String[]{"--servers", "apache"}))
                .hasMessageContaining("'apache'");
        assertThatThrownBy(() -> Settings.of(new String[]{"--fast"}))
                .hasMessageContaining("'--fast'");
    }
}

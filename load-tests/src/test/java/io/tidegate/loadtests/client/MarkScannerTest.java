package io.tidegate.loadtests.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.loadtests.server.LoadEvent;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MarkScannerTest {
    private final List<Long> sent = new ArrayList<>();
    private final byte[] buffer = new byte[64 * 1024];

    private void feed(MarkScanner scanner, byte[] bytes, int from, int to) {
        int kept = scanner.restore(buffer);
        System.arraycopy(bytes, from, buffer, kept, to - from);
        scanner.scan(buffer, kept + to - from, sent::add);
    }

    private static byte[] stream(int events, Random random) {
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < events; i++) {
            out.writeBytes(new byte[]{(byte) 0x81, 126, 0, (byte) 250});
            out.writeBytes("x".repeat(random.nextInt(3)).getBytes(
                    java.nio.charset.StandardCharsets.US_ASCII));
            out.writeBytes(LoadEvent.json(i, 1_700_000_000_000_000L + i));
        }
        return out.toByteArray();
    }

    @Test
    void an_event_is_about_240_bytes_of_json() throws Exception {
        var json = LoadEvent.json(41, 1_700_000_000_000_000L);
        assertThat(json.length).isBetween(240, 260);
        var tree = new com.fasterxml.jackson.databind.ObjectMapper().readTree(json);
        assertThat(tree.get("seq").asText()).isEqualTo("1000000000041");
        assertThat(tree.get("sent").asText()).isEqualTo("1700000000000000");
        assertThat(tree.size()).isEqualTo(8);
        assertThat(new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(LoadEvent.json(41, 1_700_000_000_000_000L, 9_999)).get("shipment")
                .asText()).isEqualTo(LoadEvent.key(9_999)).isEqualTo("SHP-00000009999");
    }

    @Test
    void finds_every_event_wherever_the_reads_cut_the_stream() {
        var random = new Random(1);
        var bytes = stream(200, random);
        for (int round = 0; round < 50; round++) {
            sent.clear();
            var scanner = new MarkScanner(1);
            for (int at = 0; at < bytes.length;) {
                int to = Math.min(bytes.length, at + 1 + random.nextInt(600));
                feed(scanner, bytes, at, to);
                at = to;
            }
            assertThat(scanner.count()).isEqualTo(200);
            assertThat(scanner.gaps()).isZero();
            assertThat(scanner.last()).isEqualTo(199);
            assertThat(sent).hasSize(200).startsWith(1_700_000_000_000_000L)
                    .endsWith(1_700_000_000_000_199L);
        }
    }

    @Test
    void finds_every_event_when_bytes_come_one_by_one() {
        var bytes = stream(5, new Random(2));
        var scanner = new MarkScanner(1);
        for (int i = 0; i < bytes.length; i++) {
            feed(scanner, bytes, i, i + 1);
        }
        assertThat(scanner.count()).isEqualTo(5);
        assertThat(scanner.gaps()).isZero();
    }

    @Test
    void a_missing_and_a_repeated_event_are_gaps() {
        var scanner = new MarkScanner(1);
        for (int number : new int[]{3, 4, 6, 6, 7}) {
            var json = LoadEvent.json(number, 1_700_000_000_000_000L);
            feed(scanner, json, 0, json.length);
        }
        assertThat(scanner.count()).isEqualTo(5);
        assertThat(scanner.gaps()).isEqualTo(2);
    }

    @Test
    void counting_anew_keeps_the_numbering() {
        var scanner = new MarkScanner(1);
        var first = LoadEvent.json(1, 1_700_000_000_000_000L);
        feed(scanner, first, 0, first.length);
        scanner.clear();
        var third = LoadEvent.json(3, 1_700_000_000_000_000L);
        feed(scanner, third, 0, third.length);
        assertThat(scanner.count()).isEqualTo(1);
        assertThat(scanner.gaps()).isEqualTo(1);
    }

    @Test
    void events_of_one_key_are_as_far_apart_as_there_are_keys() {
        var scanner = new MarkScanner(10);
        for (int number : new int[]{7, 17, 27, 47}) {
            var json = LoadEvent.json(number, 1_700_000_000_000_000L, 7);
            feed(scanner, json, 0, json.length);
        }
        assertThat(scanner.count()).isEqualTo(4);
        assertThat(scanner.gaps()).isEqualTo(1);
    }

    @Test
    void another_connection_goes_on_behind_the_last_event() {
        var scanner = new MarkScanner(1);
        var first = LoadEvent.json(4, 1_700_000_000_000_000L);
        feed(scanner, first, 0, first.length);
        feed(scanner, first, 0, 20);
        scanner.reconnected();
        var next = LoadEvent.json(5, 1_700_000_000_000_000L);
        feed(scanner, next, 0, next.length);
        assertThat(scanner.last()).isEqualTo(5);
        assertThat(scanner.gaps()).isZero();
    }
}

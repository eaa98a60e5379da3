package io.tidegate.loadtests.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.loadtests.server.LoadEvent;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CursorTapTest {
    @Test
    void a_cursor_is_kept_by_the_number_of_its_event() {
        var cursors = new HashMap<Long, String>();
        var value = new String(LoadEvent.json(41, 1), StandardCharsets.US_ASCII);
        CursorTap.remember(cursors,
                "{\"cursor\":\"EJS4sZ_-\",\"op\":\"upsert\",\"value\":" + value + "}");
        CursorTap.remember(cursors, "{\"notice\":{\"code\":\"idle\"}}");
        assertThat(cursors).isEqualTo(Map.of(41L, "EJS4sZ_-"));
    }
}

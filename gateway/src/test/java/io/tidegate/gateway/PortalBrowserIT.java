package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The portal as a person meets it, in a real browser. */
class PortalBrowserIT {
    @Test
    void a_visitor_follows_a_stream_with_a_development_token() throws Exception {
        var browser = Stream
                .of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .filter(path -> Files.isExecutable(Path.of(path))).findFirst();
        assumeTrue(browser.isPresent(), "no Chromium is installed");
        var lab = Sandboxed.lab();
        lab.publish("lab/portal-live", Lab.readings(0, 5));

        var printed = Node.run("portal.mjs",
                new JsonObject().put("fact", "live").put("browser", browser.get())
                        .put("url", lab.http("/")).put("product", "portal-live")
                        .put("count", 5));

        assertThat(printed).anySatisfy(line -> {
            assertThat(line.getString("newest")).contains("upsert", "reading “4” → °C");
            assertThat(line.getJsonArray("complaints")).isEqualTo(new JsonArray());
        });
    }
}

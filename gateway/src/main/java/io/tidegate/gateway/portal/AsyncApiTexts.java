package io.tidegate.gateway.portal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.asyncapi.AsyncApiDocuments;
import io.tidegate.asyncapi.Endpoints;
import io.tidegate.asyncapi.Served;
import io.tidegate.gateway.portal.Pages.Page;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** AsyncAPI documents, written once for all readers who may see the same. Thread-safe; writing one takes milliseconds. */
final class AsyncApiTexts {
    static final String YAML = "application/vnd.aai.asyncapi+yaml;version=3.0.0";
    static final String JSON = "application/vnd.aai.asyncapi+json;version=3.0.0";
    private static final long BYTES_MAX = 32 << 20;

    private final Endpoints endpoints;
    private final Cache<Key, Page> texts = Caffeine.newBuilder().maximumWeight(BYTES_MAX)
            .weigher((Key key, Page page) -> page.bytes().length)
            .expireAfterAccess(Duration.ofMinutes(10)).build();

    private record Key(List<Served> products, boolean isYaml) {
    }

    AsyncApiTexts(String publicUrl) {
        this.endpoints = new Endpoints(URI.create(publicUrl));
    }

    Page text(List<Sight> sights, boolean isYaml) {
        return texts.get(new Key(sights.stream().map(Sight::served).toList(), isYaml), key -> {
            var document = AsyncApiDocuments.of(key.products(), endpoints);
            return isYaml
                    ? Page.text(YAML, AsyncApiDocuments.toYaml(document))
                    : Page.text(JSON, AsyncApiDocuments.toJson(document));
        });
    }
}

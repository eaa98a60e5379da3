package io.tidegate.gateway.stream;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.Status;
import io.vertx.core.http.HttpServerResponse;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Tells clients of deprecated products so, in headers (RFC 9745, RFC 8594). */
final class Deprecations {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter
            .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private Deprecations() {
    }

    static void headers(DataProduct product, HttpServerResponse response) {
        if (product.status() != Status.DEPRECATED) {
            return;
        }
        // The contract tells that it is deprecated, not since when; the epoch is the date that says "already".
        response.putHeader("Deprecation", "@0");
        product.sunset().ifPresent(date -> response.putHeader("Sunset",
                HTTP_DATE.format(date.atStartOfDay().toInstant(ZoneOffset.UTC))));
        product.successor().ifPresent(
                successor -> response.putHeader("Link",
                        "</streams/" + successor + ">; rel=\"successor-version\""));
    }
}

package io.tidegate.gateway.http;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.Status;
import io.vertx.core.http.HttpServerResponse;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Tells clients of deprecated products so, in headers (RFC 9745, RFC 8594). */
public final class Deprecations {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter
            .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private Deprecations() {
    }

    /**
     * @param door
     *            the first part of the path under which the successor is reached the same way
     */
    public static void headers(DataProduct product, String door, HttpServerResponse response) {
        if (product.status() != Status.DEPRECATED) {
            return;
        }
        // The contract tells that it is deprecated, not since when; the epoch is the date that says "already".
        response.putHeader("Deprecation", "@0");
        product.sunset().ifPresent(date -> response.putHeader("Sunset",
                HTTP_DATE.format(date.atStartOfDay().toInstant(ZoneOffset.UTC))));
        product.successor().ifPresent(
                successor -> response.headers().add("Link",
                        "</" + door + "/" + successor + ">; rel=\"successor-version\""));
    }
}

package io.tidegate.gateway.http;

import io.tidegate.gateway.telemetry.Transport;
import java.time.Instant;

/**
 * A stream that is open now, as operators see it.
 *
 * @param id
 *            of this process; a later session has a greater one
 * @param product
 *            {@code logistics/shipment-events/v2}
 * @param cursor
 *            where its client would resume now
 * @param behind
 *            positions of the log that the client has not passed yet
 * @param delivered
 *            events since it was opened
 */
public record Session(long id, String partner, Transport transport, String product, Instant since,
        String cursor, long behind, long delivered) {
}

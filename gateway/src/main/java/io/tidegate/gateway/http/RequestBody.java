package io.tidegate.gateway.http;

import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** The body of a request, as far as anybody wants to hold it in memory. */
public final class RequestBody {
    private RequestBody() {
    }

    /**
     * Collects the body. To be called before anything else is awaited, or Vert.x has thrown it away by then.
     *
     * @param bytesMax
     *            fails with {@code PAYLOAD_TOO_LARGE} beyond that
     */
    public static Future<Buffer> collect(HttpServerRequest request, int bytesMax) {
        Promise<Buffer> whole = Promise.promise();
        var collected = Buffer.buffer();
        request.handler(chunk -> {
            if (collected.length() + chunk.length() <= bytesMax) {
                collected.appendBuffer(chunk);
            } else {
                whole.tryFail(new Refusal.Thrown(Refusal.of(RefusalCode.PAYLOAD_TOO_LARGE,
                        "The body is longer than " + bytesMax + " bytes.")));
            }
        });
        request.endHandler(ignored -> whole.tryComplete(collected));
        request.exceptionHandler(whole::tryFail);
        return whole.future();
    }
}

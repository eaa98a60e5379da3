package io.tidegate.gateway.access;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tidegate.gateway.access.Identity.Issuer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of one issuer, kept fresh. A fetch that fails or yields no usable key changes nothing; there is never more than
 * one fetch at a time, and however many unknown key ids arrive, at most one fetch a {@link #UNKNOWN_KEY_PAUSE} for them.
 * Thread-safe.
 */
final class IssuerKeys {
    static final Duration UNKNOWN_KEY_PAUSE = Duration.ofSeconds(30);
    static final Duration FETCH_TIMEOUT = Duration.ofSeconds(5);
    static final int BODY_BYTES_MAX = 1 << 20;
    /** Callers that may wait for one fetch; the rest are refused at once. */
    static final int WAITERS_MAX = 1024;

    private static final long RETRY_MIN_MILLIS = 1000;
    private static final long RETRY_MAX_MILLIS = 30_000;
    private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);
    private static final JsonMapper JSON = new JsonMapper();

    private final Vertx vertx;
    private final HttpClient http;
    private final Issuer issuer;
    private final Identity identity;
    private final LongSupplier nanoTime;

    private volatile KeySet keys = KeySet.NONE;
    private volatile long fetchedAtNanos;
    // Guarded by this.
    private @Nullable Future<KeySet> fetching;
    private int waiters;
    private long attemptedAtNanos;
    private @Nullable String discovered;
    private long retryMillis = RETRY_MIN_MILLIS;
    private long timer = -1;
    private boolean isClosed;

    IssuerKeys(Vertx vertx, HttpClient http, Issuer issuer, Identity identity,
            LongSupplier nanoTime) {
        this.vertx = vertx;
        this.http = http;
        this.issuer = issuer;
        this.identity = identity;
        this.nanoTime = nanoTime;
    }

    Issuer issuer() {
        return issuer;
    }

    /** The keys to use now; {@link KeySet#NONE} before the first fetch and after an outage of {@code keysValid}. */
    KeySet current() {
        var set = keys;
        return set.isEmpty()
                || nanoTime.getAsLong() - fetchedAtNanos <= identity.keysValid().toNanos()
                        ? set
                        : KeySet.NONE;
    }

    /** Fetches the keys and goes on refreshing them. Succeeds with what is usable afterwards, also where that is nothing. */
    Future<KeySet> refresh() {
        Future<KeySet> fetch;
        synchronized (this) {
            if (isClosed) {
                return Future.succeededFuture(current());
            }
            fetch = fetching;
            if (fetch == null) {
                fetch = startFetch();
            }
        }
        return fetch;
    }

    /** The keys after an id was met that is not among them: waits for a fetch that is under way, or makes one if it is time. */
    Future<KeySet> afterUnknownKey() {
        synchronized (this) {
            if (fetching != null) {
                return waiters++ < WAITERS_MAX ? fetching : Future.succeededFuture(current());
            }
            if (isClosed || nanoTime.getAsLong() - attemptedAtNanos < UNKNOWN_KEY_PAUSE.toNanos()) {
                return Future.succeededFuture(current());
            }
            return startFetch();
        }
    }

    synchronized void close() {
        isClosed = true;
        vertx.cancelTimer(timer);
    }

    private Future<KeySet> startFetch() {
        attemptedAtNanos = nanoTime.getAsLong();
        waiters = 0;
        Promise<KeySet> promise = Promise.promise();
        fetching = promise.future();
        // Off the caller's stack, so that `fetching` is set before the fetch can end.
        vertx.runOnContext(start -> jwksUri().compose(this::get).map(this::parse)
                .timeout(FETCH_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).onComplete(done -> {
                    if (done.succeeded()) {
                        accept(done.result());
                    } else {
                        reject(done.cause());
                    }
                    scheduleNext(done.succeeded());
                    promise.complete(current());
                }));
        return promise.future();
    }

    private void accept(KeySet fetched) {
        if (!fetched.members().equals(keys.members())) {
            LOG.atInfo().addKeyValue("issuer", issuer.issuer())
                    .addKeyValue("keys", fetched.keys().size()).log("token keys changed");
            keys = fetched;
        }
        fetchedAtNanos = nanoTime.getAsLong();
    }

    private synchronized void reject(Throwable cause) {
        discovered = null;
        LOG.atWarn().addKeyValue("issuer", issuer.issuer())
                .addKeyValue("reason", cause.getMessage())
                .addKeyValue("keys", current().keys().size())
                .log("token keys could not be fetched; those known stay in force");
    }

    private synchronized void scheduleNext(boolean fetched) {
        fetching = null;
        if (isClosed) {
            return;
        }
        long pause;
        if (fetched) {
            retryMillis = RETRY_MIN_MILLIS;
            pause = identity.keysRefresh().toMillis();
        } else if (current().isEmpty()) {
            pause = retryMillis;
            retryMillis = Math.min(RETRY_MAX_MILLIS, retryMillis * 2);
        } else {
            pause = RETRY_MAX_MILLIS;
        }
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(Math.max(1, pause), again -> refresh());
    }

    private KeySet parse(Buffer body) {
        try {
            var set = KeySet.parse(vertx, body.getBytes());
            if (set.isEmpty()) {
                throw new IllegalStateException("the key set has no usable key: expected at least"
                        + " one RSA (2048 bits or more), P-256 or Ed25519 key with a 'kid'");
            }
            return set;
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the key set is not a JSON object with an array 'keys'", e);
        }
    }

    private Future<String> jwksUri() {
        Optional<String> known;
        synchronized (this) {
            known = issuer.jwksUri().or(() -> Optional.ofNullable(discovered));
        }
        return known.map(Future::succeededFuture).orElseGet(() -> {
            var base = issuer.issuer();
            var address = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                    + "/.well-known/openid-configuration";
            return get(address).map(this::discoveredIn);
        });
    }

    private String discoveredIn(Buffer configuration) {
        try {
            var root = JSON.readTree(configuration.getBytes());
            if (!issuer.issuer().equals(root.path("issuer").textValue())) {
                throw new IllegalStateException("the issuer's openid-configuration is that of '"
                        + root.path("issuer").asText() + "'");
            }
            var uri = Identity.httpUri("jwks_uri", root.path("jwks_uri").asText());
            if (issuer.issuer().startsWith("https:") && !"https".equals(uri.getScheme())) {
                throw new IllegalStateException("the issuer's jwks_uri is not https");
            }
            synchronized (this) {
                discovered = uri.toString();
            }
            return uri.toString();
        } catch (IOException e) {
            throw new IllegalStateException("the issuer's openid-configuration is not JSON", e);
        }
    }

    private Future<Buffer> get(String address) {
        Promise<Buffer> body = Promise.promise();
        var options = new RequestOptions().setMethod(HttpMethod.GET)
                .setAbsoluteURI(URI.create(address).toString()).setFollowRedirects(false)
                .setTimeout(FETCH_TIMEOUT.toMillis()).putHeader("accept", "application/json");
        http.request(options).onFailure(body::tryFail).onSuccess(request -> {
            long deadline = vertx.setTimer(FETCH_TIMEOUT.toMillis(),
                    late -> abort(request, body, address + " did not answer in time"));
            body.future().onComplete(done -> vertx.cancelTimer(deadline));
            request.send().onFailure(body::tryFail).onSuccess(response -> {
                response.exceptionHandler(body::tryFail);
                if (response.statusCode() != 200) {
                    abort(request, body, address + " answered " + response.statusCode());
                    return;
                }
                var received = Buffer.buffer();
                response.endHandler(end -> body.tryComplete(received));
                response.handler(chunk -> {
                    if (received.length() + chunk.length() > BODY_BYTES_MAX) {
                        abort(request, body,
                                address + " answered more than " + BODY_BYTES_MAX + " bytes");
                    } else {
                        received.appendBuffer(chunk);
                    }
                });
            });
        });
        return body.future();
    }

    private static void abort(HttpClientRequest request, Promise<Buffer> body, String message) {
        body.tryFail(new IOException(message));
        request.reset();
    }
}

package io.tidegate.gateway.access;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a bearer token into a {@link Caller}, or refuses it. Follows RFC 8725 and RFC 9068; vertx-auth-jwt only checks the
 * signature, with one key at a time and strict checks of ours on both sides of it ({@code docs/adr/0003}). Every outcome is
 * a caller or a {@link Refusal.Thrown}, never another exception. Thread-safe; the answer comes on the caller's context.
 */
public final class TokenVerifier implements AutoCloseable {
    private static final MessageDigest DIGEST = sha256();
    /** Verified tokens remembered, so that reconnecting costs no signature. */
    static final int CACHE_MAX = 10_000;

    private static final Duration COME_BACK = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(TokenVerifier.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<LinkedHashMap<String, Object>> PLAIN = new TypeReference<>() {
    };

    private final Vertx vertx;
    private final Identity identity;
    private final Clock clock;
    private final HttpClient http;
    private final Map<String, IssuerKeys> issuers = new LinkedHashMap<>();
    private final Cache<String, Verified> cache = Caffeine.newBuilder().maximumSize(CACHE_MAX)
            // Its upkeep is shorter than handing it to another thread.
            .executor(Runnable::run).build();

    /** A caller, and the keys that vouched for it: when those change, the token is looked at again. */
    private record Verified(Caller caller, KeySet keys) {
    }

    /**
     * @param clock
     *            judges tokens
     * @param nanoTime
     *            paces fetches; {@code System::nanoTime}
     */
    public TokenVerifier(Vertx vertx, Identity identity, Clock clock, LongSupplier nanoTime) {
        this.vertx = vertx;
        this.identity = identity;
        this.clock = clock;
        this.http = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout((int) IssuerKeys.FETCH_TIMEOUT.toMillis()));
        for (var issuer : identity.issuers()) {
            issuers.put(issuer.issuer(), new IssuerKeys(vertx, http, issuer, identity, nanoTime));
        }
    }

    /** Fetches the keys for the first time. Succeeds also where an issuer did not answer: it is asked again by itself. */
    public Future<Void> start() {
        return Future.join(issuers.values().stream().map(IssuerKeys::refresh).toList())
                .mapEmpty();
    }

    /** Whether any token can be verified at all. */
    public boolean isReady() {
        return issuersWithoutKeys().size() < issuers.size();
    }

    /** Issuers whose tokens cannot be verified now, for the operator. */
    public List<String> issuersWithoutKeys() {
        return issuers.values().stream().filter(i -> i.current().isEmpty())
                .map(i -> i.issuer().issuer()).toList();
    }

    /**
     * @param bearerToken
     *            what stands behind {@code Bearer}; empty = none was sent
     * @return the caller; fails with nothing but {@link Refusal.Thrown}: {@code TOKEN_MISSING}, {@code TOKEN_INVALID},
     *         {@code TOKEN_EXPIRED}, or {@code UPSTREAM_UNAVAILABLE} while its issuer's keys have never been obtained
     */
    public Future<Caller> verify(String bearerToken) {
        try {
            if (bearerToken.length() > CompactToken.LENGTH_MAX) {
                throw CompactToken.tooLong();
            }
            var hash = hash(bearerToken);
            var known = cache.getIfPresent(hash);
            if (known != null) {
                if (isStillGood(known)) {
                    return Future.succeededFuture(known.caller());
                }
                cache.invalidate(hash);
            }
            var token = CompactToken.parse(bearerToken);
            var keys = issuers.get(token.issuer());
            if (keys == null) {
                throw CompactToken.invalid("the token's issuer is not one this gateway trusts");
            }
            return find(keys, token).compose(set -> checkSignature(set, token).map(ok -> {
                var caller = caller(keys.issuer(), token);
                cache.put(hash, new Verified(caller, set));
                return caller;
            })).recover(TokenVerifier::refused);
        } catch (RuntimeException e) {
            return refused(e);
        }
    }

    @Override
    public void close() {
        issuers.values().forEach(IssuerKeys::close);
        http.close();
    }

    private boolean isStillGood(Verified verified) {
        return clock.instant().isBefore(verified.caller().expiresAt()) && issuers.values().stream()
                .anyMatch(issuer -> issuer.current().equals(verified.keys()));
    }

    /** The set that holds the token's key. */
    private Future<KeySet> find(IssuerKeys keys, CompactToken token) {
        var set = keys.current();
        if (set.keys().containsKey(token.kid())) {
            return Future.succeededFuture(set);
        }
        return onCallersContext(keys.afterUnknownKey()).map(fetched -> {
            if (fetched.isEmpty()) {
                throw new Refusal.Thrown(Refusal.retryAfter(RefusalCode.UPSTREAM_UNAVAILABLE,
                        "the identity provider has not answered yet, so no token can be checked",
                        COME_BACK));
            }
            if (!fetched.keys().containsKey(token.kid())) {
                throw CompactToken.invalid("the token is signed with a key that its issuer does"
                        + " not publish");
            }
            return fetched;
        });
    }

    private <T> Future<T> onCallersContext(Future<T> future) {
        if (future.isComplete()) {
            return future;
        }
        var context = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        future.onComplete(done -> context.runOnContext(here -> {
            if (done.succeeded()) {
                promise.complete(done.result());
            } else {
                promise.fail(done.cause());
            }
        }));
        return promise.future();
    }

    private static Future<Void> checkSignature(KeySet set, CompactToken token) {
        var key = Objects.requireNonNull(set.keys().get(token.kid()), "key");
        if (!key.alg().equals(token.alg())) {
            throw CompactToken.invalid("the token's algorithm is not the one of its key");
        }
        // vertx-auth-jwt also takes ES256 signatures in ASN.1 form, which RFC 7518 section 3.4 does not know.
        if (token.signature().length != key.signatureBytes()) {
            throw CompactToken.invalid("the token's signature does not match");
        }
        return key.auth().authenticate(new TokenCredentials(token.text())).transform(done -> {
            if (done.failed() || done.result() == null) {
                throw CompactToken.invalid("the token's signature does not match");
            }
            return Future.succeededFuture();
        });
    }

    private Caller caller(Identity.Issuer issuer, CompactToken token) {
        var now = clock.instant();
        var expires = Instant.ofEpochSecond(token.exp()).plus(Identity.LEEWAY);
        if (!now.isBefore(expires)) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.TOKEN_EXPIRED,
                    "the token expired " + (now.getEpochSecond() - token.exp()) + " s ago"));
        }
        checkNotInFuture(now, token.nbf().orElse(0), "is not valid yet");
        checkNotInFuture(now, token.iat().orElse(0), "was issued in the future");
        long from = token.iat().orElse(now.minus(Identity.LEEWAY).getEpochSecond());
        var lifetimeMax = identity.tokenLifetimeMax();
        if (token.exp() - from > lifetimeMax.toSeconds() + Identity.LEEWAY.toSeconds()
                || expires.isAfter(now.plus(lifetimeMax).plus(Identity.LEEWAY.multipliedBy(2)))) {
            throw CompactToken.invalid(
                    "the token lives longer than the " + lifetimeMax + " that are accepted");
        }
        issuer.audience().ifPresent(expected -> {
            if (!texts(token.claims().path("aud"), "aud").contains(expected)) {
                throw CompactToken.invalid("the token's audience is not '" + expected + "'");
            }
        });
        var claims = new HashMap<String, Object>(JSON.convertValue(token.claims(), PLAIN));
        claims.values().removeIf(Objects::isNull);
        var subject = optionalText(token.claims(), "sub");
        var partner = firstPresent(optionalText(token.claims(), "client_id"),
                optionalText(token.claims(), "azp"), subject);
        if (partner.isEmpty()) {
            throw CompactToken.invalid("the token has none of 'client_id', 'azp' and 'sub'");
        }
        return new Caller(subject.isEmpty() ? partner : subject, partner, scopes(token.claims()),
                claims, expires);
    }

    private static void checkNotInFuture(Instant now, long seconds, String what) {
        long ahead = seconds - now.getEpochSecond();
        if (ahead > Identity.LEEWAY.toSeconds()) {
            throw CompactToken
                    .invalid("the token " + what + ": its time comes in " + ahead + " s");
        }
    }

    private static Set<String> scopes(JsonNode claims) {
        var scopes = new HashSet<String>();
        var scope = claims.path("scope");
        if (scope.isTextual()) {
            addWords(scopes, scope.textValue());
        } else if (!scope.isMissingNode()) {
            throw CompactToken.invalid("the token's 'scope' is not a text");
        }
        if (claims.path("scp").isTextual()) {
            addWords(scopes, claims.path("scp").textValue());
        } else if (claims.has("scp")) {
            scopes.addAll(texts(claims.path("scp"), "scp"));
        }
        return scopes;
    }

    private static void addWords(Set<String> scopes, String text) {
        for (var word : text.split(" ")) {
            if (!word.isEmpty()) {
                scopes.add(word);
            }
        }
    }

    /** A text or a list of texts; anything else refuses the token, for nobody knows what it was meant to say. */
    private static Set<String> texts(JsonNode node, String claim) {
        if (node.isTextual()) {
            return Set.of(node.textValue());
        }
        var texts = new HashSet<String>();
        for (var element : node) {
            if (!node.isArray() || !element.isTextual()) {
                throw CompactToken
                        .invalid("the token's '" + claim + "' is not a text or a list of texts");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    private static String optionalText(JsonNode claims, String name) {
        var value = claims.path(name);
        if (!value.isMissingNode() && !value.isTextual()) {
            throw CompactToken.invalid("the token's '" + name + "' is not a text");
        }
        return value.asText();
    }

    private static String firstPresent(String... texts) {
        for (var text : texts) {
            if (!text.isEmpty()) {
                return text;
            }
        }
        return "";
    }

    private static Future<Caller> refused(Throwable cause) {
        if (cause instanceof Refusal.Thrown) {
            return Future.failedFuture(cause);
        }
        // A hole in our own checks: the caller is refused all the same. The message might repeat the token, the class cannot.
        LOG.atError().addKeyValue("reason", cause.getClass().getName())
                .log("token check failed unexpectedly");
        return Future.failedFuture(CompactToken.invalid("the token is not acceptable"));
    }

    private static String hash(String token) {
        try {
            // A copy of one that was looked up once: looking one up costs as much as digesting a token.
            return HexFormat.of().formatHex(((MessageDigest) DIGEST.clone())
                    .digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("Java's own SHA-256 can be copied", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

package io.tidegate.gateway.sandbox;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An identity provider for development: discovery, keys, and client-credentials tokens for whoever asks. It accepts every
 * client id and every secret, so it listens on the loopback address only. Its keys live as long as the process.
 */
public final class SandboxIdentity {
    private static final Duration LIFETIME = Duration.ofHours(1);
    private static final Duration LIFETIME_MAX = Duration.ofHours(12);
    private static final String AUDIENCE = "tidegate";
    private static final String CLAIM_FIELD = "claim.";
    private static final int FORM_BYTES_MAX = 16 * 1024;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final Map<Algorithm, KeyPair> keys;
    private final Clock clock;
    private final HttpServer server;
    private final String issuer;

    private SandboxIdentity(Map<Algorithm, KeyPair> keys, Clock clock, HttpServer server) {
        this.keys = keys;
        this.clock = clock;
        this.server = server;
        this.issuer = "http://127.0.0.1:" + server.actualPort();
    }

    /**
     * Makes fresh keys and listens on 127.0.0.1.
     *
     * @param port
     *            0 = any free one
     */
    public static Future<SandboxIdentity> start(Vertx vertx, int port, Clock clock) {
        return vertx.executeBlocking(SandboxIdentity::freshKeys).compose(keys -> {
            var server = vertx.createHttpServer(new HttpServerOptions()
                    .setHost("127.0.0.1").setPort(port).setMaxFormAttributeSize(FORM_BYTES_MAX));
            var identity = new AtomicReference<SandboxIdentity>();
            return server
                    .requestHandler(request -> {
                        var ready = identity.get();
                        if (ready == null) {
                            request.response().setStatusCode(503).end();
                        } else {
                            ready.answer(request);
                        }
                    })
                    .listen()
                    .map(listening -> {
                        identity.set(new SandboxIdentity(keys, clock, listening));
                        return identity.get();
                    });
        });
    }

    /** The issuer's address; discovery stands below it. */
    public String issuer() {
        return issuer;
    }

    /**
     * A token signed with RS256.
     *
     * @param claims
     *            beside the standard ones; {@code sub}, {@code client_id} and {@code aud} replace the defaults
     */
    public String token(Collection<String> scopes, Map<String, ?> claims, Duration lifetime) {
        return token(Algorithm.RS256, scopes, claims, lifetime);
    }

    /** A token signed with the key of this algorithm. */
    public String token(Algorithm algorithm, Collection<String> scopes, Map<String, ?> claims,
            Duration lifetime) {
        Instant now = clock.instant();
        var payload = new JsonObject()
                .put("iss", issuer)
                .put("aud", AUDIENCE)
                .put("sub", "sandbox-partner")
                .put("client_id", "sandbox-partner")
                .put("iat", now.getEpochSecond())
                .put("exp", now.plus(lifetime).getEpochSecond())
                .put("jti", UUID.randomUUID().toString())
                .put("scope", String.join(" ", scopes));
        claims.forEach(payload::put);
        return sign(algorithm, payload);
    }

    /** Stops listening. */
    public Future<Void> close() {
        return server.close();
    }

    private void answer(HttpServerRequest request) {
        String route = request.method() + " " + request.path();
        switch (route) {
            case "GET /.well-known/openid-configuration",
                    "GET /.well-known/oauth-authorization-server" ->
                json(request.response(), 200, discovery());
            case "GET /jwks" -> json(request.response(), 200, keySet());
            case "POST /token" -> request.setExpectMultipart(true).end()
                    .onSuccess(end -> grant(request))
                    .onFailure(failure -> refuse(request, "invalid_request",
                            "the form cannot be read"));
            default -> json(request.response(), 404, new JsonObject().put("error", "not_found"));
        }
    }

    private void grant(HttpServerRequest request) {
        MultiMap form = request.formAttributes();
        if (!"client_credentials".equals(form.get("grant_type"))) {
            refuse(request, "unsupported_grant_type", "grant_type must be 'client_credentials'");
            return;
        }
        var algorithm = Algorithm.named(Optional.ofNullable(form.get("alg")).orElse("RS256"));
        if (algorithm.isEmpty()) {
            refuse(request, "invalid_request", "alg must be RS256, ES256 or EdDSA");
            return;
        }
        Duration lifetime;
        try {
            lifetime = Optional.ofNullable(form.get("lifetime")).map(Long::parseLong)
                    .map(Duration::ofSeconds)
                    .orElse(LIFETIME);
        } catch (NumberFormatException e) {
            lifetime = Duration.ZERO;
        }
        if (lifetime.isNegative() || lifetime.isZero() || lifetime.compareTo(LIFETIME_MAX) > 0) {
            refuse(request, "invalid_request",
                    "lifetime must be 1 to " + LIFETIME_MAX.toSeconds() + " seconds");
            return;
        }
        List<String> scopes = Optional.ofNullable(form.get("scope")).filter(text -> !text.isBlank())
                .map(text -> List.of(text.trim().split("\\s+"))).orElse(List.of());
        var claims = new LinkedHashMap<String, Object>();
        clientOf(request, form).ifPresent(client -> {
            claims.put("sub", client);
            claims.put("client_id", client);
        });
        Optional.ofNullable(form.get("audience")).filter(text -> !text.isBlank())
                .ifPresent(audience -> claims.put("aud", audience));
        form.forEach(field -> {
            if (field.getKey().startsWith(CLAIM_FIELD)) {
                claims.put(field.getKey().substring(CLAIM_FIELD.length()), field.getValue());
            }
        });
        json(request.response().putHeader("cache-control", "no-store"), 200, new JsonObject()
                .put("access_token", token(algorithm.get(), scopes, claims, lifetime))
                .put("token_type", "Bearer")
                .put("expires_in", lifetime.toSeconds())
                .put("scope", String.join(" ", scopes)));
    }

    private static Optional<String> clientOf(HttpServerRequest request, MultiMap form) {
        String header = request.getHeader("Authorization");
        if (header != null && header.regionMatches(true, 0, "Basic ", 0, 6)) {
            try {
                String pair = new String(Base64.getDecoder().decode(header.substring(6).trim()),
                        StandardCharsets.UTF_8);
                return Optional.of(pair.substring(0, Math.max(pair.indexOf(':'), 0)))
                        .filter(id -> !id.isEmpty());
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
        return Optional.ofNullable(form.get("client_id")).filter(id -> !id.isBlank());
    }

    private JsonObject discovery() {
        return new JsonObject()
                .put("issuer", issuer)
                .put("jwks_uri", issuer + "/jwks")
                .put("token_endpoint", issuer + "/token")
                .put("grant_types_supported", new JsonArray().add("client_credentials"))
                .put("token_endpoint_auth_methods_supported",
                        new JsonArray().add("client_secret_basic").add("client_secret_post"))
                .put("response_types_supported", new JsonArray())
                .put("subject_types_supported", new JsonArray().add("public"))
                .put("id_token_signing_alg_values_supported",
                        new JsonArray().add("RS256").add("ES256").add("EdDSA"));
    }

    private JsonObject keySet() {
        var list = new JsonArray();
        keys.forEach((algorithm, pair) -> list.add(switch (pair.getPublic()) {
            case RSAPublicKey rsa -> jwk(algorithm, "RSA")
                    .put("n", unsigned(rsa.getModulus(), 0))
                    .put("e", unsigned(rsa.getPublicExponent(), 0));
            case ECPublicKey ec -> jwk(algorithm, "EC")
                    .put("crv", "P-256")
                    .put("x", unsigned(ec.getW().getAffineX(), 32))
                    .put("y", unsigned(ec.getW().getAffineY(), 32));
            case EdECPublicKey ed ->
                jwk(algorithm, "OKP").put("crv", "Ed25519").put("x", edwards(ed));
            default -> throw new IllegalStateException(
                    "no JWK form for " + pair.getPublic().getAlgorithm());
        }));
        return new JsonObject().put("keys", list);
    }

    private static JsonObject jwk(Algorithm algorithm, String type) {
        return new JsonObject().put("kty", type).put("kid", algorithm.keyId()).put("use", "sig")
                .put("alg", algorithm.headerName);
    }

    private String sign(Algorithm algorithm, JsonObject payload) {
        var header = new JsonObject().put("alg", algorithm.headerName).put("typ", "at+jwt")
                .put("kid", algorithm.keyId());
        String signed = encode(header) + "." + encode(payload);
        try {
            var signature = Signature.getInstance(algorithm.signature);
            signature.initSign(Objects.requireNonNull(keys.get(algorithm), "key").getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a token cannot be signed with " + algorithm.headerName,
                    e);
        }
    }

    private static String encode(JsonObject part) {
        return BASE64.encodeToString(part.encode().getBytes(StandardCharsets.UTF_8));
    }

    /** Big-endian without a sign byte (RFC 7518 section 2), filled up to a length. */
    private static String unsigned(BigInteger number, int length) {
        byte[] raw = number.toByteArray();
        int skip = raw.length > 1 && raw[0] == 0 ? 1 : 0;
        byte[] bytes = new byte[Math.max(raw.length - skip, length)];
        System.arraycopy(raw, skip, bytes, bytes.length - (raw.length - skip), raw.length - skip);
        return BASE64.encodeToString(bytes);
    }

    /** Little-endian y with the sign of x in the last bit (RFC 8032 section 5.1.2). */
    private static String edwards(EdECPublicKey key) {
        byte[] big = key.getPoint().getY().toByteArray();
        byte[] little = new byte[32];
        for (int i = 0; i < Math.min(big.length, 32); i++) {
            little[i] = big[big.length - 1 - i];
        }
        if (key.getPoint().isXOdd()) {
            little[31] |= (byte) 0x80;
        }
        return BASE64.encodeToString(little);
    }

    private static Map<Algorithm, KeyPair> freshKeys() throws GeneralSecurityException {
        var made = new EnumMap<Algorithm, KeyPair>(Algorithm.class);
        for (Algorithm algorithm : Algorithm.values()) {
            var generator = KeyPairGenerator.getInstance(algorithm.key);
            switch (algorithm) {
                case RS256 -> generator.initialize(2048);
                case ES256 -> generator.initialize(new ECGenParameterSpec("secp256r1"));
                case EDDSA -> {
                    // The name of the curve is all there is to say.
                }
            }
            made.put(algorithm, generator.generateKeyPair());
        }
        return made;
    }

    private static void refuse(HttpServerRequest request, String error, String description) {
        json(request.response(), 400,
                new JsonObject().put("error", error).put("error_description", description));
    }

    private static void json(HttpServerResponse response, int status, JsonObject body) {
        response.setStatusCode(status).putHeader("content-type", "application/json")
                .end(body.encode());
    }

    /** How a token is signed. */
    public enum Algorithm {
        /** RSA with SHA-256. */
        RS256("RS256", "RSA", "SHA256withRSA"),
        /** ECDSA on P-256. */
        ES256("ES256", "EC", "SHA256withECDSAinP1363Format"),
        /** Ed25519. */
        EDDSA("EdDSA", "Ed25519", "Ed25519");

        private final String headerName;
        private final String key;
        private final String signature;

        Algorithm(String headerName, String key, String signature) {
            this.headerName = headerName;
            this.key = key;
            this.signature = signature;
        }

        private String keyId() {
            return "sandbox-" + headerName.toLowerCase(Locale.ROOT);
        }

        private static Optional<Algorithm> named(String name) {
            return Arrays.stream(values())
                    .filter(each -> each.headerName.equalsIgnoreCase(name)
                            || each.key.equalsIgnoreCase(name))
                    .findFirst();
        }
    }
}

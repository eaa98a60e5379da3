package io.tidegate.gateway.access;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** An identity provider on loopback with keys of its own, counting who asks for them. */
final class FakeIssuer implements AutoCloseable {
    static final KeyPair RSA = pair("RSA", 2048);
    static final KeyPair OTHER_RSA = pair("RSA", 2048);
    static final KeyPair WEAK_RSA = pair("RSA", 1024);
    static final KeyPair EC = ec();
    static final KeyPair ED = pair("Ed25519", 0);

    final AtomicInteger keyRequests = new AtomicInteger();
    final AtomicInteger discoveries = new AtomicInteger();
    volatile String jwks = keys(rsa("r1", RSA), ec("e1"), ed("d1")).encode();
    volatile Consumer<HttpServerRequest> onKeys = request -> request.response().end(jwks);
    volatile String claimedIssuer = "";
    private final HttpServer server;

    FakeIssuer(Vertx vertx) throws Exception {
        server = vertx.createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1")
                .toCompletionStage().toCompletableFuture().get();
        claimedIssuer = url();
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort() + "/realms/data";
    }

    private void answer(HttpServerRequest request) {
        switch (request.path()) {
            case "/realms/data/.well-known/openid-configuration" -> {
                discoveries.incrementAndGet();
                request.response().end(new JsonObject().put("issuer", claimedIssuer)
                        .put("jwks_uri", url() + "/certs").encode());
            }
            case "/realms/data/certs" -> {
                keyRequests.incrementAndGet();
                onKeys.accept(request);
            }
            default -> request.response().setStatusCode(404).end();
        }
    }

    @Override
    public void close() throws Exception {
        server.close().toCompletionStage().toCompletableFuture().get();
    }

    static JsonObject keys(JsonObject... keys) {
        return new JsonObject().put("keys", new JsonArray(Arrays.asList((Object[]) keys)));
    }

    static JsonObject rsa(String kid, KeyPair pair) {
        var key = (RSAPublicKey) pair.getPublic();
        return new JsonObject().put("kty", "RSA").put("kid", kid).put("use", "sig")
                .put("alg", "RS256").put("n", unsigned(key.getModulus(), 0))
                .put("e", unsigned(key.getPublicExponent(), 0));
    }

    static JsonObject ec(String kid) {
        var point = ((ECPublicKey) EC.getPublic()).getW();
        return new JsonObject().put("kty", "EC").put("kid", kid).put("crv", "P-256")
                .put("x", unsigned(point.getAffineX(), 32))
                .put("y", unsigned(point.getAffineY(), 32));
    }

    static JsonObject ed(String kid) {
        var point = ((EdECPublicKey) ED.getPublic()).getPoint();
        var big = point.getY().toByteArray();
        var little = new byte[32];
        for (int i = 0; i < Math.min(32, big.length); i++) {
            little[i] = big[big.length - 1 - i];
        }
        if (point.isXOdd()) {
            little[31] |= (byte) 0x80;
        }
        return new JsonObject().put("kty", "OKP").put("kid", kid).put("crv", "Ed25519").put("x",
                base64(little));
    }

    static String sign(String header, String claims, PrivateKey key) {
        return signBytes(header.getBytes(StandardCharsets.UTF_8),
                claims.getBytes(StandardCharsets.UTF_8), key);
    }

    static String signBytes(byte[] header, byte[] claims, PrivateKey key) {
        var signed = base64(header) + "." + base64(claims);
        try {
            var signature = Signature.getInstance(switch (key.getAlgorithm()) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSAinP1363Format";
                default -> "Ed25519";
            });
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String unsigned(BigInteger number, int length) {
        var bytes = number.toByteArray();
        var magnitude = bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
        var padded = new byte[Math.max(length, magnitude.length)];
        System.arraycopy(magnitude, 0, padded, padded.length - magnitude.length, magnitude.length);
        return base64(padded);
    }

    private static KeyPair pair(String algorithm, int bits) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            if (bits > 0) {
                generator.initialize(bits);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair ec() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}

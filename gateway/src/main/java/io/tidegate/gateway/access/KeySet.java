package io.tidegate.gateway.access;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The usable keys of one issuer, by their ids. A key that is not for verifying one of our three algorithms is left out;
 * a set may therefore be empty, and an empty one must never be used.
 *
 * @param members
 *            what the keys were made of: two sets with equal members are the same set
 */
record KeySet(Map<String, Key> keys, List<Map<String, String>> members) {
    static final int KEYS_MAX = 100;
    static final int RSA_BITS_MIN = 2048;
    static final int RSA_BITS_MAX = 16_384;

    /** {@code {"alg":"none"}} with empty claims and no third part, which a verifier without a key would take. */
    private static final String UNSIGNED = base64("{\"alg\":\"none\",\"typ\":\"JWT\"}") + "."
            + base64("{}");
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(32).build())
            .build()).build();

    static final KeySet NONE = new KeySet(Map.of(), List.of());

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /**
     * A key and the one algorithm it may be used with.
     *
     * @param signatureBytes
     *            how long every signature of this key is
     * @param auth
     *            holds this key and no other
     */
    record Key(String alg, int signatureBytes, JWTAuth auth) {
    }

    KeySet {
        keys = Map.copyOf(keys);
        members = List.copyOf(members);
    }

    /**
     * @throws IOException
     *             if it is not a JSON Web Key Set (RFC 7517); the message is for the operator
     */
    static KeySet parse(Vertx vertx, byte[] jwks) throws IOException {
        JsonNode root = JSON.readTree(jwks);
        if (root == null || !root.path("keys").isArray()) {
            throw new IOException("expected a JSON object with an array 'keys'");
        }
        var keys = new LinkedHashMap<String, Key>();
        var members = new ArrayList<Map<String, String>>();
        for (var jwk : root.path("keys")) {
            var kept = usableMembers(jwk);
            if (kept == null || keys.size() >= KEYS_MAX
                    || keys.containsKey(kept.getOrDefault("kid", ""))) {
                continue;
            }
            var key = key(vertx, kept);
            if (key.isPresent()) {
                keys.put(kept.getOrDefault("kid", ""), key.get());
                members.add(Map.copyOf(kept));
            }
        }
        return new KeySet(keys, members);
    }

    /** Only what makes a public key of a kind we use; chains, addresses and private parts stay behind. */
    private static @Nullable Map<String, String> usableMembers(JsonNode jwk) {
        var kid = jwk.path("kid").textValue();
        if (kid == null || kid.isEmpty() || kid.length() > CompactToken.KID_LENGTH_MAX
                || (jwk.has("use") && !"sig".equals(jwk.path("use").textValue()))
                || (jwk.has("key_ops") && !verifies(jwk.path("key_ops")))) {
            return null;
        }
        var crv = jwk.path("crv").asText();
        return switch (jwk.path("kty").asText()) {
            case "RSA" -> algIs(jwk, "RS256") && rsaBits(jwk) >= RSA_BITS_MIN
                    && rsaBits(jwk) <= RSA_BITS_MAX
                            ? members(jwk, "RS256", kid, "n", "e")
                            : null;
            case "EC" -> crv.equals("P-256") && algIs(jwk, "ES256") && length(jwk, "x") == 32
                    && length(jwk, "y") == 32 ? members(jwk, "ES256", kid, "crv", "x", "y") : null;
            case "OKP" -> crv.equals("Ed25519")
                    && (algIs(jwk, "EdDSA") || algIs(jwk, "Ed25519")) && length(jwk, "x") == 32
                            ? members(jwk, "EdDSA", kid, "crv", "x")
                            : null;
            default -> null;
        };
    }

    private static Map<String, String> members(JsonNode jwk, String alg, String kid,
            String... names) {
        var kept = new LinkedHashMap<String, String>();
        kept.put("kty", jwk.path("kty").asText());
        kept.put("kid", kid);
        kept.put("alg", alg);
        for (var name : names) {
            kept.put(name, jwk.path(name).asText());
        }
        return kept;
    }

    private static boolean algIs(JsonNode jwk, String alg) {
        return !jwk.has("alg") || alg.equals(jwk.path("alg").textValue());
    }

    private static boolean verifies(JsonNode operations) {
        for (var operation : operations) {
            if ("verify".equals(operation.textValue())) {
                return true;
            }
        }
        return false;
    }

    private static int rsaBits(JsonNode jwk) {
        var modulus = decoded(jwk, "n");
        return length(jwk, "e") == 0 ? 0 : new BigInteger(1, modulus).bitLength();
    }

    private static int length(JsonNode jwk, String name) {
        return decoded(jwk, name).length;
    }

    private static byte[] decoded(JsonNode jwk, String name) {
        try {
            return Base64.getUrlDecoder().decode(jwk.path(name).asText());
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    /**
     * A verifier for this one key, so that no other key or algorithm can come into it. vertx-auth-jwt only logs a key that
     * it cannot read and then accepts unsigned tokens; such a verifier is recognised by giving it one.
     */
    private static Optional<Key> key(Vertx vertx, Map<String, String> members) {
        var jwk = new JsonObject();
        members.forEach(jwk::put);
        try {
            var auth = JWTAuth.create(vertx, new JWTAuthOptions().addJwk(jwk)
                    .setJWTOptions(new JWTOptions().setIgnoreExpiration(true)));
            if (accepts(auth, UNSIGNED)) {
                return Optional.empty();
            }
            var alg = members.getOrDefault("alg", "");
            int signatureBytes = alg.equals("RS256")
                    ? (new BigInteger(1,
                            Base64.getUrlDecoder().decode(members.getOrDefault("n", "")))
                            .bitLength() + 7) / 8
                    : 64;
            return Optional.of(new Key(alg, signatureBytes, auth));
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    private static boolean accepts(JWTAuth auth, String token) {
        try {
            return auth.authenticate(new TokenCredentials(token)).succeeded();
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}

package io.tidegate.gateway.access;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A signed token taken apart and found well-formed, before anyone looks at its signature. What gets here has three parts,
 * an algorithm we know, and claims of the types that RFC 7519 gives them, so that no library behind it can stumble.
 *
 * @param text
 *            the token as sent
 * @param alg
 *            one of {@code RS256}, {@code ES256}, {@code EdDSA}
 * @param exp
 *            seconds since 1970
 */
record CompactToken(String text, String alg, String kid, String issuer, JsonNode claims, long exp,
        OptionalLong nbf, OptionalLong iat, byte[] signature) {
    /** Characters of a token; the longest header line an HTTP server takes anyway. */
    static final int LENGTH_MAX = 8192;
    static final int KID_LENGTH_MAX = 256;

    /** The last second of the year 9999: beyond it is no date that anybody means. */
    private static final long SECONDS_MAX = 253_402_300_799L;
    private static final Pattern BASE64_URL = Pattern.compile("[A-Za-z0-9_-]*");
    private static final Set<String> ALGORITHMS = Set.of("RS256", "ES256", "EdDSA");
    private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");
    private static final Set<String> OTHER_KINDS = Set.of("id", "refresh", "offline", "logout");
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(32)
                    .maxNumberLength(64).maxStringLength(LENGTH_MAX).build())
            .build()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /** @throws Refusal.Thrown if it is not such a token; the refusal says why and repeats nothing of it */
    static CompactToken parse(String text) {
        if (text.isBlank()) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.TOKEN_MISSING,
                    "no token was sent; send the header 'Authorization: Bearer <token>'"));
        }
        if (text.length() > LENGTH_MAX) {
            throw tooLong();
        }
        var parts = text.split("\\.", -1);
        if (parts.length == 5) {
            throw invalid("the token is encrypted; a signed token (JWS) is expected");
        }
        if (parts.length != 3) {
            throw invalid("the token does not have the three parts of a signed token (JWS)");
        }
        if (parts[2].isEmpty()) {
            throw invalid("the token is not signed");
        }
        var header = json("header", parts[0]);
        checkHeader(header);
        var claims = json("claim set", parts[1]);
        checkKind(claims);
        var exp = time(claims, "exp");
        if (exp.isEmpty()) {
            throw invalid("the token has no 'exp'; tokens that never end are not accepted");
        }
        return new CompactToken(text, header.path("alg").textValue(),
                header.path("kid").textValue(), text(claims, "iss"), claims, exp.getAsLong(),
                time(claims, "nbf"), time(claims, "iat"), bytes("signature", parts[2]));
    }

    private static void checkHeader(JsonNode header) {
        var alg = header.path("alg");
        if (!alg.isTextual() || !ALGORITHMS.contains(alg.textValue())) {
            throw invalid("the token's algorithm is not one of RS256, ES256, EdDSA");
        }
        for (var member : new String[]{"crit", "zip", "cty", "b64"}) {
            if (header.has(member)) {
                throw invalid("the token's header has '" + member + "', which is not supported");
            }
        }
        var typ = header.get("typ");
        if (typ != null && !(typ.isTextual()
                && TYPES.contains(typ.textValue().toLowerCase(Locale.ROOT)))) {
            throw invalid(
                    "the token is of another kind; the header's 'typ' must be 'JWT' or 'at+jwt'");
        }
        var kid = header.path("kid");
        if (!kid.isTextual() || kid.textValue().isEmpty()) {
            throw invalid("the token's header has no 'kid', so its key cannot be told");
        }
        if (kid.textValue().length() > KID_LENGTH_MAX) {
            throw invalid("the token's 'kid' is longer than " + KID_LENGTH_MAX + " characters");
        }
    }

    /** Tokens of the same issuer that are signed with the same key but are not for calling anyone. */
    private static void checkKind(JsonNode claims) {
        var typ = claims.path("typ");
        if ((typ.isTextual() && OTHER_KINDS.contains(typ.textValue().toLowerCase(Locale.ROOT)))
                || claims.has("at_hash") || claims.has("c_hash") || claims.has("events")) {
            throw invalid("the token is of another kind; an access token is expected");
        }
    }

    private static String text(JsonNode claims, String name) {
        var value = claims.path(name);
        if (!value.isTextual() || value.textValue().isEmpty()) {
            throw invalid("the token has no '" + name + "', or it is not a text");
        }
        return value.textValue();
    }

    private static OptionalLong time(JsonNode claims, String name) {
        @Nullable
        JsonNode value = claims.get(name);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0
                || value.longValue() > SECONDS_MAX) {
            throw invalid("the token's '" + name + "' is not a whole number of seconds since 1970");
        }
        return OptionalLong.of(value.longValue());
    }

    private static JsonNode json(String part, String base64) {
        try {
            var text = StandardCharsets.UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(bytes(part, base64))).toString();
            var node = JSON.readTree(text);
            if (node.isObject()) {
                return node;
            }
        } catch (CharacterCodingException e) {
            throw invalid("the token's " + part + " is not UTF-8");
        } catch (JsonProcessingException e) {
            throw invalid("the token's " + part
                    + " is not well-formed JSON, or names the same member twice");
        }
        throw invalid("the token's " + part + " is not a JSON object");
    }

    private static byte[] bytes(String part, String base64) {
        if (!BASE64_URL.matcher(base64).matches() || base64.length() % 4 == 1) {
            throw invalid("the token's " + part + " is not base64url");
        }
        return Base64.getUrlDecoder().decode(base64);
    }

    static Refusal.Thrown tooLong() {
        return invalid("the token is longer than " + LENGTH_MAX + " characters");
    }

    static Refusal.Thrown invalid(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.TOKEN_INVALID, detail));
    }
}

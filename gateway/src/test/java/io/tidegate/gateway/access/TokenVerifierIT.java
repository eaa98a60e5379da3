package io.tidegate.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.gateway.access.Identity.Issuer;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every bypass that PROMISES of the security chapter names, against a real issuer on loopback. */
@Timeout(20)
class TokenVerifierIT {
    // Far from the real time on purpose: only the injected clock may judge.
    private static final Instant NOW = Instant.parse("2031-05-06T07:08:09Z");
    private static final String RS = "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"r1\"}";
    private static Vertx vertx;

    private final AtomicLong nanos = new AtomicLong();
    private Instant now = NOW;
    private FakeIssuer issuer;
    private TokenVerifier verifier;

    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    @BeforeAll
    static void openVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void closeVertx() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    @BeforeEach
    void start() throws Exception {
        issuer = new FakeIssuer(vertx);
        verifier = open(Identity
                .of(List.of(new Issuer(issuer.url(), Optional.of("tidegate"), Optional.empty()))));
    }

    @AfterEach
    void stop() throws Exception {
        verifier.close();
        issuer.close();
    }

    private TokenVerifier open(Identity identity) throws Exception {
        var opened = new TokenVerifier(vertx, identity, clock, nanos::get);
        opened.start().toCompletionStage().toCompletableFuture().get();
        return opened;
    }

    private JsonObject claims() {
        return new JsonObject().put("iss", issuer.url()).put("aud", "tidegate").put("sub", "alice")
                .put("client_id", "acme").put("scope", "shipments:read billing:read")
                .put("iat", NOW.getEpochSecond() - 10).put("exp", NOW.getEpochSecond() + 3600);
    }

    private String token(JsonObject claims) {
        return FakeIssuer.sign(RS, claims.encode(), FakeIssuer.RSA.getPrivate());
    }

    private Caller accept(String token) throws Exception {
        return verifier.verify(token).toCompletionStage().toCompletableFuture().get();
    }

    private Refusal refuse(String token) {
        return refuse(verifier, token);
    }

    private static Refusal refuse(TokenVerifier verifier, String token) {
        try {
            var caller = verifier.verify(token).toCompletionStage().toCompletableFuture().get(10,
                    TimeUnit.SECONDS);
            throw new AssertionError("accepted: " + caller);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(Refusal.Thrown.class);
            return ((Refusal.Thrown) e.getCause()).refusal();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void assertInvalid(String token, String detail) {
        assertThat(refuse(token)).isEqualTo(Refusal.of(RefusalCode.TOKEN_INVALID, detail));
    }

    // --- what is accepted

    @Test
    void accepts_rs256_es256_and_eddsa() throws Exception {
        var text = claims().encode();

        for (var token : List.of(FakeIssuer.sign(RS, text, FakeIssuer.RSA.getPrivate()),
                FakeIssuer.sign("{\"alg\":\"ES256\",\"kid\":\"e1\"}", text,
                        FakeIssuer.EC.getPrivate()),
                FakeIssuer.sign("{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"d1\"}", text,
                        FakeIssuer.ED.getPrivate()))) {
            var caller = accept(token);

            assertThat(caller.subject()).isEqualTo("alice");
            assertThat(caller.partner()).isEqualTo("acme");
            assertThat(caller.scopes()).containsExactlyInAnyOrder("shipments:read", "billing:read");
            assertThat(caller.claims()).containsEntry("client_id", "acme").containsEntry("aud",
                    "tidegate");
            assertThat(caller.expiresAt()).isEqualTo(NOW.plusSeconds(3630));
        }
        assertThat(issuer.keyRequests).hasValue(1);
        assertThat(verifier.isReady()).isTrue();
    }

    @Test
    void reads_scopes_from_scp_and_the_partner_from_azp_or_sub() throws Exception {
        var claims = claims();
        claims.remove("scope");
        claims.remove("client_id");

        assertThat(accept(token(claims)).partner()).isEqualTo("alice");
        assertThat(accept(token(claims.copy().put("azp", "app"))).partner()).isEqualTo("app");
        assertThat(accept(token(claims.copy().put("scp", new JsonArray().add("a").add("b"))))
                .scopes()).containsExactlyInAnyOrder("a", "b");
        assertThat(accept(token(claims.copy().put("scp", "a  b"))).scopes())
                .containsExactlyInAnyOrder("a", "b");
        assertThat(accept(token(claims.copy().putNull("nothing"))).scopes()).isEmpty();
        assertInvalid(token(claims.copy().put("scp", new JsonArray().add(1))),
                "the token's 'scp' is not a text or a list of texts");
        assertInvalid(token(claims.copy().put("scope", 7)), "the token's 'scope' is not a text");
        claims.remove("sub");
        assertInvalid(token(claims), "the token has none of 'client_id', 'azp' and 'sub'");
    }

    @Test
    void a_verified_token_is_remembered_until_it_expires() throws Exception {
        var token = token(claims());
        var first = accept(token);

        assertThat(accept(token)).isSameAs(first);
        now = NOW.plusSeconds(3631);
        assertThat(refuse(token)).isEqualTo(
                Refusal.of(RefusalCode.TOKEN_EXPIRED, "the token expired 31 s ago"));
    }

    @Test
    void a_remembered_token_falls_with_the_key_that_signed_it() throws Exception {
        var token = token(claims());
        accept(token);
        issuer.jwks = FakeIssuer.keys(FakeIssuer.ec("e1")).encode();
        nanos.addAndGet(Duration.ofSeconds(31).toNanos());

        refuse(FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"new\"}", claims().encode(),
                FakeIssuer.RSA.getPrivate()));

        assertInvalid(token, "the token is signed with a key that its issuer does not publish");
    }

    @Test
    void answers_on_the_context_of_the_caller() throws Exception {
        var claims = claims().encode();
        nanos.addAndGet(Duration.ofSeconds(31).toNanos());
        issuer.jwks = FakeIssuer.keys(FakeIssuer.rsa("r2", FakeIssuer.RSA)).encode();
        var token = FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"r2\"}", claims,
                FakeIssuer.RSA.getPrivate());
        var context = vertx.getOrCreateContext();
        var seen = new java.util.concurrent.CompletableFuture<Boolean>();

        context.runOnContext(go -> verifier.verify(token)
                .onComplete(done -> seen.complete(
                        done.succeeded() && vertx.getOrCreateContext() == context)));

        assertThat(seen.get(5, TimeUnit.SECONDS)).isTrue();
    }

    // --- S1, S2: unsigned

    @Test
    void s1_refuses_alg_none_in_every_form() {
        var none = FakeIssuer.base64("{\"alg\":\"none\",\"kid\":\"r1\"}");
        var claims = FakeIssuer.base64(claims().encode());

        assertInvalid(none + "." + claims + ".", "the token is not signed");
        assertInvalid(none + "." + claims,
                "the token does not have the three parts of a signed token (JWS)");
        assertInvalid(none + "." + claims + ".AAAA",
                "the token's algorithm is not one of RS256, ES256, EdDSA");
        assertInvalid(FakeIssuer.base64("{\"alg\":\"nOnE\",\"kid\":\"r1\"}") + "." + claims
                + ".AAAA", "the token's algorithm is not one of RS256, ES256, EdDSA");
        assertInvalid(FakeIssuer.base64(RS) + "." + claims + ".", "the token is not signed");
        assertInvalid(FakeIssuer.base64(RS) + "." + claims + ".AAAA",
                "the token's signature does not match");
    }

    @Test
    void s2_the_library_alone_accepts_an_unsigned_token_when_it_has_no_key() {
        // The reason for half of this class: what happens to whoever trusts the library.
        var naive = JWTAuth.create(vertx, new JWTAuthOptions()
                .addJwk(new JsonObject().put("kty", "XYZ").put("kid", "x"))
                .setJWTOptions(new JWTOptions().setIgnoreExpiration(true)));
        var unsigned = FakeIssuer.base64("{\"alg\":\"none\"}") + "."
                + FakeIssuer.base64(claims().encode());

        assertThat(naive.authenticate(new TokenCredentials(unsigned)).succeeded()).isTrue();
        assertInvalid(unsigned, "the token does not have the three parts of a signed token (JWS)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"keys\":[]}", "{}", "[]", "nonsense", "",
            "{\"keys\":[{\"kty\":\"XYZ\",\"kid\":\"x\"}]}",
            "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"r1\",\"k\":\"c2VjcmV0\"}]}",
            "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r1\",\"n\":\"%%%\",\"e\":\"AQAB\"},7,null]}"})
    void s2_a_key_set_without_usable_keys_never_replaces_a_good_one(String jwks) throws Exception {
        issuer.jwks = jwks;
        nanos.addAndGet(Duration.ofSeconds(31).toNanos());

        refuse(FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"new\"}", claims().encode(),
                FakeIssuer.RSA.getPrivate()));

        assertThat(issuer.keyRequests).hasValue(2);
        assertThat(accept(token(claims())).partner()).isEqualTo("acme");
        assertInvalid(
                FakeIssuer.base64("{\"alg\":\"none\"}") + "."
                        + FakeIssuer.base64(claims().encode()),
                "the token does not have the three parts of a signed token (JWS)");
    }

    @Test
    void s2_without_any_key_the_gateway_is_not_ready_and_accepts_nothing() throws Exception {
        issuer.jwks = "{\"keys\":[]}";
        try (var cold = open(Identity
                .of(List.of(new Issuer(issuer.url(), Optional.empty(), Optional.empty()))))) {
            assertThat(cold.isReady()).isFalse();
            assertThat(cold.issuersWithoutKeys()).containsExactly(issuer.url());
            assertThat(refuse(cold, token(claims())).code())
                    .isEqualTo(RefusalCode.UPSTREAM_UNAVAILABLE);
            assertThat(refuse(cold, FakeIssuer.base64("{\"alg\":\"none\"}") + "."
                    + FakeIssuer.base64(claims().encode())).code())
                    .isEqualTo(RefusalCode.TOKEN_INVALID);
        }
    }

    @Test
    void t2_the_library_alone_accepts_or_throws_where_we_refuse() throws Exception {
        var naive = JWTAuth.create(vertx, new JWTAuthOptions()
                .addJwk(FakeIssuer.rsa("r1", FakeIssuer.RSA)).addJwk(FakeIssuer.ec("e1")));
        var key = FakeIssuer.RSA.getPrivate();
        var future = Instant.now().getEpochSecond() + 600;
        var ecSigned = FakeIssuer.base64("{\"alg\":\"ES256\",\"kid\":\"e1\"}") + "."
                + FakeIssuer.base64("{\"exp\":" + future + "}");

        for (var accepted : List.of(FakeIssuer.sign(RS, "{\"sub\":\"no exp\"}", key),
                FakeIssuer.sign(RS, "{\"exp\":1e300}", key),
                FakeIssuer.sign(
                        "{\"alg\":\"RS256\",\"kid\":\"r1\",\"crit\":[\"x\"],\"typ\":\"logout+jwt\"}",
                        "{\"exp\":1,\"exp\":" + future + "}", key),
                ecSigned + "." + FakeIssuer.base64(asn1(ecSigned)))) {
            assertThat(naive.authenticate(new TokenCredentials(accepted)).succeeded())
                    .as(accepted).isTrue();
            assertThat(refuse(accepted).code()).isEqualTo(RefusalCode.TOKEN_INVALID);
        }
        for (var claims : List.of("{\"exp\":\"text\"}", "{\"exp\":null}")) {
            var throwing = FakeIssuer.sign(RS, claims, key);
            assertThatThrownBy(() -> naive.authenticate(new TokenCredentials(throwing)))
                    .isInstanceOf(RuntimeException.class);
            assertThat(refuse(throwing).code()).isEqualTo(RefusalCode.TOKEN_INVALID);
        }
    }

    // --- S3: key confusion

    @Test
    void s3_refuses_hs256_signed_with_the_public_key() throws Exception {
        var der = FakeIssuer.RSA.getPublic().getEncoded();
        var pem = "-----BEGIN PUBLIC KEY-----\n"
                + java.util.Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(der)
                + "\n-----END PUBLIC KEY-----\n";
        for (var secret : List.of(der, pem.getBytes(StandardCharsets.UTF_8),
                FakeIssuer.rsa("r1", FakeIssuer.RSA).encode().getBytes(StandardCharsets.UTF_8))) {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            var signed = FakeIssuer.base64("{\"alg\":\"HS256\",\"kid\":\"r1\"}") + "."
                    + FakeIssuer.base64(claims().encode());

            assertInvalid(
                    signed + "." + FakeIssuer
                            .base64(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII))),
                    "the token's algorithm is not one of RS256, ES256, EdDSA");
        }
    }

    @Test
    void s3_refuses_an_algorithm_that_is_not_the_one_of_the_key() {
        var token = FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"e1\"}", claims().encode(),
                FakeIssuer.RSA.getPrivate());

        assertInvalid(token, "the token's algorithm is not the one of its key");
    }

    @Test
    void s3_refuses_a_signature_by_another_key_or_over_other_claims() {
        assertInvalid(FakeIssuer.sign(RS, claims().encode(), FakeIssuer.OTHER_RSA.getPrivate()),
                "the token's signature does not match");
        var parts = token(claims()).split("\\.");
        assertInvalid(
                parts[0] + "." + FakeIssuer.base64(claims().put("sub", "root").encode()) + "."
                        + parts[2],
                "the token's signature does not match");
    }

    // --- S4, S11: key ids

    @ParameterizedTest
    @ValueSource(strings = {"../../dev/null", "' OR 1=1", "http://127.0.0.1:1/x", "unknown"})
    void s4_an_unknown_key_id_is_only_compared(String kid) {
        var header = new JsonObject().put("alg", "RS256").put("kid", kid).encode();

        assertInvalid(FakeIssuer.sign(header, claims().encode(), FakeIssuer.RSA.getPrivate()),
                "the token is signed with a key that its issuer does not publish");
        assertThat(issuer.keyRequests).hasValue(1);
    }

    @Test
    void s4_refuses_a_key_id_that_is_long_missing_or_no_text() {
        var key = FakeIssuer.RSA.getPrivate();
        assertInvalid(
                FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"" + "k".repeat(257) + "\"}",
                        claims().encode(), key),
                "the token's 'kid' is longer than 256 characters");
        for (var header : List.of("{\"alg\":\"RS256\"}", "{\"alg\":\"RS256\",\"kid\":7}",
                "{\"alg\":\"RS256\",\"kid\":\"\"}")) {
            assertInvalid(FakeIssuer.sign(header, claims().encode(), key),
                    "the token's header has no 'kid', so its key cannot be told");
        }
    }

    @Test
    void s11_a_flood_of_unknown_key_ids_causes_one_fetch_in_30_seconds() throws Exception {
        nanos.addAndGet(Duration.ofSeconds(31).toNanos());
        var answers = new ArrayList<io.vertx.core.Future<Caller>>();
        for (int i = 0; i < 3000; i++) {
            answers.add(verifier.verify(
                    FakeIssuer.base64("{\"alg\":\"RS256\",\"kid\":\"k" + i + "\"}") + "."
                            + FakeIssuer.base64(claims().encode()) + ".AAAA"));
        }
        for (var answer : answers) {
            assertThatThrownBy(() -> answer.toCompletionStage().toCompletableFuture().get(5,
                    TimeUnit.SECONDS)).hasCauseInstanceOf(Refusal.Thrown.class);
        }
        assertThat(issuer.keyRequests).hasValue(2);

        nanos.addAndGet(Duration.ofSeconds(29).toNanos());
        refuse(FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"z\"}", claims().encode(),
                FakeIssuer.RSA.getPrivate()));
        assertThat(issuer.keyRequests).hasValue(2);
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        refuse(FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"z\"}", claims().encode(),
                FakeIssuer.RSA.getPrivate()));
        assertThat(issuer.keyRequests).hasValue(3);
    }

    @Test
    void p15_a_rotated_key_is_found_at_its_first_use() throws Exception {
        issuer.jwks = FakeIssuer.keys(FakeIssuer.rsa("r2", FakeIssuer.OTHER_RSA)).encode();
        nanos.addAndGet(Duration.ofSeconds(31).toNanos());

        var caller = accept(FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"r2\"}",
                claims().encode(), FakeIssuer.OTHER_RSA.getPrivate()));

        assertThat(caller.partner()).isEqualTo("acme");
    }

    @Test
    void p15_known_keys_stay_valid_for_24_hours_of_outage_and_no_longer() throws Exception {
        issuer.onKeys = request -> request.connection().close();
        nanos.addAndGet(Duration.ofHours(24).toNanos());
        refuse(FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"z\"}", claims().encode(),
                FakeIssuer.RSA.getPrivate()));

        assertThat(accept(token(claims())).partner()).isEqualTo("acme");

        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        assertThat(verifier.isReady()).isFalse();
        assertThat(refuse(token(claims())).code()).isEqualTo(RefusalCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void p15_an_issuer_that_comes_up_late_is_asked_again_by_itself() throws Exception {
        var good = issuer.onKeys;
        var asked = new java.util.concurrent.CountDownLatch(1);
        issuer.onKeys = request -> {
            issuer.onKeys = again -> {
                good.accept(again);
                asked.countDown();
            };
            request.response().setStatusCode(503).end();
        };
        try (var cold = open(Identity
                .of(List.of(new Issuer(issuer.url(), Optional.empty(), Optional.empty()))))) {
            assertThat(cold.isReady()).isFalse();
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();

            assertThat(cold.verify(token(claims())).toCompletionStage().toCompletableFuture()
                    .get(5, TimeUnit.SECONDS).partner()).isEqualTo("acme");
        }
    }

    @Test
    void a_key_set_of_more_than_a_mebibyte_is_not_read() throws Exception {
        issuer.onKeys = request -> {
            var response = request.response().setChunked(true);
            response.write(Buffer.buffer(issuer.jwks));
            response.end(Buffer.buffer(" ".repeat(1 << 20)));
        };
        try (var cold = open(Identity
                .of(List.of(new Issuer(issuer.url(), Optional.empty(), Optional.empty()))))) {
            assertThat(cold.isReady()).isFalse();
        }
    }

    @Test
    void a_redirect_is_not_followed_and_an_error_is_not_read() throws Exception {
        for (int status : new int[]{302, 500, 204}) {
            issuer.onKeys = request -> request.response().setStatusCode(status)
                    .putHeader("location", issuer.url() + "/elsewhere").end();
            try (var cold = open(Identity
                    .of(List.of(new Issuer(issuer.url(), Optional.empty(), Optional.empty()))))) {
                assertThat(cold.isReady()).isFalse();
            }
        }
    }

    @Test
    void a_configuration_of_another_issuer_is_not_believed() throws Exception {
        issuer.claimedIssuer = "https://evil.example.com";
        try (var cold = open(Identity
                .of(List.of(new Issuer(issuer.url(), Optional.empty(), Optional.empty()))))) {
            assertThat(cold.isReady()).isFalse();
        }
    }

    @Test
    void an_explicit_jwks_uri_needs_no_discovery() throws Exception {
        int before = issuer.discoveries.get();
        try (var direct = open(Identity.of(List.of(new Issuer(issuer.url(), Optional.empty(),
                Optional.of(issuer.url() + "/certs")))))) {
            assertThat(direct.isReady()).isTrue();
        }
        assertThat(issuer.discoveries).hasValue(before);
    }

    // --- S5: keys from the token

    @Test
    void s5_key_addresses_in_the_header_are_never_followed() throws Exception {
        try (var attacker = new FakeIssuer(vertx)) {
            for (var member : List.of("jku", "x5u")) {
                var header = new JsonObject().put("alg", "RS256").put("kid", "evil").put(member,
                        attacker.url() + "/certs").encode();
                assertInvalid(
                        FakeIssuer.sign(header, claims().encode(),
                                FakeIssuer.OTHER_RSA.getPrivate()),
                        "the token is signed with a key that its issuer does not publish");
            }
            assertThat(attacker.keyRequests).hasValue(0);
        }
    }

    @Test
    void s5_an_embedded_key_is_ignored() {
        var header = new JsonObject().put("alg", "RS256").put("kid", "r1")
                .put("jwk", FakeIssuer.rsa("r1", FakeIssuer.OTHER_RSA))
                .put("x5c", new JsonArray().add("AAAA")).encode();

        assertInvalid(
                FakeIssuer.sign(header, claims().encode(), FakeIssuer.OTHER_RSA.getPrivate()),
                "the token's signature does not match");
    }

    // --- S6: exp

    @Test
    void s6_refuses_a_token_without_exp() {
        var claims = claims();
        claims.remove("exp");

        assertInvalid(token(claims),
                "the token has no 'exp'; tokens that never end are not accepted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"9e9\"", "\"1999999999\"", "1e300", "-1", "1e9", "1.5",
            "true", "[1]", "{}", "99999999999999999999999", "253402300800"})
    void s6_refuses_an_exp_that_is_no_sane_whole_number(String exp) {
        var claims = claims();
        claims.remove("exp");
        var text = claims.encode().replaceFirst("\\{", "{\"exp\":" + exp + ",");

        assertInvalid(FakeIssuer.sign(RS, text, FakeIssuer.RSA.getPrivate()),
                "the token's 'exp' is not a whole number of seconds since 1970");
    }

    @Test
    void s6_refuses_a_token_that_lives_too_long_whatever_its_iat_says() throws Exception {
        var day = Duration.ofHours(24).toSeconds();
        var at = NOW.getEpochSecond();

        accept(token(claims().put("iat", at).put("exp", at + day)));
        assertInvalid(token(claims().put("iat", at).put("exp", at + day + 31)),
                "the token lives longer than the PT24H that are accepted");
        assertInvalid(token(claims().put("iat", at - day).put("exp", at + 60)),
                "the token lives longer than the PT24H that are accepted");
        var withoutIat = claims().put("exp", at + day + 61);
        withoutIat.remove("iat");
        assertInvalid(token(withoutIat), "the token lives longer than the PT24H that are accepted");
    }

    // --- S7: iss and aud

    @Test
    void s7_refuses_an_audience_that_is_not_exactly_ours() throws Exception {
        for (Object aud : new Object[]{"tidegate2", "Tidegate", "tide", "", "tidegate ",
                new JsonArray(), new JsonArray().add("other"), new JsonArray().add("xtidegatex")}) {
            assertInvalid(token(claims().put("aud", aud)),
                    "the token's audience is not 'tidegate'");
        }
        var none = claims();
        none.remove("aud");
        assertInvalid(token(none), "the token's audience is not 'tidegate'");
        accept(token(claims().put("aud", new JsonArray().add("other").add("tidegate"))));
    }

    @Test
    void s7_refuses_an_audience_that_is_no_text_without_failing() {
        for (Object aud : new Object[]{new JsonArray().add(new JsonArray().add("tidegate")),
                new JsonArray().add("tidegate").add(5), new JsonObject().put("a", "tidegate")}) {
            assertInvalid(token(claims().put("aud", aud)),
                    "the token's 'aud' is not a text or a list of texts");
        }
        assertInvalid(token(claims().put("aud", 5)), "the token's audience is not 'tidegate'");
        assertInvalid(token(claims().putNull("aud")), "the token's audience is not 'tidegate'");
    }

    @Test
    void s7_refuses_an_issuer_that_is_not_exactly_the_configured_one() {
        for (var iss : List.of(issuer.url() + "/", issuer.url().toUpperCase(java.util.Locale.ROOT),
                "https://evil.example.com", issuer.url() + ".evil", " " + issuer.url())) {
            assertInvalid(token(claims().put("iss", iss)),
                    "the token's issuer is not one this gateway trusts");
        }
        for (Object iss : new Object[]{5, "", new JsonArray().add(issuer.url())}) {
            assertInvalid(token(claims().put("iss", iss)),
                    "the token has no 'iss', or it is not a text");
        }
    }

    // --- S8: time

    @Test
    void s8_a_token_is_good_for_29_seconds_after_exp_and_not_for_31() throws Exception {
        var at = NOW.getEpochSecond();

        var late = accept(token(claims().put("exp", at - 29)));
        assertThat(late.expiresAt()).isEqualTo(NOW.plusSeconds(1));
        assertThat(refuse(token(claims().put("iat", at - 60).put("exp", at - 31)))).isEqualTo(
                Refusal.of(RefusalCode.TOKEN_EXPIRED, "the token expired 31 s ago"));
    }

    @Test
    void s8_refuses_nbf_and_iat_in_the_future_beyond_the_leeway() throws Exception {
        var at = NOW.getEpochSecond();

        accept(token(claims().put("nbf", at + 29)));
        accept(token(claims().put("iat", at + 29)));
        assertInvalid(token(claims().put("nbf", at + 31)),
                "the token is not valid yet: its time comes in 31 s");
        assertInvalid(token(claims().put("iat", at + 31)),
                "the token was issued in the future: its time comes in 31 s");
        assertInvalid(token(claims().put("nbf", "soon")),
                "the token's 'nbf' is not a whole number of seconds since 1970");
        assertInvalid(token(claims().putNull("iat")),
                "the token's 'iat' is not a whole number of seconds since 1970");
    }

    // --- S9: other kinds

    @Test
    void s9_refuses_critical_extensions_compression_and_nesting() {
        for (var extra : List.of("\"crit\":[\"x\"]", "\"crit\":[]", "\"zip\":\"DEF\"",
                "\"cty\":\"JWT\"", "\"b64\":false")) {
            var member = extra.substring(1, extra.indexOf('"', 1));
            assertInvalid(
                    FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"r1\"," + extra + "}",
                            claims().encode(), FakeIssuer.RSA.getPrivate()),
                    "the token's header has '" + member + "', which is not supported");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"logout+jwt\"", "\"secevent+jwt\"", "\"dpop+jwt\"", "\"JWE\"", "7",
            "null", "\"\""})
    void s9_refuses_a_token_of_another_type(String typ) {
        assertInvalid(
                FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"r1\",\"typ\":" + typ + "}",
                        claims().encode(), FakeIssuer.RSA.getPrivate()),
                "the token is of another kind; the header's 'typ' must be 'JWT' or 'at+jwt'");
    }

    @Test
    void s9_refuses_id_refresh_and_logout_tokens_of_the_same_issuer() {
        for (var claims : List.of(claims().put("typ", "ID"), claims().put("typ", "Refresh"),
                claims().put("at_hash", "x"), claims().put("events", new JsonObject()))) {
            assertInvalid(token(claims),
                    "the token is of another kind; an access token is expected");
        }
    }

    @Test
    void s9_refuses_an_encrypted_token() {
        assertInvalid("a.b.c.d.e", "the token is encrypted; a signed token (JWS) is expected");
    }

    // --- S10: malformed and weak

    @Test
    void s10_refuses_duplicate_members() {
        var key = FakeIssuer.RSA.getPrivate();
        var duplicate = claims().encode().replaceFirst("\\{", "{\"sub\":\"root\",");

        assertInvalid(FakeIssuer.sign(RS, duplicate, key),
                "the token's claim set is not well-formed JSON, or names the same member twice");
        assertInvalid(
                FakeIssuer.sign("{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"r1\"}",
                        claims().encode(), key),
                "the token's header is not well-formed JSON, or names the same member twice");
    }

    @Test
    void s10_refuses_deep_json_huge_tokens_and_bad_text() {
        var key = FakeIssuer.RSA.getPrivate();
        var deep = claims().put("x", "X").encode().replace("\"X\"",
                "[".repeat(2000) + "]".repeat(2000));

        assertInvalid(FakeIssuer.sign(RS, deep, key),
                "the token's claim set is not well-formed JSON, or names the same member twice");
        assertInvalid("a".repeat(1_000_000), "the token is longer than 8192 characters");
        assertInvalid(
                FakeIssuer.signBytes(RS.getBytes(StandardCharsets.UTF_8),
                        new byte[]{'{', (byte) 0xff, '}'}, key),
                "the token's claim set is not UTF-8");
        assertInvalid(FakeIssuer.sign(RS, claims().encode() + "{}", key),
                "the token's claim set is not well-formed JSON, or names the same member twice");
        assertInvalid(FakeIssuer.sign(RS, "[]", key), "the token's claim set is not a JSON object");
        assertInvalid("a!b.c.d", "the token's header is not base64url");
        assertInvalid("a.b.c", "the token's header is not base64url");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t"})
    void a_missing_token_is_said_to_be_missing(String none) {
        assertThat(refuse(none).code()).isEqualTo(RefusalCode.TOKEN_MISSING);
    }

    @Test
    void s10_a_weak_rsa_key_is_not_used() throws Exception {
        issuer.jwks = FakeIssuer.keys(FakeIssuer.rsa("weak", FakeIssuer.WEAK_RSA),
                FakeIssuer.rsa("r1", FakeIssuer.RSA)).encode();
        try (var fresh = open(Identity
                .of(List.of(new Issuer(issuer.url(), Optional.empty(), Optional.empty()))))) {
            assertThat(refuse(fresh,
                    FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"weak\"}", claims().encode(),
                            FakeIssuer.WEAK_RSA.getPrivate()))
                    .detail())
                    .isEqualTo("the token is signed with a key that its issuer does not publish");
        }
    }

    @Test
    void s10_refuses_an_ecdsa_signature_of_zeros_and_one_in_asn1() throws Exception {
        var signed = FakeIssuer.base64("{\"alg\":\"ES256\",\"kid\":\"e1\"}") + "."
                + FakeIssuer.base64(claims().encode());

        assertInvalid(signed + "." + FakeIssuer.base64(new byte[64]),
                "the token's signature does not match");
        assertInvalid(signed + "." + FakeIssuer.base64(asn1(signed)),
                "the token's signature does not match");
        assertInvalid(signed + "." + FakeIssuer.base64(new byte[65]),
                "the token's signature does not match");
    }

    private static byte[] asn1(String signed) throws GeneralSecurityException {
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(FakeIssuer.EC.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signature.sign();
    }

    @Test
    void keys_for_encryption_or_another_algorithm_are_not_used() throws Exception {
        for (var key : List.of(FakeIssuer.rsa("r1", FakeIssuer.RSA).put("use", "enc"),
                FakeIssuer.rsa("r1", FakeIssuer.RSA).put("alg", "PS256"),
                FakeIssuer.rsa("r1", FakeIssuer.RSA).put("key_ops", new JsonArray().add("sign")),
                FakeIssuer.ec("r1").put("crv", "secp256k1"),
                FakeIssuer.ed("r1").put("crv", "Ed448"))) {
            issuer.jwks = FakeIssuer.keys(key).encode();
            try (var fresh = open(Identity
                    .of(List.of(new Issuer(issuer.url(), Optional.empty(), Optional.empty()))))) {
                assertThat(fresh.isReady()).as(key.encode()).isFalse();
            }
        }
    }

    @Test
    void no_refusal_repeats_anything_of_the_token() {
        var secret = "s3cr3t-" + "x".repeat(20);
        var key = FakeIssuer.RSA.getPrivate();
        for (var token : List.of(secret, secret + ".b.c",
                FakeIssuer.sign("{\"alg\":\"" + secret + "\"}", "{}", key),
                FakeIssuer.sign("{\"alg\":\"RS256\",\"kid\":\"" + secret + "\"}",
                        claims().encode(), key),
                token(claims().put("iss", secret)), token(claims().put("aud", secret)),
                token(claims().put("exp", secret)))) {
            assertThat(refuse(token).detail()).doesNotContain("s3cr3t");
        }
    }
}

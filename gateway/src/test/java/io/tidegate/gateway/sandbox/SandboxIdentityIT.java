package io.tidegate.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SandboxIdentityIT {
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private SandboxIdentity identity;

    @BeforeEach
    void start() throws Exception {
        identity = SandboxIdentity.start(vertx, 0, Clock.systemUTC()).toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(value = SandboxIdentity.Algorithm.class, names = {"RS256", "ES256"})
    void signs_tokens_that_a_stock_verifier_accepts_with_the_published_keys(
            SandboxIdentity.Algorithm algorithm)
            throws Exception {
        var keys = new JsonObject(get("/jwks").body()).getJsonArray("keys").stream()
                .map(JsonObject.class::cast)
                .filter(key -> !key.getString("kty").equals("OKP")).toList();
        var verifier = JWTAuth.create(vertx, new JWTAuthOptions().setJwks(keys)
                .setJWTOptions(
                        new JWTOptions().setIssuer(identity.issuer()).addAudience("tidegate")));

        var user = verifier.authenticate(new TokenCredentials(
                identity.token(algorithm, List.of("a:read", "b:read"), Map.of("tier", "1"),
                        Duration.ofMinutes(5))))
                .toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);

        assertThat(user.principal().getString("scope")).isEqualTo("a:read b:read");
        assertThat(user.principal().getString("tier")).isEqualTo("1");
    }

    @Test
    void signs_with_ed25519_under_the_published_key() throws Exception {
        String token = identity.token(SandboxIdentity.Algorithm.EDDSA, List.of(), Map.of(),
                Duration.ofMinutes(5));

        var jwk = new JsonObject(get("/jwks").body()).getJsonArray("keys").stream()
                .map(JsonObject.class::cast)
                .filter(key -> key.getString("kty").equals("OKP")).findFirst().orElseThrow();
        byte[] prefix = java.util.HexFormat.of().parseHex("302a300506032b6570032100");
        byte[] encoded = java.nio.ByteBuffer.allocate(44).put(prefix)
                .put(Base64.getUrlDecoder().decode(jwk.getString("x"))).array();
        var verifier = java.security.Signature.getInstance("Ed25519");
        verifier.initVerify(java.security.KeyFactory.getInstance("Ed25519")
                .generatePublic(new java.security.spec.X509EncodedKeySpec(encoded)));
        verifier.update(
                token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
        assertThat(verifier
                .verify(Base64.getUrlDecoder().decode(token.substring(token.lastIndexOf('.') + 1))))
                .isTrue();
    }

    @Test
    void gives_the_client_what_its_form_asks_for() throws Exception {
        var answer = post(
                "grant_type=client_credentials&client_id=acme&client_secret=x&scope=shipments%3Aread"
                        + "&claim.carrier_id=nordfast&lifetime=60&alg=ES256");

        assertThat(answer.statusCode()).isEqualTo(200);
        var body = new JsonObject(answer.body());
        assertThat(body.getInteger("expires_in")).isEqualTo(60);
        String[] parts = body.getString("access_token").split("\\.");
        var header = new JsonObject(
                new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8));
        var claims = new JsonObject(
                new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
        assertThat(header.getMap()).containsEntry("alg", "ES256").containsEntry("typ", "at+jwt");
        assertThat(claims.getMap()).containsEntry("iss", identity.issuer())
                .containsEntry("aud", "tidegate")
                .containsEntry("sub", "acme").containsEntry("client_id", "acme")
                .containsEntry("scope", "shipments:read").containsEntry("carrier_id", "nordfast")
                .containsKeys("iat", "jti");
        assertThat(claims.getLong("exp") - claims.getLong("iat")).isEqualTo(60);
    }

    @Test
    void refuses_a_lifetime_beyond_twelve_hours() throws Exception {
        var answer = post("grant_type=client_credentials&lifetime=43201");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("error_description"))
                .isEqualTo("lifetime must be 1 to 43200 seconds");
    }

    @Test
    void is_found_by_discovery() throws Exception {
        var document = new JsonObject(get("/.well-known/openid-configuration").body());

        assertThat(document.getString("issuer")).isEqualTo(identity.issuer());
        assertThat(document.getString("jwks_uri")).isEqualTo(identity.issuer() + "/jwks");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(identity.issuer() + path)).build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String form) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(identity.issuer() + "/token"))
                .header("content-type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form))
                .build(), BodyHandlers.ofString());
    }
}

package io.tidegate.gateway.portal;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.access.TokenVerifier;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.FeedListener;
import io.tidegate.gateway.feed.KafkaCluster;
import io.tidegate.gateway.graphql.GraphQlEngine;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.http.Gatekeeper;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Plans;
import io.tidegate.gateway.telemetry.Telemetry;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.WriterSchemas;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A portal on loopback with products made by hand and an identity provider of its own. No stream runs. */
final class House implements AutoCloseable {
    static final String SHIPMENTS = """
            domain: logistics
            product: shipment-events
            version: "2.1"
            owner: logistics-data@example.com
            description: "Every change of a shipment's status. <script>alert(1)</script>"
            tags: [shipping, events]
            sla: {freshness: 30s, availability: 99.9%, retention: 30d}
            schema: {type: avro}
            fields:
              - {name: shipment_id, type: string, required: true, description: "Which <b>shipment</b>."}
              - {name: status, type: enum, values: [created, in_transit, delivered, returned], description: Where it stands.}
              - {name: carrier_id, type: string}
              - {name: weight_kg, type: decimal, precision: 9, scale: 3}
              - {name: recipient_email, type: string, pii: true, description: Whom to tell.}
              - {name: driver_note, type: string}
              - {name: updated_at, type: timestamp, required: true, description: "ISO 8601, always UTC"}
            stream: {topics: [logistics.shipment.v2.status-changed], key: [shipment_id], eventTime: updated_at}
            view: {history: 30d}
            quality: authoritative
            access:
              - scope: "shipments:internal"
                open: [recipient_email]
                plan: gold
              - scope: "shipments:read"
                mask: {recipient_email: hash, driver_note: hide}
                plan: free
            """;
    static final String READINGS = """
            domain: energy
            product: meter-readings
            version: "1.0"
            owner: grid@example.com
            status: deprecated
            sunset: 2030-01-31
            successor: energy/meter-readings/v2
            description: What meters say, four times an hour.
            schema: {type: json}
            fields:
              - {name: meter, type: string}
              - {name: kwh, type: double}
              - {name: customer, type: string, pii: true}
            stream: {topics: [energy.meter.v1.read]}
            view: none
            """;
    private static final KeyPair KEYS = keys();

    final Vertx vertx = Vertx.vertx();
    private final HttpServer issuer;
    private final HttpServer server;
    private final TokenVerifier verifier;

    /**
     * @param port
     *            0 = any
     * @param others
     *            adds routes of other rooms, before the portal's
     */
    House(boolean isPublic, boolean hasExtras, int port, String publicUrl, Consumer<Router> others,
            String... contracts) throws Exception {
        var jwks = new JsonObject().put("keys", new JsonArray().add(jwk())).encode();
        issuer = vertx.createHttpServer().requestHandler(request -> {
            var discovery = new JsonObject().put("issuer", issuerUrl(request.localAddress().port()))
                    .put("jwks_uri", issuerUrl(request.localAddress().port()) + "/certs");
            request.response().end(request.path().equals("/certs") ? jwks : discovery.encode());
        }).listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().get();
        var clock = Clock.systemUTC();
        verifier = new TokenVerifier(vertx, Identity.of(List.of(
                new Identity.Issuer(issuerUrl(issuer.actualPort()), Optional.of("tidegate"),
                        Optional.empty()))),
                clock, System::nanoTime);
        verifier.start().toCompletionStage().toCompletableFuture().get();
        var catalog = new Catalog(Arrays.stream(contracts).map(House::live).toList());
        var plans = Plans.of(List.of(Plan.GOLD, Plan.FREE));
        var gatekeeper = new Gatekeeper(verifier, new Limits(System::nanoTime), () -> plans,
                new Telemetry(), () -> catalog, clock,
                publicUrl);
        var engine = new GraphQlEngine(() -> catalog, new Masker(new byte[32]),
                GraphQlLimits.DEFAULT, clock);
        var portal = new Portal(vertx, gatekeeper, () -> catalog, engine,
                new PortalOptions(isPublic, List.of(issuerUrl(issuer.actualPort())),
                        hasExtras ? Optional.of(() -> token("shipments:read")) : Optional.empty(),
                        hasExtras));
        var router = Router.router(vertx);
        others.accept(router);
        portal.mount(router);
        router.route().last().handler(portal::notFound);
        server = vertx.createHttpServer().requestHandler(router).listen(port, "127.0.0.1")
                .toCompletionStage().toCompletableFuture().get();
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    String token(String scope) {
        long now = Clock.systemUTC().instant().getEpochSecond();
        return sign("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"r1\"}",
                new JsonObject().put("iss", issuerUrl(issuer.actualPort())).put("sub", "anna")
                        .put("client_id", "partner-anna").put("aud", "tidegate").put("iat", now)
                        .put("exp", now + 3600).put("scope", scope).encode());
    }

    @Override
    public void close() throws Exception {
        verifier.close();
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    private static LiveProduct live(String contract) {
        var read = ContractReader.read("contract.yaml", contract);
        var product = read.product()
                .orElseThrow(() -> new IllegalArgumentException(read.problems().toString()));
        var resolution = ProductSchemas.resolve(product, path -> {
            throw new IOException("no files");
        }, RegistryLookup.none(), WriterSchemas.none());
        var schema = resolution.schema()
                .orElseThrow(() -> new IllegalArgumentException(resolution.problems().toString()));
        var feed = new Feed(schema,
                new KafkaCluster("default", Map.of("bootstrap.servers", "127.0.0.1:1")),
                new Cursors(new byte[32]), new FeedBounds(16, 1 << 20, 0), FeedListener.NONE);
        return new LiveProduct(schema, ProductApi.of(schema), AccessRules.of(schema), feed,
                Optional.empty(), new io.tidegate.gateway.quality.Quality(schema));
    }

    private static String issuerUrl(int port) {
        return "http://127.0.0.1:" + port;
    }

    private static String sign(String header, String claims) {
        var signed = base64(header.getBytes(StandardCharsets.UTF_8)) + "."
                + base64(claims.getBytes(StandardCharsets.UTF_8));
        try {
            var signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(KEYS.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonObject jwk() {
        var key = (RSAPublicKey) KEYS.getPublic();
        var modulus = key.getModulus().toByteArray();
        return new JsonObject().put("kty", "RSA").put("kid", "r1").put("use", "sig")
                .put("alg", "RS256")
                .put("n", base64(modulus[0] == 0
                        ? Arrays.copyOfRange(modulus, 1, modulus.length)
                        : modulus))
                .put("e", base64(key.getPublicExponent().toByteArray()));
    }

    private static KeyPair keys() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}

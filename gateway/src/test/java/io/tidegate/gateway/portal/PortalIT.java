package io.tidegate.gateway.portal;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.parser.Parser;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import graphql.validation.Validator;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PortalIT {
    private static final String PUBLIC_URL = "https://data.example.com";
    private static final String PRODUCT = "/catalog/logistics/shipment-events/v2";
    private static House open;
    private static House closed;
    private static HttpClient http;

    @BeforeAll
    static void start() throws Exception {
        open = new House(true, true, 0, PUBLIC_URL, router -> {
        }, House.SHIPMENTS, House.READINGS);
        closed = new House(false, false, 0, PUBLIC_URL, router -> {
        }, House.SHIPMENTS, House.READINGS);
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() throws Exception {
        http.close();
        open.close();
        closed.close();
    }

    @Test
    void lists_everything_without_a_token_where_the_catalog_is_public() throws Exception {
        var answer = get(open, "/catalog");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(ids(answer)).containsExactly("energy/meter-readings/v1",
                "logistics/shipment-events/v2");
    }

    @Test
    void asks_for_a_token_where_the_catalog_is_not_public() throws Exception {
        for (var path : List.of("/catalog", PRODUCT, "/asyncapi", "/asyncapi.yaml",
                "/asyncapi/logistics/shipment-events/v2.json", "/graphql/schema.graphql")) {
            var answer = get(closed, path);

            assertThat(answer.statusCode()).as(path).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate")).as(path).hasValue(
                    "Bearer resource_metadata=\"https://data.example.com/.well-known/oauth-protected-resource\"");
        }
    }

    @Test
    void a_token_sees_what_it_opens_and_nothing_else() throws Exception {
        var answer = get(open, "/catalog", "Authorization",
                "Bearer " + open.token("energy.meter-readings:read"));

        assertThat(ids(answer)).containsExactly("energy/meter-readings/v1");
    }

    @Test
    void a_bad_token_is_refused_even_where_none_is_needed() throws Exception {
        assertThat(get(open, "/catalog", "Authorization", "Bearer nonsense").statusCode())
                .isEqualTo(401);
    }

    @Test
    void absent_and_not_granted_products_are_answered_alike() throws Exception {
        var token = "Bearer " + closed.token("energy.meter-readings:read");
        for (var document : List.of("/catalog/logistics/%s/v2",
                "/asyncapi/logistics/%s/v2.yaml")) {
            var hidden = get(closed, document.formatted("shipment-events"), "Authorization", token);
            var absent = get(closed, document.formatted("shipment-elephant"), "Authorization",
                    token);

            assertThat(hidden.statusCode()).isEqualTo(404);
            assertThat(hidden.body().replace("shipment-events", "shipment-elephant"))
                    .isEqualTo(absent.body());
        }
    }

    @Test
    void nobody_learns_of_personal_or_hidden_fields_without_a_grant() throws Exception {
        for (var path : List.of(PRODUCT, "/asyncapi/logistics/shipment-events/v2.yaml",
                "/asyncapi/logistics/shipment-events/v2.json", "/asyncapi.json")) {
            assertThat(get(open, path).body()).as(path).contains("shipment_id")
                    .doesNotContain("recipient_email", "driver_note", "customer\"");
        }
    }

    @Test
    void a_grant_shows_its_fields_with_their_masks() throws Exception {
        var masked = object(get(closed, PRODUCT, "Authorization",
                "Bearer " + closed.token("shipments:read")));
        var clear = object(get(closed, PRODUCT, "Authorization",
                "Bearer " + closed.token("shipments:internal")));

        assertThat(field(masked, "recipient_email").getString("mask")).isEqualTo("hash");
        assertThat(field(masked, "driver_note")).isNull();
        assertThat(masked.getJsonObject("access").getJsonArray("plans"))
                .isEqualTo(new JsonArray().add("free"));
        assertThat(field(clear, "recipient_email").containsKey("mask")).isFalse();
        assertThat(field(clear, "recipient_email").getBoolean("personal")).isTrue();
        assertThat(field(clear, "driver_note")).isNotNull();
    }

    @Test
    void describes_a_product_in_full() throws Exception {
        var product = object(get(open, PRODUCT));

        assertThat(product.getString("version")).isEqualTo("2.1");
        assertThat(product.getString("status")).isEqualTo("active");
        assertThat(product.getString("quality")).isEqualTo("authoritative");
        assertThat(product.getJsonArray("key")).isEqualTo(new JsonArray().add("shipment_id"));
        assertThat(product.getJsonObject("serviceLevels").getJsonObject("promised")
                .getString("freshness")).isEqualTo("30s");
        assertThat(product.getJsonObject("serviceLevels").getJsonObject("measured").isEmpty())
                .as("nothing has been measured, so nothing is claimed").isTrue();
        assertThat(product.getJsonObject("links"))
                .isEqualTo(new JsonObject().put("self", PUBLIC_URL + PRODUCT)
                        .put("stream", PUBLIC_URL + "/streams/logistics/shipment-events/v2")
                        .put("graphql", PUBLIC_URL + "/graphql")
                        .put("graphqlField", "logisticsShipmentEventsV2")
                        .put("asyncapi",
                                PUBLIC_URL + "/asyncapi/logistics/shipment-events/v2.yaml")
                        .put("data", PUBLIC_URL + "/data/logistics/shipment-events/v2"));
        assertThat(product.getJsonObject("access").getJsonArray("scopes"))
                .isEqualTo(new JsonArray().add("shipments:internal").add("shipments:read"));
    }

    @Test
    void says_when_a_product_ends_and_what_follows_it() throws Exception {
        var product = object(get(open, "/catalog/energy/meter-readings/v1"));

        assertThat(product.getString("status")).isEqualTo("deprecated");
        assertThat(product.getString("sunset")).isEqualTo("2030-01-31");
        assertThat(product.getString("successor")).isEqualTo("energy/meter-readings/v2");
        assertThat(product.getJsonObject("links").containsKey("data")).isFalse();
        assertThat(product.getJsonObject("calls").containsKey("query")).isFalse();
    }

    @Test
    void documents_that_are_shown_as_examples_are_valid() throws Exception {
        var token = "Bearer " + open.token("shipments:read energy.meter-readings:read");
        var sdl = get(open, "/graphql/schema.graphql", "Authorization", token);
        assertThat(sdl.headers().firstValue("Content-Type"))
                .hasValue("text/plain; charset=utf-8");
        var registry = new SchemaParser().parse(sdl.body());
        var schema = new SchemaGenerator().makeExecutableSchema(registry,
                RuntimeWiring.newRuntimeWiring().wiringFactory(
                        new graphql.schema.idl.MockedWiringFactory()).build());

        for (var path : List.of(PRODUCT, "/catalog/energy/meter-readings/v1")) {
            var calls = object(get(open, path, "Authorization", token)).getJsonObject("calls");
            for (var name : List.of("queryDocument", "subscriptionDocument")) {
                var text = calls.getString(name);
                if (text != null) {
                    assertThat(new Validator().validateDocument(schema,
                            new Parser().parseDocument(text), Locale.ENGLISH)).as(text).isEmpty();
                }
            }
        }
    }

    @Test
    void gives_linked_data_to_catalogs_that_harvest() throws Exception {
        var answer = get(open, "/catalog", "Accept", "application/ld+json");

        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/ld+json");
        assertThat(object(answer).getString("@type")).isEqualTo("dcat:Catalog");
        assertThat(object(answer).getJsonArray("dcat:dataset").getJsonObject(1)
                .getString("dct:identifier")).isEqualTo("logistics/shipment-events/v2");
    }

    @Test
    void serves_asyncapi_in_its_media_types_with_addresses_of_the_configuration() throws Exception {
        var path = "/asyncapi/logistics/shipment-events/v2";
        var yaml = get(open, path + ".yaml", "X-Forwarded-Host", "evil.example.com");
        var json = get(open, path + ".json", "Forwarded", "host=evil.example.com");

        assertThat(yaml.headers().firstValue("Content-Type"))
                .hasValue("application/vnd.aai.asyncapi+yaml;version=3.0.0");
        assertThat(yaml.body()).contains("data.example.com").doesNotContain("evil");
        assertThat(json.headers().firstValue("Content-Type"))
                .hasValue("application/vnd.aai.asyncapi+json;version=3.0.0");
        assertThat(object(json).getJsonObject("servers").getJsonObject("http").getString("host"))
                .isEqualTo("data.example.com");
        assertThat(json.body()).doesNotContain("evil", "127.0.0.1");
    }

    @Test
    void answers_304_to_who_has_the_document_already() throws Exception {
        var first = get(open, "/asyncapi.yaml");
        var tag = first.headers().firstValue("ETag").orElseThrow();

        var second = get(open, "/asyncapi.yaml", "If-None-Match", tag);

        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
        assertThat(first.headers().firstValue("Cache-Control")).hasValue("public, no-cache");
        assertThat(first.headers().firstValue("Vary")).hasValue("Authorization, Accept");
    }

    @Test
    void lists_its_documents_to_programs_and_leads_browsers_to_the_page() throws Exception {
        var index = object(get(open, "/asyncapi"));
        var browser = get(open, "/asyncapi", "Accept", "text/html,*/*;q=0.8");

        assertThat(index.getJsonArray("documents").getJsonObject(1).getString("yaml"))
                .isEqualTo(PUBLIC_URL + "/asyncapi/logistics/shipment-events/v2.yaml");
        assertThat(browser.statusCode()).isEqualTo(303);
        assertThat(browser.headers().firstValue("Location")).hasValue("./#/documents");
    }

    @Test
    void every_problem_has_its_page() throws Exception {
        var list = object(get(open, "/problems")).getJsonArray("problems");

        assertThat(list).isNotEmpty();
        for (var entry : list) {
            var type = ((JsonObject) entry).getString("type");
            var page = get(closed, type.substring(PUBLIC_URL.length()));
            assertThat(page.statusCode()).as(type).isEqualTo(200);
            assertThat(page.body()).contains(((JsonObject) entry).getString("code"),
                    "portal/portal.css");
        }
        assertThat(get(open, "/problems", "Accept", "text/html").body())
                .contains("problems/token-invalid");
        assertThat(get(open, "/problems/no-such").statusCode()).isEqualTo(404);
    }

    @Test
    void says_who_issues_tokens_for_it() throws Exception {
        var metadata = object(get(open, "/.well-known/oauth-protected-resource"));
        var guarded = object(get(closed, "/.well-known/oauth-protected-resource"));

        assertThat(metadata.getString("resource")).isEqualTo(PUBLIC_URL);
        assertThat(metadata.getJsonArray("authorization_servers")).hasSize(1);
        assertThat(metadata.getJsonArray("bearer_methods_supported"))
                .isEqualTo(new JsonArray().add("header"));
        assertThat(metadata.getJsonArray("scopes_supported")).isEqualTo(new JsonArray()
                .add("energy.meter-readings:read").add("shipments:internal")
                .add("shipments:read"));
        assertThat(guarded.containsKey("scopes_supported")).isFalse();
    }

    @Test
    void the_page_and_all_it_needs_come_from_here_under_a_strict_policy() throws Exception {
        var page = get(open, "/");
        var needed = Pattern.compile("(?:href|src)=\"(portal/[^\"]+)\"").matcher(page.body())
                .results().map(match -> match.group(1)).collect(Collectors.toSet());

        assertThat(page.body()).doesNotContain("http://", "https://", "<style", "onclick");
        assertThat(needed).contains("portal/portal.js", "portal/portal.css");
        for (var file : needed) {
            assertThat(get(open, "/" + file).statusCode()).as(file).isEqualTo(200);
        }
        for (var module : List.of("portal.js", "live.js", "document.js", "gateway.js",
                "elements.js", "events.js")) {
            var script = get(open, "/portal/" + module);
            assertThat(script.headers().firstValue("Content-Type"))
                    .hasValue("text/javascript; charset=utf-8");
            assertThat(script.body()).as(module).doesNotContain("innerHTML", "outerHTML",
                    "insertAdjacent", "eval(", "document.write", "localStorage");
        }
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
    }

    @Test
    void every_answer_carries_the_security_headers() throws Exception {
        for (var path : List.of("/", "/portal/portal.css", "/catalog", "/asyncapi.yaml",
                "/problems/forbidden", "/nothing/here", "/graphql/schema.graphql",
                "/graphiql/")) {
            var headers = get(open, path).headers();
            assertThat(headers.firstValue("Content-Security-Policy")).as(path).isPresent();
            assertThat(headers.firstValue("X-Content-Type-Options")).as(path).hasValue("nosniff");
            assertThat(headers.firstValue("X-Frame-Options")).as(path).hasValue("DENY");
            assertThat(headers.firstValue("Referrer-Policy")).as(path).hasValue("no-referrer");
        }
    }

    @Test
    void files_outside_of_the_list_are_not_there() throws Exception {
        for (var path : List.of("/portal/../logback.xml", "/portal/%2e%2e%2flogback.xml",
                "/portal/..%5cx", "/portal/index", "/portal/")) {
            assertThat(get(open, path).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    void unknown_paths_are_problem_documents() throws Exception {
        var answer = get(closed, "/nothing/here?token=secret");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        assertThat(answer.body()).contains("NOT_FOUND").doesNotContain("secret");
    }

    @Test
    void paths_that_are_read_refuse_to_be_written() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(open.url() + "/catalog"))
                .POST(HttpRequest.BodyPublishers.ofString("{}")).build();

        var answer = http.send(request, HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    @Test
    void head_answers_as_get_without_the_body() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(open.url() + "/asyncapi.yaml"))
                .HEAD().build();

        var answer = http.send(request, HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("ETag"))
                .isEqualTo(get(open, "/asyncapi.yaml").headers().firstValue("ETag"));
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void development_tokens_are_for_the_own_page_and_only_where_configured() throws Exception {
        var own = get(open, "/portal/dev-token", "Sec-Fetch-Site", "same-origin");
        var foreign = get(open, "/portal/dev-token", "Sec-Fetch-Site", "cross-site");
        var nowhere = get(closed, "/portal/dev-token");

        assertThat(own.statusCode()).isEqualTo(200);
        assertThat(own.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(get(open, "/catalog", "Authorization", "Bearer " + own.body()).statusCode())
                .isEqualTo(200);
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(nowhere.statusCode()).isEqualTo(404);
    }

    @Test
    void graphiql_is_there_only_where_configured() throws Exception {
        assertThat(get(open, "/graphiql/").body()).contains("GraphiQL");
        assertThat(get(closed, "/graphiql/").statusCode()).isEqualTo(404);
    }

    private static HttpResponse<String> get(House house, String path, String... headers)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(house.url() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonObject object(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static List<String> ids(HttpResponse<String> answer) {
        return object(answer).getJsonArray("products").stream()
                .map(product -> ((JsonObject) product).getString("id")).toList();
    }

    private static JsonObject field(JsonObject product, String path) {
        return product.getJsonArray("fields").stream().map(JsonObject.class::cast)
                .filter(field -> field.getString("path").equals(path)).findFirst().orElse(null);
    }
}

package io.tidegate.gateway.portal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.graphql.GraphQlEngine;
import io.tidegate.gateway.http.Accept;
import io.tidegate.gateway.http.Gatekeeper;
import io.tidegate.gateway.portal.Pages.Page;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.graphql.GraphiQLHandler;
import io.vertx.ext.web.handler.graphql.GraphiQLHandlerOptions;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The room for people and documents: the catalog, AsyncAPI, SDL, the pages of problems, and the portal. It gives
 * descriptions, never data, and of these only what the reader may see. Whatever a contract says is text to it: it is
 * escaped where it is written, and the pages run under a policy that would not execute it if it were not.
 */
public final class Portal {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern MAJOR = Pattern.compile("v(0|[1-9][0-9]{0,5})");
    private static final Pattern FILE = Pattern.compile("(v(?:0|[1-9][0-9]{0,5}))[.](yaml|json)");
    private static final String HTML = "text/html; charset=utf-8";
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
    // GraphiQL brings an inline script, styles made at run time and workers; it shows no text of contracts as HTML.
    private static final String GRAPHIQL_POLICY = "default-src 'self'; script-src 'self'"
            + " 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
            + " font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; object-src"
            + " 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Vertx vertx;
    private final Gatekeeper gatekeeper;
    private final Supplier<Catalog> catalog;
    private final GraphQlEngine engine;
    private final PortalOptions options;
    private final String base;
    private final Pages pages = new Pages();
    private final AsyncApiTexts asyncApi;

    /**
     * @param catalog
     *            what is live now; asked anew for each request
     * @throws IllegalStateException
     *             if the portal's own files are not on the class path
     */
    public Portal(Vertx vertx, Gatekeeper gatekeeper, Supplier<Catalog> catalog,
            GraphQlEngine engine, PortalOptions options) {
        this.vertx = vertx;
        this.gatekeeper = gatekeeper;
        this.catalog = catalog;
        this.engine = engine;
        this.options = options;
        this.base = gatekeeper.publicUrl().replaceFirst("/+$", "");
        this.asyncApi = new AsyncApiTexts(gatekeeper.publicUrl());
    }

    /** Adds the portal's routes. Paths of others ({@code /graphql}, {@code /streams}, {@code /data}) are left alone. */
    public void mount(Router router) {
        get(router, "/", this::index);
        get(router, "/portal/config.json", this::config);
        options.developmentToken().ifPresent(token -> get(router, "/portal/dev-token",
                ctx -> developmentToken(ctx, token)));
        get(router, "/portal/:file", this::file);
        get(router, "/catalog", this::catalog);
        get(router, "/catalog/:domain/:product/:major", this::product);
        get(router, "/asyncapi", this::asyncApiIndex);
        get(router, "/asyncapi.yaml", ctx -> asyncApiOfAll(ctx, true));
        get(router, "/asyncapi.json", ctx -> asyncApiOfAll(ctx, false));
        get(router, "/asyncapi/:domain/:product/:file", this::asyncApiOfOne);
        get(router, "/graphql/schema.graphql", this::sdl);
        get(router, "/problems", this::problems);
        get(router, "/problems/:slug", this::problem);
        get(router, "/.well-known/oauth-protected-resource", this::protectedResource);
        if (options.hasGraphiQl()) {
            mountGraphiQl(router);
        }
    }

    /** Answers what no route knows; for the router's last route. */
    public void notFound(RoutingContext ctx) {
        secure(ctx, POLICY);
        refuse(ctx, new Refusal.Thrown(Refusal.of(RefusalCode.NOT_FOUND,
                "There is nothing at this path; the products are in /catalog.")));
    }

    private void get(Router router, String path, Consumer<RoutingContext> answer) {
        router.route(path).handler(ctx -> {
            secure(ctx, POLICY);
            var method = ctx.request().method();
            if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
                ctx.response().putHeader("Allow", "GET, HEAD");
                refuse(ctx, new Refusal.Thrown(Refusal.of(RefusalCode.METHOD_NOT_ALLOWED,
                        "This path can only be read: use GET.")));
                return;
            }
            try {
                answer.accept(ctx);
            } catch (RuntimeException e) {
                refuse(ctx, e);
            }
        });
    }

    private static void secure(RoutingContext ctx, String policy) {
        ctx.response().putHeader("Content-Security-Policy", policy)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("X-Frame-Options", "DENY")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
    }

    private void refuse(RoutingContext ctx, Throwable failure) {
        gatekeeper.refuse(ctx.request(), failure);
    }

    // ---- who reads, and what it may see

    /** The caller; empty for somebody without a token where the catalog is public. */
    private Future<Optional<Caller>> reader(RoutingContext ctx) {
        if (options.isPublic() && ctx.request().getHeader("Authorization") == null) {
            return Future.succeededFuture(Optional.empty());
        }
        return gatekeeper.caller(ctx.request()).map(Optional::of);
    }

    private List<Sight> sights(Optional<Caller> reader) {
        var now = catalog.get();
        return reader
                .map(caller -> now.granted(caller, gatekeeper.clock().instant()).stream()
                        .map(Sight::of).toList())
                .orElseGet(() -> now.products().stream().filter(Sight::isListed)
                        .map(Sight::ofAnybody).toList());
    }

    private Sight sight(Optional<Caller> reader, ProductId id) {
        var now = catalog.get();
        return reader
                .map(caller -> Sight.of(now.granted(id, caller, gatekeeper.clock().instant())))
                .orElseGet(() -> now.product(id).filter(Sight::isListed).map(Sight::ofAnybody)
                        .orElseThrow(() -> new Refusal.Thrown(AccessRules.absent(id))));
    }

    private static String param(RoutingContext ctx, String name) {
        return Objects.requireNonNullElse(ctx.pathParam(name), "");
    }

    private ProductId id(RoutingContext ctx, String major) {
        var matcher = MAJOR.matcher(major);
        if (!matcher.matches()) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.NOT_FOUND,
                    "A product's path is '{domain}/{product}/v{major}', for example 'logistics/shipment-events/v2'."));
        }
        return new ProductId(param(ctx, "domain"), param(ctx, "product"),
                Integer.parseInt(matcher.group(1)));
    }

    /** Finds the reader, makes an answer on a worker thread, and sends it. */
    private void answer(RoutingContext ctx, Function<Optional<Caller>, Page> make) {
        ctx.response().putHeader("Vary", "Authorization, Accept");
        reader(ctx).compose(reader -> vertx.executeBlocking(() -> make.apply(reader), false)
                .onSuccess(page -> send(ctx, page, reader.isPresent()
                        ? "private, no-cache"
                        : "public, no-cache")))
                .onFailure(e -> refuse(ctx, e));
    }

    // ---- the catalog

    private void catalog(RoutingContext ctx) {
        boolean isDcat = isLinkedData(ctx);
        answer(ctx, reader -> {
            var document = new CatalogDocument(base, gatekeeper.clock().instant());
            return isDcat
                    ? json("application/ld+json", document.dcat(sights(reader)))
                    : json("application/json", document.list(sights(reader)));
        });
    }

    private void product(RoutingContext ctx) {
        var id = id(ctx, param(ctx, "major"));
        boolean isDcat = isLinkedData(ctx);
        answer(ctx, reader -> {
            var document = new CatalogDocument(base, gatekeeper.clock().instant());
            var sight = sight(reader, id);
            return isDcat
                    ? json("application/ld+json", document.dcat(List.of(sight)))
                    : json("application/json", document.product(sight, sights(reader)));
        });
    }

    private static boolean isLinkedData(RoutingContext ctx) {
        return Accept.best(ctx.request().getHeader("Accept"),
                List.of("application/json", "application/ld+json")).equals("application/ld+json");
    }

    // ---- AsyncAPI and SDL

    private void asyncApiIndex(RoutingContext ctx) {
        if (Accept.isBrowser(ctx.request().getHeader("Accept"))) {
            // Relative, so that it is right behind a proxy that adds a path.
            ctx.response().putHeader("Vary", "Accept").putHeader("Location", "./#/documents")
                    .setStatusCode(303).end();
            return;
        }
        answer(ctx, reader -> {
            var index = JsonNodeFactory.instance.objectNode();
            var all = index.putObject("all");
            all.put("yaml", base + "/asyncapi.yaml").put("json", base + "/asyncapi.json");
            var documents = index.putArray("documents");
            for (var sight : sights(reader)) {
                var path = base + "/asyncapi/" + sight.product().id().path();
                documents.addObject().put("id", sight.product().id().path())
                        .put("version", sight.product().contract().version())
                        .put("yaml", path + ".yaml").put("json", path + ".json");
            }
            return json("application/json", index);
        });
    }

    private void asyncApiOfAll(RoutingContext ctx, boolean isYaml) {
        answer(ctx, reader -> shown(ctx, asyncApi.text(sights(reader), isYaml)));
    }

    private void asyncApiOfOne(RoutingContext ctx) {
        var file = FILE.matcher(param(ctx, "file"));
        if (!file.matches()) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.NOT_FOUND,
                    "A document's path is '/asyncapi/{domain}/{product}/v{major}.yaml', or '.json'."));
        }
        var id = id(ctx, file.group(1));
        boolean isYaml = file.group(2).equals("yaml");
        answer(ctx, reader -> shown(ctx, asyncApi.text(List.of(sight(reader, id)), isYaml)));
    }

    /** A browser shows plain text and JSON, but offers to save what it does not know. */
    private static Page shown(RoutingContext ctx, Page page) {
        if (!Accept.isBrowser(ctx.request().getHeader("Accept"))) {
            return page;
        }
        return new Page(page.mediaType().equals(AsyncApiTexts.JSON)
                ? "application/json"
                : "text/plain; charset=utf-8", page.bytes(), page.etag());
    }

    private void sdl(RoutingContext ctx) {
        ctx.response().putHeader("Vary", "Authorization");
        gatekeeper.caller(ctx.request())
                .compose(caller -> vertx.executeBlocking(
                        () -> Page.text("text/plain; charset=utf-8", engine.sdl(caller)), false))
                .onSuccess(page -> send(ctx, page, "private, no-cache"))
                .onFailure(e -> refuse(ctx, e));
    }

    // ---- problems

    private void problem(RoutingContext ctx) {
        var code = RefusalCode.ofSlug(param(ctx, "slug")).orElseThrow(() -> new Refusal.Thrown(
                Refusal.of(RefusalCode.NOT_FOUND,
                        "There is no problem of this name; /problems lists all of them.")));
        send(ctx, Page.text(HTML, ProblemPages.page(code)), "public, max-age=3600");
    }

    private void problems(RoutingContext ctx) {
        ctx.response().putHeader("Vary", "Accept");
        if (Accept.isBrowser(ctx.request().getHeader("Accept"))) {
            send(ctx, Page.text(HTML, ProblemPages.index()), "public, max-age=3600");
            return;
        }
        var document = JsonNodeFactory.instance.objectNode();
        var list = document.putArray("problems");
        for (var code : RefusalCode.values()) {
            list.addObject().put("type", base + code.problemPath()).put("code", code.name())
                    .put("title", code.title()).put("status", code.httpStatus())
                    .put("webSocketClose", code.closeCode()).put("advice", code.advice());
        }
        send(ctx, json("application/json", document), "public, max-age=3600");
    }

    // ---- RFC 9728

    private void protectedResource(RoutingContext ctx) {
        var document = JsonNodeFactory.instance.objectNode().put("resource",
                gatekeeper.publicUrl());
        options.issuers().forEach(document.putArray("authorization_servers")::add);
        document.putArray("bearer_methods_supported").add("header");
        if (options.isPublic()) {
            var scopes = document.putArray("scopes_supported");
            sights(Optional.empty()).stream()
                    .flatMap(sight -> sight.product().rules().scopes().stream()).distinct().sorted()
                    .forEach(scopes::add);
        }
        document.put("resource_documentation", base + "/");
        send(ctx, json("application/json", document), "public, max-age=60");
    }

    // ---- the page

    private void index(RoutingContext ctx) {
        send(ctx, pages.index(), "no-cache");
    }

    private void file(RoutingContext ctx) {
        pages.page(param(ctx, "file")).ifPresentOrElse(page -> send(ctx, page, "no-cache"),
                () -> notFound(ctx));
    }

    private void config(RoutingContext ctx) {
        ObjectNode document = JsonNodeFactory.instance.objectNode().put("publicUrl", base)
                .put("publicCatalog", options.isPublic())
                .put("developmentToken", options.developmentToken().isPresent())
                .put("graphiql", options.hasGraphiQl());
        send(ctx, json("application/json", document), "no-cache");
    }

    private void developmentToken(RoutingContext ctx, Supplier<String> token) {
        if (!isOwnPage(ctx)) {
            refuse(ctx, new Refusal.Thrown(Refusal.of(RefusalCode.FORBIDDEN,
                    "Only the portal's own page may ask for a development token.")));
            return;
        }
        ctx.response().putHeader("Cache-Control", "no-store");
        vertx.executeBlocking(token::get, false)
                .onSuccess(text -> ctx.response()
                        .putHeader("Content-Type", "text/plain; charset=utf-8").end(text))
                .onFailure(e -> refuse(ctx, e));
    }

    /** Neither a page of another site, nor one whose name has been pointed at this machine. */
    private boolean isOwnPage(RoutingContext ctx) {
        var site = Objects.requireNonNullElse(ctx.request().getHeader("Sec-Fetch-Site"), "none");
        var authority = ctx.request().authority();
        if (authority == null || !(site.equals("same-origin") || site.equals("none"))) {
            return false;
        }
        var host = authority.host();
        return host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]")
                || host.equals("::1")
                || host.equalsIgnoreCase(URI.create(base).getHost());
    }

    private void mountGraphiQl(Router router) {
        var prefix = Objects.requireNonNullElse(URI.create(base).getRawPath(), "");
        var handler = GraphiQLHandler.builder(vertx)
                .with(new GraphiQLHandlerOptions().setEnabled(true)
                        .setGraphQLUri(prefix + "/graphql").setGraphWSQLUri(prefix + "/graphql"))
                .addingHeaders(this::graphiQlHeaders).build();
        router.route("/graphiql/*").handler(ctx -> {
            secure(ctx, GRAPHIQL_POLICY);
            if ("/graphiql".equals(ctx.request().path())) {
                ctx.response().setStatusCode(308).putHeader("Location", "graphiql/").end();
            } else {
                ctx.next();
            }
        });
        router.route("/graphiql/*").subRouter(handler.router());
    }

    /** In the sandbox GraphiQL comes with a token, elsewhere its user enters one in the headers editor. */
    private MultiMap graphiQlHeaders(RoutingContext ctx) {
        var headers = MultiMap.caseInsensitiveMultiMap();
        options.developmentToken().filter(token -> isOwnPage(ctx))
                .ifPresent(token -> headers.add("Authorization", "Bearer " + token.get()));
        return headers;
    }

    // ---- sending

    private static void send(RoutingContext ctx, Page page, String caching) {
        var response = ctx.response();
        if (response.closed() || response.ended()) {
            return;
        }
        response.putHeader("ETag", page.etag()).putHeader("Cache-Control", caching);
        var known = ctx.request().getHeader("If-None-Match");
        if (known != null && (known.contains(page.etag()) || known.trim().equals("*"))) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader("Content-Type", page.mediaType());
        if (ctx.request().method().equals(HttpMethod.HEAD)) {
            // HTTP/2 would send the body nevertheless.
            response.putHeader("Content-Length", Integer.toString(page.bytes().length)).end();
        } else {
            response.end(Buffer.buffer(page.bytes()));
        }
    }

    private static Page json(String mediaType, JsonNode document) {
        try {
            return Page.of(mediaType, JSON.writeValueAsBytes(document));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values cannot be written", e);
        }
    }
}

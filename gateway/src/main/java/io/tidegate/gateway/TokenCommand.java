package io.tidegate.gateway;

import io.tidegate.gateway.sandbox.SandboxFailure;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidegate token}: a token from the sandbox's identity provider, on standard output and nothing else. */
@Command(name = "token", mixinStandardHelpOptions = true, description = "A token from the sandbox's identity provider; without options the one that opens everything.")
final class TokenCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--scope", paramLabel = "SCOPE", description = "what the token allows; may be given several times")
    private List<String> scopes = List.of();

    @Option(names = "--claim", paramLabel = "K=V", description = "a further claim, such as carrier_id=nordfast; may be given several times")
    private Map<String, String> claims = Map.of();

    @Option(names = "--client", paramLabel = "ID", description = "who asks: the partner whom limits count")
    private @Nullable String client;

    @Option(names = "--lifetime", paramLabel = "TIME", converter = DurationText.class, description = "at most 12h (default: 1h)")
    private @Nullable Duration lifetime;

    @Option(names = "--alg", paramLabel = "NAME", description = "RS256 (default), ES256 or EdDSA")
    private @Nullable String algorithm;

    @Option(names = "--sandbox", paramLabel = "FILE", description = "the ready file of a sandbox (default: the one started last)")
    private @Nullable Path sandbox;

    @Override
    public Integer call() throws SandboxFailure, IOException, InterruptedException {
        JsonObject state = StateFile.read(Optional.ofNullable(sandbox));
        var form = new LinkedHashMap<String, String>();
        if (!scopes.isEmpty()) {
            form.put("scope", String.join(" ", scopes));
        }
        claims.forEach((name, value) -> form.put("claim." + name, value));
        putIfGiven(form, "client_id", client);
        putIfGiven(form, "alg", algorithm);
        putIfGiven(form, "lifetime", lifetime == null ? null : Long.toString(lifetime.toSeconds()));
        var out = Objects.requireNonNull(spec, "spec").commandLine().getOut();
        out.println(
                form.isEmpty() ? state.getString("token") : ask(state.getString("issuer"), form));
        out.flush();
        return Main.DONE;
    }

    private static void putIfGiven(Map<String, String> form, String name, @Nullable String value) {
        if (value != null) {
            form.put(name, value);
        }
    }

    private static String ask(String issuer, Map<String, String> form)
            throws SandboxFailure, IOException, InterruptedException {
        form.put("grant_type", "client_credentials");
        String body = form.entrySet().stream()
                .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
                .collect(Collectors.joining("&"));
        try (var http = HttpClient.newHttpClient()) {
            var answer = http.send(HttpRequest.newBuilder(URI.create(issuer + "/token"))
                    .timeout(Duration.ofSeconds(10))
                    .header("content-type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                    BodyHandlers.ofString());
            var json = new JsonObject(answer.body());
            if (answer.statusCode() != 200) {
                throw new SandboxFailure("The identity provider refuses: "
                        + json.getString("error_description", json.getString("error")) + ".");
            }
            return json.getString("access_token");
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

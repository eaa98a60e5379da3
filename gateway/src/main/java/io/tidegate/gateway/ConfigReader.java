package io.tidegate.gateway;

import io.tidegate.gateway.GatewayConfig.Feeds;
import io.tidegate.gateway.GatewayConfig.Http;
import io.tidegate.gateway.GatewayConfig.KeptPositions;
import io.tidegate.gateway.GatewayConfig.Management;
import io.tidegate.gateway.GatewayConfig.Questions;
import io.tidegate.gateway.GatewayConfig.Secrets;
import io.tidegate.gateway.GatewayConfig.SharedStore;
import io.tidegate.gateway.GatewayConfig.TrustedDocuments;
import io.tidegate.gateway.GatewayConfig.Views;
import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.http.Compression;
import io.tidegate.gateway.http.Drain;
import io.tidegate.gateway.http.Heartbeat;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import io.tidegate.gateway.view.IndexLimits;
import io.tidegate.gateway.view.PostgresAddress;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlMapping;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the gateway's configuration, and reports everything that is wrong with it at once. */
final class ConfigReader {
    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{([^}]*)}");
    private static final Identity.Issuer NO_ISSUER = new Identity.Issuer("https://missing.invalid",
            Optional.empty(), Optional.empty());
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final Drain DRAIN = new Drain(Duration.ofSeconds(5), Duration.ofSeconds(10));
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    private final List<Problem> problems = new ArrayList<>();
    private final Path folder;

    /** What was read; the configuration is there if no problem is an error. */
    record Read(Optional<GatewayConfig> config, List<Problem> problems) {
    }

    private ConfigReader(Path folder) {
        this.folder = folder;
    }

    /**
     * @param environment
     *            of the process, for {@code ${NAME}}
     */
    static Read read(Path file, Function<String, @Nullable String> environment) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            return new Read(Optional.empty(),
                    List.of(Problem.error(Place.of(file.toString()), "file",
                            "the configuration cannot be read: " + e.getClass().getSimpleName())));
        }
        var parent = file.toAbsolutePath().getParent();
        var reader = new ConfigReader(parent == null ? Path.of(".") : parent);
        var substituted = reader.substitute(file.toString(), text, environment);
        var root = YamlFile.parseMapping(file.toString(), substituted, reader.problems);
        var config = root.map(node -> reader.config(new YamlMapping(node, "", reader.problems)));
        boolean isWrong = reader.problems.stream().anyMatch(Problem::isError);
        return new Read(isWrong ? Optional.empty() : config, List.copyOf(reader.problems));
    }

    private String substitute(String file, String text,
            Function<String, @Nullable String> environment) {
        var out = new StringBuilder();
        var found = SUBSTITUTION.matcher(text);
        while (found.find()) {
            var name = found.group(1);
            found.appendReplacement(out,
                    Matcher.quoteReplacement(value(file, text, found.start(), name, environment)));
        }
        return found.appendTail(out).toString();
    }

    /** What stands for a name; a missing one stays as it was written, so that one mistake is not reported as several. */
    private String value(String file, String text, int at, String name,
            Function<String, @Nullable String> environment) {
        int line = (int) text.substring(0, at).chars().filter(c -> c == '\n').count() + 1;
        int column = at - text.lastIndexOf('\n', at);
        if (name.startsWith("file:")) {
            try {
                return Files.readString(folder.resolve(name.substring(5))).strip();
            } catch (IOException e) {
                problems.add(Problem.error(new Place(file, line, column), "substitution",
                        "'${" + name + "}': there is no such file, or it cannot be read"));
                return "${" + name + "}";
            }
        }
        var value = environment.apply(name);
        if (value == null) {
            problems.add(Problem.error(new Place(file, line, column), "substitution",
                    "'${" + name + "}': the environment has no variable '" + name + "'"));
            return "${" + name + "}";
        }
        return value;
    }

    private GatewayConfig config(YamlMapping root) {
        var http = section(root, "http");
        var management = section(root, "management");
        var registry = section(root, "registry");
        var contracts = root.requiredMapping("contracts");
        contracts.ifPresent(m -> m.mayHave(List.of("path", "reload", "keep")));
        var views = section(root, "views");
        var feeds = section(root, "feeds");
        var graphQl = section(root, "graphql");
        var catalog = section(root, "catalog");
        var drain = section(root, "drain");
        var secrets = section(root, "secrets");
        var clusters = kafka(root);
        var config = new GatewayConfig(
                new Http(text(http, "host", "0.0.0.0"), integer(http, "port", 0, 65535, 8080),
                        http.flatMap(m -> address(m, "publicUrl")),
                        http.map(m -> m.texts("origins").stream().map(l -> l.text()).toList())
                                .orElse(List.of()),
                        integer(http, "eventLoops", 1, 256, CORES), heartbeat(http),
                        new Drain(pause(drain, "delay", DRAIN.delay()),
                                pause(drain, "window", DRAIN.window())),
                        compression(http)),
                new Management(text(management, "host", "0.0.0.0"),
                        integer(management, "port", 0, 65535, 9090)),
                clusters,
                registry.filter(m -> !m.isMissing("url")).flatMap(m -> address(m, "url")),
                folder.resolve(contracts.flatMap(m -> m.requiredText("path")).orElse(".")),
                reload(contracts, registry),
                identity(root),
                plans(root),
                new Views(folder.resolve(text(views, "path", "data")),
                        bytes(views, "memory", 64L << 20, 512L << 20),
                        integer(views, "exportRows", 1, 1 << 30, Views.EXPORT_ROWS),
                        questions(views),
                        within(views, "unkeyed", Duration.ofMinutes(1), Duration.ofDays(3650),
                                Views.UNKEYED, "1m to 3650d"),
                        within(views, "checkpoint", Duration.ofSeconds(1), Duration.ofHours(1),
                                Views.CHECKPOINT, "1s to 1h"),
                        indexes(views), shared(views)),
                new Feeds(bytes(feeds, "memory", 1L << 20, 256L << 20),
                        integer(feeds, "events", 256, 1 << 22, 1 << 17),
                        integer(feeds, "prefill", 0, 1 << 20, 10_000),
                        integer(feeds, "replays", 1, 1000, 16),
                        bytes(feeds, "history", 1L << 20, 64L << 20)),
                positions(section(root, "positions"), clusters.keySet()),
                new GraphQlLimits(integer(graphQl, "documentChars", 100, 1 << 20,
                        GraphQlLimits.DEFAULT.documentChars()),
                        integer(graphQl, "depth", 3, 100, GraphQlLimits.DEFAULT.depth()),
                        integer(graphQl, "aliases", 1, 1000, GraphQlLimits.DEFAULT.aliases()),
                        integer(graphQl, "pageRows", 1, 100_000, GraphQlLimits.DEFAULT.pageRows()),
                        integer(graphQl, "relatedRows", 1, 10_000_000,
                                GraphQlLimits.DEFAULT.relatedRows()),
                        within(graphQl, "relatedWithin", Duration.ofMillis(100),
                                Duration.ofMinutes(1), GraphQlLimits.DEFAULT.relatedWithin(),
                                "100ms to 1m"),
                        bytes(graphQl, "answers", 1L << 20, GraphQlLimits.DEFAULT.answerBytes())),
                documents(graphQl), isPublic(catalog),
                new Secrets(secrets.flatMap(m -> m.text("cursor")),
                        secrets.flatMap(m -> m.text("mask"))));
        contracts.ifPresent(YamlMapping::done);
        store(section(root, "limits"), "store", "local");
        root.done();
        return config;
    }

    private Optional<YamlMapping> section(YamlMapping root, String key) {
        var section = root.mapping(key);
        section.ifPresent(m -> m.mayHave(switch (key) {
            case "http" -> List.of("host", "port", "publicUrl", "origins", "eventLoops",
                    "heartbeat", "silence", "compression");
            case "drain" -> List.of("delay", "window");
            case "management" -> List.of("host", "port");
            case "registry" -> List.of("url", "refresh");
            case "views" -> List.of("store", "path", "memory", "exportRows", "queries",
                    "scans", "deadline", "unkeyed", "checkpoint", "indexes", "connections",
                    "writers");
            case "feeds" -> List.of("memory", "events", "prefill", "replays", "history");
            case "positions" ->
                List.of("cluster", "topic", "retention", "perPartner", "memory");
            case "graphql" ->
                List.of("documentChars", "depth", "aliases", "pageRows", "relatedRows",
                        "relatedWithin", "answers",
                        "documents", "allow");
            case "catalog" -> List.of("access");
            case "limits" -> List.of("store");
            default -> List.of("cursor", "mask");
        }));
        section.ifPresent(YamlMapping::done);
        return section;
    }

    private static Heartbeat heartbeat(Optional<YamlMapping> http) {
        var standard = Heartbeat.DEFAULT;
        var every = within(http, "heartbeat", Duration.ofMillis(100), Duration.ofMinutes(1),
                standard.every());
        var silence = within(http, "silence", every, Duration.ofHours(1),
                every.compareTo(standard.every()) == 0
                        ? standard.silence()
                        : every.multipliedBy(3));
        return new Heartbeat(every, silence.compareTo(every) < 0 ? every : silence);
    }

    private static Compression compression(Optional<YamlMapping> http) {
        var found = http.flatMap(m -> m.located("compression"));
        found.filter(value -> !value.text().equals("off") && !value.text().equals("auto"))
                .ifPresent(value -> http.get().wrong("compression", value, "'off' or 'auto'"));
        return found.filter(value -> value.text().equals("auto")).isPresent()
                ? Compression.AUTO
                : Compression.OFF;
    }

    private static Questions questions(Optional<YamlMapping> views) {
        var standard = Questions.DEFAULT;
        return new Questions(integer(views, "queries", 1, 1_000, standard.atATime()),
                integer(views, "scans", 1, 1_000, standard.scans()),
                within(views, "deadline", Duration.ofSeconds(1), Duration.ofMinutes(10),
                        standard.deadline(), "1s to 10m"));
    }

    private static IndexLimits indexes(Optional<YamlMapping> views) {
        var section = views.flatMap(m -> m.mapping("indexes"));
        section.ifPresent(m -> m.mayHave(List.of("perProduct", "after")));
        section.ifPresent(YamlMapping::done);
        return new IndexLimits(
                integer(section, "perProduct", 0, 64, IndexLimits.DEFAULT.perProduct()),
                integer(section, "after", 1, 1_000_000, IndexLimits.DEFAULT.after()));
    }

    private static Duration pause(Optional<YamlMapping> section, String key, Duration otherwise) {
        return within(section, key, Duration.ZERO, Duration.ofHours(1), otherwise);
    }

    private static Duration within(Optional<YamlMapping> section, String key, Duration least,
            Duration most, Duration otherwise) {
        return within(section, key, least, most, otherwise,
                least.toMillis() + "ms to " + most.toMinutes() + "m");
    }

    /**
     * @param range
     *            what is expected, in words
     */
    private static Duration within(Optional<YamlMapping> section, String key, Duration least,
            Duration most, Duration otherwise, String range) {
        var found = section.flatMap(m -> m.located(key));
        if (found.isEmpty()) {
            return otherwise;
        }
        var duration = YamlMapping.durationOf(found.get().text())
                .filter(d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0);
        if (duration.isEmpty()) {
            section.get().wrong(key, found.get(), "a duration from " + range);
        }
        return duration.orElse(otherwise);
    }

    private static GatewayConfig.Reload reload(Optional<YamlMapping> contracts,
            Optional<YamlMapping> registry) {
        var standard = GatewayConfig.Reload.DEFAULT;
        return new GatewayConfig.Reload(
                interval(contracts, "reload", Duration.ofMillis(100), standard.every()),
                duration(contracts, "keep", standard.keep()),
                interval(registry, "refresh", Duration.ofSeconds(1), standard.registry()));
    }

    private static KeptPositions positions(Optional<YamlMapping> section, Set<String> clusters) {
        var standard = KeptPositions.DEFAULT;
        var cluster = section.flatMap(m -> m.located("cluster"));
        cluster.filter(found -> !clusters.contains(found.text())).ifPresent(found -> section.get()
                .wrong("cluster", found, "a cluster of 'kafka', one of "
                        + String.join(", ", clusters)));
        var topic = section.flatMap(m -> m.located("topic"));
        topic.filter(found -> !TOPIC.matcher(found.text()).matches())
                .ifPresent(found -> section.get().wrong("topic", found,
                        "a topic's name of 1 to 249 letters, digits, '.', '_' and '-'"));
        return new KeptPositions(
                cluster.map(found -> found.text())
                        .orElse(clusters.isEmpty() || clusters.contains(standard.cluster())
                                ? standard.cluster()
                                : clusters.iterator().next()),
                topic.map(found -> found.text()).orElse(standard.topic()),
                within(section, "retention", Duration.ofHours(1), Duration.ofDays(3650),
                        standard.retention(), "1h to 3650d"),
                integer(section, "perPartner", 1, 1_000_000, standard.perPartner()),
                bytes(section, "memory", 1L << 20, standard.memoryBytes()));
    }

    /** A duration from {@code least} to an hour; empty for {@code off}. */
    private static Optional<Duration> interval(Optional<YamlMapping> section, String key,
            Duration least, Optional<Duration> otherwise) {
        var found = section.flatMap(m -> m.located(key));
        if (found.isEmpty()) {
            return otherwise;
        }
        if (found.get().text().equals("off")) {
            return Optional.empty();
        }
        var interval = YamlMapping.durationOf(found.get().text())
                .filter(d -> d.compareTo(least) >= 0 && d.compareTo(Duration.ofHours(1)) <= 0);
        if (interval.isEmpty()) {
            section.get().wrong(key, found.get(),
                    "'off' or a duration from " + least.toMillis() + "ms to 1h");
        }
        return interval.or(() -> otherwise);
    }

    private static String text(Optional<YamlMapping> section, String key, String otherwise) {
        return section.flatMap(m -> m.text(key)).orElse(otherwise);
    }

    private static int integer(Optional<YamlMapping> section, String key, int least, int most,
            int otherwise) {
        return section.flatMap(m -> m.integer(key, least, most)).orElse(otherwise);
    }

    private static long bytes(Optional<YamlMapping> section, String key, long least,
            long otherwise) {
        var found = section.map(m -> m.byteSize(key)).orElse(OptionalLong.empty());
        if (found.isPresent() && found.getAsLong() < least) {
            section.flatMap(m -> m.located(key)).ifPresent(value -> section.get()
                    .wrong(key, value, "at least " + (least >> 20) + "MiB"));
        }
        return found.orElse(otherwise);
    }

    private static Optional<String> address(YamlMapping section, String key) {
        return section.located(key).flatMap(value -> {
            try {
                var uri = URI.create(value.text());
                if (uri.getHost() != null && uri.getRawQuery() == null
                        && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
                    return Optional.of(value.text());
                }
            } catch (IllegalArgumentException e) {
                // The same answer as for an address of the wrong kind.
            }
            return section.wrong(key, value, "an address with https:// or http://");
        });
    }

    /** What is said of an address never quotes it: it holds a password. */
    private static Optional<SharedStore> shared(Optional<YamlMapping> views) {
        var found = views.flatMap(m -> m.located("store"));
        int connections = integer(views, "connections", 1, 1_000, SharedStore.CONNECTIONS);
        int writers = integer(views, "writers", 1, 100, SharedStore.WRITERS);
        if (found.isEmpty() || found.get().text().equals("duckdb")) {
            return Optional.empty();
        }
        var text = found.get().text();
        if (!PostgresAddress.isMeant(text)) {
            views.get().error(found.get().place(), "bad-value", views.get().path("store")
                    + ": expected 'duckdb' or an address"
                    + " postgresql://user:password@host:5432/database");
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new SharedStore(PostgresAddress.parse(text), connections, writers));
        } catch (IllegalArgumentException e) {
            views.get().error(found.get().place(), "bad-value",
                    views.get().path("store") + ": the address cannot be used: "
                            + e.getMessage());
            return Optional.empty();
        }
    }

    /** Stores that others would need are refused by name, so that nobody believes to have them. */
    private static void store(Optional<YamlMapping> section, String key, String only) {
        section.flatMap(m -> m.located(key)).filter(found -> !found.text().equals(only))
                .ifPresent(found -> section.get().error(found.place(), "bad-value",
                        section.get().path(key) + ": this version has only '" + only + "', not '"
                                + found.text() + "'"));
    }

    private Optional<TrustedDocuments> documents(Optional<YamlMapping> graphQl) {
        var folder = graphQl.flatMap(m -> m.text("documents"));
        var allow = graphQl.flatMap(m -> m.located("allow"));
        allow.filter(a -> !a.text().equals("any") && !a.text().equals("trusted"))
                .ifPresent(a -> graphQl.get().wrong("allow", a, "any or trusted"));
        boolean isOnly = allow.filter(a -> a.text().equals("trusted")).isPresent();
        if (isOnly && folder.isEmpty()) {
            graphQl.get().wrong("allow", allow.get(),
                    "any, as long as there is no folder of 'documents'");
        }
        return folder.map(path -> new TrustedDocuments(this.folder.resolve(path), isOnly));
    }

    private static boolean isPublic(Optional<YamlMapping> catalog) {
        var access = catalog.flatMap(m -> m.located("access"));
        access.filter(a -> !a.text().equals("public") && !a.text().equals("token"))
                .ifPresent(a -> catalog.get().error(a.place(), "bad-value",
                        "catalog.access: expected 'public' or 'token' but was '" + a.text() + "'"));
        return access.filter(a -> a.text().equals("public")).isPresent();
    }

    private static Map<String, Map<String, String>> kafka(YamlMapping root) {
        var clusters = new LinkedHashMap<String, Map<String, String>>();
        root.requiredMapping("kafka").ifPresent(kafka -> {
            for (var name : kafka.keys()) {
                kafka.mapping(name).ifPresent(cluster -> {
                    var properties = new LinkedHashMap<String, String>();
                    cluster.textsByName()
                            .forEach((key, value) -> properties.put(key, value.text()));
                    if (!properties.containsKey("bootstrap.servers")) {
                        cluster.error(cluster.place(), "missing-key", "kafka." + name
                                + ": 'bootstrap.servers' is missing; name at least one broker");
                    }
                    clusters.put(name, properties);
                });
            }
        });
        return clusters;
    }

    private Identity identity(YamlMapping root) {
        var issuers = new ArrayList<Identity.Issuer>();
        var identity = root.requiredMapping("identity");
        identity.ifPresent(section -> {
            for (var issuer : section.mappings("issuers")) {
                var name = issuer.requiredText("issuer");
                var audience = issuer.text("audience");
                var jwksUri = issuer.text("jwksUri");
                issuer.done();
                try {
                    name.ifPresent(url -> issuers.add(new Identity.Issuer(url, audience, jwksUri)));
                } catch (IllegalArgumentException e) {
                    issuer.error(issuer.place(), "bad-value", String.valueOf(e.getMessage()));
                }
            }
            if (section.list("issuers").isEmpty()) {
                section.error(section.place(), "missing-key",
                        "identity.issuers: expected at least one issuer");
            }
        });
        var keysValid = duration(identity, "keysValid", Duration.ofHours(24));
        var keysRefresh = duration(identity, "keysRefresh", Duration.ofMinutes(10));
        var lifetime = duration(identity, "tokenLifetimeMax", Duration.ofHours(24));
        identity.ifPresent(YamlMapping::done);
        if (issuers.isEmpty()) {
            // Reported above; nothing is served with this.
            return Identity.of(List.of(NO_ISSUER));
        }
        try {
            return new Identity(issuers, keysValid, keysRefresh, lifetime);
        } catch (IllegalArgumentException e) {
            root.error(identity.map(YamlMapping::place).orElse(root.place()), "bad-value",
                    String.valueOf(e.getMessage()));
            return Identity.of(List.of(NO_ISSUER));
        }
    }

    private static Duration duration(Optional<YamlMapping> section, String key,
            Duration otherwise) {
        return section.flatMap(m -> m.duration(key)).orElse(otherwise);
    }

    private static List<Plan> plans(YamlMapping root) {
        var plans = new ArrayList<Plan>();
        root.mapping("plans").ifPresent(all -> {
            for (var name : all.keys()) {
                all.mapping(name).ifPresent(plan -> plans.add(plan(name, plan)));
            }
        });
        return plans;
    }

    private static Plan plan(String name, YamlMapping plan) {
        var like = Plan.FREE;
        var made = new Plan(name, rate(plan, "requests", like.requests()),
                plan.integer("connections", 1, 1_000_000).orElse(like.connections()),
                plan.integer("subscriptions", 1, 10_000_000).orElse(like.subscriptions()),
                rate(plan, "messages", like.messages()), rate(plan, "bytes", like.bytes()),
                rate(plan, "queryCost", like.queryCost()),
                plan.integer("priority", 1, 10).orElse(like.priority()));
        plan.done();
        return made;
    }

    private static Rate rate(YamlMapping plan, String key, Rate otherwise) {
        var text = plan.located(key);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            return Rate.parse(text.get().text());
        } catch (IllegalArgumentException e) {
            plan.error(text.get().place(), "bad-value", plan.path(key) + ": " + e.getMessage());
            return otherwise;
        }
    }
}

package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.http.Compression;
import io.tidegate.gateway.http.Drain;
import io.tidegate.gateway.http.Heartbeat;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import io.tidegate.gateway.view.IndexLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
    private static final String SMALLEST = """
            kafka:
              default: {bootstrap.servers: "broker:9092"}
            contracts: {path: contracts}
            identity:
              issuers: [{issuer: "https://id.example.com"}]
            """;
    private static final Path PAGE = Path.of("../docs/reference/configuration.md");

    @TempDir
    private Path folder;

    private ConfigReader.Read read(String text, Map<String, String> environment)
            throws IOException {
        var file = Files.writeString(folder.resolve("gateway.yaml"), text);
        return ConfigReader.read(file, environment::get);
    }

    /** Problems as the user sees them, without the folder. */
    private List<String> problems(String text) throws IOException {
        return read(text, Map.of()).problems().stream()
                .map(problem -> problem.toString().replace(folder + "/", "")).toList();
    }

    private GatewayConfig config(String text) throws IOException {
        var read = read(text, Map.of());
        assertThat(read.problems()).isEmpty();
        return read.config().orElseThrow();
    }

    @Test
    void everything_that_is_left_out_has_the_default_that_the_page_names() throws IOException {
        var config = config(SMALLEST);

        assertThat(config).isEqualTo(new GatewayConfig(
                new GatewayConfig.Http("0.0.0.0", 8080, Optional.empty(), List.of(),
                        Runtime.getRuntime().availableProcessors(),
                        new Heartbeat(Duration.ofSeconds(15), Duration.ofSeconds(45)),
                        new Drain(Duration.ofSeconds(5), Duration.ofSeconds(10))),
                new GatewayConfig.Management("0.0.0.0", 9090),
                Map.of("default", Map.of("bootstrap.servers", "broker:9092")), Optional.empty(),
                folder.resolve("contracts"), GatewayConfig.Reload.DEFAULT,
                Identity.of(List.of(new Identity.Issuer("https://id.example.com",
                        Optional.empty(), Optional.empty()))),
                List.of(), new GatewayConfig.Views(folder.resolve("data"), 512L << 20),
                new GatewayConfig.Feeds(256L << 20, 131_072, 10_000, 16, 64L << 20),
                GatewayConfig.KeptPositions.DEFAULT, GraphQlLimits.DEFAULT, false,
                new GatewayConfig.Secrets(Optional.empty(), Optional.empty())));
    }

    @Test
    void views_have_bounds_that_can_be_set() throws IOException {
        var views = config(SMALLEST
                + "views: {queries: 16, scans: 2, deadline: 1m, unkeyed: 30d, checkpoint: 5s, exportRows: 5,"
                + " indexes: {perProduct: 2, after: 7}}\n")
                .views();

        assertThat(views).isEqualTo(new GatewayConfig.Views(folder.resolve("data"), 512L << 20,
                5, new GatewayConfig.Questions(16, 2, Duration.ofMinutes(1)),
                Duration.ofDays(30), Duration.ofSeconds(5), new IndexLimits(2, 7)));
    }

    @Test
    void views_may_lie_in_a_store_that_several_gateways_share() throws IOException {
        var shared = config(SMALLEST + "views: {store: \"postgresql://tide:s%%3Acret@db:5432/views"
                .formatted() + "?sslmode=require\", connections: 9, writers: 2}\n")
                .views().shared().orElseThrow();

        assertThat(shared.address()).hasToString("postgresql://db:5432/views");
        assertThat(shared.connections()).isEqualTo(9);
        assertThat(shared.writers()).isEqualTo(2);
    }

    @Test
    void an_address_of_a_store_that_is_wrong_is_told_without_its_password() throws IOException {
        for (String address : List.of("postgresql://tide:hunter2@db:5432",
                "postgresql://tide:hunter2@db:port/views", "postgresql:hunter2",
                "mysql://tide:hunter2@db/views",
                "postgresql://tide:hunter2@db/views?password=hunter2",
                "postgresql://tide:hunter2@db/views?currentSchema=a;b")) {
            var problems = problems(SMALLEST + "views: {store: \"" + address + "\"}\n");

            assertThat(problems).as(address).hasSize(1);
            assertThat(problems.getFirst().toString()).contains("views.store")
                    .doesNotContain("hunter2");
        }
    }

    @Test
    void reads_the_whole_example_of_the_page() throws IOException {
        var blocks = Pattern.compile("```yaml config\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(PAGE)).results().map(found -> found.group(1)).toList();
        Files.createDirectories(folder.resolve("secrets"));
        Files.writeString(folder.resolve("secrets/cursor"), "0123456789abcdef\n");

        for (var block : blocks) {
            var read = read(block, Map.of("KAFKA_PASSWORD", "s3cret", "MASK_KEY",
                    "fedcba9876543210"));

            assertThat(read.problems()).isEmpty();
            assertThat(read.config()).isPresent();
        }
        assertThat(blocks).hasSize(2);
    }

    @Test
    void reloading_is_switched_off_by_the_word_off() throws IOException {
        var config = config(SMALLEST.replace("{path: contracts}",
                "{path: contracts, reload: off, keep: 5m}")
                + "registry: {url: \"https://registry.example.com\", refresh: off}\n");

        assertThat(config.reload()).isEqualTo(new GatewayConfig.Reload(Optional.empty(),
                Duration.ofMinutes(5), Optional.empty()));
        assertThat(problems(SMALLEST.replace("{path: contracts}",
                "{path: contracts, reload: 5ms, kep: 1h}"))).containsExactly(
                        "gateway.yaml:3:38: bad-value: contracts.reload: expected 'off' or a duration"
                                + " from 100ms to 1h but was '5ms'",
                        "gateway.yaml:3:43: unknown-key: unknown key 'contracts.kep': did you mean"
                                + " 'keep'?");
    }

    @Test
    void compression_is_off_unless_it_is_wanted() throws IOException {
        assertThat(config(SMALLEST).http().compression()).isEqualTo(Compression.OFF);
        assertThat(config(SMALLEST + "http: {compression: off}\n").http().compression())
                .isEqualTo(Compression.OFF);
        assertThat(config(SMALLEST + "http: {compression: auto}\n").http().compression())
                .isEqualTo(Compression.AUTO);
        assertThat(problems(SMALLEST + "http: {compression: on}\n")).containsExactly(
                "gateway.yaml:6:21: bad-value: http.compression: expected 'off' or 'auto' but was 'on'");
    }

    @Test
    void the_page_lists_every_key() throws IOException {
        var page = Files.readString(PAGE);

        assertThat(List.of("http.host", "http.port", "http.publicUrl", "http.origins",
                "http.eventLoops", "http.heartbeat", "http.silence",
                "http.compression", "drain.delay",
                "drain.window", "management.host", "management.port",
                "kafka.<cluster>.<property>", "registry.url", "registry.refresh", "contracts.path",
                "contracts.reload", "contracts.keep",
                "identity.issuers[].issuer", "identity.issuers[].audience",
                "identity.issuers[].jwksUri", "identity.keysValid", "identity.keysRefresh",
                "identity.tokenLifetimeMax", "plans.<name>.requests", "plans.<name>.connections",
                "plans.<name>.subscriptions", "plans.<name>.messages", "plans.<name>.bytes",
                "plans.<name>.queryCost", "plans.<name>.priority", "limits.store", "views.store",
                "views.path", "views.memory", "views.exportRows", "views.queries",
                "views.scans", "views.deadline", "views.unkeyed", "views.checkpoint",
                "feeds.memory", "feeds.events",
                "feeds.prefill",
                "feeds.replays", "graphql.documentChars", "graphql.depth", "graphql.aliases",
                "graphql.pageRows", "catalog.access", "secrets.cursor", "secrets.mask"))
                .allSatisfy(key -> assertThat(page).contains("| `" + key + "` |"));
    }

    @Test
    void puts_variables_and_files_where_they_are_named() throws IOException {
        Files.writeString(folder.resolve("key"), "0123456789abcdef\n");

        var read = read(SMALLEST.replace("broker:9092", "${BROKERS}") + """
                secrets: {cursor: "${file:key}"}
                """, Map.of("BROKERS", "a:9092,b:9092"));

        var config = read.config().orElseThrow();
        assertThat(config.kafka().get("default"))
                .containsExactly(Map.entry("bootstrap.servers", "a:9092,b:9092"));
        assertThat(config.secrets().cursor()).contains("0123456789abcdef");
    }

    @Test
    void secrets_are_not_printed() throws IOException {
        var config = config(SMALLEST + "secrets: {cursor: 0123456789abcdef}\n");

        assertThat(config.toString()).doesNotContain("0123456789abcdef").contains("Secrets[***]");
    }

    @Test
    void names_the_variable_and_the_file_that_are_missing_and_nothing_else() throws IOException {
        var found = problems(SMALLEST.replace("broker:9092", "${BROKERS}") + """
                secrets: {mask: "${file:no-such-key}"}
                """);

        assertThat(found).containsExactly(
                "gateway.yaml:2:33: substitution: '${BROKERS}': the environment has no variable 'BROKERS'",
                "gateway.yaml:6:18: substitution: '${file:no-such-key}': there is no such file, or it cannot be read");
    }

    @Test
    void says_what_the_smallest_file_lacks() throws IOException {
        assertThat(problems("http: {port: 8080}\n")).containsExactlyInAnyOrder(
                "gateway.yaml:1:1: missing-key: key 'contracts' is missing",
                "gateway.yaml:1:1: missing-key: key 'kafka' is missing",
                "gateway.yaml:1:1: missing-key: key 'identity' is missing");
    }

    @Test
    void reports_a_file_that_is_not_there() {
        var read = ConfigReader.read(Path.of("no-such.yaml"), Map.<String, String>of()::get);

        assertThat(read.problems()).extracting(Object::toString).containsExactly(
                "no-such.yaml: file: the configuration cannot be read: NoSuchFileException");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            http: {prot: 80}                           | 6:8: unknown-key: unknown key 'http.prot': did you mean 'port'?
            veiws: {path: x}                           | 6:1: unknown-key: unknown key 'veiws': did you mean 'views'?
            http: {port: 70000}                        | 6:14: bad-value: http.port: expected a whole number from 0 to 65535 but was '70000'
            http: {publicUrl: data.example.com}        | 6:19: bad-value: http.publicUrl: expected an address with https:// or http:// but was 'data.example.com'
            registry: {url: "registry:8081"}           | 6:17: bad-value: registry.url: expected an address with https:// or http:// but was 'registry:8081'
            registry: {}                               | 6:11: missing-key: key 'registry.url' is missing
            feeds: {memory: lots}                      | 6:17: bad-value: feeds.memory: expected a size such as 64KiB, 5MiB or 1GiB but was 'lots'
            views: {memory: 1MiB}                      | 6:17: bad-value: views.memory: expected at least 64MiB but was '1MiB'
            views: {deadline: 500ms}                   | 6:19: bad-value: views.deadline: expected a duration from 1s to 10m but was '500ms'
            views: {unkeyed: 10s}                      | 6:18: bad-value: views.unkeyed: expected a duration from 1m to 3650d but was '10s'
            views: {queries: 0}                        | 6:18: bad-value: views.queries: expected a whole number from 1 to 1000 but was '0'
            views: {store: postgresql}                 | 6:16: bad-value: views.store: expected 'duckdb' or an address postgresql://user:password@host:5432/database
            limits: {store: redis}                     | 6:17: bad-value: limits.store: this version has only 'local', not 'redis'
            catalog: {access: everybody}               | 6:19: bad-value: catalog.access: expected 'public' or 'token' but was 'everybody'
            plans: {gold: {requests: 5/day}}           | 6:26: bad-value: plans.gold.requests: expected a rate of at least 1 such as '50/s', '1000/min', '5000/h', '64KiB/s' or '5MiB/s' but was '5/day'
            plans: {gold: {priority: 11}}              | 6:26: bad-value: plans.gold.priority: expected a whole number from 1 to 10 but was '11'
            """)
    void says_what_is_wrong_and_what_was_expected(String line, String problem)
            throws IOException {
        assertThat(problems(SMALLEST + line + "\n")).containsExactly("gateway.yaml:" + problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [{issuer: "id.example.com"}]                                            | identity.issuers.issuer: expected an address with https:// but was 'id.example.com'
            [{issuer: "https://id.example.com"}, {issuer: "https://id.example.com"}]| identity.issuers: 'https://id.example.com' is there twice
            []                                                                      | identity.issuers: expected at least one issuer
            """)
    void refuses_issuers_that_cannot_be_trusted(String issuers, String message)
            throws IOException {
        var text = SMALLEST.replace("[{issuer: \"https://id.example.com\"}]", issuers);

        assertThat(problems(text)).singleElement().asString().endsWith(message);
    }

    @Test
    void a_plan_takes_from_the_free_one_what_it_does_not_say() throws IOException {
        var config = config(SMALLEST + "plans: {silver: {requests: 10/s, bytes: 1MiB/s}}\n");

        assertThat(config.plans()).containsExactly(new Plan("silver", Rate.perSecond(10),
                Plan.FREE.connections(), Plan.FREE.subscriptions(), Plan.FREE.messages(),
                new Rate(1 << 20, Duration.ofSeconds(1)), Plan.FREE.queryCost(), 1));
    }

    @Test
    void a_cluster_without_brokers_is_named() throws IOException {
        var text = SMALLEST.replace("{bootstrap.servers: \"broker:9092\"}",
                "{client.id: tidegate}");

        assertThat(problems(text)).containsExactly(
                "gateway.yaml:2:12: missing-key: kafka.default: 'bootstrap.servers' is missing; name at least one broker");
    }
}

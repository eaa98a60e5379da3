package io.tidegate.gateway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The house rules of docs/architecture.md, as far as a machine can hold them. */
class ArchitectureTest {
    private static final String ROOT = "io.tidegate.gateway";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.tidegate");

    /** Packages that decide: they are told the time, and touch no file, socket, thread or log. */
    private static final String[] PURE = {"io.tidegate.schema..", "io.tidegate.contract..",
            "io.tidegate.mapping..", "io.tidegate.problem..", "io.tidegate.yaml..",
            "io.tidegate.asyncapi..", "io.tidegate.governance..",
            "io.tidegate.importing..", "io.tidegate.diff..", ROOT + ".predicate..",
            ROOT + ".shape..",
            ROOT + ".subscription..", ROOT + ".refusal..", ROOT + ".access..",
            ROOT + ".limit..",
            ROOT + ".quality..", ROOT + ".query.."};

    /** Within pure packages, what stands at an edge: who asks issuers for keys, and the clock of a lease's ledger. */
    private static final String EDGES = "io\\.tidegate\\.gateway\\.(access\\.(TokenVerifier|IssuerKeys)"
            + "|limit\\.Limits)(\\$.*)?";

    /** The rooms that each room of the gateway leans on, as docs/architecture.md has them. */
    private static final Map<String, Set<String>> ROOMS = Map.ofEntries(
            entry("refusal", Set.of()), entry("files", Set.of()),
            entry("predicate", Set.of()), entry("access", Set.of("predicate", "refusal")),
            entry("limit", Set.of("refusal")), entry("telemetry", Set.of("refusal")),
            entry("feed", Set.of("refusal")),
            entry("view", Set.of("feed", "predicate", "refusal")),
            entry("quality", Set.of("predicate")),
            entry("catalog", Set.of("access", "feed", "quality", "view", "refusal")),
            entry("query", Set.of("access", "catalog", "feed", "predicate", "view", "refusal")),
            entry("subscription", Set.of("feed", "refusal")),
            entry("position", Set.of("feed", "refusal")),
            entry("shape", Set.of("access", "feed", "refusal")),
            entry("delivery",
                    Set.of("access", "catalog", "feed", "predicate", "shape", "subscription",
                            "view", "refusal")),
            entry("http",
                    Set.of("access", "catalog", "delivery", "limit", "subscription", "telemetry",
                            "refusal")),
            entry("stream",
                    Set.of("http", "access", "catalog", "delivery", "limit", "position",
                            "subscription",
                            "telemetry", "refusal", "feed", "predicate", "shape")),
            entry("data",
                    Set.of("http", "access", "catalog", "limit", "refusal", "feed", "predicate",
                            "query", "shape", "view")),
            entry("graphql",
                    Set.of("http", "access", "catalog", "delivery", "limit", "subscription",
                            "telemetry", "refusal", "feed", "predicate", "query", "shape",
                            "view")),
            entry("portal",
                    Set.of("access", "catalog", "feed", "graphql", "http", "quality", "refusal")),
            entry("sandbox", Set.of("files")));

    /** Likewise for the modules below the gateway. */
    private static final Map<String, Set<String>> BASEMENT = Map.of("problem", Set.of(), "yaml",
            Set.of("problem"), "schema", Set.of("problem", "yaml"), "contract",
            Set.of("problem", "schema", "yaml"),
            "governance", Set.of("contract", "problem", "schema", "yaml"), "mapping",
            Set.of("contract", "schema"), "importing",
            Set.of("contract", "problem", "schema", "yaml"), "rowfile", Set.of("schema"),
            "asyncapi",
            Set.of("contract", "mapping", "schema"), "diff",
            Set.of("contract", "mapping", "problem", "schema", "yaml"));

    static final ArchRule PACKAGES_DO_NOT_GO_ROUND_IN_CIRCLES = slices()
            .matching(ROOT + ".(*)..").should().beFreeOfCycles();

    static final ArchRule PURE_MODULES_DO_NOT_GO_ROUND_IN_CIRCLES = slices()
            .matching(
                    "io.tidegate.(schema|contract|governance|mapping|problem|yaml|asyncapi|importing|diff)..")
            .should()
            .beFreeOfCycles();

    static final ArchRule A_FEED_KNOWS_NO_EVENT_LOOP = noClasses().that()
            .resideInAPackage(ROOT + ".feed..").should().dependOnClassesThat()
            .resideInAPackage("io.vertx..");

    static final ArchRule CONTRACTS_KNOW_NO_GATEWAY = noClasses().that()
            .resideInAnyPackage("io.tidegate.schema..", "io.tidegate.contract..",
                    "io.tidegate.mapping..", "io.tidegate.problem..", "io.tidegate.yaml..",
                    "io.tidegate.asyncapi..", "io.tidegate.governance..",
                    "io.tidegate.importing..", "io.tidegate.diff..")
            .should().dependOnClassesThat()
            .resideInAnyPackage(ROOT + "..", "io.vertx..", "org.apache.kafka..");

    static final ArchRule WHAT_DECIDES_TOUCHES_NOTHING = noClasses().that()
            .resideInAnyPackage(PURE).and().haveNameNotMatching(EDGES).should()
            .dependOnClassesThat()
            .haveNameMatching("java\\.nio\\.file\\.Files|java\\.io\\.File(In|Out)putStream"
                    + "|java\\.io\\.RandomAccessFile|java\\.net\\.(Socket|ServerSocket|http\\..*)"
                    + "|java\\.util\\.concurrent\\.(Executor.*|Thread.*|ForkJoin.*)"
                    + "|java\\.lang\\.Thread|java\\.util\\.Random|java\\.security\\.SecureRandom"
                    + "|org\\.slf4j\\..*");

    static final ArchRule WHAT_DECIDES_IS_TOLD_THE_TIME = noClasses().that()
            .resideInAnyPackage(PURE).and().haveNameNotMatching(EDGES).should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould().callMethod(System.class, "nanoTime").orShould()
            .callMethod(java.time.Clock.class, "systemUTC").orShould()
            .callMethod(java.time.Instant.class, "now");

    static final ArchRule NOBODY_NEEDS_THE_SANDBOX = noClasses().that()
            .resideOutsideOfPackages(ROOT, ROOT + ".sandbox..").should().dependOnClassesThat()
            .resideInAPackage(ROOT + ".sandbox..").allowEmptyShould(true);

    static final ArchRule ONLY_THE_SANDBOX_KNOWS_A_BROKER = noClasses().that()
            .resideOutsideOfPackage(ROOT + ".sandbox..").should().dependOnClassesThat()
            .resideInAnyPackage("kafka..", "org.apache.kafka.server..",
                    "org.apache.kafka.metadata..", "org.apache.kafka.controller..",
                    "org.apache.kafka.raft..", "org.apache.kafka.storage..");

    static final ArchRule NAMES_SAY_SOMETHING = noClasses().should().resideInAnyPackage(
            "..util..", "..utils..", "..common..", "..core..", "..impl..", "..helper..");

    static final ArchRule DATABASES_STAY_IN_THE_VIEW = only("org.jooq..", ROOT + ".view..");
    static final ArchRule KEY_STORES_STAY_IN_THE_VIEW = only("org.rocksdb..", ROOT + ".view..");
    static final ArchRule ARROW_STAYS_WITH_THE_DATA = only("org.apache.arrow..", ROOT + ".data..");
    static final ArchRule CEL_STAYS_IN_THE_PREDICATE = only("dev.cel..", ROOT + ".predicate..");
    static final ArchRule BUCKETS_STAY_IN_THE_LIMIT = only("io.github.bucket4j..",
            ROOT + ".limit..");
    static final ArchRule METERS_STAY_IN_TELEMETRY = only("io.micrometer..",
            ROOT + ".telemetry..");
    static final ArchRule NETTY_STAYS_AT_THE_EDGE = only("io.netty..", ROOT + ".http..");
    static final ArchRule KAFKA_STAYS_IN_THE_FEED = only("org.apache.kafka.clients..",
            ROOT + ".feed..", ROOT + ".sandbox..", ROOT);
    static final ArchRule GRAPHQL_STAYS_WITH_GRAPHQL = only("graphql..", "io.tidegate.mapping..",
            "io.tidegate.diff..", ROOT + ".graphql..", ROOT + ".shape..", ROOT);

    private static ArchRule only(String library, String... rooms) {
        return classes().that().resideOutsideOfPackages(rooms).should().onlyDependOnClassesThat()
                .resideOutsideOfPackage(library);
    }

    private static ArchRule leansOn(String root, String room, Set<String> others) {
        var allowed = Stream.concat(Stream.of(room), others.stream())
                .map(name -> root + "." + name + "..").toList();
        return classes().that().resideInAPackage(root + "." + room + "..").should()
                .onlyDependOnClassesThat(resideOutsideOfPackage(root + "..")
                        .or(resideInAnyPackage(allowed.toArray(String[]::new))));
    }

    /** Every package is in a table, or a new one would lean on what it likes. */
    @Test
    void every_room_is_known() {
        var rooms = new TreeSet<String>();
        for (var type : CLASSES) {
            var name = type.getPackageName().replaceFirst("^io\\.tidegate\\.?", "");
            rooms.add(name.replaceFirst("^gateway\\.", ""));
        }
        rooms.remove("gateway");

        assertThat(rooms).containsExactlyInAnyOrderElementsOf(
                Stream.concat(ROOMS.keySet().stream(), BASEMENT.keySet().stream()).toList());
    }

    static Map<String, ArchRule> rules() {
        var rules = new LinkedHashMap<String, ArchRule>();
        rules.put("packages_do_not_go_round_in_circles", PACKAGES_DO_NOT_GO_ROUND_IN_CIRCLES);
        rules.put("pure_modules_do_not_go_round_in_circles",
                PURE_MODULES_DO_NOT_GO_ROUND_IN_CIRCLES);
        rules.put("a_feed_knows_no_event_loop", A_FEED_KNOWS_NO_EVENT_LOOP);
        rules.put("contracts_know_no_gateway", CONTRACTS_KNOW_NO_GATEWAY);
        rules.put("what_decides_touches_nothing", WHAT_DECIDES_TOUCHES_NOTHING);
        rules.put("what_decides_is_told_the_time", WHAT_DECIDES_IS_TOLD_THE_TIME);
        rules.put("nobody_needs_the_sandbox", NOBODY_NEEDS_THE_SANDBOX);
        rules.put("only_the_sandbox_knows_a_broker", ONLY_THE_SANDBOX_KNOWS_A_BROKER);
        rules.put("names_say_something", NAMES_SAY_SOMETHING);
        rules.put("databases_stay_in_the_view", DATABASES_STAY_IN_THE_VIEW);
        rules.put("key_stores_stay_in_the_view", KEY_STORES_STAY_IN_THE_VIEW);
        rules.put("arrow_stays_with_the_data", ARROW_STAYS_WITH_THE_DATA);
        rules.put("cel_stays_in_the_predicate", CEL_STAYS_IN_THE_PREDICATE);
        rules.put("buckets_stay_in_the_limit", BUCKETS_STAY_IN_THE_LIMIT);
        rules.put("meters_stay_in_telemetry", METERS_STAY_IN_TELEMETRY);
        rules.put("netty_stays_at_the_edge", NETTY_STAYS_AT_THE_EDGE);
        rules.put("kafka_stays_in_the_feed", KAFKA_STAYS_IN_THE_FEED);
        rules.put("graphql_stays_with_graphql", GRAPHQL_STAYS_WITH_GRAPHQL);
        ROOMS.forEach((room, others) -> rules.put("room_" + room, leansOn(ROOT, room, others)));
        BASEMENT.forEach((room, others) -> rules.put("module_" + room,
                leansOn("io.tidegate", room, others)));
        return rules;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("names")
    void holds(String name) {
        rules().get(name).check(CLASSES);
    }

    static Stream<String> names() {
        return rules().keySet().stream();
    }
}

package io.tidegate.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
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
            "io.tidegate.asyncapi..", ROOT + ".predicate..", ROOT + ".shape..",
            ROOT + ".subscription..", ROOT + ".refusal.."};

    private static final String[] STREAMING = {ROOT + ".feed..", ROOT + ".subscription..",
            ROOT + ".delivery..", ROOT + ".shape..", ROOT + ".predicate..", ROOT + ".view..",
            ROOT + ".access..", ROOT + ".limit..", ROOT + ".refusal..", ROOT + ".catalog.."};

    static final ArchRule PACKAGES_DO_NOT_GO_ROUND_IN_CIRCLES = slices()
            .matching(ROOT + ".(*)..").should().beFreeOfCycles();

    static final ArchRule PURE_MODULES_DO_NOT_GO_ROUND_IN_CIRCLES = slices()
            .matching("io.tidegate.(schema|contract|mapping|problem|yaml|asyncapi)..").should()
            .beFreeOfCycles();

    static final ArchRule WHAT_STREAMS_KNOWS_NO_TRANSPORT = noClasses().that()
            .resideInAnyPackage(STREAMING).should().dependOnClassesThat()
            .resideInAnyPackage(ROOT, ROOT + ".graphql..", ROOT + ".stream..", ROOT + ".http..",
                    ROOT + ".portal..", ROOT + ".sandbox..");

    static final ArchRule A_SUBSCRIPTION_KNOWS_FEEDS_AND_REFUSALS_ONLY = noClasses().that()
            .resideInAPackage(ROOT + ".subscription..").should().dependOnClassesThat()
            .resideInAnyPackage(ROOT + ".delivery..", ROOT + ".catalog..", ROOT + ".view..",
                    ROOT + ".shape..", ROOT + ".access..", ROOT + ".limit..");

    static final ArchRule A_FEED_KNOWS_NOBODY_WHO_READS_IT = noClasses().that()
            .resideInAPackage(ROOT + ".feed..").should().dependOnClassesThat()
            .resideInAnyPackage(ROOT + ".subscription..", ROOT + ".delivery..", ROOT + ".catalog..",
                    ROOT + ".view..", ROOT + ".shape..", ROOT + ".access..", "io.vertx..");

    static final ArchRule CONTRACTS_KNOW_NO_GATEWAY = noClasses().that()
            .resideInAnyPackage("io.tidegate.schema..", "io.tidegate.contract..",
                    "io.tidegate.mapping..", "io.tidegate.problem..", "io.tidegate.yaml..",
                    "io.tidegate.asyncapi..")
            .should().dependOnClassesThat()
            .resideInAnyPackage(ROOT + "..", "io.vertx..", "org.apache.kafka..");

    static final ArchRule WHAT_DECIDES_TOUCHES_NOTHING = noClasses().that()
            .resideInAnyPackage(PURE).should().dependOnClassesThat()
            .haveNameMatching("java\\.nio\\.file\\.Files|java\\.io\\.File(In|Out)putStream"
                    + "|java\\.io\\.RandomAccessFile|java\\.net\\.(Socket|ServerSocket|http\\..*)"
                    + "|java\\.util\\.concurrent\\.(Executor.*|Thread.*|ForkJoin.*)"
                    + "|java\\.lang\\.Thread|java\\.util\\.Random|java\\.security\\.SecureRandom"
                    + "|org\\.slf4j\\..*");

    static final ArchRule WHAT_DECIDES_IS_TOLD_THE_TIME = noClasses().that()
            .resideInAnyPackage(PURE).should().callMethod(System.class, "currentTimeMillis")
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
    static final ArchRule CEL_STAYS_IN_THE_PREDICATE = only("dev.cel..", ROOT + ".predicate..");
    static final ArchRule BUCKETS_STAY_IN_THE_LIMIT = only("io.github.bucket4j..",
            ROOT + ".limit..");
    static final ArchRule METERS_STAY_IN_TELEMETRY = only("io.micrometer..",
            ROOT + ".telemetry..");
    static final ArchRule NETTY_STAYS_AT_THE_EDGE = only("io.netty..", ROOT + ".http..");
    static final ArchRule KAFKA_STAYS_IN_THE_FEED = only("org.apache.kafka.clients..",
            ROOT + ".feed..", ROOT + ".sandbox..", ROOT);
    static final ArchRule GRAPHQL_STAYS_WITH_GRAPHQL = only("graphql..", "io.tidegate.mapping..",
            ROOT + ".graphql..", ROOT + ".shape..", ROOT);

    private static ArchRule only(String library, String... rooms) {
        return classes().that().resideOutsideOfPackages(rooms).should().onlyDependOnClassesThat()
                .resideOutsideOfPackage(library);
    }

    static Map<String, ArchRule> rules() {
        var rules = new LinkedHashMap<String, ArchRule>();
        rules.put("packages_do_not_go_round_in_circles", PACKAGES_DO_NOT_GO_ROUND_IN_CIRCLES);
        rules.put("pure_modules_do_not_go_round_in_circles",
                PURE_MODULES_DO_NOT_GO_ROUND_IN_CIRCLES);
        rules.put("what_streams_knows_no_transport", WHAT_STREAMS_KNOWS_NO_TRANSPORT);
        rules.put("a_subscription_knows_feeds_and_refusals_only",
                A_SUBSCRIPTION_KNOWS_FEEDS_AND_REFUSALS_ONLY);
        rules.put("a_feed_knows_nobody_who_reads_it", A_FEED_KNOWS_NOBODY_WHO_READS_IT);
        rules.put("contracts_know_no_gateway", CONTRACTS_KNOW_NO_GATEWAY);
        rules.put("what_decides_touches_nothing", WHAT_DECIDES_TOUCHES_NOTHING);
        rules.put("what_decides_is_told_the_time", WHAT_DECIDES_IS_TOLD_THE_TIME);
        rules.put("nobody_needs_the_sandbox", NOBODY_NEEDS_THE_SANDBOX);
        rules.put("only_the_sandbox_knows_a_broker", ONLY_THE_SANDBOX_KNOWS_A_BROKER);
        rules.put("names_say_something", NAMES_SAY_SOMETHING);
        rules.put("databases_stay_in_the_view", DATABASES_STAY_IN_THE_VIEW);
        rules.put("cel_stays_in_the_predicate", CEL_STAYS_IN_THE_PREDICATE);
        rules.put("buckets_stay_in_the_limit", BUCKETS_STAY_IN_THE_LIMIT);
        rules.put("meters_stay_in_telemetry", METERS_STAY_IN_TELEMETRY);
        rules.put("netty_stays_at_the_edge", NETTY_STAYS_AT_THE_EDGE);
        rules.put("kafka_stays_in_the_feed", KAFKA_STAYS_IN_THE_FEED);
        rules.put("graphql_stays_with_graphql", GRAPHQL_STAYS_WITH_GRAPHQL);
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

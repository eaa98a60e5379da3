package io.tidegate.governance;

import static io.tidegate.governance.Contracts.TODAY;
import static io.tidegate.governance.Contracts.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Whatever the tiers say: nothing that one of them refuses gets through all of them, and nobody refuses more than they. */
class TighteningPropertyTest {
    private static final long SEED = 20261121;

    @Test
    void the_tiers_together_accept_what_each_of_them_accepts_and_nothing_else() {
        var random = new Random(SEED);
        int accepted = 0;
        int refused = 0;
        for (int round = 0; round < 2_000; round++) {
            var tiers = new ArrayList<String>();
            var merged = Governance.none();
            // A domain alone is judged with the order of plans that all share.
            for (int i = 0; i < 1 + random.nextInt(3); i++) {
                var tier = tier(random);
                var next = merged.under(new SourceFile("g" + i + ".yaml", tier));
                // What would loosen is a conflict and never becomes part of the tiers.
                if (next.isUsable()) {
                    tiers.add(tier);
                    merged = next;
                }
            }
            var contract = contract(random);
            var alone = tiers.stream().allMatch(tier -> accepts(
                    Governance.none().under(new SourceFile("alone.yaml", tier)), contract));

            assertThat(accepts(merged, contract))
                    .as("seed %d round %d: %s%n%s", SEED, round, tiers, contract)
                    .isEqualTo(alone);
            accepted += alone && !tiers.isEmpty() ? 1 : 0;
            refused += alone ? 0 : 1;
        }
        assertThat(accepted).isGreaterThan(200);
        assertThat(refused).isGreaterThan(200);
    }

    /** A tier below that is no conflict never makes the largest allowed thing larger. */
    @Test
    void a_tier_without_a_conflict_states_nothing_laxer() {
        var random = new Random(SEED);
        int conflicts = 0;
        for (int round = 0; round < 2_000; round++) {
            var above = Governance.none().under(new SourceFile("a.yaml", tier(random)));
            var below = above.under(new SourceFile("b.yaml", tier(random)));
            for (var problem : below.problems()) {
                conflicts++;
                assertThat(problem.rule()).isEqualTo("governance-conflict");
                assertThat(problem.place().file()).isEqualTo("b.yaml");
                assertThat(problem.related().orElseThrow().file()).isEqualTo("a.yaml");
                assertThat(problem.message()).contains(problem.related().orElseThrow().toString());
            }
        }
        assertThat(conflicts).isGreaterThan(200);
    }

    private static boolean accepts(Governance governance, String contract) {
        assertThat(governance.isUsable()).isTrue();
        return governance.check(schema(contract), new SourceFile("c.yaml", contract), TODAY)
                .stream().noneMatch(Problem::isError);
    }

    private static String tier(Random random) {
        var tier = new StringBuilder();
        if (random.nextInt(4) == 0) {
            tier.append("schema: {types: ").append(some(random, "avro", "json", "protobuf"))
                    .append("}\n");
        }
        if (random.nextInt(4) == 0) {
            tier.append("quality: ").append(some(random, "authoritative", "curated", "raw"))
                    .append(random.nextBoolean() ? "\nwarn: [quality]\n" : "\n");
        }
        if (random.nextInt(4) == 0) {
            tier.append("require: ").append(some(random, "description", "tags", "sla.freshness"))
                    .append("\n");
        }
        if (random.nextInt(4) == 0) {
            tier.append("sla: {freshness: ").append(1 + random.nextInt(4)).append("m}\n");
        }
        if (random.nextInt(4) == 0) {
            tier.append("masks: {").append(one(random, "email", "'e*'", "phone")).append(": ")
                    .append(one(random, "hide", "hash", "partial")).append("}\n");
        }
        if (random.nextInt(4) == 0) {
            tier.append("personal: ").append(some(random, "email", "phone", "'*o*'"))
                    .append("\n");
        }
        if (random.nextInt(4) == 0) {
            tier.append("naming: {products: '").append(one(random, "[a-z]+", "o.*", ".{3,6}"))
                    .append("'}\n");
        }
        if (random.nextInt(4) == 0) {
            tier.append("plans: {order: [free, silver, gold], largest: ")
                    .append(one(random, "free", "silver", "gold")).append("}\n");
        }
        return tier.toString();
    }

    private static String contract(Random random) {
        return """
                domain: sales
                product: %s
                version: "1.0"
                owner: o
                %s%ssla: {%s}
                quality: %s
                schema: {type: %s}
                fields:
                  - {name: id, type: string}
                  - {name: email, type: string, pii: %s}
                  - {name: phone, type: string, pii: %s}
                access: [{scope: s, plan: %s, mask: {email: %s}}]
                """.formatted(one(random, "orders", "refunds", "or-ders"),
                random.nextBoolean() ? "description: d\n" : "",
                random.nextBoolean() ? "tags: [t]\n" : "",
                random.nextBoolean() ? "freshness: " + (1 + random.nextInt(4)) + "m" : "",
                one(random, "authoritative", "curated", "raw"), one(random, "avro", "json"),
                random.nextBoolean(), random.nextBoolean(), one(random, "free", "silver", "gold"),
                one(random, "hide", "hash", "partial"));
    }

    private static String one(Random random, String... texts) {
        return texts[random.nextInt(texts.length)];
    }

    private static String some(Random random, String... texts) {
        var some = new ArrayList<>(List.of(texts));
        Collections.shuffle(some, random);
        return some.stream().limit(1 + random.nextInt(texts.length))
                .collect(Collectors.joining(", ", "[", "]"));
    }
}

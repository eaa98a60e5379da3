package io.tidegate.governance;

import static io.tidegate.governance.Contracts.TODAY;
import static io.tidegate.governance.Contracts.check;
import static io.tidegate.governance.Contracts.governance;
import static io.tidegate.governance.Contracts.problems;
import static io.tidegate.governance.Contracts.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GovernanceTest {
    /** Meets {@link #EVERYTHING}. */
    private static final String GOOD = """
            domain: sales
            product: orders
            version: "2.0"
            owner: sales@example.com
            description: Every change of an order.
            tags: [orders]
            status: deprecated
            sunset: 2027-06-30
            successor: sales/orders/v3
            quality: authoritative
            sla: {freshness: 1m, availability: 99.9%}
            schema: {type: avro}
            fields:
              - {name: order_id, type: string, description: Its number.}
              - {name: changed_at, type: timestamp, description: When.}
              - name: buyer
                type: object
                description: Who buys.
                fields:
                  - {name: email, type: string, pii: true, classification: contact, description: Where.}
            stream: {topics: [sales.order.v2.changed], key: [order_id], eventTime: changed_at}
            rules: [{name: dated, expect: event.changed_at <= now}]
            view: {history: 7d}
            access:
              - {scope: "sales.orders:read", rows: "event.order_id == claims.id", mask: {buyer.email: hash}, plan: free}
            """;

    private static final String EVERYTHING = """
            naming:
              domains: "[a-z]{3,20}"
              products: kebab
              topics: "<domain>.<entity>.<version>.<event-type>"
              fields: snake
              scopes: "<domain>.<product>:read"
            require: [description, owner, tags, key, eventTime, rules, access, access.rows, access.plan, sunset,
              successor, fields.description, fields.classification, sla.freshness, sla.availability]
            owner: ["*@example.com", "*@example.org"]
            quality: [authoritative, curated]
            schema: {types: [avro, protobuf]}
            sla: {freshness: 5m}
            view: {history: 30d}
            personal: [email, "*_phone"]
            masks: {email: hash}
            plans: {order: [free, silver, gold], largest: silver}
            """;

    @Test
    void a_product_that_meets_everything_has_no_problem() {
        assertThat(check(EVERYTHING, GOOD)).isEmpty();
        assertThat(problems(Governance.none(), GOOD)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "naming: {domains: \"[a-z]{6,}\"} | c.yaml:1:9: governance-naming: domain 'sales' is not named as '[a-z]{6,}', as 'naming.domains' in g0.yaml:1:19 demands: rename the domain",
            "naming: {products: \"<domain>-<word>\"} | c.yaml:2:10: governance-naming: product 'orders' is not named as 'sales-<word>', as 'naming.products' in g0.yaml:1:20 demands: rename the product",
            "naming: {topics: \"<domain>.<product>.<version>\"} | c.yaml:21:18: governance-naming: topic 'sales.order.v2.changed' is not named as 'sales.orders.v2', as 'naming.topics' in g0.yaml:1:18 demands: rename the topic",
            "naming: {fields: camel} | c.yaml:14:5: governance-naming: fields 'order_id' and 'changed_at' are not named as 'camel', as 'naming.fields' in g0.yaml:1:18 demands: rename them",
            "naming: {scopes: \"[a-z:]+\"} | c.yaml:25:5: governance-naming: scope 'sales.orders:read' is not named as '[a-z:]+', as 'naming.scopes' in g0.yaml:1:18 demands: rename the scope",
            "require: [sla.latency] | c.yaml:1:1: governance-require: 'sla.latency' is missing, as 'require.sla.latency' in g0.yaml:1:11 demands: add it",
            "require: [schema] | c.yaml:14:3: governance-require: the contract's fields are its only schema, as 'require.schema' in g0.yaml:1:11 demands: name a schema in 'file' or 'registry'",
            "owner: \"*@example.net\" | c.yaml:4:8: governance-owner: owner: expected '*@example.net' but was 'sales@example.com', as 'owner' in g0.yaml:1:8 demands: name an owner of the organisation",
            "quality: [raw] | c.yaml:10:10: governance-quality: quality: expected raw but was 'authoritative', as 'quality' in g0.yaml:1:10 demands: set an allowed quality that the data deserves",
            "schema: {types: json} | c.yaml:12:16: governance-schema: schema.type: expected json but was 'avro', as 'schema.types' in g0.yaml:1:17 demands: use a schema of an allowed type",
            "sla: {freshness: 30s} | c.yaml:11:18: governance-freshness: sla.freshness: expected at most 30s but was 1m, as 'sla.freshness' in g0.yaml:1:18 demands: promise a shorter time",
            "view: {history: 1d} | c.yaml:23:17: governance-history: view.history: expected at most 1d but was 7d, as 'view.history' in g0.yaml:1:17 demands: keep it for a shorter time",
            "personal: buyer | c.yaml:16:5: governance-personal: field 'buyer' is named as 'buyer' and is not personal, as 'personal' in g0.yaml:1:11 demands: set 'pii: true'",
            "masks: {email: redact} | c.yaml:25:5: governance-mask: the grant of 'sales.orders:read' shows field 'buyer.email' as 'hash', as 'masks.email' in g0.yaml:1:16 demands: mask it with 'redact' or a stricter one",
            "masks: {order_id: hide} | c.yaml:25:5: governance-mask: the grant of 'sales.orders:read' shows field 'order_id' in clear, as 'masks.order_id' in g0.yaml:1:19 demands: mask it with 'hide' or a stricter one",
            "plans: {order: [tiny, free], largest: tiny} | c.yaml:25:5: governance-plan: the grant of 'sales.orders:read' gives plan 'free', as 'plans.largest' in g0.yaml:1:39 demands: give tiny"})
    void a_rule_that_is_not_met_is_told_with_its_place(String governance, String expected) {
        assertThat(check(governance, GOOD)).containsExactly(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"description", "tags", "key", "eventTime", "rules", "access",
            "access.rows", "access.plan", "sunset", "successor", "fields.description",
            "fields.classification", "sla.freshness", "sla.availability", "schema"})
    void what_is_required_is_missed(String requirement) {
        var bare = """
                domain: sales
                product: orders
                version: "2.0"
                owner: sales@example.com
                status: deprecated
                schema: {type: json}
                fields:
                  - {name: order_id, type: string, pii: true}
                """;

        assertThat(problems(governance("require: [" + requirement + "]"), bare)).hasSize(1)
                .allSatisfy(one -> assertThat(one.rule()).isEqualTo("governance-require"));
    }

    @Test
    void an_odcs_contract_without_an_owner_is_missed_and_judged_at_its_own_keys() {
        var contract = """
                apiVersion: v3.1.0
                kind: DataContract
                id: x
                version: 1.0.0
                status: active
                domain: sales
                dataProduct: orders
                schema:
                  - name: orders
                    physicalName: sales.orders
                    physicalType: topic
                    properties: [{name: home_email, logicalType: string}]
                customProperties:
                  - property: tidegate.governance
                    value: {personal: ["*email"]}
                """;

        assertThat(check("require: [owner]\nnaming: {products: \"x+\"}", contract)).containsExactly(
                "c.yaml:1:1: governance-require: 'owner' is missing, as 'require.owner' in g0.yaml:1:11 demands: add it",
                "c.yaml:7:14: governance-naming: product 'orders' is not named as 'x+', as 'naming.products' in g0.yaml:2:20 demands: rename the product",
                "c.yaml:12:18: governance-personal: field 'home_email' is named as '*email' and is not personal, as 'personal' in c.yaml:15:24 demands: set 'pii: true'");
    }

    @Test
    void the_contracts_own_block_is_the_last_tier() {
        var own = GOOD + "governance:\n  view: {history: 1d}\n  schema: {types: [avro, json]}\n";

        assertThat(check("schema: {types: [avro]}", own)).containsExactly(
                "c.yaml:23:17: governance-history: view.history: expected at most 1d but was 7d, as 'view.history' in c.yaml:27:19 demands: keep it for a shorter time",
                "c.yaml:28:19: governance-conflict: schema.types: json is not among avro (g0.yaml:1:17), and a lower tier can only tighten: remove it here, or allow it there");
        assertThat(check("", GOOD + "governance: strict\n")).containsExactly(
                "c.yaml:26:13: wrong-type: governance should be a mapping of keys to values but is a text");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "schema: {types: [avro]} | schema: {types: [json, avro]} | g1.yaml:1:17: governance-conflict: schema.types: json is not among avro (g0.yaml:1:17), and a lower tier can only tighten: remove it here, or allow it there",
            "quality: [curated] | quality: [raw, curated] | g1.yaml:1:10: governance-conflict: quality: raw is not among curated (g0.yaml:1:10), and a lower tier can only tighten: remove it here, or allow it there",
            "sla: {freshness: 1m} | sla: {freshness: 61s} | g1.yaml:1:18: governance-conflict: sla.freshness: 61s is longer than 1m (g0.yaml:1:18), and a lower tier can only tighten: shorten it",
            "view: {history: 1d} | view: {history: 2d} | g1.yaml:1:17: governance-conflict: view.history: 2d is longer than 1d (g0.yaml:1:17), and a lower tier can only tighten: shorten it",
            "plans: {order: [a, b], largest: a} | plans: {largest: b} | g1.yaml:1:18: governance-conflict: plans.largest: 'b' is larger than 'a' (g0.yaml:1:33), and a lower tier can only tighten: name that or a smaller one",
            "plans: {order: [a, b]} | plans: {order: [b, a]} | g1.yaml:1:8: governance-conflict: plans.order: [b, a] is not [a, b] (g0.yaml:1:8), and a lower tier can only tighten: plans have one order: remove it here",
            "masks: {'*mail': hash} | masks: {email: year} | g1.yaml:1:16: governance-conflict: masks.email: 'year' shows more than 'hash', which '*mail' requires (g0.yaml:1:18), and a lower tier can only tighten: require that or a stricter mask",
            "owner: '*@a.com' | warn: [owner] | g1.yaml:1:8: governance-conflict: warn: 'owner' is stated by a tier above (g0.yaml:1:8), and a lower tier can only tighten: only that tier can make it milder: move the entry there",
            "require: [tags] | except: [{product: a/b, rule: require, until: 2027-01-01, reason: old}] | g1.yaml:1:31: governance-conflict: except: 'require' is stated by a tier above (g0.yaml:1:11), and a lower tier can only tighten: only that tier can make it milder: move the entry there"})
    void what_loosens_a_tier_above_is_a_conflict_that_names_both_places(String above, String below,
            String expected) {
        var governance = governance(above).under(new SourceFile("g1.yaml", below));

        assertThat(governance.problems()).map(Problem::toString).containsExactly(expected);
        assertThat(governance.problems().getFirst().related())
                .hasValueSatisfying(place -> assertThat(place.file()).isEqualTo("g0.yaml"));
        assertThat(governance.isUsable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "schema: {types: [avro, json]} | schema: {types: [json]}",
            "sla: {freshness: 1m} | sla: {freshness: 60s}",
            "plans: {order: [a, b], largest: b} | plans: {largest: a}",
            "masks: {'*mail': hash} | masks: {'*mail': hide, phone: year}",
            "masks: {email: hash} | masks: {'*mail': year}",
            "owner: '*@a.com' | owner: '*@b.a.com'", "require: [tags] | require: [tags, key]"})
    void what_tightens_or_repeats_is_none(String above, String below) {
        assertThat(governance(above, below).isUsable()).isTrue();
    }

    @Test
    void two_tiers_that_demand_the_same_are_told_once() {
        assertThat(problems(governance("require: [schema]\nwarn: [require]", "require: [schema]"),
                GOOD)).singleElement().satisfies(one -> {
                    assertThat(one.isError()).isTrue();
                    assertThat(one.related()).contains(new Place("g1.yaml", 1, 11));
                });
    }

    @Test
    void a_rule_under_warn_only_warns() {
        assertThat(problems(governance("""
                naming: {topics: "x+", products: "x+"}
                require: [sla.latency]
                warn: [naming, require.sla.latency]
                """), GOOD)).hasSize(3).noneMatch(Problem::isError);
    }

    @Test
    void an_exception_holds_to_its_last_day() {
        var governance = governance(
                """
                        require: [sla.latency]
                        except:
                          - {product: sales/orders, rule: require, until: 2026-11-21, reason: older than the rule}
                          - {product: sales/refunds/v1, rule: require.sla.latency, until: 2027-11-21, reason: likewise}
                        """);
        var file = new SourceFile("c.yaml", GOOD);

        assertThat(governance.check(schema(GOOD), file, TODAY)).isEmpty();
        assertThat(governance.check(schema(GOOD), file, TODAY.plusDays(1))).map(Problem::message)
                .containsExactly(
                        "'sla.latency' is missing, as 'require.sla.latency' in g0.yaml:1:11 demands"
                                + " (the exception ended on 2026-11-21): add it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "nameing: {} | g.yaml:1:1: unknown-key: unknown key 'nameing': did you mean 'naming'?",
            "naming: {topics: \"<domian>.x\"} | g.yaml:1:18: bad-value: naming.topics: '<domian>.x' has the unknown placeholder '<domian>': expected domain, product, version, major, entity, event-type or word: did you mean 'domain'?",
            "naming: {topics: \"<domain\"} | g.yaml:1:18: bad-value: naming.topics: '<domain' opens a placeholder with '<' that no '>' closes",
            "naming: {products: \"[a-z\"} | g.yaml:1:20: bad-value: naming.products: '[a-z' is no regular expression of RE2: missing closing ]",
            "naming: {products: \"(a{100}){100}\"} | g.yaml:1:20: bad-value: naming.products: '(a{100}){100}' repeats more than 1000 times, all its counts in braces multiplied: write '*' or '+'",
            "require: [descripton] | g.yaml:1:11: bad-value: require: expected description, owner, tags, schema, key, eventTime, rules, access, access.rows, access.plan, sunset, successor, fields.description, fields.classification, sla.freshness, sla.availability, sla.tier, sla.latency, sla.throughput, sla.ordering, sla.delivery or sla.retention but was 'descripton': did you mean 'description'?",
            "personal: [email, email] | g.yaml:1:19: duplicate: personal: 'email' is listed twice",
            "masks: {email: hsah} | g.yaml:1:16: bad-value: masks.email: expected hide, redact, hash, partial or year but was 'hsah': did you mean 'hash'?",
            "plans: {largest: gold} | g.yaml:1:18: missing-key: key 'plans.order' is missing, here and in every tier above: list the plans from the smallest to the largest",
            "plans: {order: [free, gold], largest: glod} | g.yaml:1:39: bad-value: plans.largest: expected free or gold but was 'glod': did you mean 'gold'?",
            "schema: {types: []} | g.yaml:1:17: bad-value: schema.types: the list is empty: allow avro, json or protobuf, or remove the key",
            "warn: [owner] | g.yaml:1:8: bad-value: warn: this file states no 'owner'",
            "except: [{product: a/b, rule: owner, reason: x}] | g.yaml:1:10: missing-key: key 'except[0].until' is missing",
            "[] | g.yaml:1:1: wrong-type: the file should be a mapping of keys to values but is a list"})
    void a_file_that_is_wrong_governs_strictly(String text, String expected) {
        var governance = Governance.none().under(new SourceFile("g.yaml", text));

        assertThat(governance.problems()).map(Problem::toString).first().isEqualTo(expected);
        assertThat(governance.isUsable()).isFalse();
        assertThat(governance.under(new SourceFile("h.yaml", "owner: x")).isUsable()).isFalse();
    }

    @Test
    void a_file_that_says_nothing_demands_nothing() {
        assertThat(governance("# owner: x\n").isUsable()).isTrue();
        assertThat(governance("", "owner: x").files()).containsExactly("g0.yaml", "g1.yaml");
    }

    @Test
    void an_evil_pattern_takes_no_time() {
        var contract = GOOD.replace("product: orders", "product: " + "a".repeat(99));

        assertThat(check("naming: {products: \"(a+)+b\"}", contract)).hasSize(1);
    }

    @Test
    void personal_fields_are_found_in_lists_maps_and_records_that_hold_themselves() {
        var schema = """
                {"type": "record", "name": "Person", "fields": [
                  {"name": "id", "type": "string"},
                  {"name": "homePhone", "type": "string"},
                  {"name": "manager", "type": ["null", "Person"], "default": null},
                  {"name": "contacts", "type": {"type": "array", "items":
                    {"type": "record", "name": "Contact", "fields": [{"name": "Email", "type": "string"}]}}}]}
                """;
        var contract = """
                domain: hr
                product: people
                version: "1.0"
                owner: hr@example.com
                schema: {type: avro, file: person.avsc}
                """;
        var governance = governance("personal: [email, \"*_phone\"]");
        var read = schema(contract, Map.of("person.avsc", schema));

        assertThat(governance.check(read, new SourceFile("c.yaml", contract), TODAY))
                .map(Problem::message).map(text -> text.replaceAll(" and is .*", ""))
                .containsExactlyInAnyOrder("field 'contacts.Email' is named as 'email'",
                        "field 'manager' holds fields named as 'email'",
                        "field 'homePhone' is named as '*_phone'",
                        "field 'manager' holds fields named as '*_phone'");

        var hidden = contract + """
                fields:
                  - {name: homePhone, type: string, pii: true}
                  - {name: manager, type: json, pii: true}
                  - {name: contacts, type: json, pii: true}
                """;
        assertThat(governance.check(schema(hidden, Map.of("person.avsc", schema)),
                new SourceFile("c.yaml", hidden), TODAY)).isEmpty();
    }

    @Test
    void a_mask_on_what_is_around_a_field_counts() {
        var hidden = GOOD.replace("mask: {buyer.email: hash}", "mask: {buyer: hide}");
        var open = GOOD.replace("mask: {buyer.email: hash}", "open: [buyer.email]");
        var neither = GOOD.replace("mask: {buyer.email: hash}, ", "");

        assertThat(check("masks: {buyer.email: redact}", hidden)).isEmpty();
        assertThat(check("masks: {email: redact}", neither)).isEmpty();
        assertThat(check("masks: {email: year}", open)).hasSize(1);
    }

    @Test
    void a_grant_without_a_plan_has_the_default_one() {
        var without = GOOD.replace(", plan: free", "");

        assertThat(check("plans: {order: [default, gold], largest: default}", without)).isEmpty();
        assertThat(check("plans: {order: [free, gold], largest: gold}", without)).containsExactly(
                "c.yaml:25:5: governance-plan: the grant of 'sales.orders:read' names no plan and so gives the gateway's own, as 'plans.largest' in g0.yaml:1:39 demands: give free or gold");
    }

    @Test
    void retired_products_are_not_judged() {
        assertThat(check("require: [schema]", GOOD.replace("deprecated", "retired"))).isEmpty();
    }

    @Test
    void a_type_that_branches_at_every_level_is_refused_and_not_walked_for_ever() {
        var types = new StringBuilder();
        var contract = new StringBuilder("""
                domain: a
                product: b
                version: "1.0"
                owner: o
                schema: {type: avro, file: s.avsc}
                """);
        for (int i = 0; i < 20; i++) {
            types.append("{\"type\":\"record\",\"name\":\"R").append(i)
                    .append("\",\"fields\":[{\"name\":\"a\",\"type\":");
        }
        types.append("\"string\"");
        for (int i = 20; i > 0; i--) {
            types.append("},{\"name\":\"b\",\"type\":\"")
                    .append(i == 20 ? "string" : "R" + i).append("\"}]}");
        }
        var read = schema(contract.toString(), Map.of("s.avsc", types.toString()));

        assertThat(governance("personal: x").check(read,
                new SourceFile("c.yaml", contract.toString()), TODAY)).map(Problem::rule)
                .isEqualTo(List.of("governance-limit"));
    }

    @Test
    void errors_are_not_lost_among_many_warnings() {
        var contract = new StringBuilder("""
                domain: a
                product: b
                version: "1.0"
                owner: o
                fields:
                """);
        for (int i = 0; i < 600; i++) {
            contract.append("  - {name: warned_").append(i).append(", type: string}\n");
        }
        contract.append("  - {name: email, type: string}\n");

        var problems = problems(
                governance("personal: 'warned*'\nwarn: [personal]", "personal: email"),
                contract.toString());

        assertThat(problems).hasSize(500);
        assertThat(problems.getLast().message()).startsWith("field 'email'");
        assertThat(problems.getLast().isError()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"home_phone,homePhone,true", "home_phone,HOME-PHONE,true", "*phone,phones,false",
            "e*l,email,true", "email,mail,false", "a.*.c,a.b.c,true", "b.c,a.b.c,false",
            "*,anything,true"})
    void a_pattern_means_fields(String pattern, String path, boolean expected) {
        var subject = Glob.Subject.of(path);

        assertThat(new Glob(pattern).matchesField(subject,
                Glob.Subject.of(path.substring(path.lastIndexOf('.') + 1)))).isEqualTo(expected);
    }
}

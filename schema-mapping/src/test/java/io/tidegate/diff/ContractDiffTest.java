package io.tidegate.diff;

import static io.tidegate.diff.Contracts.diff;
import static io.tidegate.diff.Contracts.rules;
import static io.tidegate.diff.Contracts.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.LockedNames;
import io.tidegate.contract.LockedNames.Kind;
import io.tidegate.contract.LockedNames.Source;
import io.tidegate.contract.ProductSchema;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Sdl;
import io.tidegate.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule in both directions, on contracts made up for it. */
class ContractDiffTest {
    private static final String AVRO = """
            domain: sales
            product: orders
            version: "1.2"
            owner: sales@example.com
            description: Orders.
            quality: curated
            sla: {freshness: 30s, availability: 99.9%, latency: 200ms, tier: gold}
            schema: {type: avro, file: order.avsc}
            stream: {key: [order_id], topics: [sales.orders]}
            view: {history: 30d}
            rules: [{name: paid, expect: "event.count > 0"}]
            access:
              - {scope: "orders:read", rows: "event.status == 'paid'", mask: {note: partial}, plan: gold}
              - {scope: "orders:all"}
            relations: [{name: x, to: crm/xs/v1, by: {order_id: id}, inverse: orders, description: It.}]
            -----
            {"type": "record", "name": "Order", "namespace": "sales", "fields": [
              {"name": "order_id", "type": "string"},
              {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["placed", "paid"]}},
              {"name": "count", "type": "int"},
              {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
              {"name": "note", "type": ["null", "string"]},
              {"name": "placed", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "ship_to", "type": {"type": "record", "name": "Address", "fields": [
                {"name": "city", "type": "string"}, {"name": "zip", "type": "string"}]}},
              {"name": "bill_to", "type": "Address"},
              {"name": "tags", "type": {"type": "array", "items": "string"}},
              {"name": "attrs", "type": {"type": "map", "values": "string"}},
              {"name": "pay", "type": [{"type": "record", "name": "Card", "fields": [{"name": "no", "type": "string"}]},
                {"type": "record", "name": "Cash", "fields": [{"name": "till", "type": "string"}]}]},
              {"name": "x_id", "type": "string"}
            ]}
            """;
    private static final String PROTO = """
            domain: sales
            product: parcels
            version: "1.2"
            owner: sales@example.com
            schema: {type: protobuf, file: parcel.proto}
            -----
            syntax = "proto3";
            package sales;
            enum Size { SMALL = 0; LARGE = 1; }
            message Parcel {
              string id = 1;
              Size size = 2;
              int32 weight = 3;
            }
            """;

    /**
     * @param find
     *            a piece of the contract or of its schema
     * @param replace
     *            what stands there in the other state
     * @param there
     *            rules and paths from the one to the other
     * @param back
     *            and from the other to the one
     */
    private record Case(String base, String find, String replace, List<String> there,
            List<String> back) {
        @Override
        public String toString() {
            return find.strip() + " => " + replace.strip();
        }
    }

    private static Case avro(String find, String replace, String there, String back) {
        return new Case(AVRO, find, replace, list(there), list(back));
    }

    private static Case proto(String find, String replace, String there, String back) {
        return new Case(PROTO, find, replace, list(there), list(back));
    }

    private static List<String> list(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split(", "));
    }

    static Stream<Case> cases() {
        return Stream.of(
                // Relations
                avro("{name: x, to", "{name: z, to",
                        "relation-added relations[z], relation-removed relations[x]",
                        "relation-added relations[x], relation-removed relations[z]"),
                avro("crm/xs/v1", "crm/ys/v1", "relation-changed relations[x].to",
                        "relation-changed relations[x].to"),
                avro("{order_id: id}", "{order_id: no}", "relation-changed relations[x].by",
                        "relation-changed relations[x].by"),
                avro("inverse: orders, ", "", "relation-removed relations[x].inverse",
                        "relation-added relations[x].inverse"),
                avro("inverse: orders, ", "inverse: ours, ",
                        "relation-removed relations[x].inverse",
                        "relation-removed relations[x].inverse"),
                avro("description: It.", "description: That.",
                        "description-changed relations[x]", "description-changed relations[x]"),
                // Fields
                avro("{\"name\": \"count\", \"type\": \"int\"},", "",
                        "field-removed count, payload-field-removed count",
                        "field-added count, payload-field-added count"),
                avro("{\"name\": \"zip\", \"type\": \"string\"}",
                        "{\"name\": \"zip\", \"type\": \"string\"}, {\"name\": \"land\", \"type\": \"string\"}",
                        "field-added ship_to.land, payload-field-added ship_to.land",
                        "field-removed ship_to.land, payload-field-removed ship_to.land"),
                avro("{\"name\": \"count\", \"type\": \"int\"}",
                        "{\"name\": \"count\", \"type\": \"long\"}",
                        "field-type-changed count, payload-type-changed count",
                        "field-type-changed count, payload-type-changed count"),
                avro("{\"name\": \"count\", \"type\": \"int\"}",
                        "{\"name\": \"count\", \"type\": [\"null\", \"int\"]}",
                        "field-nullable count, payload-field-nullable count",
                        "field-not-null count, payload-field-required count"),
                avro("\"items\": \"string\"", "\"items\": [\"null\", \"string\"]",
                        "field-nullable tags, payload-field-nullable tags",
                        "field-not-null tags, payload-field-required tags"),
                avro("\"values\": \"string\"", "\"values\": [\"null\", \"string\"]",
                        "field-nullable attrs, payload-field-nullable attrs",
                        "field-not-null attrs, payload-field-required attrs"),
                avro("{\"name\": \"zip\", \"type\": \"string\"}",
                        "{\"name\": \"zip\", \"type\": \"string\", \"doc\": \"Five digits.\"}",
                        "description-changed ship_to.zip", "description-changed ship_to.zip"),
                avro("{\"name\": \"zip\", \"type\": \"string\"}",
                        "{\"name\": \"zip\", \"type\": {\"type\": \"string\", \"logicalType\": \"uuid\"}}",
                        // A text need not be a UUID, so a field of UUIDs can be null.
                        "field-type-changed ship_to.zip, payload-field-nullable ship_to.zip,"
                                + " payload-format-narrowed ship_to.zip",
                        "field-type-changed ship_to.zip, payload-field-required ship_to.zip,"
                                + " payload-format-changed ship_to.zip"),
                avro("\"scale\": 2", "\"scale\": 4", "payload-range-changed total",
                        "payload-range-changed total"),
                avro("\"timestamp-millis\"", "\"timestamp-micros\"",
                        "payload-range-changed placed", "payload-range-changed placed"),
                avro("{\"type\": \"enum\", \"name\": \"Status\", \"symbols\": [\"placed\", \"paid\"]}",
                        "\"string\"", "field-type-changed status, payload-enum-opened status",
                        "field-type-changed status, payload-format-narrowed status"),
                // Enums, unions, names of types
                avro("[\"placed\", \"paid\"]", "[\"placed\", \"paid\", \"sent\"]",
                        "enum-value-added status, payload-enum-value-added status",
                        "enum-value-removed status, payload-enum-value-removed status"),
                avro("\"name\": \"Cash\"", "\"name\": \"Coins\"",
                        "union-member-added pay, union-member-removed pay,"
                                + " payload-union-member-added pay, payload-union-member-removed pay",
                        "union-member-added pay, union-member-removed pay,"
                                + " payload-union-member-added pay, payload-union-member-removed pay"),
                avro("\"name\": \"Status\"", "\"name\": \"State\"", "type-renamed status",
                        "type-renamed status"),
                // The product
                avro("description: Orders.", "description: Orders.\ngraphql: {name: Orders}",
                        "product-renamed graphql", "product-renamed graphql"),
                avro("key: [order_id]", "key: [order_id, count]",
                        "key-changed stream.key, stream-key-changed stream.key",
                        "key-changed stream.key, stream-key-changed stream.key"),
                avro("key: [order_id]", "key: [note]",
                        "key-changed stream.key, stream-key-changed stream.key",
                        "key-changed stream.key, stream-key-changed stream.key"),
                avro("view: {history: 30d}", "view: none", "pull-queries-removed view",
                        "pull-queries-added view"),
                avro("description: Orders.", "description: All orders.",
                        "description-changed description", "description-changed description"),
                // The stream
                avro("topics: [sales.orders]", "topics: [sales.orders-2]",
                        "topic-changed stream.topics", "topic-changed stream.topics"),
                avro("topics: [sales.orders]", "topics: [sales.orders], eventTime: placed",
                        "event-time-changed stream.eventTime",
                        "event-time-changed stream.eventTime"),
                avro("topics: [sales.orders]", "topics: [sales.orders], envelope: cloudevents",
                        "envelope-changed stream.envelope", "envelope-changed stream.envelope"),
                avro("topics: [sales.orders]", "topics: [sales.orders], onBadRecord: stop",
                        "bad-records-changed stream.onBadRecord",
                        "bad-records-changed stream.onBadRecord"),
                // Access
                avro("  - {scope: \"orders:all\"}", "  - {scope: \"orders:every\"}",
                        "scope-renamed access", "scope-renamed access"),
                avro("  - {scope: \"orders:all\"}\n", "", "scope-removed access",
                        "scope-added access"),
                avro("rows: \"event.status == 'paid'\", ", "",
                        "row-rule-removed access[orders:read].rows",
                        "row-rule-added access[orders:read].rows"),
                avro("\"event.status == 'paid'\"", "\"event.status == 'paid' && event.count > 1\"",
                        "row-rule-tightened access[orders:read].rows",
                        "row-rule-changed access[orders:read].rows"),
                avro("\"event.status == 'paid'\"", "\"event.status  ==  'paid'\"", "", ""),
                avro("mask: {note: partial}, ", "", "field-unmasked note", "field-masked note"),
                avro("note: partial", "note: hide", "field-hidden note", "field-opened note"),
                avro("note: partial", "note: redact", "field-masked note", "field-unmasked note"),
                avro("stream: {",
                        "fields: [{name: ship_to, type: object, fields: [{name: zip, type: string, pii: true}]}]\nstream: {",
                        "field-hidden ship_to.zip, field-hidden ship_to.zip",
                        "field-opened ship_to.zip, field-opened ship_to.zip"),
                avro("plan: gold", "plan: free", "plan-changed access[orders:read].plan",
                        "plan-changed access[orders:read].plan"),
                avro("access:\n", "access:\n  - {scope: \"orders:all\"}\n",
                        "grant-order-changed access", "grant-order-changed access"),
                // Promises
                avro("freshness: 30s", "freshness: 1m", "freshness-weaker sla.freshness",
                        "freshness-stronger sla.freshness"),
                avro("availability: 99.9%", "availability: 99%",
                        "availability-weaker sla.availability",
                        "availability-stronger sla.availability"),
                avro("latency: 200ms", "latency: 1s", "service-level-weaker sla.latency",
                        "service-level-stronger sla.latency"),
                avro("tier: gold", "tier: silver", "service-level-changed sla.tier",
                        "service-level-changed sla.tier"),
                avro(", tier: gold", "", "service-level-removed sla.tier",
                        "service-level-added sla.tier"),
                avro("history: 30d", "history: 7d", "history-shortened view.history",
                        "history-lengthened view.history"),
                avro("quality: curated", "quality: raw", "quality-lowered quality",
                        "quality-raised quality"),
                avro("rules: [{name: paid, expect: \"event.count > 0\"}]\n", "",
                        "check-removed rules[paid]", "check-added rules[paid]"),
                // Life
                avro("quality: curated", "quality: curated\nstatus: deprecated",
                        "product-deprecated status", "product-reinstated status"),
                avro("quality: curated", "quality: curated\nstatus: retired",
                        "product-retired status", "product-reinstated status"),
                avro("quality: curated", "quality: curated\nstatus: draft",
                        "product-withdrawn status", "product-reinstated status"),
                avro("quality: curated", "quality: curated\nsunset: 2027-01-01",
                        "sunset-set sunset", "sunset-later sunset"),
                avro("quality: curated", "quality: curated\nsuccessor: sales/orders/v2",
                        "successor-changed successor", "successor-changed successor"),
                avro("owner: sales@example.com", "owner: shop@example.com", "owner-changed owner",
                        "owner-changed owner"),
                avro("quality: curated", "quality: curated\ntags: [shop]", "tags-changed tags",
                        "tags-changed tags"),
                // Protobuf
                proto("string id = 1;", "string id = 1 [deprecated = true];",
                        "field-deprecated id", "field-reinstated id"),
                proto("syntax = \"proto3\";",
                        "edition = \"2023\";\noption features.enum_type = CLOSED;\noption features.field_presence = IMPLICIT;",
                        "enum-value-removed size, payload-enum-closed size",
                        "enum-value-added size, payload-enum-opened size"),
                proto("string id = 1;\n  Size size = 2;\n  int32 weight = 3;", "bytes raw = 4;",
                        "argument-removed aggregate.groupBy, argument-removed items.orderBy, field-added raw, field-removed id,"
                                + " field-removed size, field-removed weight,"
                                + " payload-field-added raw, payload-field-removed id,"
                                + " payload-field-removed size, payload-field-removed weight",
                        "argument-added aggregate.groupBy, argument-added items.orderBy, field-added id, field-added size,"
                                + " field-added weight, field-removed raw, payload-field-added id,"
                                + " payload-field-added size, payload-field-added weight,"
                                + " payload-field-removed raw"),
                proto("int32 weight = 3;", "uint32 weight = 3;",
                        "field-type-changed weight, payload-range-changed weight",
                        "field-type-changed weight, payload-range-changed weight"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void tells_what_changed_in_both_directions(Case example) {
        assertThat(example.base()).contains(example.find());
        var one = schema(example.base());
        var other = schema(example.base().replace(example.find(), example.replace()));

        var diff = diff(one, other);
        assertThat(rules(diff)).containsExactlyInAnyOrderElementsOf(example.there());
        assertThat(rules(diff(other, one))).containsExactlyInAnyOrderElementsOf(example.back());
        // Whatever changes in the schema is told of GraphQL, or where it comes from.
        boolean isTold = diff.differences().stream().anyMatch(
                found -> found.face() == Face.GRAPHQL || found.face() == Face.LIFECYCLE);
        assertThat(isTold || sdl(one).equals(sdl(other))).isTrue();
    }

    private static String sdl(ProductSchema schema) {
        return Sdl
                .print(GraphQlSchemas.build(List.of(new Visible(ProductApi.of(schema), Set.of()))));
    }

    @Test
    void nothing_differs_from_itself() {
        for (var base : List.of(AVRO, PROTO)) {
            var diff = diff(schema(base), schema(base));

            assertThat(diff.differences()).isEmpty();
            assertThat(diff.verdicts()).isEmpty();
        }
    }

    @Test
    void independent_changes_add_up() {
        var edits = List.of(Map.entry("freshness: 30s", "freshness: 1m"),
                Map.entry("{\"name\": \"count\", \"type\": \"int\"}",
                        "{\"name\": \"count\", \"type\": \"long\"}"),
                Map.entry("note: partial", "note: hide"),
                Map.entry("[\"placed\", \"paid\"]", "[\"placed\", \"paid\", \"sent\"]"),
                Map.entry("topics: [sales.orders]", "topics: [sales.orders-2]"),
                Map.entry("plan: gold", "plan: free"), Map.entry("\"scale\": 2", "\"scale\": 4"));
        for (int chosen = 1; chosen < 1 << edits.size(); chosen += 19) {
            var text = AVRO;
            var apart = new ArrayList<String>();
            for (int i = 0; i < edits.size(); i++) {
                if ((chosen & 1 << i) != 0) {
                    var edit = edits.get(i);
                    text = text.replace(edit.getKey(), edit.getValue());
                    apart.addAll(rules(diff(schema(AVRO),
                            schema(AVRO.replace(edit.getKey(), edit.getValue())))));
                }
            }

            assertThat(rules(diff(schema(AVRO), schema(text))))
                    .containsExactlyInAnyOrderElementsOf(apart);
        }
    }

    @Test
    void names_that_a_lock_gives_or_loses_are_told() {
        var source = new Source(Kind.FIELD, "sales.Order", "x_id");
        var plain = schema(AVRO);
        var locked = schema(AVRO, new LockedNames(Map.of(source, "my_id")));
        var other = schema(AVRO, new LockedNames(Map.of(source, "your_id")));
        var path = "names.lock: field 'x_id' of 'sales.Order'";

        assertThat(rules(diff(locked, other))).containsExactlyInAnyOrder("field-renamed x_id",
                "lock-changed " + path);
        assertThat(rules(diff(plain, locked))).containsExactlyInAnyOrder("field-renamed x_id",
                "lock-added names.lock");
        assertThat(rules(diff(locked, plain))).containsExactlyInAnyOrder("field-renamed x_id",
                "lock-removed " + path);
        var symbol = new LockedNames(
                Map.of(new Source(Kind.SYMBOL, "sales.Status", "paid"), "payed"));
        assertThat(rules(diff(plain, schema(AVRO, symbol)))).contains("enum-value-renamed status");
        var condition = new LockedNames(
                Map.of(new Source(Kind.CONDITION, "sales.Order", "count"), "count_"));
        assertThat(rules(diff(plain, schema(AVRO, condition)))).contains("condition-changed count");
        var order = new LockedNames(
                Map.of(new Source(Kind.ORDER, "", "ship_to.zip"), "zip_code"));
        assertThat(rules(diff(plain, schema(AVRO, order)))).contains("order-removed ship_to.zip");
    }

    @Test
    void a_breaking_change_needs_a_new_major_version() {
        var broken = schema(AVRO.replace("freshness: 30s", "freshness: 1m"));

        assertThat(diff(schema(AVRO), broken).verdicts()).extracting(Problem::toString)
                .containsExactly("contracts/orders.yaml:1:1: breaking-without-major: product"
                        + " 'sales/orders/v1' has 1 breaking change without a new major version:"
                        + " take it back here, and write version '2.0' as a contract of its own"
                        + " beside this one");
    }

    @Test
    void an_addition_needs_a_minor_version_and_words_need_none() {
        var more = AVRO.replace("[\"placed\", \"paid\"]", "[\"placed\", \"paid\", \"sent\"]");

        assertThat(diff(schema(AVRO), schema(more)).verdicts()).extracting(Problem::toString)
                .containsExactly("contracts/orders.yaml:1:1: version: product 'sales/orders/v1'"
                        + " changed for its consumers and is still version '1.2': write '1.3'");
        assertThat(diff(schema(AVRO), schema(more)).isRefused()).isFalse();
        assertThat(diff(schema(AVRO), schema(more.replace("\"1.2\"", "\"1.3\""))).verdicts())
                .isEmpty();
        assertThat(diff(schema(AVRO), schema(AVRO.replace("Orders.", "All."))).verdicts())
                .isEmpty();
    }

    @Test
    void a_version_never_goes_back() {
        var back = diff(schema(AVRO), schema(AVRO.replace("\"1.2\"", "\"1.1.9\"")));

        assertThat(back.verdicts()).extracting(Problem::toString)
                .containsExactly("contracts/orders.yaml:1:1: version-backwards: version '1.1.9' of"
                        + " 'sales/orders/v1' is lower than '1.2' before: write '1.2'");
        assertThat(back.isRefused()).isTrue();
    }

    @Test
    void a_new_major_beside_the_old_one_is_safe() {
        var next = schema(AVRO.replace("\"1.2\"", "\"2.0\"").replace("freshness: 30s, ", ""));

        var diff = diff(List.of(schema(AVRO), schema(PROTO)),
                List.of(schema(AVRO), schema(PROTO), next), Usage.UNKNOWN, Compatibility.NONE);

        assertThat(rules(diff)).containsExactly("major-added");
        assertThat(diff.isRefused()).isFalse();
        assertThat(rules(diff(List.of(schema(PROTO)), List.of(schema(PROTO), schema(AVRO)),
                Usage.UNKNOWN, Compatibility.NONE))).containsExactly("product-added");
    }

    @Test
    void a_contract_that_becomes_a_new_major_is_compared_with_the_old_one() {
        var next = schema(AVRO.replace("\"1.2\"", "\"2.0\"").replace("freshness: 30s",
                "freshness: 1m"));

        var diff = diff(schema(AVRO), next);

        assertThat(rules(diff)).contains("freshness-weaker sla.freshness",
                "major-replaced version", "product-renamed graphql");
        assertThat(diff.isRefused()).isFalse();
    }

    @Test
    void a_product_goes_only_when_its_consumers_have_been_told() {
        var stays = schema(PROTO);
        assertThat(removed(AVRO, stays).verdicts()).extracting(Problem::rule)
                .containsExactly("product-removed");
        assertThat(rules(removed(AVRO, stays))).containsExactly("product-removed");
        for (var told : List.of("status: retired", "status: draft",
                "status: deprecated\nsunset: 2026-05-31")) {
            var gone = removed(AVRO.replace("quality: curated", told), stays);
            assertThat(rules(gone)).containsExactly("product-ended");
            assertThat(gone.isRefused()).isFalse();
        }
        var later = removed(AVRO.replace("quality: curated", "sunset: 2026-06-02"), stays);
        assertThat(later.isRefused()).isTrue();
    }

    private static ContractDiff removed(String gone, ProductSchema stays) {
        return diff(List.of(schema(gone), stays), List.of(stays), Usage.UNKNOWN,
                Compatibility.NONE);
    }

    @Test
    void retiring_is_breaking_before_the_sunset_and_safe_after_it() {
        var before = AVRO.replace("quality: curated", "status: deprecated\nsunset: 2026-05-31");
        var after = AVRO.replace("quality: curated", "status: retired\nsunset: 2026-05-31");

        assertThat(rules(diff(schema(before), schema(after))))
                .contains("product-retired-after-sunset status");
        assertThat(rules(diff(schema(before.replace("2026-05-31", "2026-06-02")),
                schema(after.replace("2026-05-31", "2026-06-02"))))).contains(
                        "product-retired status");
        assertThat(rules(diff(schema(before.replace("2026-05-31", "2027-05-31")),
                schema(before)))).contains("sunset-nearer sunset");
    }

    @Test
    void what_a_draft_changes_concerns_nobody() {
        var draft = AVRO.replace("quality: curated", "quality: curated\nstatus: draft");

        var diff = diff(schema(draft), schema(draft.replace("freshness: 30s", "freshness: 9h")));

        assertThat(diff.differences()).isEmpty();
        assertThat(diff.verdicts()).isEmpty();
    }

    @Test
    void a_field_too_many_to_order_by_is_told_when_another_makes_room() {
        var few = PROTO.replace("int32 weight = 3;", "");
        var fields = new StringBuilder();
        for (int i = 10; i < 510; i++) {
            fields.append("  string f").append(i).append(" = ").append(i).append(";\n");
        }
        var full = few.replace("  Size size = 2;\n", fields);
        var one = schema(full);
        var other = schema(full.replace("  string f10 = 10;\n", ""));

        assertThat(rules(diff(one, other))).containsExactlyInAnyOrder("field-removed f10",
                "payload-field-removed f10", "order-added f509");
        assertThat(rules(diff(other, one))).containsExactlyInAnyOrder("field-added f10",
                "payload-field-added f10", "order-removed f509");
    }

    @Test
    void those_who_use_what_changed_are_named() {
        var problems = new ArrayList<Problem>();
        var usage = Usage.read("usage.ndjson",
                """
                                {"partner":"acme","product":"sales/orders/v1","field":"ship_to.zip","lastUsed":"2026-05-01"}
                                {"partner":"acme","product":"sales/orders/v1","field":"ship_to.zip","lastUsed":"2026-05-30"}
                                {"partner":"bolt","product":"sales/orders/v1","field":"count"}
                        {"partner":"elan","product":"sales/orders/v1","field":"bill_to.zip"}
                                {"partner":"cargo","product":"sales/orders/v1","lastUsed":"2026-04-01"}

                                {"partner":"dune","product":"sales/parcels/v1","field":"ship_to.zip"}
                                """,
                problems);
        var gone = AVRO.replace(", {\"name\": \"zip\", \"type\": \"string\"}", "");

        var diff = diff(List.of(schema(AVRO)), List.of(schema(gone)), usage, Compatibility.NONE);

        assertThat(problems).isEmpty();
        assertThat(diff.differences().getFirst().affected()).extracting(Usage.Use::toString)
                .containsExactly("acme (2026-05-30)", "cargo (2026-04-01)",
                        "elan");
        Usage.read("usage.ndjson", "{}\nnot json\n{\"partner\":\"a\"}", problems);
        assertThat(problems).extracting(Problem::toString).hasSize(3).first().asString()
                .startsWith("usage.ndjson:1:1: usage: expected a JSON object with the texts"
                        + " 'partner' and 'product'");
    }

    @Test
    void a_registrys_mode_forbids_what_the_other_schema_cannot_read() {
        var more = AVRO.replace("{\"name\": \"count\", \"type\": \"int\"},",
                "{\"name\": \"count\", \"type\": \"int\"}, {\"name\": \"new\", \"type\": \"int\"},")
                .replace("\"1.2\"", "\"1.3\"");

        assertThat(verdicts(AVRO, more, Compatibility.BACKWARD)).singleElement().asString()
                .startsWith("contracts/orders.yaml:8:28: registry-compatibility: product"
                        + " 'sales/orders/v1': the new schema cannot read records of the old one,"
                        + " which BACKWARD demands: ");
        assertThat(verdicts(AVRO, more, Compatibility.FORWARD_TRANSITIVE)).isEmpty();
        assertThat(verdicts(AVRO, more, Compatibility.FULL)).hasSize(1);
        assertThat(verdicts(AVRO, more, Compatibility.NONE)).isEmpty();
        assertThat(diff(schema(AVRO), schema(more)).differences())
                .filteredOn(found -> found.face() == Face.SCHEMA)
                .extracting(found -> found.rule().id()).containsExactly("schema-not-backward");
        assertThat(diff(schema(more), schema(AVRO)).differences())
                .filteredOn(found -> found.face() == Face.SCHEMA)
                .extracting(found -> found.rule().id()).containsExactly("schema-not-forward");
        var json = AVRO.replaceAll("(?s)-----.*", "").replace("{type: avro, file: order.avsc}",
                "{type: json, file: order.json}") + "-----\n{\"properties\": {\"order_id\":"
                + " {\"type\": \"string\"}, \"note\": {\"type\": \"string\"}, \"count\":"
                + " {\"type\": \"integer\"}, \"status\": {\"type\": \"string\"}}}";
        assertThat(verdicts(AVRO, json, Compatibility.FULL)).anySatisfy(verdict -> assertThat(
                verdict.message()).contains("changed its schema language from avro to json"));
        assertThat(diff(schema(AVRO), schema(json)).differences())
                .extracting(found -> found.rule().id()).contains("schema-language-changed");
    }

    private static List<Problem> verdicts(String one, String other, Compatibility mode) {
        return diff(List.of(schema(one)), List.of(schema(other)), Usage.UNKNOWN, mode).verdicts();
    }

    @Test
    void a_place_is_told_in_the_schemas_file() {
        var now = AVRO.replace("{\"name\": \"count\", \"type\": \"int\"}",
                "{\"name\": \"count\", \"type\": \"long\"}");

        assertThat(diff(schema(AVRO), schema(now)).differences().getFirst().place())
                .hasToString("contracts/order.avsc:4:12");
    }

    @Test
    void a_report_is_text_json_or_sarif() {
        var now = AVRO.replace("freshness: 30s", "freshness: 1m").replace("plan: gold",
                "plan: free");
        var diff = diff(schema(AVRO), schema(now));

        assertThat(DiffReport.text(diff)).isEqualTo(
                """
                        sales/orders/v1
                          breaking SLA freshness-weaker sla.freshness: 30s -> 1m
                            contracts/orders.yaml:1:1: Keep the promise, or give it up in a new major version.
                          dangerous access plan-changed access[orders:read].plan: gold -> free
                            contracts/orders.yaml:13:5: Tell consumers before it is released.
                        contracts/orders.yaml:1:1: breaking-without-major: product 'sales/orders/v1' has 1 breaking change without a new major version: take it back here, and write version '2.0' as a contract of its own beside this one
                        """);
        assertThat(DiffReport.summary(diff)).isEqualTo("1 breaking, 1 dangerous");
        assertThat(DiffReport.json(diff)).contains("\"rule\" : \"freshness-weaker\"",
                "\"level\" : \"dangerous\"", "\"verdicts\" : [ {");
        assertThat(DiffReport.sarif(diff)).contains("\"ruleId\" : \"plan-changed\"",
                "\"ruleId\" : \"breaking-without-major\"");
    }

    @Test
    void every_rule_has_an_example_here_or_beside() {
        var met = new TreeSet<String>();
        cases().forEach(example -> Stream.of(example.there(), example.back())
                .flatMap(List::stream).forEach(text -> met.add(text.split(" ")[0])));
        // Told by the tests above and by those of AsyncAPI documents.
        met.addAll(List.of("field-renamed", "lock-changed", "lock-added", "lock-removed",
                "enum-value-renamed", "condition-changed", "order-removed", "order-added",
                "major-added",
                "product-added", "major-replaced", "product-removed", "product-ended",
                "product-retired-after-sunset", "sunset-nearer", "schema-not-backward",
                "schema-not-forward", "schema-language-changed"));
        Arrays.stream(Rule.values()).filter(rule -> rule.face() == Face.ASYNCAPI)
                .forEach(rule -> met.add(rule.id()));

        assertThat(Arrays.stream(Rule.values()).map(Rule::id)).allSatisfy(
                id -> assertThat(met).contains(id));
    }
}

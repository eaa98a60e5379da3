package io.tidegate.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.DataProduct.Envelope;
import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.Change;
import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.Codec;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccessRulesTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ProductId ID = new ProductId("logistics", "shipment-events", 2);
    private static final Place PLACE = new Place("shipments.yaml", 20, 5);
    private static final RecordType ROW = RecordType.of("Shipment", List.of(
            field("carrier_id", ScalarKind.STRING), field("recipient_email", ScalarKind.STRING),
            field("born", ScalarKind.DATE), field("weight", ScalarKind.INT32),
            new Field("address", RecordType.of("Address",
                    List.of(field("street", ScalarKind.STRING), field("city", ScalarKind.STRING))),
                    false)));

    private static Field field(String name, ScalarKind kind) {
        return new Field(name, Type.Scalar.of(kind), true);
    }

    private static Grant grant(String scope, String rows, Map<String, Mask> masks,
            List<String> open, String plan) {
        return new Grant(scope,
                rows.isEmpty() ? Optional.empty() : Optional.of(new Located(rows, PLACE)), masks,
                open, plan.isEmpty() ? Optional.empty() : Optional.of(plan), PLACE);
    }

    private static ProductSchema product(Set<String> personal, Grant... grants) {
        var product = new DataProduct(ID, "2.1", "owner@example.com", "",
                DataProduct.Status.ACTIVE,
                Optional.empty(), Optional.empty(), DataProduct.Quality.CURATED,
                new DataProduct.ServiceLevels(Optional.empty(), Map.of()),
                new DataProduct.SchemaSpec(SchemaLanguage.JSON, Optional.empty(),
                        Optional.empty(), Optional.empty(), List.of()),
                List.of(),
                new DataProduct.StreamSpec("default", List.of("t"), List.of(), Optional.empty(),
                        Envelope.NONE, BadRecord.SKIP, DataProduct.BadValue.NULLIFY),
                List.of(), new DataProduct.ViewSpec(false, Duration.ZERO), List.of(grants),
                Optional.empty(), List.of(), Place.of("shipments.yaml"));
        return new ProductSchema(product, new RowsOnly(), "made up", List.of(), Optional.empty(),
                personal);
    }

    private static Caller caller(Map<String, Object> claims, String... scopes) {
        return new Caller("alice", "acme", Set.of(scopes), claims, NOW.plusSeconds(60));
    }

    private static Permit permit(ProductSchema product, Caller caller) {
        return ((Decision.Granted) AccessRules.of(product).decide(caller, NOW)).permit();
    }

    private static Refusal refusal(ProductSchema product, Caller caller) {
        return ((Decision.Refused) AccessRules.of(product).decide(caller, NOW)).refusal();
    }

    @Test
    void a_scope_is_matched_as_a_whole_and_opens_no_personal_field_by_itself() {
        var product = product(Set.of("recipient_email"),
                grant("logistics.shipment-events:read", "", Map.of(), List.of(), ""));

        assertThat(permit(product, caller(Map.of(), "logistics.shipment-events:read")))
                .isEqualTo(new Permit(Predicate.ALL, Map.of("recipient_email", Mask.HIDE),
                        Optional.empty()));
        assertThat(refusal(product, caller(Map.of(), "logistics.shipment-events:write",
                "logistics.shipment-events", "*")).code()).isEqualTo(RefusalCode.NOT_FOUND);
        assertThat(AccessRules.of(product).scopes())
                .containsExactly("logistics.shipment-events:read");
    }

    @Test
    void an_empty_list_of_grants_opens_the_product_to_nobody() {
        var product = product(Set.of());

        assertThat(refusal(product, caller(Map.of(), "logistics.shipment-events:read")))
                .isEqualTo(AccessRules.absent(ID));
        assertThat(AccessRules.of(product).scopes()).isEmpty();
    }

    @Test
    void s14_a_product_that_may_not_be_read_looks_like_one_that_does_not_exist() {
        var product = product(Set.of(), grant("shipments:read", "", Map.of(), List.of(), ""));

        var refused = refusal(product, caller(Map.of(), "other:read"));

        assertThat(refused).isEqualTo(AccessRules.absent(ID))
                .isEqualTo(Refusal.of(RefusalCode.NOT_FOUND,
                        "there is no data product 'logistics/shipment-events/v2' that this token may read"));
        assertThat(refused.detail()).doesNotContain("shipments:read");
    }

    @Test
    void the_first_grant_whose_scope_is_held_counts_and_grants_do_not_add_up() {
        var product = product(Set.of("recipient_email"),
                grant("partner", "event.carrier_id == claims.carrier", Map.of(), List.of(), "free"),
                grant("admin", "", Map.of(), List.of("recipient_email"), "gold"));

        var both = permit(product, caller(Map.of("carrier", "c1"), "admin", "partner"));
        var admin = permit(product, caller(Map.of(), "admin"));

        assertThat(both.plan()).contains("free");
        assertThat(both.hidden()).containsExactly("recipient_email");
        assertThat(both.rows()).isEqualTo(new Predicate.Compare(
                FieldPath.resolve(ROW, "carrier_id").orElseThrow(), Predicate.Comparison.EQ, "c1"));
        assertThat(admin).isEqualTo(new Permit(Predicate.ALL, Map.of(), Optional.of("gold")));
    }

    @Test
    void callers_with_the_same_effective_rule_get_equal_permits() {
        var product = product(Set.of(),
                grant("partner", "event.carrier_id == claims.carrier", Map.of(), List.of(), ""));

        assertThat(permit(product, caller(Map.of("carrier", "c1", "other", 1), "partner")))
                .isEqualTo(permit(product, caller(Map.of("carrier", "c1"), "partner", "x")));
    }

    @Test
    void personal_fields_are_hidden_unless_opened_or_masked() {
        var product = product(Set.of("recipient_email", "born", "address.street"),
                grant("s", "", Map.of("recipient_email", Mask.HASH, "weight", Mask.REDACT),
                        List.of("born"), ""));

        var permit = permit(product, caller(Map.of(), "s"));

        assertThat(permit.masks()).isEqualTo(Map.of("recipient_email", Mask.HASH, "weight",
                Mask.REDACT, "address.street", Mask.HIDE));
        assertThat(permit.hidden()).containsExactly("address.street");
        assertThat(permit.opaque()).containsExactly("address.street", "recipient_email", "weight");
    }

    @Test
    void a_row_rule_whose_claim_the_token_lacks_opens_no_row() {
        var product = product(Set.of(),
                grant("s", "event.carrier_id == claims.carrier", Map.of(), List.of(), ""),
                grant("not", "event.carrier_id != claims.carrier", Map.of(), List.of(), ""),
                grant("negated", "!(event.carrier_id == claims.carrier)", Map.of(), List.of(), ""),
                grant("t", "", Map.of(), List.of(), ""));
        var none = Matcher.compile(Predicate.NONE);
        var row = new Row(ROW, new Object[]{"c1", null, null, null, null});

        for (var scope : List.of("s", "not", "negated")) {
            var rows = permit(product, caller(Map.of(), scope, "t")).rows();
            assertThat(Matcher.compile(rows).matches(row)).as(scope)
                    .isEqualTo(none.matches(row)).isFalse();
        }
        assertThat(Matcher.compile(permit(product, caller(Map.of(), "t")).rows()).matches(row))
                .isTrue();
    }

    @Test
    void p14_an_expired_caller_is_refused_whatever_it_holds() {
        var product = product(Set.of(), grant("s", "", Map.of(), List.of(), ""));
        var expired = new Caller("a", "a", Set.of("s"), Map.of(), NOW);

        assertThat(refusal(product, expired).code()).isEqualTo(RefusalCode.TOKEN_EXPIRED);
    }

    @Test
    void reports_masks_and_rows_that_do_not_fit_with_their_place() {
        var rowsAt = new Located("event.carier_id == claims.x",
                new Place("shipments.yaml", 21, 11));
        var product = product(Set.of(),
                new Grant("s", Optional.of(rowsAt), Map.of("weight", Mask.HASH), List.of("nope"),
                        Optional.empty(), PLACE),
                grant("t", "", Map.of("recipient_email", Mask.YEAR), List.of(), ""),
                grant("u", "", Map.of("address", Mask.PARTIAL), List.of(), ""),
                grant("v", "", Map.of("adress", Mask.HIDE), List.of(), ""));

        assertThat(AccessRules.check(product)).extracting(Problem::toString).containsExactly(
                "shipments.yaml:20:5: access-mask: the mask 'hash' of 'weight' in the grant of 's' needs text but the field is of type int32; use 'redact' or 'hide'",
                "shipments.yaml:20:5: access-field: the grant of 's' opens 'nope', which is no field of 'logistics/shipment-events/v2'",
                "shipments.yaml:21:11: access-rows: the row rule 'event.carier_id == claims.x' of the grant of 's' cannot be used: there is no field 'carier_id'",
                "shipments.yaml:20:5: access-mask: the mask 'year' of 'recipient_email' in the grant of 't' needs a date or timestamp but the field is of type string; use 'redact' or 'hide'",
                "shipments.yaml:20:5: access-mask: the mask 'partial' of 'address' in the grant of 'u' needs text but the field is a record; use 'redact' or 'hide'",
                "shipments.yaml:20:5: access-field: the grant of 'v' masks 'adress', which is no field of 'logistics/shipment-events/v2'");
    }

    @Test
    void finds_nothing_wrong_with_what_fits() {
        var product = product(Set.of(), grant("s", "event.carrier_id == claims.x", Map.of(
                "recipient_email", Mask.PARTIAL, "born", Mask.YEAR, "address", Mask.HIDE,
                "address.city", Mask.HASH, "weight", Mask.REDACT), List.of("address.street"), ""));

        assertThat(AccessRules.check(product)).isEmpty();
    }

    /** A codec of which only the type is asked. */
    private static final class RowsOnly implements ChangeCodec {
        @Override
        public RecordType rowType() {
            return ROW;
        }

        @Override
        public List<Change> read(byte[] value, Map<String, byte[]> headers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] write(Change change, Optional<Integer> framing) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Codec payload() {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void a_field_that_every_event_tells_as_its_time_is_not_hidden_by_a_mask() {
        var schema = product(Set.of(), grant("s", "", Map.of("born", Mask.YEAR), List.of(), ""),
                grant("all", "", Map.of(), List.of(), ""));
        var timed = new ProductSchema(schema.product(), schema.changes(), "made up", schema.key(),
                io.tidegate.contract.FieldPath.resolve(ROW, "born"), Set.of());

        assertThat(AccessRules.check(schema)).isEmpty();
        assertThat(AccessRules.check(timed)).singleElement().satisfies(problem -> {
            assertThat(problem.isError()).isFalse();
            assertThat(problem.message()).isEqualTo("the grant of 's' does not show 'born', but"
                    + " the 'time' of every event tells it, because it is 'stream.eventTime';"
                    + " choose another field there, or none");
        });
        assertThat(AccessRules.check(new ProductSchema(schema.product(), schema.changes(),
                "made up", schema.key(), io.tidegate.contract.FieldPath.resolve(ROW, "born"),
                Set.of("born")))).as("a personal field that no grant opens").hasSize(2);
    }

    @Test
    void paths_reach_into_lists_and_what_is_wrong_stands_where_the_path_does() {
        var person = RecordType.of("Person", List.of(field("name", ScalarKind.STRING),
                field("age", ScalarKind.INT32)));
        var row = RecordType.of("Team",
                List.of(new Field("people", new Type.ListOf(person, false), true)));
        var at = new Place("shipments.yaml", 30, 7);
        var wrong = new Grant("s", Optional.empty(),
                Map.of("people.age", Mask.HASH, "people.name", Mask.PARTIAL), List.of("people.nme"),
                Optional.empty(), PLACE, Map.of("people.age", at, "people.nme", at));
        var schema = product(Set.of("people.name"), wrong);
        var team = new ProductSchema(schema.product(),
                io.tidegate.gateway.feed.TestProducts.product("rich", List.of("t"), row,
                        List.of(), BadRecord.SKIP).changes(),
                "made up", List.of(), Optional.empty(), Set.of("people.name"));

        assertThat(AccessRules.check(team)).extracting(problem -> problem.place().toString())
                .containsExactly("shipments.yaml:30:7", "shipments.yaml:30:7");
        assertThat(permit(team, caller(Map.of(), "s")).masks()).containsEntry("people.name",
                Mask.PARTIAL);
    }
}

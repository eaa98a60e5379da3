package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.http.QueryAccount;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.EmbeddedViewStore;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewStore;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Row;
import io.tidegate.schema.WriterSchemas;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one caller sees of two products, asked of the engine itself. */
class GraphQlEngineTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final String ORDERS = """
            domain: sales
            product: orders
            version: "1.0"
            owner: team@example.com
            schema: {type: avro}
            fields:
              - {name: id, type: string, required: true}
              - {name: total, type: int, required: true}
              - {name: email, type: string, required: true, pii: true}
              - {name: note, type: string, required: true}
            stream: {topics: [t], key: [id]}
            view: {history: 0s}
            access:
              - {scope: "all", open: [email]}
              - {scope: "masked", mask: {email: hash, note: redact}}
              - {scope: "keyless", mask: {id: hash}}
              - {scope: "some"}
              - {scope: "same"}
            """;
    private static final String CARS = """
            domain: fleet
            product: cars
            version: "1.0"
            owner: team@example.com
            schema: {type: avro}
            fields:
              - {name: plate, type: string, required: true}
            stream: {topics: [t], key: [plate]}
            view: {history: 0s}
            access:
              - {scope: "all"}
            """;

    private static final List<View> VIEWS = new ArrayList<>();
    private static DuckDbViewStore store;
    private static GraphQlEngine engine;

    @BeforeAll
    static void open() {
        store = DuckDbViewStore.inMemory(DuckDbViewStore.Limits.defaults(), Clock.systemUTC());
        var orders = live(ORDERS, List.of("a", 3, "ann@example.com", "first"),
                List.of("b", 1, "bob@example.com", "second"),
                List.of("c", 2, "cyd@example.com", "third"));
        var cars = live(CARS, List.of("B-X 1"));
        var catalog = new Catalog(List.of(orders, cars));
        engine = new GraphQlEngine(() -> catalog, new Masker(new byte[32]), GraphQlLimits.DEFAULT,
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @AfterAll
    static void close() {
        VIEWS.forEach(View::close);
        store.close();
    }

    @SafeVarargs
    private static LiveProduct live(String contract, List<Object>... rows) {
        return live(store, contract, rows);
    }

    @SafeVarargs
    private static LiveProduct live(ViewStore store, String contract, List<Object>... rows) {
        ProductSchema schema = ProductSchemas.resolve(
                ContractReader.read("contract.yaml", contract).product().orElseThrow(), path -> {
                    throw new IOException("no files");
                }, RegistryLookup.none(), WriterSchemas.none()).schema().orElseThrow();
        var view = store.open(schema);
        VIEWS.add(view);
        var events = new ArrayList<Event>();
        for (var row : rows) {
            events.add(new Event(0, events.size(), 0, Op.UPSERT, List.of(row.getFirst()), NOW,
                    new Row(schema.rowType(), row.toArray()), null));
        }
        view.parts().forEach(part -> part.apply(events, new Position(
                List.of(new Position.Slot("t", "id-1", 0, events.size(), 0)))));
        return new LiveProduct(schema, ProductApi.of(schema), AccessRules.of(schema),
                new HandFeed(schema, 1, new FeedBounds(16, 1 << 20, 0)).feed(), Optional.of(view),
                new io.tidegate.gateway.quality.Quality(schema));
    }

    private static Caller caller(String name, String... scopes) {
        return new Caller(name, name, Set.of(scopes), Map.of(), NOW.plusSeconds(60));
    }

    private static Answer ask(String scope, String query) {
        var ann = caller("ann", scope);
        return engine.answer(ann, new GraphQlRequest(query, Optional.empty(), Map.of()),
                account(ann));
    }

    private static QueryAccount account(Caller caller) {
        return new QueryAccount(caller, name -> Plan.GOLD, new Limits(System::nanoTime));
    }

    /** Without what it tells of itself. */
    private static JsonObject run(String scope, String query) {
        var response = whole(scope, query);
        response.remove("extensions");
        return response;
    }

    private static JsonObject whole(String scope, String query) {
        return switch (ask(scope, query)) {
            case Answer.Executed(var response) -> new JsonObject(Buffer.buffer(response));
            case Answer.Invalid(var code, var errors) ->
                new JsonObject().put("errors", new JsonArray(List.copyOf(errors)));
            case Answer.Subscribe ignored -> throw new AssertionError("a subscription");
        };
    }

    private static String error(String scope, String query) {
        var error = run(scope, query).getJsonArray("errors").getJsonObject(0);
        return error.getJsonObject("extensions").getString("code") + " "
                + error.getString("message");
    }

    @Test
    void the_schema_of_a_caller_has_its_own_products_and_visible_fields_alone() {
        var some = engine.sdl(caller("ann", "some"));

        assertThat(some).contains("salesOrders").contains("note: String!")
                .doesNotContainIgnoringCase("email").doesNotContainIgnoringCase("cars")
                .doesNotContainIgnoringCase("plate");
        assertThat(engine.sdl(caller("ann", "all"))).contains("email: String!", "fleetCars");
    }

    @Test
    void introspection_shows_the_callers_own_types_alone() {
        var seen = run("some", "{__schema{types{name fields{name} inputFields{name}"
                + " enumValues{name}}}}").encode();

        assertThat(seen).containsIgnoringCase("orders").contains("note")
                .doesNotContainIgnoringCase("email").doesNotContainIgnoringCase("cars");
        assertThat(run("some", "{__type(name:\"FleetCars\"){name}}").encode())
                .isEqualTo("{\"data\":{\"__type\":null}}");
    }

    @Test
    void masked_fields_may_be_null() {
        assertThat(engine.sdl(caller("ann", "masked"))).contains("email: String\n",
                "note: String\n", "total: Int!");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{salesOrders{items{nodes{%s}}}}",
            "{salesOrders{items(where:{%s:{eq:\"x\"}}){nodes{id}}}}",
            "{salesOrders{items(orderBy:[{field:%s}]){nodes{id}}}}",
            "subscription{salesOrders{value{%s}}}",
            "subscription{salesOrders(where:{%s:{eq:\"x\"}}){cursor}}"})
    void a_hidden_field_is_refused_with_the_words_for_one_that_is_not_there(String query) {
        var hidden = error("some", query.formatted("email"));
        var absent = error("some", query.formatted("maile"));

        assertThat(hidden).startsWith("GRAPHQL_VALIDATION_FAILED ").contains("email");
        assertThat(hidden.replace("email", "maile")).isEqualTo(absent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{salesOrders{items(where:{%s:{eq:\"x\"}}){nodes{id}}}}",
            "{salesOrders{items(orderBy:[{field:%s}]){nodes{id}}}}"})
    void nothing_is_selected_or_ordered_by_a_masked_field(String query) {
        assertThat(error("masked", query.formatted("email")).replace("email", "maile"))
                .isEqualTo(error("masked", query.formatted("maile")));
    }

    @Test
    void a_masked_value_is_shown_as_its_mask_has_it() {
        var row = run("masked", "{salesOrders{latest(key:{id:\"a\"}){id email note total}}}")
                .getJsonObject("data").getJsonObject("salesOrders").getJsonObject("latest");

        assertThat(row.getString("email")).hasSize(22).doesNotContain("ann");
        assertThat(row.getString("note")).isEqualTo("***");
        assertThat(row.getInteger("total")).isEqualTo(3);
    }

    @Test
    void whoever_may_not_see_the_key_has_nothing_to_look_it_up_by() {
        assertThat(error("keyless", "{salesOrders{latest(key:{id:\"a\"}){total}}}"))
                .isEqualTo(error("keyless", "{salesOrders{latesd(key:{id:\"a\"}){total}}}")
                        .replace("latesd", "latest"));
        assertThat(error("keyless", "subscription{salesOrders(key:{id:\"a\"}){cursor}}"))
                .startsWith("GRAPHQL_VALIDATION_FAILED ");
    }

    @Test
    void an_answer_tells_which_events_it_counts_and_what_it_cost() {
        var query = "{salesOrders{position items{nodes{id}}}}";

        var response = whole("some", query);

        var told = response.getJsonObject("extensions").getJsonObject("tidegate");
        var product = told.getJsonObject("products").getJsonObject("salesOrders");
        assertThat(told.getInteger("cost")).isEqualTo(2);
        assertThat(product.getString("asOf")).isEqualTo(NOW.toString());
        assertThat(product.getString("position")).isEqualTo(response.getJsonObject("data")
                .getJsonObject("salesOrders").getString("position"));
        assertThat(whole("some", query)).as("kept").isEqualTo(response);
    }

    @Test
    void a_row_by_key_that_is_in_memory_is_told_at_once_once_its_document_is_known(
            @TempDir Path folder) {
        try (var keyed = EmbeddedViewStore.open(folder, DuckDbViewStore.Limits.defaults(),
                Clock.systemUTC())) {
            var catalog = new Catalog(List.of(live(keyed, ORDERS,
                    List.of("a", 3, "ann@example.com", "first"))));
            var engine = new GraphQlEngine(() -> catalog, new Masker(new byte[32]),
                    GraphQlLimits.DEFAULT, Clock.fixed(NOW, ZoneOffset.UTC));
            var masked = caller("ann", "masked");
            for (var id : List.of("a", "nobody")) {
                var key = new GraphQlRequest("query($k:String!){salesOrders{latest(key:{id:$k})"
                        + "{id email total}}}", Optional.empty(),
                        Map.of("k", id));
                if (id.equals("a")) {
                    assertThat(engine.atOnce(masked, key, account(masked)))
                            .as("who has to read the document has to wait").isEmpty();
                }
                var told = text(engine.answer(masked, key, account(masked)));

                assertThat(engine.atOnce(masked, key, account(masked)).map(
                        GraphQlEngineTest::text)).contains(told);
                assertThat(told).contains(id.equals("a") ? "\"total\":3" : "\"latest\":null")
                        .doesNotContain("ann@");
            }
            var page = new GraphQlRequest("{salesOrders{items{nodes{id}}}}", Optional.empty(),
                    Map.of());
            engine.answer(masked, page, account(masked));
            assertThat(engine.atOnce(masked, page, account(masked))).isEmpty();
        }
    }

    @Test
    void what_is_told_at_once_is_charged_once(@TempDir Path folder) {
        try (var keyed = EmbeddedViewStore.open(folder, DuckDbViewStore.Limits.defaults(),
                Clock.systemUTC())) {
            var catalog = new Catalog(List.of(live(keyed, ORDERS,
                    List.of("a", 3, "ann@example.com", "first"))));
            var engine = new GraphQlEngine(() -> catalog, new Masker(new byte[32]),
                    GraphQlLimits.DEFAULT, Clock.fixed(NOW, ZoneOffset.UTC));
            var ann = caller("ann", "some");
            var limits = new Limits(System::nanoTime);
            var small = new Plan("small", Plan.FREE.requests(), 1, 1, Plan.FREE.messages(),
                    Plan.FREE.bytes(), Rate.parse("6/min"), 1);
            var key = new GraphQlRequest("{salesOrders{latest(key:{id:\"a\"}){id}}}",
                    Optional.empty(), Map.of());
            engine.answer(ann, key, new QueryAccount(ann, name -> small, limits));

            var answers = new ArrayList<String>();
            for (int i = 0; i < 3; i++) {
                answers.add(switch (engine
                        .atOnce(ann, key, new QueryAccount(ann, name -> small, limits))
                        .orElseThrow()) {
                    case Answer.Invalid(var code, var errors) -> code.name();
                    case Answer.Executed ignored -> "answered";
                    case Answer.Subscribe ignored -> "a subscription";
                });
            }

            assertThat(answers).as("2 of 6 each, and 2 were gone")
                    .containsExactly("answered", "answered", "RATE_LIMITED");
        }
    }

    private static String text(Answer answer) {
        return answer instanceof Answer.Executed(var response)
                ? new String(response, StandardCharsets.UTF_8)
                : answer.toString();
    }

    @Test
    void a_query_that_the_plan_has_nothing_left_for_does_not_run() {
        var ann = caller("ann", "some");
        var limits = new Limits(System::nanoTime);
        var small = new Plan("small", Plan.FREE.requests(), 1, 1, Plan.FREE.messages(),
                Plan.FREE.bytes(), Rate.parse("20/min"), 1);
        var scan = new GraphQlRequest("{salesOrders{items{totalCount}}}", Optional.empty(),
                Map.of());

        assertThat(codes(ann, limits, small, scan)).as("12 of 20").isEqualTo("answered");
        assertThat(codes(ann, limits, small, scan)).as("8 are left").isEqualTo("RATE_LIMITED");
        assertThat(codes(ann, limits, small, new GraphQlRequest(
                "{salesOrders{items{totalCount} b:items{totalCount}}}", Optional.empty(),
                Map.of()))).as("23 of 20").isEqualTo("QUERY_TOO_COMPLEX");
    }

    private static String codes(Caller caller, Limits limits, Plan plan, GraphQlRequest request) {
        return engine.answer(caller, request, new QueryAccount(caller, name -> plan,
                limits)) instanceof Answer.Invalid invalid ? invalid.code().name() : "answered";
    }

    @Test
    void rows_are_written_as_graphql_java_would_execute_them() {
        for (var fields : List.of("items{nodes{id note}}", "items(first:0){nodes{id}}",
                "items(last:2){edges{cursor node{n:note __typename}} pageInfo{startCursor endCursor}}",
                "a:items(first:1){__typename totalCount} b:items(first:1){nodes{...on SalesOrders{id}}}",
                "latest(key:{id:\"a\"}){id note} position __typename",
                "latest(key:{id:\"none\"}){id}")) {
            var compiled = run("some", "{salesOrders{" + fields + "}}").getJsonObject("data")
                    .getJsonObject("salesOrders");
            // What a contract says is not rows, so that all of this is executed.
            var executed = run("some", "{salesOrders{" + fields + " contract{version}}}")
                    .getJsonObject("data").getJsonObject("salesOrders");
            executed.remove("contract");

            assertThat(compiled.encode()).as(fields).isEqualTo(executed.encode());
        }
    }

    @Test
    void callers_who_may_see_the_same_share_what_is_made_for_them() {
        var text = "subscription{salesOrders{cursor value{id}}}";
        var one = shape(caller("ann", "some"), text);

        assertThat(shape(caller("bob", "same", "unheard-of"), text)).isSameAs(one);
        assertThat(shape(caller("bob", "same"), text.replace("{", " { "))).as("written otherwise")
                .isSameAs(one);
        assertThat(shape(caller("cyd", "all"), text)).isNotSameAs(one);
    }

    @Test
    void what_is_shared_is_kept_by_its_size() {
        var ann = caller("ann", "all");
        var first = shape(ann, large(0));
        assertThat(shape(ann, large(0))).isSameAs(first);
        for (int i = 1; i < 300; i++) {
            shape(ann, large(i));
        }

        assertThat(shape(ann, large(0))).as("of 9 million characters").isNotSameAs(first);
    }

    private static String large(int number) {
        var text = new StringBuilder("subscription{salesOrders{cursor");
        for (int i = 0; i < 29; i++) {
            text.append(" a").append("x".repeat(1000)).append(i).append('_').append(number)
                    .append(":value{id}");
        }
        return text.append("}}").toString();
    }

    private static Object shape(Caller caller, String text) {
        return ((Answer.Subscribe) engine.answer(caller,
                new GraphQlRequest(text, Optional.empty(), Map.of()), account(caller))).shape();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
            "first:1,last:1|Page forwards with 'first' and 'after', or backwards with 'last' and 'before', not both.",
            "first:1,before:\"x\"|Page forwards with 'first' and 'after', or backwards with 'last' and 'before', not both.",
            "last:1,after:\"x\"|Page forwards with 'first' and 'after', or backwards with 'last' and 'before', not both.",
            "first:-1|A page has 0 to 1000 rows, not -1.",
            "last:1001|A page has 0 to 1000 rows, not 1001."})
    void refuses_pages_that_are_none(String arguments, String message) {
        assertThat(error("some", "{salesOrders{items(" + arguments + "){nodes{id}}}}"))
                .isEqualTo("PARAMETER_INVALID " + message);
    }

    @Test
    void pages_in_order_and_tells_what_lies_around() {
        assertThat(run("some",
                "{salesOrders{items(first:2,orderBy:[{field:total}]){totalCount nodes{id} pageInfo{hasNextPage hasPreviousPage}}}}")
                .encode())
                .isEqualTo(
                        "{\"data\":{\"salesOrders\":{\"items\":{\"totalCount\":\"3\",\"nodes\":[{\"id\":\"b\"},{\"id\":\"c\"}],\"pageInfo\":{\"hasNextPage\":true,\"hasPreviousPage\":false}}}}}");
        assertThat(run("some", "{salesOrders{items(first:0){totalCount nodes{id}}}}").encode())
                .isEqualTo(
                        "{\"data\":{\"salesOrders\":{\"items\":{\"totalCount\":\"3\",\"nodes\":[]}}}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " contract{version}"})
    void a_page_of_no_row_tells_whether_there_is_any(String also) {
        var info = "{salesOrders{items(%s){pageInfo{hasNextPage hasPreviousPage}}" + also + "}}";

        assertThat(run("some", info.formatted("first:0")).encode())
                .contains("{\"hasNextPage\":true,\"hasPreviousPage\":false}");
        assertThat(run("some", info.formatted("last:0")).encode())
                .contains("{\"hasNextPage\":false,\"hasPreviousPage\":true}");
        assertThat(run("some", info.formatted("first:0,where:{id:{eq:\"none\"}}")).encode())
                .contains("{\"hasNextPage\":false,\"hasPreviousPage\":false}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"@include(if:$v)", "@ include(if:$v)", "@#\ninclude(if:$v)",
            "@,skip(if:$v)"})
    void what_is_selected_follows_the_variables_of_each_request(String directive) {
        boolean isSkip = directive.contains("skip");
        for (var fields : List.of("items{nodes{id total %s}}",
                "latest(key:{id:\"a\"}){id total %s}")) {
            var query = "query($v:Boolean!){salesOrders{" + fields.formatted(directive) + "}}";

            assertThat(asked(query, Map.of("v", !isSkip))).contains("\"total\":3");
            assertThat(asked(query, Map.of("v", isSkip))).doesNotContain("total")
                    .contains("\"id\":\"a\"");
        }
    }

    private static String asked(String query, Map<String, Object> variables) {
        var ann = caller("ann", "all");
        return text(engine.answer(ann, new GraphQlRequest(query, Optional.empty(), variables),
                account(ann)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"subscription{...F}",
            "subscription{...F} fragment F on Nothing{salesOrders{cursor}}",
            "subscription{...F} fragment F on Query{salesOrders{position}}",
            "subscription{...F} fragment F on Subscription{...F}",
            "subscription{salesOrders @include{cursor}}",
            "subscription{salesOrders @include(if:null){cursor}}",
            "subscription{salesOrders @include(if:$v){cursor}}",
            "subscription{salesOrders @skip(if:true){cursor}}",
            "subscription{...@include(if:false){salesOrders{cursor}}}",
            "subscription{a:salesOrders{cursor} b:salesOrders{cursor}}",
            "subscription{__typename}", "subscription{salesOrders{cursor} __typename}"})
    void a_subscription_that_selects_nothing_of_a_product_is_no_valid_document(String query) {
        assertThat(error("all", query)).startsWith("GRAPHQL_VALIDATION_FAILED ");
    }

    @Test
    void what_a_subscription_selects_may_depend_on_variables() {
        var query = "subscription($v:Boolean!){salesOrders @include(if:$v){cursor}"
                + " fleetCars @skip(if:$v){cursor}}";
        for (var v : List.of(true, false)) {
            var ann = caller("ann", "all");
            assertThat(engine.answer(ann, new GraphQlRequest(query, Optional.empty(),
                    Map.of("v", v)), account(ann))).isInstanceOfSatisfying(Answer.Subscribe.class,
                            wish -> assertThat(wish.granted().product().id().product())
                                    .isEqualTo(v ? "orders" : "cars"));
        }
    }

    @Test
    void a_document_of_too_many_tokens_or_levels_is_too_complex() {
        assertThat(error("all", "{salesOrders{items(where:{or:["
                + "{id:{eq:\"a\"}}".repeat(700) + "]}){nodes{id}}}}"))
                .isEqualTo("QUERY_TOO_COMPLEX The document has more than 4000 tokens.");
        assertThat(error("all", "{salesOrders{items(where:" + "{not:".repeat(400) + "{}"
                + "}".repeat(400) + "){nodes{id}}}}"))
                .isEqualTo("QUERY_TOO_COMPLEX The document is nested too deeply.");
    }

    @Test
    void an_answer_that_no_store_was_asked_for_tells_its_cost_too() {
        assertThat(whole("all", "{salesOrders{contract{version}}}").getJsonObject("extensions")
                .encode()).isEqualTo("{\"tidegate\":{\"cost\":1,\"products\":{}}}");
        assertThat(whole("all", "{__typename}").fieldNames()).containsExactly("data");
    }

    @Test
    void a_variable_with_a_default_may_be_null_where_null_may_be() {
        var variables = new java.util.HashMap<String, Object>();
        variables.put("v", null);

        assertThat(asked("query($v:Int=1){salesOrders{items(first:$v){nodes{id}}}}", variables))
                .contains("\"id\":\"c\"");
    }

    @Test
    void a_compiled_query_remembers_no_variable_that_selects_nothing() {
        var query = "query($v:Boolean!,$t:String){salesOrders{items(where:{id:{eq:$t}})"
                + "{nodes{id @include(if:$v)}}}}";

        assertThat(key(query, Map.of("v", true, "t", "x".repeat(100_000))))
                .isEqualTo(key(query, Map.of("v", true, "t", "y")))
                .isNotEqualTo(key(query, Map.of("v", false, "t", "y")));
    }

    private static PreparedSchema.PlanKey key(String query, Map<String, Object> variables) {
        return Queries.key(new GraphQlRequest(query, Optional.empty(), variables),
                graphql.execution.CoercedVariables.of(variables));
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "query($v:SalesOrdersKeyInput={id:\"a\"}){salesOrders{latest(key:$v){id}}}",
            "query($v:String=\"a\"){salesOrders{latest(key:{id:$v}){id}}}",
            "query($v:SalesOrdersOrderField=total){salesOrders{items(orderBy:[{field:$v}]){nodes{id}}}}",
            "query($v:Boolean=true){salesOrders{items{nodes{id @include(if:$v)}}}}",
            "query($v:Float=0.5){salesOrders{aggregate{percentile(p:$v){total}}}}",
            "query($v:TimeUnit=DAY){salesOrders{aggregate(bucket:{unit:$v}){count}}}",
            "subscription($v:Boolean=true){salesOrders{cursor op @include(if:$v)}}"})
    void a_variable_that_is_null_where_null_may_not_be_is_refused_as_such(String query) {
        var variables = new java.util.HashMap<String, Object>();
        variables.put("v", null);

        assertThat(asked(query, variables)).contains("BAD_VARIABLE",
                "The variable '$v' is null, which it may not be where it is used.");
        assertThat(asked(query, Map.of())).doesNotContain("errors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"query($v:Int){salesOrders{items(first:$v){nodes{id}}}}",
            "subscription($v:OnSlow){salesOrders(onSlow:$v){cursor}}"})
    void a_variable_that_does_not_fit_is_not_repeated_at_any_length(String query) {
        var refused = (Answer.Invalid) engine.answer(caller("ann", "all"), new GraphQlRequest(query,
                Optional.empty(), Map.of("v", "x".repeat(200_000))), account(caller("ann")));

        assertThat(refused.errors().toString()).contains("BAD_VARIABLE")
                .hasSizeLessThan(2_000);
    }

    @Test
    void what_a_plan_never_has_for_a_query_of_several_products_is_told_as_such() {
        var ann = caller("ann", "all");
        var limits = new Limits(System::nanoTime);
        var small = new Plan("small", Plan.FREE.requests(), 1, 1, Plan.FREE.messages(),
                Plan.FREE.bytes(), Rate.parse("20/min"), 1);
        var both = new GraphQlRequest(
                "{salesOrders{items{totalCount}} fleetCars{items{totalCount}}}", Optional.empty(),
                Map.of());

        assertThat(codes(ann, limits, small, both)).as("24 of 20").isEqualTo("QUERY_TOO_COMPLEX");
        assertThat(codes(ann, limits, small, new GraphQlRequest("{salesOrders{items{totalCount}}}",
                Optional.empty(), Map.of()))).as("nothing was charged").isEqualTo("answered");
    }

    @Test
    void a_page_cursor_of_another_product_is_none_of_this_one() {
        for (var also : List.of("", " contract{version}")) {
            var cursor = run("all", "{fleetCars{items{edges{cursor}}" + also + "}}")
                    .getJsonObject("data").getJsonObject("fleetCars").getJsonObject("items")
                    .getJsonArray("edges").getJsonObject(0).getString("cursor");

            assertThat(error("all", "{salesOrders{items(after:\"" + cursor + "\"){nodes{id}}"
                    + also + "}}")).startsWith("CURSOR_MALFORMED ");
            assertThat(run("all", "{fleetCars{items(after:\"" + cursor + "\"){nodes{plate}}"
                    + also + "}}").encode()).contains("\"nodes\":[]");
        }
    }

    @Test
    void a_query_over_two_products_has_one_position_of_each() {
        var data = run("all",
                "{a:salesOrders{position items{nodes{id}}} b:salesOrders{position} fleetCars{position}}")
                .getJsonObject("data");

        var orders = data.getJsonObject("a").getString("position");
        assertThat(orders).isNotEmpty()
                .isEqualTo(data.getJsonObject("b").getString("position"))
                .isNotEqualTo(data.getJsonObject("fleetCars").getString("position"));
    }

    @Test
    void a_caller_without_a_product_has_no_schema() {
        var refused = org.assertj.core.api.Assertions.catchThrowableOfType(Refusal.Thrown.class,
                () -> engine.sdl(caller("ann", "nothing")));

        assertThat(refused).hasMessage(
                "The token opens no data product; ask for a scope such as '<domain>.<product>:read'.");
    }
}

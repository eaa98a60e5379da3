package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.graphql.TransportWsSession.Action;
import io.tidegate.gateway.graphql.TransportWsSession.Operation;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransportWsSessionTest {
    private static final String INIT = "{\"type\":\"connection_init\"}";

    private final TransportWsSession session = new TransportWsSession(2);

    private static String subscribe(String id) {
        return "{\"type\":\"subscribe\",\"id\":\"" + id + "\",\"payload\":{\"query\":\"{a}\"}}";
    }

    private void ready() {
        assertThat(session.message(INIT)).singleElement().isInstanceOf(Action.Authenticate.class);
        assertThat(session.authenticated())
                .containsExactly(new Action.Send("{\"type\":\"connection_ack\"}"));
    }

    private void closes(List<Action> actions, int code) {
        assertThat(actions).singleElement().isInstanceOfSatisfying(Action.Close.class,
                close -> assertThat(close.code()).isEqualTo(code));
        assertThat(session.message(INIT)).isEmpty();
        assertThat(session.message(subscribe("x"))).isEmpty();
        assertThat(session.message("{\"type\":\"ping\"}")).isEmpty();
        assertThat(session.message("nonsense")).isEmpty();
        assertThat(session.authenticated()).isEmpty();
        assertThat(session.refused("no")).isEmpty();
        assertThat(session.initTimedOut()).isEmpty();
        assertThat(session.finished(new Operation("1", 0))).isFalse();
    }

    private Operation started(String id) {
        return session.message(subscribe(id)).getFirst() instanceof Action.Start start
                ? start.operation()
                : new Operation("none", -1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "null", "1", "\"ping\"", "[]", "{}", "{\"type\":1}",
            "{\"type\":null}", "{\"type\":\"start\"}", "{\"type\":\"connection_ack\"}",
            "{\"type\":\"next\",\"id\":\"1\"}", "{\"type\":\"ping\"", "{\"type\":\"ping\"} x",
            "{\"type\":\"ping\"}{\"type\":\"ping\"}", "{\"type\":\"ping\",\"payload\":1}",
            "{\"type\":\"pong\",\"payload\":[]}",
            "{\"type\":\"connection_init\",\"payload\":\"x\"}",
            "{\"type\":\"complete\"}", "{\"type\":\"complete\",\"id\":\"\"}",
            "{\"type\":\"complete\",\"id\":7}"})
    void closes_4400_for_what_is_no_message(String text) {
        closes(session.message(text), 4400);
    }

    @Test
    void closes_4400_for_a_binary_message_and_for_deep_json() {
        closes(session.message(null), 4400);
        var deep = new TransportWsSession(1);
        assertThat(deep.message("{\"type\":\"ping\",\"payload\":" + "[".repeat(100_000)))
                .singleElement().isInstanceOf(Action.Close.class);
        var number = new TransportWsSession(1);
        assertThat(number.message("{\"type\":\"ping\",\"payload\":{\"n\":" + "9".repeat(600_000)
                + "}}")).singleElement().isInstanceOf(Action.Close.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"subscribe\",\"payload\":{\"query\":\"{a}\"}}",
            "{\"type\":\"subscribe\",\"id\":\"\",\"payload\":{\"query\":\"{a}\"}}",
            "{\"type\":\"subscribe\",\"id\":1,\"payload\":{\"query\":\"{a}\"}}",
            "{\"type\":\"subscribe\",\"id\":\"1\"}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":null}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":1}}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{}}"})
    void closes_4400_for_a_subscribe_without_an_id_or_a_query(String text) {
        ready();

        closes(session.message(text), 4400);
    }

    @Test
    void closes_4400_for_an_id_that_is_too_long() {
        ready();
        assertThat(session.message(subscribe("i".repeat(TransportWsSession.ID_MAX))))
                .singleElement().isInstanceOf(Action.Start.class);

        closes(session.message(subscribe("i".repeat(TransportWsSession.ID_MAX + 1))), 4400);
    }

    @Test
    void closes_4401_for_a_subscribe_before_the_acknowledgement() {
        closes(session.message(subscribe("1")), 4401);
        var waiting = new TransportWsSession(1);
        waiting.message(INIT);
        assertThat(waiting.message(subscribe("1")))
                .containsExactly(new Action.Close(4401, "Unauthorized"));
    }

    @Test
    void closes_4403_when_the_client_is_refused() {
        session.message(INIT);

        closes(session.refused("No."), 4403);
    }

    @Test
    void closes_4408_only_while_nothing_has_been_said() {
        var silent = new TransportWsSession(1);
        assertThat(silent.message("{\"type\":\"ping\"}")).hasSize(1);
        assertThat(silent.initTimedOut())
                .containsExactly(new Action.Close(4408, "Connection initialisation timeout"));
        session.message(INIT);
        assertThat(session.initTimedOut()).isEmpty();
        session.authenticated();
        assertThat(session.initTimedOut()).isEmpty();
    }

    @Test
    void closes_4409_for_an_id_in_use() {
        ready();
        session.message(subscribe("1"));

        var actions = session.message(subscribe("1"));

        assertThat(actions)
                .containsExactly(new Action.Close(4409, "Subscriber for 1 already exists"));
        closes(List.of(actions.getFirst()), 4409);
    }

    @Test
    void closes_4429_for_a_second_init_before_and_after_the_acknowledgement() {
        session.message(INIT);
        closes(session.message(INIT), 4429);
        var ready = new TransportWsSession(1);
        ready.message(INIT);
        ready.authenticated();
        assertThat(ready.message(INIT))
                .containsExactly(new Action.Close(4429, "Too many initialisation requests"));
    }

    @Test
    void answers_pings_before_and_after_the_acknowledgement() {
        var pong = new Action.Pong();
        assertThat(session.message("{\"type\":\"ping\",\"payload\":{\"a\":1}}"))
                .containsExactly(pong);
        assertThat(session.message("{\"type\":\"pong\"}")).isEmpty();
        ready();
        assertThat(session.message("{\"type\":\"ping\",\"payload\":null}")).containsExactly(pong);
    }

    @Test
    void frees_an_id_when_its_operation_ends_on_either_side() {
        ready();
        var first = started("1");
        assertThat(session.isActive(first)).isTrue();

        assertThat(session.message("{\"type\":\"complete\",\"id\":\"1\"}"))
                .containsExactly(new Action.Stop(first));
        assertThat(session.isActive(first)).isFalse();
        assertThat(session.finished(first)).as("cancelled before").isFalse();
        assertThat(session.finished(started("1"))).isTrue();
        assertThat(session.message(subscribe("1"))).singleElement()
                .isInstanceOf(Action.Start.class);
    }

    @Test
    void what_was_cancelled_is_not_what_is_asked_under_its_id_next() {
        ready();
        var first = started("1");
        session.message("{\"type\":\"complete\",\"id\":\"1\"}");
        var second = started("1");

        assertThat(session.isActive(first)).as("still running").isFalse();
        assertThat(session.finished(first)).isFalse();
        assertThat(session.isActive(second)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"documentId\":\"ab12\"}",
            "{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"ab12\"}}}"})
    void a_document_may_be_named_instead_of_sent(String payload) {
        ready();

        assertThat(session.message("{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":" + payload
                + "}")).singleElement().isInstanceOf(Action.Start.class);
    }

    @Test
    void ignores_the_completion_of_an_unknown_id() {
        ready();

        assertThat(session.message("{\"type\":\"complete\",\"id\":\"9\"}")).isEmpty();
        assertThat(session.isReady()).isTrue();
    }

    @Test
    void refuses_one_operation_too_many_and_stays_open() {
        ready();
        session.message(subscribe("1"));
        session.message(subscribe("2"));

        assertThat(session.message(subscribe("3"))).singleElement()
                .isInstanceOfSatisfying(Action.Send.class, send -> assertThat(send.json())
                        .startsWith("{\"id\":\"3\",\"type\":\"error\",\"payload\":[{")
                        .contains("\"SUBSCRIPTION_LIMIT\""));
        session.message("{\"type\":\"complete\",\"id\":\"1\"}");
        assertThat(session.message(subscribe("3"))).singleElement()
                .isInstanceOf(Action.Start.class);
    }

    @Test
    void survives_any_sequence_of_messages_and_says_nothing_after_a_close() {
        var pieces = List.of(INIT, subscribe("1"), subscribe("2"), subscribe("3"),
                "{\"type\":\"complete\",\"id\":\"1\"}", "{\"type\":\"complete\",\"id\":\"2\"}",
                "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
        for (long seed = 0; seed < 3000; seed++) {
            var random = new Random(seed);
            var fuzzed = new TransportWsSession(1 + random.nextInt(3));
            boolean isClosed = false;
            for (int i = 0; i < 40; i++) {
                var actions = switch (random.nextInt(12)) {
                    case 0 -> fuzzed.authenticated();
                    case 1 -> random.nextInt(20) == 0 ? fuzzed.refused("no") : List.<Action>of();
                    case 2 -> random.nextInt(20) == 0 ? fuzzed.initTimedOut() : List.<Action>of();
                    case 3 -> {
                        fuzzed.finished(
                                new Operation("" + random.nextInt(4), random.nextInt(9)));
                        yield List.<Action>of();
                    }
                    case 4 -> fuzzed.message(random.nextInt(8) == 0
                            ? garbled(pieces.get(random.nextInt(pieces.size())), random)
                            : "{\"type\":\"ping\"}");
                    default -> fuzzed.message(pieces.get(random.nextInt(pieces.size())));
                };
                assertThat(isClosed && !actions.isEmpty()).as("seed %s", seed).isFalse();
                isClosed |= actions.stream().anyMatch(Action.Close.class::isInstance);
            }
        }
    }

    private static String garbled(String text, Random random) {
        var chars = text.toCharArray();
        for (int i = 0; i < 3; i++) {
            chars[random.nextInt(chars.length)] = (char) random.nextInt(random.nextBoolean()
                    ? 128
                    : 65536);
        }
        return new String(chars);
    }
}

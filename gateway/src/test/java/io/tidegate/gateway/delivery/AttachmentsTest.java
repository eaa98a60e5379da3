package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Lost.Reason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttachmentsTest {
    private final Attachments attached = new Attachments();

    private void add(int slot, long offset, long count, Reason reason) {
        attached.gap(new Lost(slot, offset, count, reason, "secret detail"),
                "c" + slot + "-" + offset);
    }

    /** {@code slot:from-to events cursor} of each. */
    private List<String> told() throws Exception {
        var told = new ArrayList<String>();
        for (JsonNode gap : new ObjectMapper().readTree("{" + attached.members() + "}")
                .path("gaps")) {
            told.add(gap.get("partition").asInt() + ":" + gap.get("from").textValue() + "-"
                    + gap.get("to").textValue() + " " + gap.get("events").textValue() + " "
                    + gap.get("cursor").textValue());
        }
        return told;
    }

    @Test
    void neighbours_of_one_reason_are_told_as_one_with_the_last_cursor() throws Exception {
        add(0, 5, 1, Reason.BAD_RECORD);
        add(0, 6, 2, Reason.BAD_RECORD);
        add(0, 8, 1, Reason.BAD_RECORD);

        assertThat(told()).containsExactly("0:5-8 4 c0-8");
    }

    @Test
    void neighbours_are_found_across_other_partitions() throws Exception {
        add(0, 5, 1, Reason.BAD_RECORD);
        add(1, 9, 1, Reason.BAD_RECORD);
        add(0, 6, 1, Reason.BAD_RECORD);

        assertThat(told()).containsExactly("0:5-6 2 c0-6", "1:9-9 1 c1-9");
    }

    @Test
    void other_reasons_and_what_is_no_neighbour_stay_apart() throws Exception {
        add(0, 5, 1, Reason.BAD_RECORD);
        add(0, 6, 1, Reason.RETENTION);
        add(0, 8, 1, Reason.BAD_RECORD);

        assertThat(told()).containsExactly("0:5-5 1 c0-5", "0:6-6 1 c0-6", "0:8-8 1 c0-8");
    }

    @Test
    void many_are_told_as_one_that_covers_them_all() throws Exception {
        for (long offset = 0; offset < 10_000; offset += 2) {
            add(0, offset, 1, Reason.BAD_RECORD);
        }

        assertThat(told()).hasSize(32).first().isEqualTo("0:0-0 1 c0-0");
        assertThat(told()).last().isEqualTo("0:62-9998 9937 c0-9998");
    }

    @Test
    void no_detail_is_told_and_the_sentence_is_of_the_reason() {
        add(2, 5, 3, Reason.RETENTION);

        assertThat(attached.members()).isEqualTo(
                "\"gaps\":[{\"reason\":\"retention\",\"message\":\"The events are no longer retained.\",\"events\":\"3\",\"partition\":2,\"from\":\"5\",\"to\":\"7\",\"cursor\":\"c2-5\"}]");
    }

    @Test
    void nothing_is_no_member() {
        assertThat(attached.members()).isEmpty();
        assertThat(attached.members(7)).isEqualTo("\"conflated\":\"7\"");
    }

    @Test
    void gaps_counts_and_notices_stand_side_by_side() throws Exception {
        add(0, 5, 1, Reason.BAD_RECORD);
        attached.passedOver(3);
        attached.passedOver(4);
        attached.notice("{\"code\":\"new-version\"}");

        var told = new ObjectMapper().readTree("{" + attached.members(1) + "}");

        assertThat(told.path("gaps")).hasSize(1);
        assertThat(told.path("conflated").textValue()).isEqualTo("8");
        assertThat(told.at("/notices/0/code").textValue()).isEqualTo("new-version");
    }

    @Test
    void of_many_notices_the_latest_are_told() throws Exception {
        for (int n = 0; n < 1000; n++) {
            attached.notice("{\"code\":\"c" + n + "\"}");
        }

        var told = new ObjectMapper().readTree("{" + attached.members() + "}").path("notices");

        assertThat(told).hasSize(8);
        assertThat(told.at("/7/code").textValue()).isEqualTo("c999");
    }
}

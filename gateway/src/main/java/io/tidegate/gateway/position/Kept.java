package io.tidegate.gateway.position;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is kept under a name.
 *
 * @param stamp
 *            which stream had the name when this was written
 * @param isClaim
 *            whether this was written to take the name, which moves nothing
 * @param cursor
 *            null = the name is taken, but nothing is kept yet
 * @param at
 *            when it was last taken or acknowledged
 */
record Kept(Stamp stamp, boolean isClaim, @Nullable String cursor, Instant at, String partner) {
    private static final int VERSION = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Orders those who had a name, the same on every node whatever it heard first.
     *
     * @param epoch
     *            one more for each that took it
     * @param holder
     *            random; decides between two that took it at the same moment
     */
    record Stamp(long epoch, String holder) implements Comparable<Stamp> {
        static final Stamp NOBODY = new Stamp(0, "");

        @Override
        public int compareTo(Stamp other) {
            int byEpoch = Long.compare(epoch, other.epoch);
            return byEpoch != 0 ? byEpoch : holder.compareTo(other.holder);
        }
    }

    Kept at(String newCursor, Instant now) {
        return new Kept(stamp, false, newCursor, now, partner);
    }

    /** One line of JSON, as the topic has it. */
    String json() {
        var node = JSON.createObjectNode().put("v", VERSION).put("epoch", stamp.epoch())
                .put("holder", stamp.holder());
        if (isClaim) {
            node.put("claim", true);
        }
        if (cursor != null) {
            node.put("cursor", cursor);
        }
        return node.put("at", at.toString()).put("partner", partner).toString();
    }

    /** Empty where a text is not one of this version. */
    static Optional<Kept> read(String json) {
        try {
            var node = JSON.readTree(json);
            if (node == null || node.path("v").asInt() != VERSION
                    || !node.path("epoch").isIntegralNumber()) {
                return Optional.empty();
            }
            var cursor = node.path("cursor");
            return Optional.of(new Kept(
                    new Stamp(node.path("epoch").longValue(), node.path("holder").asText()),
                    node.path("claim").asBoolean(), cursor.isTextual() ? cursor.textValue() : null,
                    Instant.parse(node.path("at").asText()), node.path("partner").asText()));
        } catch (JsonProcessingException | DateTimeException e) {
            return Optional.empty();
        }
    }
}

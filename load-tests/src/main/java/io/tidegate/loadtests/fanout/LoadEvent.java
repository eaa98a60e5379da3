package io.tidegate.loadtests.fanout;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;

/**
 * The one event that is sent: about 240 bytes of JSON whose number and time have a fixed width, so that a client finds them without
 * parsing.
 */
final class LoadEvent {
    /** Numbers start here, so that all of them have the same width. */
    static final long FIRST = 1_000_000_000_000L;
    static final int NUMBER_DIGITS = 13;
    static final int TIME_DIGITS = 16;
    static final byte[] MARK = "\"seq\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final String BETWEEN = "\",\"sent\":\"";
    /** From the mark's first byte to the time's first digit. */
    static final int TIME_AT = MARK.length + NUMBER_DIGITS + BETWEEN.length();
    /** From the mark's first byte to behind the time. */
    static final int MARKED_BYTES = TIME_AT + TIME_DIGITS;

    /** The contract of the product that the gateway serves; its fields are those of the event. */
    static final String CONTRACT = """
            domain: load
            product: events
            version: "1.0"
            owner: load@example.com
            sla: {freshness: 10s, availability: 99.9%}
            schema: {type: json}
            fields:
              - {name: seq, type: string, required: true}
              - {name: sent, type: string, required: true}
              - {name: shipment, type: string}
              - {name: status, type: string}
              - {name: carrier, type: string}
              - {name: origin, type: string}
              - {name: destination, type: string}
              - {name: note, type: string}
            status: active
            description: Events that exist for measuring only.
            quality: authoritative
            stream: {topics: [load.events]}
            view: none
            access: [{scope: "load:read"}]
            """;
    static final String TOPIC = "load.events";
    static final String PATH = "/streams/load/events/v1";
    static final String SCOPE = "load:read";
    static final String SELECTION = "op cursor value{seq sent shipment status carrier origin destination note}";

    private static final byte[] TEMPLATE = ("{" + new String(MARK, StandardCharsets.US_ASCII)
            + "0".repeat(NUMBER_DIGITS) + BETWEEN + "0".repeat(TIME_DIGITS)
            + "\",\"shipment\":\"SHP-00012345678\",\"status\":\"IN_TRANSIT\","
            + "\"carrier\":\"northern-freight\",\"origin\":\"Rotterdam, Netherlands\","
            + "\"destination\":\"Gdansk, Poland\",\"note\":\"customs cleared, onward by rail at 14\"}")
            .getBytes(StandardCharsets.US_ASCII);

    private LoadEvent() {
    }

    /** The event of this number, due at this time. */
    static byte[] json(long number, long micros) {
        var bytes = TEMPLATE.clone();
        digits(bytes, 1 + MARK.length, NUMBER_DIGITS, FIRST + number);
        digits(bytes, 1 + TIME_AT, TIME_DIGITS, micros);
        return bytes;
    }

    /** Microseconds since 1970: the clock that producer and clients share. */
    static long micros(Clock clock) {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }

    /** The decimal digits at this place as a number; what is no digit makes nonsense, which the numbering shows. */
    static long number(byte[] bytes, int at, int digits) {
        long value = 0;
        for (int i = at; i < at + digits; i++) {
            value = value * 10 + (bytes[i] - '0');
        }
        return value;
    }

    private static void digits(byte[] bytes, int at, int digits, long value) {
        long rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}

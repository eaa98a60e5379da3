package io.tidegate.loadtests.server;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;

/**
 * The one event that is sent: about 240 bytes of JSON whose number and time have a fixed width, so that a client finds them without
 * parsing.
 */
public final class LoadEvent {
    /** Numbers start here, so that all of them have the same width. */
    public static final long FIRST = 1_000_000_000_000L;
    public static final int NUMBER_DIGITS = 13;
    public static final int TIME_DIGITS = 16;
    private static final String MARK = "\"seq\":\"";
    private static final String BETWEEN = "\",\"sent\":\"";
    /** From the mark's first byte to the number's first digit. */
    public static final int NUMBER_AT = MARK.length();
    /** From the mark's first byte to the time's first digit. */
    public static final int TIME_AT = NUMBER_AT + NUMBER_DIGITS + BETWEEN.length();
    /** From the mark's first byte to behind the time. */
    public static final int MARKED_BYTES = TIME_AT + TIME_DIGITS;

    public static final String DOMAIN = "load";
    public static final String SCOPE = "load:read";
    /** Fields behind the mark. */
    public static final String OTHER_FIELDS = "shipment status carrier origin destination note";

    private static final int KEY_DIGITS = 11;
    private static final String SHIPMENT = "\",\"shipment\":\"SHP-";
    private static final int KEY_AT = 1 + MARKED_BYTES + SHIPMENT.length();
    private static final byte[] TEMPLATE = ("{" + MARK + "0".repeat(NUMBER_DIGITS) + BETWEEN
            + "0".repeat(TIME_DIGITS) + SHIPMENT + "0".repeat(KEY_DIGITS)
            + "\",\"status\":\"IN_TRANSIT\","
            + "\"carrier\":\"northern-freight\",\"origin\":\"Rotterdam, Netherlands\","
            + "\"destination\":\"Gdansk, Poland\",\"note\":\"customs cleared, onward by rail at 14\"}")
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MARK_BYTES = MARK.getBytes(StandardCharsets.US_ASCII);

    private LoadEvent() {
    }

    /** The event of this number, due at this time. */
    public static byte[] json(long number, long micros) {
        return json(number, micros, 0);
    }

    /** The event of this number about the shipment that {@link #key} names, due at this time. */
    public static byte[] json(long number, long micros, long key) {
        var bytes = TEMPLATE.clone();
        digits(bytes, 1 + NUMBER_AT, NUMBER_DIGITS, FIRST + number);
        digits(bytes, 1 + TIME_AT, TIME_DIGITS, micros);
        digits(bytes, KEY_AT, KEY_DIGITS, key);
        return bytes;
    }

    /** The shipment's name, which is the event's key. */
    public static String key(long key) {
        return String.format(Locale.ROOT, "SHP-%0" + KEY_DIGITS + "d", key);
    }

    /** Where the gateway serves the product, and Kafka has it. */
    public static String path(String product) {
        return "/streams/" + DOMAIN + "/" + product + "/v1";
    }

    /** The topic of a product, or of a baseline that needs one. */
    public static String topic(String product) {
        return DOMAIN + "." + product;
    }

    /**
     * The contract of a product that the gateway serves; its fields are those of the event.
     *
     * @param isKeyed
     *            whether the shipment is its key
     */
    public static String contract(String product, boolean isKeyed) {
        return """
                domain: %s
                product: %s
                version: "1.0"
                owner: load@example.com
                sla: {freshness: 10s, availability: 99.9%%}
                schema: {type: json}
                fields:
                  - {name: seq, type: string, required: true}
                  - {name: sent, type: string, required: true}
                  - {name: shipment, type: string, required: true}
                  - {name: status, type: string}
                  - {name: carrier, type: string}
                  - {name: origin, type: string}
                  - {name: destination, type: string}
                  - {name: note, type: string}
                status: active
                description: Events that exist for measuring only.
                quality: authoritative
                stream: {topics: [%s]%s}
                view: none
                access: [{scope: "%s"}]
                """.formatted(DOMAIN, product, topic(product),
                isKeyed ? ", key: [shipment]" : "", SCOPE);
    }

    /** Microseconds since 1970: the clock that producer and clients share. */
    public static long micros(Clock clock) {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }

    /** The decimal digits at this place as a number; what is no digit makes nonsense, which the numbering shows. */
    public static long number(byte[] bytes, int at, int digits) {
        long value = 0;
        for (int i = at; i < at + digits; i++) {
            value = value * 10 + (bytes[i] - '0');
        }
        return value;
    }

    /** Whether a number and a time stand here. */
    public static boolean isMark(byte[] buffer, int at) {
        for (int i = 0; i < MARK_BYTES.length; i++) {
            if (buffer[at + i] != MARK_BYTES[i]) {
                return false;
            }
        }
        return true;
    }

    private static void digits(byte[] bytes, int at, int digits, long value) {
        long rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}

package io.tidegate.gateway;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What somebody may put where a value is asked for. */
final class HostileValues {
    /** Stands for text that a writer of JSON would not write: half of a pair of surrogates. */
    static final String LONE = "@lone@";
    /** Stands for lists within lists, more than a reader may follow. */
    static final String DEEP = "@deep@";
    /** Stand for the cursors of each product, so that the same question can be put to two. */
    static final String PAGE = "@page@";
    static final String GROUP = "@group@";
    static final String POSITION = "@position@";
    static final String EVENT = "@event@";
    static final String FOREIGN_PAGE = "@foreign-page@";
    static final String FOREIGN_POSITION = "@foreign-position@";

    private static final List<Object> TEXTS = new ArrayList<>(List.of("", " ", "a", "open",
            "secret", "'; drop table items; --", "' or '1'='1", "\") or 1=1 --", "') union select"
                    + " v from items --",
            "%", "_", "\\", "\\'", "\u0000", "a\u0000b", LONE,
            "x".repeat(8_193), "x".repeat(5_000), "🚚".repeat(100), "(a+)+$", "(".repeat(500),
            "((((((((((a*)*)*)*)*)*)*)*)*)*b", "(a{1,1000}){1,1000}", "[", "(?=x)", "\\1", "(?i)x",
            ".*", "^$", "${jndi:ldap://127.0.0.1/x}", "{{7*7}}", "../../etc/passwd", "null",
            "NaN", "-0", "\r\nSet-Cookie: a=b", "\u202Eabc", "\uFEFF", Vault.MARK,
            Vault.MARK + "-7", "iban", "note", "level", "codes", "seen", "customer.name",
            "parts.secret", "at", "due", "id", "v", "rowid", "main.items", "k", "UTC",
            "Europe/Berlin", "+18:00", "-23:59", "Mars/Olympus",
            "2026-03-01T00:10:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
            "+292278994-08-17T07:12:55.807Z", "-999999999-01-01T00:00:00Z",
            "2025-02-30T00:00:00Z", "2016-12-31T23:59:60Z", "2026-03-01T00:00:00+99:00",
            "latest", "earliest", PAGE, GROUP, POSITION, EVENT, FOREIGN_PAGE, FOREIGN_POSITION,
            PAGE + PAGE, POSITION + "A", "A" + POSITION, POSITION + PAGE,
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "EHp4mOMwA6gVAYoVAZEVAdwLuCzMeLDD", "====",
            Vault.id(0), Vault.id(1), Vault.id(3), Vault.id(6), "O-99"));
    private static final List<Object> NUMBERS = List.of(0, 1, -1, 2, 7, 50, 1_000, 1_001, 10_000,
            10_001, Integer.MAX_VALUE, Integer.MIN_VALUE, 2_147_483_648L, Long.MAX_VALUE,
            Long.MIN_VALUE, 1.5, -0.0, 1e308, -1e308, 5e-324, 0.1, "9223372036854775808",
            "18446744073709551616", "-9223372036854775809", "1e5", "0x10", "1_000", "--1", "1.",
            ".5", "NaN", "Infinity", "1E+999999999", "1E-999999999", "-1E+2147483647",
            "9".repeat(64), "9".repeat(1_000), "1." + "0".repeat(63), "9007199254740993");
    private static final List<Object> OTHERS = Arrays.asList(null, true, false, new JsonArray(),
            new JsonObject(), new JsonArray().add(1).add("a").addNull(),
            new JsonObject().put("eq", "a").put("$ne", 1), nested(60), DEEP);

    private HostileValues() {
    }

    private static Object nested(int depth) {
        Object value = "deep";
        for (int i = 0; i < depth; i++) {
            value = new JsonArray().add(value);
        }
        return value;
    }

    static List<Object> of(String type) {
        var all = new ArrayList<>(OTHERS);
        all.addAll(TEXTS);
        all.addAll(NUMBERS);
        if (!type.equals("JSON") && !type.equals("Long") && !type.equals("Decimal")
                && !type.equals("Int") && !type.equals("Float")) {
            // Texts count more where texts are expected.
            all.addAll(TEXTS);
        } else {
            all.addAll(NUMBERS);
            all.addAll(NUMBERS);
        }
        return all;
    }

    static List<Object> texts() {
        return TEXTS;
    }

    static List<Object> numbers() {
        return NUMBERS;
    }
}

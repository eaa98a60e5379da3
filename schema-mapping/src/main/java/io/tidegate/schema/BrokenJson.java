package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.regex.Pattern;

/** A schema's text that is no JSON, said in words of the text alone: the parser speaks of its own settings too. */
final class BrokenJson {
    private static final Pattern LOCATION = Pattern
            .compile("\\(start marker at \\[Source: [^;]*; line: (\\d+), column: (\\d+)\\]\\)");

    private static final Pattern SETTING = Pattern.compile(", from `[^`]*`");

    private BrokenJson() {
    }

    /**
     * @param expected
     *            what the text should have been, such as {@code an Avro schema}
     */
    static SchemaProblem problem(String origin, String expected, JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        return new SchemaProblem(
                "'" + origin + "' is not the JSON of " + expected + ": "
                        + reason(e.getOriginalMessage()),
                origin, at == null ? 0 : at.getLineNr(), at == null ? 0 : at.getColumnNr());
    }

    private static String reason(String said) {
        if (said.startsWith("Trailing token")) {
            return "the text goes on behind the end of the schema";
        }
        var placed = LOCATION.matcher(said).replaceAll("(opened at line $1, column $2)");
        return SETTING.matcher(placed).replaceAll("");
    }
}

package io.tidegate.gateway.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidegate.schema.Field;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows as CSV (RFC 4180) in UTF-8 with a header. Records within records become columns named with dots; lists, maps, unions
 * and records that contain themselves become one cell of JSON. An absent value is an empty cell, an empty text {@code ""}.
 */
final class CsvRows implements RowSink {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();
    private static final int DEPTH_MAX = 20;
    private static final String END = "\r\n";

    private final List<Column> columns;
    private final Options options;
    private final OutputStream out;
    private final StringBuilder line = new StringBuilder();

    /**
     * What spreadsheets need and programs do not.
     *
     * @param isSafe
     *            whether texts that a spreadsheet would take for a formula get an apostrophe before them
     * @param hasMark
     *            whether the text begins with a byte order mark, by which Excel knows UTF-8
     * @param delimiter
     *            between cells
     */
    record Options(boolean isSafe, boolean hasMark, char delimiter) {
        static final Options PLAIN = new Options(false, false, ',');
    }

    private record Column(String name, int[] positions, Type type, boolean isJson) {
    }

    CsvRows(RecordType type, OutputStream out, Options options) {
        var found = new ArrayList<Column>();
        collect(type, "", new int[0], new ArrayList<>(List.of(type)), found);
        this.columns = List.copyOf(found);
        this.options = options;
        this.out = out;
    }

    private static void collect(RecordType type, String prefix, int[] before,
            List<RecordType> holders, List<Column> columns) {
        for (int i = 0; i < type.fields().size(); i++) {
            Field field = type.fields().get(i);
            var positions = java.util.Arrays.copyOf(before, before.length + 1);
            positions[before.length] = i;
            if (field.type() instanceof RecordType inner && !inner.fields().isEmpty()
                    && !holders.contains(inner) && holders.size() < DEPTH_MAX) {
                holders.add(inner);
                collect(inner, prefix + field.name() + ".", positions, holders, columns);
                holders.removeLast();
            } else {
                boolean isJson = !(field.type() instanceof Type.Scalar
                        || field.type() instanceof Type.EnumOf);
                columns.add(new Column(prefix + field.name(), positions, field.type(), isJson));
            }
        }
    }

    @Override
    public void begin() throws IOException {
        if (options.hasMark()) {
            line.append('\uFEFF');
        }
        for (int i = 0; i < columns.size(); i++) {
            separate(i);
            text(columns.get(i).name());
        }
        line.append(END);
        flush();
    }

    @Override
    public void rows(List<Row> rows) throws IOException {
        for (var row : rows) {
            for (int i = 0; i < columns.size(); i++) {
                separate(i);
                cell(columns.get(i), value(row, columns.get(i).positions()));
            }
            if (columns.size() == 1 && line.isEmpty()) {
                // Else the line would be no row.
                line.append("\"\"");
            }
            line.append(END);
            flush();
        }
    }

    @Override
    public void end() throws IOException {
        flush();
    }

    private void separate(int index) {
        if (index > 0) {
            line.append(options.delimiter());
        }
    }

    private void flush() throws IOException {
        out.write(line.toString().getBytes(StandardCharsets.UTF_8));
        line.setLength(0);
    }

    private static @Nullable Object value(Row row, int[] positions) {
        Row at = row;
        for (int i = 0; i < positions.length - 1; i++) {
            if (!(at.get(positions[i]) instanceof Row next)) {
                return null;
            }
            at = next;
        }
        return at.get(positions[positions.length - 1]);
    }

    private void cell(Column column, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> {
                // Nothing: what is absent.
            }
            case String text when !column.isJson() -> text(text);
            case Boolean is -> line.append(is.booleanValue());
            case Integer number -> line.append(number.intValue());
            case Long number -> line.append(number.longValue());
            default -> other(column, value);
        }
    }

    /** Whatever has a text in JSON has the same here, without quotes around a single value. */
    private void other(Column column, Object value) throws IOException {
        var json = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(json)) {
            JsonValues.write(generator, column.type(), value);
        }
        var text = json.toString();
        if (column.isJson()) {
            text(text);
        } else if (value instanceof byte[]) {
            // Base64 may begin with a plus sign.
            text(text.substring(1, text.length() - 1));
        } else if (text.startsWith("\"")) {
            // Times and decimals have nothing in them that JSON escapes, and nothing that is a formula.
            quoted(text.substring(1, text.length() - 1));
        } else if (!text.equals("null")) {
            line.append(text);
        }
    }

    private void text(String text) {
        quoted(options.isSafe() && isFormula(text) ? "'" + text : text);
    }

    /** What spreadsheets calculate, also behind blanks that they pass over. */
    private static boolean isFormula(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\t' || c == '\r' || c == '\n') {
                return true;
            }
            if (c != ' ' && c != '\u00A0' && c != '\uFEFF') {
                return "=+-@|%\uFF1D\uFF0B\uFF0D\uFF20".indexOf(c) >= 0;
            }
        }
        return false;
    }

    private void quoted(String text) {
        boolean isPlain = !text.isEmpty();
        for (int i = 0; i < text.length() && isPlain; i++) {
            char c = text.charAt(i);
            isPlain = c != options.delimiter() && c != '"' && c != '\r' && c != '\n';
        }
        if (isPlain && text.charAt(0) != ' ' && text.charAt(text.length() - 1) != ' ') {
            line.append(text);
        } else {
            line.append('"').append(text.replace("\"", "\"\"")).append('"');
        }
    }
}

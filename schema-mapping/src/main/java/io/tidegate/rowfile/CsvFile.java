package io.tidegate.rowfile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import io.tidegate.schema.UnreadablePayload;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Comma-separated values (RFC 4180) in UTF-8 whose first row names the fields; {@code a.b} is field b of record a. */
final class CsvFile implements RowFile {
    private static final int NUMBER_MAX = 1_000;

    private final BoundedInput in;
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    private final Rows rows;
    private List<Column> columns = List.of();
    private long nextLine = 1;
    private boolean started;
    private boolean ended;

    /** Where a column's values go; no path = no field has its name. */
    private record Column(List<String> path, @Nullable Type type) {
    }

    CsvFile(InputStream in, Rows rows) throws IOException {
        this.in = new BoundedInput(in);
        this.rows = rows;
        this.parser = CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).get()
                .parse(new InputStreamReader(this.in, StandardCharsets.UTF_8));
        this.records = parser.iterator();
    }

    @Override
    public Optional<RowRead> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        try {
            if (!started) {
                started = true;
                Optional<RowRead> problem = header();
                if (problem.isPresent()) {
                    ended = true;
                    return problem;
                }
            }
            in.nextRow();
            if (!records.hasNext()) {
                ended = true;
                return Optional.empty();
            }
            long line = nextLine;
            CSVRecord record = records.next();
            nextLine = parser.getCurrentLineNumber() + 1;
            return Optional.of(read(line, record));
        } catch (UncheckedIOException | IllegalStateException e) {
            ended = true;
            if (e.getCause() instanceof BoundedInput.RowTooLong tooLong) {
                return Optional.of(Rows.bad(nextLine, tooLong));
            }
            return Optional.of(new RowRead.Bad(nextLine, "not CSV: the quotes do not match; the"
                    + " rest of the file is not read"));
        }
    }

    private Optional<RowRead> header() {
        if (!records.hasNext()) {
            return Optional.empty();
        }
        CSVRecord header = records.next();
        nextLine = parser.getCurrentLineNumber() + 1;
        var found = new ArrayList<Column>();
        for (String name : header) {
            String clean = name.startsWith("\uFEFF") ? name.substring(1) : name;
            found.add(column(clean.strip(), rows.type()));
        }
        columns = List.copyOf(found);
        if (columns.stream().allMatch(column -> column.type() == null)) {
            return Optional.of(new RowRead.Bad(1, "no column has the name of a field of '"
                    + rows.type().name() + "'; expected a first row with some of "
                    + rows.type().fields().stream().map(Field::name).toList()));
        }
        return Optional.empty();
    }

    private static Column column(String name, RecordType type) {
        OptionalInt whole = type.position(name);
        if (whole.isPresent()) {
            return new Column(List.of(name), type.fields().get(whole.getAsInt()).type());
        }
        for (int dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
            OptionalInt outer = type.position(name.substring(0, dot));
            if (outer.isPresent() && type.fields().get(outer.getAsInt())
                    .type() instanceof RecordType inner) {
                Column column = column(name.substring(dot + 1), inner);
                var path = new ArrayList<>(column.path());
                path.addFirst(name.substring(0, dot));
                return new Column(List.copyOf(path), column.type());
            }
        }
        return new Column(List.of(), null);
    }

    private RowRead read(long line, CSVRecord record) {
        if (record.size() != columns.size()) {
            return new RowRead.Bad(line, "expected " + columns.size() + " columns as in the first"
                    + " row but found " + record.size());
        }
        var row = JsonNodeFactory.instance.objectNode();
        try {
            for (int i = 0; i < columns.size(); i++) {
                Column column = columns.get(i);
                if (column.type() != null && !record.get(i).isEmpty()) {
                    put(row, column, value(record.get(i), column));
                }
            }
            return new RowRead.Good(line, rows.json(row));
        } catch (UnreadablePayload e) {
            return Rows.bad(line, e);
        }
    }

    private static void put(ObjectNode row, Column column, JsonNode value) {
        ObjectNode target = row;
        for (String name : column.path().subList(0, column.path().size() - 1)) {
            target = target.get(name) instanceof ObjectNode known ? known : target.putObject(name);
        }
        target.set(column.path().getLast(), value);
    }

    private static JsonNode value(String text, Column column) throws UnreadablePayload {
        return switch (column.type()) {
            case Type.Scalar scalar -> switch (scalar.kind()) {
                case BOOLEAN -> bool(text);
                case INT32, UINT32, INT64, UINT64, FLOAT32, FLOAT64, DECIMAL, TIMESTAMP ->
                    number(text.strip());
                default -> JsonNodeFactory.instance.textNode(text);
            };
            case Type.EnumOf symbols -> JsonNodeFactory.instance.textNode(text);
            case Type.Json json -> {
                try {
                    yield Rows.JSON.readTree(text);
                } catch (IOException | NumberFormatException e) {
                    yield JsonNodeFactory.instance.textNode(text);
                }
            }
            case null, default -> {
                try {
                    yield Rows.JSON.readTree(text);
                } catch (IOException | NumberFormatException e) {
                    throw new UnreadablePayload("field '" + String.join(".", column.path())
                            + "': expected JSON, because it is no single value", e);
                }
            }
        };
    }

    private static JsonNode bool(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true" -> JsonNodeFactory.instance.booleanNode(true);
            case "false" -> JsonNodeFactory.instance.booleanNode(false);
            default -> JsonNodeFactory.instance.textNode(text);
        };
    }

    /** Text that is no number stays text: the row's type then says what was expected. */
    private static JsonNode number(String text) {
        if (text.length() <= NUMBER_MAX) {
            try {
                var number = new BigDecimal(text);
                boolean whole = text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
                return whole ? integer(number.toBigIntegerExact()) : DecimalNode.valueOf(number);
            } catch (NumberFormatException e) {
                return JsonNodeFactory.instance.textNode(text);
            }
        }
        return JsonNodeFactory.instance.textNode(text);
    }

    private static JsonNode integer(BigInteger number) {
        var nodes = JsonNodeFactory.instance;
        return number.bitLength() < Integer.SIZE
                ? nodes.numberNode(number.intValue())
                : number.bitLength() < Long.SIZE
                        ? nodes.numberNode(number.longValue())
                        : nodes.numberNode(number);
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }
}

package io.tidegate.rowfile;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import io.tidegate.schema.UnreadablePayload;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/** JSON that is laid out over lines: one array of rows, or objects one after the other. */
final class JsonFile implements RowFile {
    private static final ObjectReader ONE = Rows.JSON.reader()
            .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final BoundedInput in;
    private final JsonParser parser;
    private final Rows rows;
    private boolean started;
    private boolean inArray;
    private boolean ended;

    JsonFile(InputStream in, Rows rows) throws IOException {
        this.in = new BoundedInput(in);
        this.parser = Rows.JSON.createParser(this.in);
        this.rows = rows;
    }

    /** Whether the first line is a row by itself, so that each line is. */
    static boolean isLines(byte[] head) {
        if (RowFiles.first(head) != '{') {
            return false;
        }
        int end = 0;
        while (end < head.length && head[end] != '\n') {
            end++;
        }
        if (end == head.length) {
            return true;
        }
        byte[] line = Arrays.copyOf(head, end);
        if (RowFiles.first(line) == 0) {
            return isLines(Arrays.copyOfRange(head, end + 1, head.length));
        }
        try {
            Rows.JSON.readTree(line);
            return true;
        } catch (IOException | NumberFormatException e) {
            return false;
        }
    }

    @Override
    public Optional<RowRead> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        long line = 1;
        try {
            JsonToken token = parser.nextToken();
            if (!started && token == JsonToken.START_ARRAY) {
                inArray = true;
                token = parser.nextToken();
            }
            started = true;
            if (token == null || (inArray && token == JsonToken.END_ARRAY)) {
                return end();
            }
            line = line();
            in.nextRow();
            JsonNode node = ONE.readTree(parser);
            return Optional.of(new RowRead.Good(line, rows.json(node)));
        } catch (UnreadablePayload e) {
            return Optional.of(Rows.bad(line, e));
        } catch (NumberFormatException e) {
            ended = true;
            return Optional.of(new RowRead.Bad(line, "a number's exponent is beyond every decimal;"
                    + " the rest of the file is not read"));
        } catch (JsonProcessingException e) {
            ended = true;
            JsonLocation place = e.getLocation();
            return Optional.of(new RowRead.Bad(place == null ? line : place.getLineNr(),
                    "not JSON; the rest of the file is not read"));
        } catch (BoundedInput.RowTooLong e) {
            ended = true;
            return Optional.of(Rows.bad(line, e));
        }
    }

    private Optional<RowRead> end() throws IOException {
        ended = true;
        long line = line();
        return inArray && parser.nextToken() != null
                ? Optional.of(new RowRead.Bad(line, "the file goes on after its array of rows"))
                : Optional.empty();
    }

    private long line() {
        return parser.currentTokenLocation().getLineNr();
    }

    @Override
    public void close() throws IOException {
        parser.close();
        in.close();
    }
}

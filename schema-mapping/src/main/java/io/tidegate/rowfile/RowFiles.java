package io.tidegate.rowfile;

import io.tidegate.schema.ChangeCodec;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/** Opens a file of rows by what its name and its first bytes say. */
public final class RowFiles {
    /** The longest row, in bytes; a longer one is bad and is not held in memory. */
    public static final int ROW_MAX = 16 * 1024 * 1024;

    private static final int PEEK = 64 * 1024;

    private RowFiles() {
    }

    /**
     * @param fileName
     *            for its ending: {@code .ndjson .jsonl .json .csv .avro .pb .binpb .bin}; any other is guessed from the
     *            content
     * @param in
     *            read as a stream, closed with the returned file
     * @param product
     *            whose rows these are; with a Debezium envelope the file may hold bare rows or whole events
     * @throws IOException
     *             if the file cannot be read, or is not what its name says
     */
    public static RowFile open(String fileName, InputStream in, ChangeCodec product)
            throws IOException {
        var buffered = new BufferedInputStream(in, PEEK);
        buffered.mark(PEEK);
        byte[] head = buffered.readNBytes(PEEK - 1);
        buffered.reset();
        var rows = new Rows(product);
        return switch (kind(fileName, head)) {
            case "csv" -> new CsvFile(buffered, rows);
            case "avro" -> new AvroFile(buffered, rows);
            case "pb" -> new ProtobufFile(buffered, rows);
            case "json" -> JsonFile.isLines(head)
                    ? new JsonLines(buffered, rows)
                    : new JsonFile(buffered, rows);
            default -> new JsonLines(buffered, rows);
        };
    }

    private static String kind(String fileName, byte[] head) {
        String ending = fileName.substring(fileName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return switch (ending) {
            case "csv" -> "csv";
            case "avro" -> "avro";
            case "pb", "binpb", "bin" -> "pb";
            case "json" -> "json";
            case "ndjson", "jsonl" -> first(head) == '[' ? "json" : "ndjson";
            default -> sniff(head);
        };
    }

    private static String sniff(byte[] head) {
        if (head.length >= 4 && head[0] == 'O' && head[1] == 'b' && head[2] == 'j'
                && head[3] == 1) {
            return "avro";
        }
        int first = first(head);
        if (first == '{' || first == '[') {
            return "json";
        }
        for (byte one : head) {
            if (one >= 0 && one < ' ' && one != '\n' && one != '\r' && one != '\t') {
                return "pb";
            }
        }
        return "csv";
    }

    /** The first byte that is not blank; 0 if there is none. */
    static int first(byte[] head) {
        int start = head.length >= 3 && (head[0] & 0xFF) == 0xEF && (head[1] & 0xFF) == 0xBB
                && (head[2] & 0xFF) == 0xBF ? 3 : 0;
        for (int i = start; i < head.length; i++) {
            if (head[i] != ' ' && head[i] != '\n' && head[i] != '\r' && head[i] != '\t') {
                return head[i];
            }
        }
        return 0;
    }
}

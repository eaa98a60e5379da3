package io.tidegate.gateway.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CsvRowsTest {

    private static String written(RecordType type, CsvRows.Options options, Object... values)
            throws IOException {
        var out = new ByteArrayOutputStream();
        var sink = new CsvRows(type, out, options);
        sink.begin();
        sink.rows(Arrays.stream(values).map(value -> new Row(type, new Object[]{value, 1}))
                .toList());
        sink.end();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void json_of_no_particular_type_is_json_whatever_it_holds() throws Exception {
        var type = RecordType.of("t", List.of(new Field("any", new Type.Json(), true),
                new Field("n", Type.Scalar.of(io.tidegate.schema.ScalarKind.INT32), true)));

        assertThat(written(type, CsvRows.Options.PLAIN, 5, "5", true, "true", "a\"b",
                List.of("a"), Map.of("a", 1)))
                .isEqualTo("any,n\r\n5,1\r\n\"\"\"5\"\"\",1\r\ntrue,1\r\n\"\"\"true\"\"\",1\r\n"
                        + "\"\"\"a\\\"\"b\"\"\",1\r\n\"[\"\"a\"\"]\",1\r\n\"{\"\"a\"\":1}\",1\r\n");
    }
}

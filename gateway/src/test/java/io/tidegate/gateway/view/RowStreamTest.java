package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RowStreamTest {
    private static final Row ROW = new Row(RecordType.of("test.Row", List.of()), new Object[0]);

    @Test
    void an_error_in_the_midst_of_a_stream_is_never_its_end() throws SQLException {
        try (var connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties())
                .unwrap(DuckDBConnection.class)) {
            // the driver's own: some hundred thousand rows, and then no more
            var text = "select case when i = 900000 then error('too large') else i end"
                    + " from range(1000000) t(i)";
            try (var stream = stream(connection, text, 1_000_000)) {
                assertThatThrownBy(() -> {
                    while (!stream.next(1_000).isEmpty()) {
                        continue;
                    }
                }).isInstanceOf(ViewFailure.class).hasMessageContaining("broke off after ")
                        .hasMessageContaining(" of 1000000 rows");
                assertThat(stream.next(1)).isEmpty();
            }
        }
    }

    @Test
    void a_stream_that_has_failed_leaves_no_connection_that_tells_errors_as_ends()
            throws SQLException {
        try (var database = new Database(null, 64 << 20, 256 * 1024)) {
            var reader = database.reader();
            Database.execute(reader, "begin transaction read only");
            try (var stream = stream(reader, "select error('broken') from range(3)", 3)) {
                assertThatThrownBy(() -> stream.next(1)).isInstanceOf(ViewFailure.class)
                        .hasMessageContaining("broken");
            }
            assertThat(isGivenBackStreaming(reader)).isFalse();
        }
    }

    /** As a snapshot gives it back, for whoever comes next. */
    private static boolean isGivenBackStreaming(DuckDBConnection reader) {
        try {
            Database.execute(reader, "rollback");
            try (var statement = reader.createStatement();
                    var result = statement
                            .executeQuery("select current_setting('jdbc_stream_results')")) {
                return result.next() && result.getBoolean(1);
            }
        } catch (SQLException e) {
            return false;
        }
    }

    @Test
    void a_stream_ends_with_its_last_row() throws SQLException {
        try (var connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties())
                .unwrap(DuckDBConnection.class);
                var stream = stream(connection, "select i from range(3000) t(i)", 3_000)) {
            assertThat(stream.next(2_999)).hasSize(2_999);
            assertThat(stream.next(2)).hasSize(1);
            assertThat(stream.next(2)).isEmpty();
        }
    }

    private static RowStream stream(DuckDBConnection connection, String text, long count) {
        return new RowStream(new Source(), connection, text, List.of(), RowStreamTest::row,
                () -> count);
    }

    private static StoredRow row(List<@Nullable String> texts) {
        return new StoredRow(ROW, Instant.EPOCH, List::of, () -> "");
    }

    private static final class Source implements SqlSnapshot.Source {
        @Override
        public Duration deadline() {
            return Duration.ofSeconds(30);
        }

        @Override
        public ViewFailure late() {
            return new ViewFailure(ViewFailure.Reason.DEADLINE, "late");
        }

        @Override
        public ViewFailure failure(String purpose, SQLException cause) {
            return new ViewFailure(purpose + ": " + cause.getMessage(), cause);
        }
    }
}

package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.gateway.refusal.Refusal;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents that are named instead of sent. */
class DocumentsTest {
    private static final String TEXT = "{logs{position}}";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private static GraphQlRequest request(String body) throws Exception {
        return GraphQlRequest.of(JSON.readTree(body));
    }

    private static String hash(String text) throws Exception {
        return java.util.HexFormat.of().formatHex(
                java.security.MessageDigest.getInstance("SHA-256").digest(text.getBytes("UTF-8")));
    }

    private static String refusal(Documents documents, String body) {
        try {
            return "answered " + documents.resolved(request(body)).query();
        } catch (Refusal.Thrown e) {
            return e.refusal().code() + " " + e.refusal().detail();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_document_that_is_laid_down_is_known_by_its_hash_or_the_id_of_its_list()
            throws Exception {
        Files.writeString(folder.resolve("position.graphql"), TEXT);
        Files.writeString(folder.resolve("relay.json"), "{\"ab12\":\"{logs{contract{version}}}\"}");
        Files.writeString(folder.resolve("apollo.json"), """
                {"format":"apollo-persisted-query-manifest","version":1,"operations":[
                 {"id":"cd34","name":"Q","type":"query","body":"query Q{logs{position}}"}]}
                """);

        var documents = Documents.read(folder, true);

        assertThat(documents.size()).isEqualTo(3);
        assertThat(documents
                .resolved(request("{\"documentId\":\"sha256:" + hash(TEXT) + "\"}")).query())
                .isEqualTo(TEXT);
        assertThat(documents.resolved(request("{\"documentId\":\"ab12\"}")).query())
                .isEqualTo("{logs{contract{version}}}");
        assertThat(documents.resolved(request(
                "{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"cd34\"}}}"))
                .query()).isEqualTo("query Q{logs{position}}");
    }

    @Test
    void where_only_trusted_documents_are_answered_others_are_not() throws Exception {
        Files.writeString(folder.resolve("position.graphql"), TEXT);
        var documents = Documents.read(folder, true);

        assertThat(refusal(documents, "{\"query\":\"" + TEXT + "\"}"))
                .isEqualTo("answered " + TEXT);
        assertThat(refusal(documents, "{\"query\":\"{logs{position }}\"}"))
                .startsWith("DOCUMENT_NOT_TRUSTED ");
        assertThat(refusal(documents, "{\"query\":\"{a}\",\"documentId\":\"" + hash("{a}") + "\"}"))
                .startsWith("DOCUMENT_NOT_TRUSTED ");
    }

    @Test
    void a_client_registers_a_document_by_sending_it_once_with_its_hash() throws Exception {
        var documents = Documents.read(folder, false);
        var named = "\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\""
                + hash(TEXT) + "\"}}";

        assertThat(refusal(documents, "{" + named + "}"))
                .isEqualTo("PERSISTED_QUERY_NOT_FOUND PersistedQueryNotFound");
        assertThat(refusal(documents, "{\"query\":\"" + TEXT + "\"," + named + "}"))
                .isEqualTo("answered " + TEXT);
        assertThat(refusal(documents, "{" + named + "}")).isEqualTo("answered " + TEXT);
        assertThat(refusal(documents, "{\"query\":\"{other}\"," + named + "}"))
                .isEqualTo("BAD_REQUEST The hash that names the document is not its SHA-256.");
    }

    @Test
    void a_list_that_cannot_be_read_is_named_with_its_place() throws Exception {
        Files.writeString(folder.resolve("broken.json"), "{\n \"a\": nonsense}");

        assertThatThrownBy(() -> Documents.read(folder, false))
                .isInstanceOf(Documents.Unreadable.class).hasMessageEndingWith(
                        "broken.json:2:7: this is no JSON");
    }

    @Test
    void a_number_of_a_variable_has_all_its_digits() throws Exception {
        var sent = "{\"query\":\"{a}\",\"variables\":{\"n\":[12345678901234567.89,1e-30,2.5]}}";

        assertThat(GraphQlRequest.of(GraphQlRequest.READER.readTree(sent)).variables())
                .isEqualTo(Map.of("n", List.of(new BigDecimal("12345678901234567.89"),
                        new BigDecimal("1E-30"), new BigDecimal("2.5"))));
    }
}

package io.tidegate.loadtests.pull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serial;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks one question after the other and reads the answers: for what is not measured. */
final class Asker implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int EXCERPT = 400;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .build();
    private final Contender contender;

    /** It answered, but not the question. */
    static final class Refused extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    Asker(Contender contender) {
        this.contender = contender;
    }

    /**
     * What stands in {@code data}.
     *
     * @throws Refused
     *             if there are errors
     */
    JsonNode ask(byte[] question) throws IOException {
        var request = HttpRequest
                .newBuilder(URI.create("http://127.0.0.1:" + contender.port() + "/graphql"))
                .timeout(Duration.ofMinutes(1)).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(question));
        if (!contender.token().isEmpty()) {
            request.header("Authorization", "Bearer " + contender.token());
        }
        HttpResponse<byte[]> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + contender.label() + " answers", e);
        }
        var answer = JSON.readTree(response.body());
        if (response.statusCode() != 200 || answer.has("errors")) {
            var text = answer.toString();
            throw new Refused(contender.label() + " answered with status "
                    + response.statusCode() + ": "
                    + text.substring(0, Math.min(EXCERPT, text.length())));
        }
        return answer.path("data");
    }

    @Override
    public void close() {
        http.close();
    }
}

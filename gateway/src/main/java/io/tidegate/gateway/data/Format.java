package io.tidegate.gateway.data;

import io.tidegate.gateway.access.PlainArguments;
import io.tidegate.gateway.http.Accept;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.problem.Suggestion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an answer is written as. The first one is for whoever has no preference. */
enum Format {
    JSON("application/json", "application/json; charset=utf-8"), CSV("text/csv",
            "text/csv; charset=utf-8; header=present"), NDJSON("application/x-ndjson",
                    "application/x-ndjson"), ARROW("application/vnd.apache.arrow.stream",
                            "application/vnd.apache.arrow.stream"), PARQUET(
                                    "application/vnd.apache.parquet",
                                    "application/vnd.apache.parquet");

    /** Other names that clients have for them. */
    private static final Map<String, Format> ALIASES = Map.of("application/ndjson", NDJSON,
            "application/jsonl", NDJSON, "application/parquet", PARQUET);

    private final String mediaType;
    private final String contentType;

    Format(String mediaType, String contentType) {
        this.mediaType = mediaType;
        this.contentType = contentType;
    }

    /** Of the header {@code Content-Type}. */
    String contentType() {
        return contentType;
    }

    /** The word of the parameter {@code format}, and the end of a file's name. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * What a client wants: the parameter says it before the header does.
     *
     * @throws Refusal.Thrown
     *             naming the formats that there are
     */
    static Format of(Optional<String> parameter, @Nullable String accept) {
        if (parameter.isPresent()) {
            return of(parameter.get());
        }
        var offers = new ArrayList<>(types());
        offers.addAll(ALIASES.keySet().stream().sorted().toList());
        var liked = Accept.liked(accept, offers).orElseThrow(() -> new Refusal.Thrown(
                Refusal.of(RefusalCode.NOT_ACCEPTABLE, "The formats are "
                        + Suggestion.oneOf(types()) + ".")));
        return Arrays.stream(values()).filter(format -> format.mediaType.equals(liked)).findFirst()
                .orElseGet(() -> ALIASES.getOrDefault(liked, JSON));
    }

    private static Format of(String word) {
        var words = Arrays.stream(values()).map(Format::word).toList();
        return Arrays.stream(values()).filter(format -> format.word().equals(word)).findFirst()
                .orElseThrow(() -> PlainArguments.invalid("There is no format '"
                        + PlainArguments.shortened(word) + "'"
                        + Suggestion.nearest(word, words)
                                .map(near -> ", did you mean '" + near + "'").orElse("")
                        + "? The formats are " + Suggestion.oneOf(words) + "."));
    }

    private static List<String> types() {
        return Arrays.stream(values()).map(format -> format.mediaType).toList();
    }
}

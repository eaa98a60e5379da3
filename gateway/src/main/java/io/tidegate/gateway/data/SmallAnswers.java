package io.tidegate.gateway.data;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.query.AnswerCache;
import io.tidegate.gateway.view.View;
import io.tidegate.schema.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Answers in text that are small enough to be kept, made once for all who ask the same before the data has changed: a
 * dashboard costs one execution for each change, however many look at it. Thread-safe.
 */
public final class SmallAnswers {
    private static final int BYTES_MAX = 1 << 20;
    private static final int LARGE_MAX = 1_000;

    private final AnswerCache answers;
    /** What has turned out to be too large, so that it is not made twice. */
    private final Cache<Question, Boolean> large = Caffeine.newBuilder().maximumSize(LARGE_MAX)
            .build();

    /**
     * What is asked, and what of it the caller may see.
     *
     * @param product
     *            as it is named and served; compared by identity, which every change of its contract changes
     */
    private record Question(Object product, Permit permit, Ask ask, boolean isPage,
            boolean hasTotal, Format format, CsvRows.Options csv)
            implements
                AnswerCache.Question<Small> {
        private static final int BYTES = 1_000;

        @Override
        public long bytes() {
            return BYTES;
        }
    }

    /** An answer as it is sent. */
    record Small(Facts facts, byte[] body) implements AnswerCache.Answer {
        @Override
        public long bytes() {
            return body.length;
        }
    }

    /** Writes rows in the format that was asked for. */
    interface Writer {
        RowSink open(Facts facts, OutputStream out) throws IOException;
    }

    /** @param answers among which these are kept */
    public SmallAnswers(AnswerCache answers) {
        this.answers = answers;
    }

    /**
     * The answer, if it is one of those that are kept.
     *
     * @param ask
     *            asks the view
     */
    Optional<Small> answer(View view, Catalog.Granted granted, DataRequest wanted,
            Supplier<Answer> ask, Writer writer) {
        boolean isText = switch (wanted.format()) {
            case JSON, NDJSON, CSV -> true;
            case ARROW, PARQUET -> false;
        };
        boolean isInMemory = switch (wanted.ask()) {
            case Ask.Items ignored -> wanted.isPage();
            case Ask.Groups ignored -> true;
            case Ask.Events ignored -> false;
        };
        var question = new Question(granted.product().api(), granted.permit(), wanted.ask(),
                wanted.isPage(), wanted.hasTotal(), wanted.format(), wanted.csv());
        if (!isText || !isInMemory || large.getIfPresent(question) != null) {
            return Optional.empty();
        }
        var now = view.reached().orElse(new Position(List.of()));
        try {
            return Optional.of(answers.answer(question, List.of(now), () -> made(ask, writer),
                    small -> List.of(small.facts().position())));
        } catch (TooLarge e) {
            large.put(question, true);
            return Optional.empty();
        }
    }

    private static Small made(Supplier<Answer> ask, Writer writer) {
        var out = new Bounded();
        try (var answer = ask.get(); var sink = writer.open(answer.facts(), out)) {
            sink.begin();
            for (List<Row> rows = answer.next(); !rows.isEmpty(); rows = answer.next()) {
                sink.rows(rows);
            }
            sink.end();
            return new Small(answer.facts(), out.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
    }

    /** Nobody should wait for what is then not kept. */
    private static final class TooLarge extends RuntimeException {
        TooLarge() {
            super("too large to be kept", null, false, false);
        }
    }

    private static final class Bounded extends ByteArrayOutputStream {
        @Override
        public synchronized void write(int octet) {
            room(1);
            super.write(octet);
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int length) {
            room(length);
            super.write(bytes, from, length);
        }

        private void room(int more) {
            if (count + more > BYTES_MAX) {
                throw new TooLarge();
            }
        }
    }
}

package io.tidegate.loadtests.pull;

import io.tidegate.loadtests.client.Latencies;
import io.tidegate.loadtests.server.Child;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * Asks a server questions over connections that stay open: a process of its own, the same program for both. Everything happens on one
 * event loop.
 */
final class QueryClient {
    private static final byte[] ERRORS = "\"errors\"".getBytes(StandardCharsets.US_ASCII);
    private static final int WAITING_MAX = 100_000;
    /**
     * Of a hundred questions of the mixed load. Not one: the 99th percentile would lie between the slowest kind of question and the
     * others, and the dice would say on which side.
     */
    private static final int GROUPS = 2;
    private static final int PAGES = 10;

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final HttpClient http;
    private final RequestOptions options;
    private final int connections;
    private final int rows;
    private final Questions questions;
    private final List<Questions.Place> places;
    /** Questions of this kind that were asked, over all commands: none of them is asked again. */
    private long nth;
    private boolean hasComplained;

    /** What came of one kind of question. */
    private static final class Tally {
        private final Latencies latencies = new Latencies();
        private long requests;
        private long errors;
        private long bytes;
        private long least = Long.MAX_VALUE;
        private long most;

        private void add(long nanos, int size, boolean isGood) {
            latencies.add(nanos / 1000);
            requests++;
            if (!isGood) {
                errors++;
            }
            bytes += size;
            least = Math.min(least, size);
            most = Math.max(most, size);
        }

        private String text(String prefix) {
            return prefix + "requests=" + requests + " " + prefix + "errors=" + errors + " "
                    + prefix + "p50=" + latencies.percentile(0.5) + " " + prefix + "p99="
                    + latencies.percentile(0.99) + " " + prefix + "p999="
                    + latencies.percentile(0.999) + " " + prefix + "bytes=" + bytes + " " + prefix
                    + "least=" + (requests == 0 ? 0 : least) + " " + prefix + "most=" + most;
        }
    }

    /** A command while it runs. */
    private final class Run {
        private final SplittableRandom random;
        private final Map<Point, Tally> tallies = new EnumMap<>(Point.class);
        private final Tally all = new Tally();
        private final Set<String> asked = new HashSet<>();
        private final CompletableFuture<String> done = new CompletableFuture<>();
        private final long begin = System.nanoTime();
        private final long nanos;
        private long repeated;
        private long pending;
        private boolean isOver;

        private Run(long seed, long nanos) {
            this.random = new SplittableRandom(seed);
            this.nanos = nanos;
        }

        private void askOnAndOn(Point point) {
            if (System.nanoTime() - begin >= nanos) {
                isOver = true;
                end();
                return;
            }
            ask(point, System.nanoTime()).onComplete(ignored -> askOnAndOn(point));
        }

        private void end() {
            if (isOver && pending == 0) {
                var text = new StringBuilder(all.text("")).append(" nanos=")
                        .append(System.nanoTime() - begin).append(" repeated=").append(repeated);
                tallies.forEach((point, tally) -> text.append(' ')
                        .append(tally.text(point.label() + ".")));
                done.complete(text.toString());
            }
        }

        private void askAtRate(int rate) {
            var timer = new long[1];
            var sent = new long[1];
            timer[0] = vertx.setPeriodic(1, ignored -> {
                long now = System.nanoTime() - begin;
                while (sent[0] * 1_000_000_000L / rate <= Math.min(now, nanos)) {
                    long due = begin + sent[0] * 1_000_000_000L / rate;
                    int dice = random.nextInt(100);
                    ask(dice < GROUPS
                            ? Point.GROUP
                            : dice < GROUPS + PAGES ? Point.PAGE : Point.KEY,
                            due);
                    sent[0]++;
                }
                if (now >= nanos) {
                    vertx.cancelTimer(timer[0]);
                    isOver = true;
                    end();
                }
            });
        }

        /** Succeeds whatever the answer is. */
        private Future<Void> ask(Point point, long due) {
            byte[] question = question(point);
            pending++;
            return http.request(options)
                    .compose(request -> request.send(Buffer.buffer(question))
                            .compose(response -> response.body().map(body -> {
                                boolean isGood = response.statusCode() == 200 && !hasErrors(body);
                                if (!isGood) {
                                    complain(response.statusCode() + " " + body);
                                }
                                count(point, due, body.length(), isGood);
                                return (Void) null;
                            })))
                    .otherwise(failure -> {
                        complain(failure.toString());
                        count(point, due, 0, false);
                        return null;
                    });
        }

        private void count(Point point, long due, int size, boolean isGood) {
            long took = System.nanoTime() - due;
            all.add(took, size, isGood);
            tallies.computeIfAbsent(point, ignored -> new Tally()).add(took, size, isGood);
            pending--;
            if (isOver) {
                end();
            }
        }

        private byte[] question(Point point) {
            return switch (point) {
                case KEY -> {
                    var id = Shipment.id(random.nextInt(rows));
                    note(id);
                    yield questions.key(id);
                }
                case PAGE -> {
                    int index = random.nextInt(places.size());
                    note("page" + index);
                    yield questions.page(places.get(index));
                }
                case REPEAT -> questions.groups(0);
                case GROUP, MIXED -> questions.groups(++nth);
            };
        }

        private void note(String question) {
            if (!asked.add(question)) {
                repeated++;
            }
        }
    }

    private QueryClient(int port, String token, int connections, int rows, Questions questions,
            List<Questions.Place> places) {
        this.connections = connections;
        this.rows = rows;
        this.questions = questions;
        this.places = places;
        http = vertx.createHttpClient(
                new HttpClientOptions().setKeepAlive(true).setKeepAliveTimeout(3600)
                        .setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(WAITING_MAX));
        options = new RequestOptions().setHost("127.0.0.1").setPort(port)
                .setMethod(HttpMethod.POST).setURI("/graphql")
                .putHeader("Content-Type", "application/json")
                .putHeader("Accept", "application/json");
        if (!token.isEmpty()) {
            options.putHeader("Authorization", "Bearer " + token);
        }
    }

    /**
     * @param args
     *            port, token or {@code -}, connections, rows, {@code tidegate}, {@code offset} or {@code cursor} as the language of the
     *            questions, a file of places where pages begin
     */
    public static void main(String[] args) throws IOException {
        var places = new ArrayList<Questions.Place>();
        for (var line : Files.readAllLines(Path.of(args[5]))) {
            var words = line.split("\t", -1);
            places.add(new Questions.Place(words[0], Integer.parseInt(words[1]), words[2]));
        }
        var questions = switch (args[4]) {
            case "tidegate" -> new TidegateQuestions();
            case "offset" -> new PostGraphileQuestions(false);
            default -> new PostGraphileQuestions(true);
        };
        var client = new QueryClient(Integer.parseInt(args[0]), args[1].equals("-") ? "" : args[1],
                Integer.parseInt(args[2]), Integer.parseInt(args[3]), questions, places);
        Child.serve("port=0", client::command);
        System.exit(0);
    }

    /**
     * {@code closed POINT MILLIS SEED}: every connection asks the next question as soon as it has an answer. {@code paced RATE MILLIS
     * SEED}: the mixed load; times are from when a question was due.
     */
    private String command(String[] words) {
        var run = new Run(Long.parseLong(words[3]), Long.parseLong(words[2]) * 1_000_000);
        vertx.runOnContext(ignored -> {
            if (words[0].equals("paced")) {
                run.askAtRate(Integer.parseInt(words[1]));
                return;
            }
            for (int i = 0; i < connections; i++) {
                run.askOnAndOn(Point.valueOf(words[1]));
            }
        });
        return run.done.join();
    }

    private void complain(String what) {
        if (!hasComplained) {
            hasComplained = true;
            System.err.println("the first answer that was not one: "
                    + what.substring(0, Math.min(500, what.length())));
        }
    }

    private static boolean hasErrors(Buffer body) {
        var bytes = body.getBytes();
        for (int i = 0; i + ERRORS.length <= bytes.length; i++) {
            if (bytes[i] == '"' && bytes[i + 1] == 'e' && isErrors(bytes, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isErrors(byte[] bytes, int at) {
        return java.util.Arrays.equals(bytes, at, at + ERRORS.length, ERRORS, 0, ERRORS.length);
    }
}

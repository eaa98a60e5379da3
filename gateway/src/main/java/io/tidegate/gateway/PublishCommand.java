package io.tidegate.gateway;

import io.tidegate.contract.DataProduct.Envelope;
import io.tidegate.contract.ProblemReport;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.gateway.sandbox.SandboxFailure;
import io.tidegate.gateway.sandbox.TopicWriter;
import io.tidegate.problem.Problem;
import io.tidegate.rowfile.RowFile;
import io.tidegate.rowfile.RowFiles;
import io.tidegate.rowfile.RowRead;
import io.tidegate.schema.Change;
import io.tidegate.schema.Row;
import io.tidegate.schema.UnreadablePayload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate publish}: rows of a file onto a product's topic in the running sandbox. */
@Command(name = "publish", mixinStandardHelpOptions = true, description = "Writes the rows of a file to a product's topic, encoded as its contract says.")
final class PublishCommand implements Callable<Integer> {
    private static final int BATCH = 500;
    private static final long BROKER_SECONDS = 60;
    private static final int BAR_WIDTH = 30;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "PRODUCT", description = "such as logistics/shipment-events")
    private String name = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "NDJSON, CSV, Avro or length-delimited Protobuf")
    private Path file = Path.of("");

    @Option(names = "--rate", paramLabel = "N", description = "rows a second (default: as fast as the broker takes them)")
    private @Nullable Integer rate;

    @Option(names = "--loop", description = "begin again at the end, until Ctrl-C")
    private boolean loop;

    @Option(names = "--skip-bad", description = "report rows that do not fit and go on")
    private boolean skipBad;

    @Option(names = "--contracts", paramLabel = "DIR", description = "where the contract is (default: the sandbox's contracts)")
    private @Nullable Path contracts;

    @Option(names = {"--sandbox",
            "--ready-file"}, paramLabel = "FILE", description = "the ready file of a sandbox (default: the one started last)")
    private @Nullable Path sandbox;

    private long written;
    private long bad;
    private long begunNanos;

    @Override
    public Integer call() throws SandboxFailure, IOException, InterruptedException {
        if (rate != null && rate < 1) {
            throw new ParameterException(command().commandLine(),
                    "--rate must be at least 1, but was " + rate);
        }
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        JsonObject state = StateFile.read(Optional.ofNullable(sandbox));
        ProductSchema schema = product(state);
        var vertx = Vertx.vertx();
        // A client that nothing refers to is closed by the collector in the middle of a request.
        var http = vertx.createHttpClient();
        try {
            var producer = TopicWriter.producer(vertx, state.getString("kafka"));
            var writer = await(TopicWriter.open(http,
                    state.getString("registry"), producer, schema));
            begunNanos = System.nanoTime();
            boolean whole;
            do {
                whole = writeFile(writer);
            } while (loop && whole);
            await(producer.close());
            report();
            return bad > 0 && !skipBad ? Main.FAILED : Main.DONE;
        } finally {
            http.close();
            vertx.close();
        }
    }

    /** Whether the file was read to its end. */
    private boolean writeFile(TopicWriter writer)
            throws SandboxFailure, IOException, InterruptedException {
        var sent = new ArrayList<Future<Void>>();
        try (var in = Files.newInputStream(file);
                RowFile rows = RowFiles.open(file.getFileName().toString(), in,
                        writer.schema().changes())) {
            for (var read = rows.next(); read.isPresent(); read = rows.next()) {
                String misfit = switch (read.get()) {
                    case RowRead.Good row -> write(writer, row.change(), sent);
                    case RowRead.Bad row -> row.message();
                };
                if (!misfit.isEmpty()) {
                    bad++;
                    say("row " + read.get().line() + ": " + misfit);
                    if (!skipBad) {
                        break;
                    }
                }
                if (sent.size() >= BATCH) {
                    flush(sent);
                }
                pace(sent);
            }
        }
        flush(sent);
        return skipBad || bad == 0;
    }

    /** Why the change cannot be written; empty if it was. */
    private String write(TopicWriter writer, Change change, List<Future<Void>> sent) {
        Row keyed = change.after() != null ? change.after() : change.before();
        if (keyed == null) {
            return "it names no row";
        }
        Envelope envelope = writer.schema().product().stream().envelope();
        boolean wrapped = envelope == Envelope.DEBEZIUM || envelope.isOfMySql();
        try {
            sent.add(writer.write(keyed, wrapped && change.time().isEmpty()
                    ? new Change(change.before(), change.after(), Optional.of(Instant.now()))
                    : change));
            written++;
            return "";
        } catch (UnreadablePayload e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void pace(List<Future<Void>> sent) throws SandboxFailure, InterruptedException {
        if (rate == null) {
            return;
        }
        long dueNanos = begunNanos + (written + bad) * TimeUnit.SECONDS.toNanos(1) / rate;
        long ahead = dueNanos - System.nanoTime();
        if (ahead > TimeUnit.MILLISECONDS.toNanos(5)) {
            flush(sent);
            LockSupport.parkNanos(dueNanos - System.nanoTime());
            if (Thread.interrupted()) {
                throw new InterruptedException("publish was interrupted");
            }
        }
    }

    private void flush(List<Future<Void>> sent) throws SandboxFailure, InterruptedException {
        await(Future.all(sent));
        sent.clear();
        progress();
    }

    private ProductSchema product(JsonObject state) throws SandboxFailure, IOException {
        Path folder = contracts != null ? contracts : Path.of(state.getString("contracts"));
        var found = ContractFiles.read(List.of(folder));
        String wanted = name.replaceFirst("^([a-z0-9-]+)\\.([a-z0-9-]+)$", "$1/$2");
        var matching = found.products().stream()
                .filter(schema -> schema.product().id().path().equals(wanted)
                        || schema.product().id().path().replaceFirst("/v\\d+$", "").equals(wanted))
                .toList();
        if (!matching.isEmpty()) {
            return matching.getLast();
        }
        var errors = found.problems().stream().filter(Problem::isError).toList();
        throw new SandboxFailure("There is no product '" + name + "' in '" + folder + "'; there "
                + (found.products().isEmpty()
                        ? "is none at all"
                        : "are "
                                + String.join(", ",
                                        found.products().stream()
                                                .map(each -> each.product().id().path()).toList()))
                + "."
                + (errors.isEmpty() ? "" : "\n" + ProblemReport.text(errors).stripTrailing()));
    }

    private void progress() {
        if (!Ansi.AUTO.enabled()) {
            return;
        }
        double seconds = (System.nanoTime() - begunNanos) / 1e9;
        PrintWriter err = err();
        err.printf("\r%s %d rows, %.0f/s ", "#".repeat((int) (written / BATCH % BAR_WIDTH)),
                written,
                written / Math.max(seconds, 0.001));
        err.flush();
    }

    private void report() {
        PrintWriter err = err();
        err.println((Ansi.AUTO.enabled() ? "\r\033[K" : "") + LintCommand.counted(written, "row")
                + " written"
                + (bad == 0 ? "" : ", " + bad + (bad == 1 ? " does not fit" : " do not fit")));
        err.flush();
    }

    private void say(String text) {
        err().println(text);
        err().flush();
    }

    private PrintWriter err() {
        return command().commandLine().getErr();
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec, "spec");
    }

    private static <T> T await(Future<T> future) throws SandboxFailure, InterruptedException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(BROKER_SECONDS,
                    TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SandboxFailure failure) {
                throw failure;
            }
            throw new SandboxFailure("The sandbox does not take the rows: " + e.getCause(),
                    e.getCause());
        } catch (TimeoutException e) {
            throw new SandboxFailure("The sandbox does not answer.", e);
        }
    }
}

package io.tidegate.gateway;

import io.tidegate.gateway.sandbox.GatewayStarter.Running;
import io.tidegate.gateway.sandbox.Sandbox;
import io.tidegate.gateway.sandbox.Sandbox.Addresses;
import io.tidegate.gateway.sandbox.Sandbox.Settings;
import io.tidegate.gateway.sandbox.SandboxFailure;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidegate sandbox}: everything at once, until Ctrl-C. */
@Command(name = "sandbox", mixinStandardHelpOptions = true, description = "A broker, a registry, an identity provider, sample products with live data, and the gateway: all in this process.")
final class SandboxCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--port", paramLabel = "N", defaultValue = "8080", description = "the gateway's port; 0 = any free one (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(names = "--contracts", paramLabel = "DIR", description = "serve these contracts instead of the samples")
    private @Nullable Path contracts;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "60", description = "sample events a second, all products together (default: ${DEFAULT-VALUE})")
    private int rate;

    @Option(names = "--data", paramLabel = "DIR", description = "keep everything here (default: a temporary folder, removed in the end)")
    private @Nullable Path data;

    @Option(names = "--duration", paramLabel = "TIME", converter = DurationText.class, description = "end by itself after this time, such as 30s or 5m")
    private @Nullable Duration duration;

    @Option(names = "--ready-file", paramLabel = "FILE", description = "write one JSON object with all addresses and a token once everything serves")
    private @Nullable Path readyFile;

    @Override
    public Integer call() throws SandboxFailure, InterruptedException {
        PrintWriter out = command().commandLine().getOut();
        Settings settings;
        try {
            settings = new Settings(port, Optional.ofNullable(contracts), rate,
                    Optional.ofNullable(data));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command().commandLine(), e.getMessage(), e);
        }
        var sandbox = Sandbox.prepare(settings, Clock.systemUTC());
        var ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            StateFile.remove();
            removeReadyFile();
            sandbox.close();
            ended.countDown();
        }, "sandbox-end"));

        Addresses addresses = sandbox.start(SandboxCommand::gateway);
        StateFile.write(addresses);
        out.print(banner(addresses));
        out.flush();
        if (readyFile != null) {
            Sandbox.writeReadyFile(readyFile, addresses);
        }
        if (duration == null) {
            ended.await();
        } else {
            ended.await(duration.toMillis(), TimeUnit.MILLISECONDS);
        }
        return Main.DONE;
    }

    /** Starts the gateway of a sandbox in this process. */
    static Future<Running> gateway(Path configuration, Supplier<String> developmentToken) {
        var read = ConfigReader.read(configuration, System::getenv);
        if (read.config().isEmpty()) {
            return Future.failedFuture(new SandboxFailure(
                    "The sandbox wrote a configuration that the gateway refuses: "
                            + read.problems()));
        }
        try {
            var gateway = Gateway.start(read.config().get(), Optional.of(configuration),
                    Optional.of(developmentToken));
            return Future.succeededFuture(new Running() {
                @Override
                public int httpPort() {
                    return gateway.httpPort();
                }

                @Override
                public int managementPort() {
                    return gateway.managementPort();
                }

                @Override
                public Future<Void> close() {
                    gateway.close();
                    return Future.succeededFuture();
                }
            });
        } catch (GatewayFailure e) {
            return Future.failedFuture(new SandboxFailure("The gateway: " + e.getMessage() + "."));
        }
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec, "spec");
    }

    private void removeReadyFile() {
        if (readyFile != null) {
            readyFile.toFile().delete();
        }
    }

    private static String banner(Addresses at) {
        String product = at.products().stream()
                .filter(id -> id.startsWith("logistics/shipment-events/")).findFirst()
                .orElse(at.products().getFirst());
        String field = rootField(product);
        String socket = at.gateway().replaceFirst("^http", "ws");
        return """

                Tidegate's sandbox serves %s; Ctrl-C ends it.

                  gateway     %s
                  management  %s
                  kafka       %s
                  registry    %s
                  identity    %s
                  contracts   %s

                A token for all of it, for 12 hours:

                export TOKEN=%s

                GraphQL over WebSocket (Node 20.10 or newer):
                node --experimental-websocket -e 'const w=new WebSocket("%s/graphql","graphql-transport-ws");\
                w.onopen=()=>w.send(JSON.stringify({type:"connection_init",payload:{Authorization:"Bearer "+process.env.TOKEN}}));\
                w.onmessage=m=>{console.log(m.data);JSON.parse(m.data).type=="connection_ack"&&\
                w.send(JSON.stringify({id:"1",type:"subscribe",payload:{query:"subscription{%s{op time cursor}}"}}))}'

                Server-sent events:
                curl -N -H "Authorization: Bearer $TOKEN" -H "Accept: text/event-stream" %s/streams/%s

                A pull query:
                curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" %s/graphql \
                -d '{"query":"{%s{position contract{version owner}}}"}'

                Or with Tidegate itself, the token included: ./tidegate tail %s/streams/%s

                """
                .formatted(LintCommand.counted(at.products().size(), "product"), at.gateway(),
                        at.management(), at.kafka(),
                        at.registry(),
                        at.issuer(), at.contracts(), at.token(), socket, field, at.gateway(),
                        product, at.gateway(), field,
                        socket, product);
    }

    /** {@code logistics/shipment-events/v2} → {@code logisticsShipmentEventsV2}. */
    static String rootField(String productPath) {
        var name = new StringBuilder();
        for (String word : productPath.replaceFirst("/v1$", "").split("[/-]")) {
            name.append(name.isEmpty()
                    ? word
                    : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }
}

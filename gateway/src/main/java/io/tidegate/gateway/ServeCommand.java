package io.tidegate.gateway;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The gateway alone, against real systems. */
@Command(name = "serve", mixinStandardHelpOptions = true, description = "Runs the gateway against real systems.")
final class ServeCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The gateway's configuration.")
    private @Nullable Path config;

    @Override
    public Integer call() throws InterruptedException {
        var out = java.util.Objects.requireNonNull(spec, "set by picocli").commandLine();
        var gateway = open(java.util.Objects.requireNonNull(config, "required"), out.getErr());
        if (gateway == null) {
            return Main.WRONG_CALL;
        }
        var ended = new CountDownLatch(1);
        Runnable end = () -> {
            try {
                gateway.close();
            } finally {
                ended.countDown();
            }
        };
        if (!Signals.onEnd(end)) {
            Runtime.getRuntime().addShutdownHook(new Thread(end, "end"));
        }
        out.getOut()
                .println("Tidegate serves on port " + gateway.httpPort() + ", management on port "
                        + gateway.managementPort() + ".");
        out.getOut().flush();
        ended.await();
        return Main.DONE;
    }

    /** Reads the configuration and starts; says what is wrong and returns null if that fails. */
    static @Nullable Gateway open(Path config, java.io.PrintWriter err) {
        var read = ConfigReader.read(config, System::getenv);
        read.problems().forEach(err::println);
        err.flush();
        if (read.config().isEmpty()) {
            return null;
        }
        try {
            return Gateway.start(read.config().get(), java.util.Optional.of(config),
                    java.util.Optional.empty());
        } catch (GatewayFailure e) {
            err.println("tidegate: " + e.getMessage());
            err.flush();
            return null;
        }
    }
}

package io.tidegate.gateway;

import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.tidegate.gateway.sandbox.SandboxFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The command line. Exit codes: 0 done, 1 the check failed, 2 the call or the configuration is wrong. */
@Command(name = "tidegate", mixinStandardHelpOptions = true, version = "tidegate 0.1.0", synopsisSubcommandLabel = "COMMAND", description = "Data products as GraphQL, WebSocket and SSE, from one contract.", subcommands = {
        SandboxCommand.class, ServeCommand.class, PublishCommand.class, LintCommand.class,
        AsyncApiCommand.class,
        GraphQlCommand.class, ImportCommand.class, TailCommand.class,
        TokenCommand.class, CommandLine.HelpCommand.class})
public final class Main {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int WRONG_CALL = 2;

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        // Before any other thread logs, or the first lines are held back and complained about.
        LoggerFactory.getILoggerFactory();
        var commands = new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::explainCall)
                .setExecutionExceptionHandler(Main::explainFailure);
        if (arguments.length == 0) {
            commands.usage(commands.getErr());
            return WRONG_CALL;
        }
        return commands.execute(arguments);
    }

    private static int explainCall(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        var out = command.getErr();
        out.println("tidegate: " + firstLine(String.valueOf(wrong.getMessage())));
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, out);
        out.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        out.flush();
        return WRONG_CALL;
    }

    private static int explainFailure(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        switch (failure) {
            case SandboxFailure known -> err.println("tidegate: " + known.getMessage());
            case NoSuchFileException missing -> err.println("tidegate: '" + missing.getFile()
                    + "': there is no such file or folder.");
            case ConnectException refused ->
                err.println("tidegate: nothing answers there: is the sandbox running?");
            default ->
                err.println("tidegate: " + command.getCommandName() + " failed unexpectedly ("
                        + failure.getClass().getSimpleName() + "); " + keepTrace(failure));
        }
        err.flush();
        return WRONG_CALL;
    }

    private static String keepTrace(Exception failure) {
        try {
            Path log = Files.createTempFile("tidegate-", ".log");
            Files.writeString(log, ThrowableProxyUtil.asString(new ThrowableProxy(failure)));
            return "details are in " + log + ".";
        } catch (IOException e) {
            return "its details could not be kept: " + failure.getMessage();
        }
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("the call is wrong");
    }
}

package io.tidegate.loadtests.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the micro benchmarks: quickly without arguments, as JMH's own command line says with some. */
public final class Bench {
    private Bench() {
    }

    /**
     * @param args
     *            of JMH; they replace the quick settings
     */
    public static void main(String[] args)
            throws RunnerException, CommandLineOptionException, IOException {
        var results = Files.createDirectories(Path.of("results"));
        var options = new OptionsBuilder().parent(new CommandLineOptions(args))
                .resultFormat(ResultFormatType.JSON)
                .result(results.resolve("bench.json").toString());
        if (args.length == 0) {
            options.forks(1).warmupIterations(2).measurementIterations(3)
                    .warmupTime(TimeValue.seconds(1)).measurementTime(TimeValue.seconds(1))
                    .verbosity(VerboseMode.SILENT);
        }
        for (RunResult result : new Runner(options.build()).run()) {
            var score = result.getPrimaryResult();
            System.out.printf(Locale.ROOT, "%-45s %10.1f ± %-8.1f %s%n",
                    name(result.getParams()), score.getScore(), score.getScoreError(),
                    score.getScoreUnit());
        }
    }

    /** {@code FrameBench.batch events=16}. */
    private static String name(BenchmarkParams params) {
        var name = new StringBuilder(params.getBenchmark().replaceFirst(".*bench\\.", ""));
        params.getParamsKeys().forEach(
                key -> name.append(' ').append(key).append('=').append(params.getParam(key)));
        return name.toString();
    }
}

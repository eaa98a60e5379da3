package io.tidegate.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Our documents, read by the parser that most consumers use. */
class AsyncApiParserIT {
    @Test
    void the_parser_of_asyncapi_finds_nothing_wrong() throws Exception {
        var folder = Path.of("target/node");
        Files.createDirectories(folder);
        assumeTrue(runs("node", "--version") && runs("npm", "--version"), "Node.js is not here");
        for (var file : List.of("package.json", "check.cjs")) {
            Files.copy(Path.of("src/test/node", file), folder.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(folder.resolve("node_modules/@asyncapi/parser"))) {
            assumeTrue(
                    run(folder, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
                            .equals("0"),
                    "the package registry does not answer");
        }
        Files.writeString(folder.resolve("one.yaml"),
                AsyncApiDocuments.toYaml(AsyncApiDocumentsTest.SHIPMENTS));
        Files.writeString(folder.resolve("all.json"),
                AsyncApiDocuments.toJson(AsyncApiDocumentsTest.ALL));

        var result = run(folder, "node", "check.cjs", "one.yaml", "all.json");

        assertThat(result).as(Files.readString(folder.resolve("output.txt"))).isEqualTo("0");
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return run(Path.of("target/node"), command).equals("0");
        } catch (IOException e) {
            return false;
        }
    }

    private static String run(Path folder, String... command)
            throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.txt").toFile()).start();
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return "no end";
        }
        return String.valueOf(process.exitValue());
    }
}

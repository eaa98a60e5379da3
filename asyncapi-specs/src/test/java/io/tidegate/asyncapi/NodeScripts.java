package io.tidegate.asyncapi;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Scripts of {@code src/test/node} with the packages they need; a test that asks for them is skipped where Node.js is not. */
final class NodeScripts {
    private static final Path FOLDER = Path.of("target/node");

    private NodeScripts() {
    }

    /** The folder in which they run. */
    static Path folder() throws IOException, InterruptedException {
        Files.createDirectories(FOLDER);
        assumeTrue(ends("node", "--version") && ends("npm", "--version"), "Node.js is not here");
        try (Stream<Path> files = Files.list(Path.of("src/test/node"))) {
            for (var file : files.toList()) {
                Files.copy(file, FOLDER.resolve(file.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (!Files.exists(FOLDER.resolve("node_modules/ajv-formats"))) {
            assumeTrue(ends("npm", "install", "--no-audit", "--no-fund", "--no-package-lock"),
                    "the package registry does not answer");
        }
        return FOLDER;
    }

    /** What a script writes; its first line is its exit code. */
    static String run(String script, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        var code = code(command);
        return code + "\n" + Files.readString(FOLDER.resolve("output.txt"));
    }

    private static boolean ends(String... command) throws InterruptedException {
        try {
            return code(List.of(command)).equals("0");
        } catch (IOException e) {
            return false;
        }
    }

    private static String code(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).directory(FOLDER.toFile())
                .redirectErrorStream(true)
                .redirectOutput(FOLDER.resolve("output.txt").toFile()).start();
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return "no end";
        }
        return String.valueOf(process.exitValue());
    }
}

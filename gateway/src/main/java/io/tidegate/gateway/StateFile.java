package io.tidegate.gateway;

import io.tidegate.gateway.sandbox.Sandbox;
import io.tidegate.gateway.sandbox.Sandbox.Addresses;
import io.tidegate.gateway.sandbox.SandboxFailure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where a running sandbox says how to reach it, so that other commands need not be told. */
final class StateFile {
    private StateFile() {
    }

    /** {@code sandbox.json} in {@code $TIDEGATE_HOME}, else in {@code ~/.tidegate}. */
    static Path path() {
        String home = System.getenv("TIDEGATE_HOME");
        return (home == null || home.isBlank()
                ? Path.of(System.getProperty("user.home"), ".tidegate")
                : Path.of(home)).resolve("sandbox.json");
    }

    static void write(Addresses addresses) throws SandboxFailure {
        Sandbox.writeReadyFile(path(), addresses);
    }

    /** Removes the file if it is this process's own. */
    static void remove() {
        try {
            if (Files.exists(path()) && new JsonObject(Files.readString(path())).getLong("pid", -1L)
                    .equals(ProcessHandle.current().pid())) {
                Files.delete(path());
            }
        } catch (IOException | DecodeException e) {
            // A file that another sandbox is just writing is that one's to remove.
        }
    }

    /**
     * Reads how to reach the sandbox.
     *
     * @param named
     *            a ready file; empty = the one of the sandbox that was started last
     */
    static JsonObject read(Optional<Path> named) throws SandboxFailure {
        Path file = named.orElse(path());
        if (!Files.exists(file)) {
            throw new SandboxFailure(named.isPresent()
                    ? "There is no ready file '" + file + "'."
                    : "No sandbox is running: start one with 'tidegate sandbox', or name its ready file with --sandbox.");
        }
        try {
            var state = new JsonObject(Files.readString(file));
            Long pid = state.getLong("pid");
            if (pid != null && ProcessHandle.of(pid).isEmpty()) {
                throw new SandboxFailure("The sandbox that wrote '" + file
                        + "' has ended: start one with 'tidegate sandbox'.");
            }
            return state;
        } catch (IOException | DecodeException e) {
            throw new SandboxFailure("'" + file + "' cannot be read: " + e.getMessage(), e);
        }
    }
}

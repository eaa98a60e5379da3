package io.tidegate.gateway.data;

import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/** What answers in files share, over all event loops: memory for Arrow, and a folder for files on their way. Thread-safe. */
public final class Exports implements AutoCloseable {
    /** Of all answers in Arrow and Parquet together, outside of the heap. */
    private static final long MEMORY_MAX = 512L << 20;
    private static final long MEMORY_EACH = 128L << 20;
    /** Native code holds on to its thread, so such answers have threads of their own. */
    private static final int FILES_AT_ONCE = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path folder;
    private final int rowsMax;
    private final long bytesMax;
    private final Semaphore files = new Semaphore(FILES_AT_ONCE, true);
    private @Nullable BufferAllocator memory;

    /**
     * @param folder
     *            for files on their way; what is in it is removed
     * @param rowsMax
     *            of one answer
     * @param bytesMax
     *            of one file on its way
     */
    public Exports(Path folder, int rowsMax, long bytesMax) {
        this.folder = folder;
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
        for (var file : files(folder)) {
            file.delete();
        }
    }

    int rowsMax() {
        return rowsMax;
    }

    long bytesMax() {
        return bytesMax;
    }

    /** Memory of one answer; close it with the answer. */
    synchronized BufferAllocator memory() {
        var root = memory;
        if (root == null) {
            root = new RootAllocator(MEMORY_MAX);
            memory = root;
        }
        return root.newChildAllocator("answer", 0, MEMORY_EACH);
    }

    /** An empty file of nobody else; delete it soon. */
    Path file() throws IOException {
        Files.createDirectories(folder);
        return Files.createTempFile(folder, "export-", ".parquet");
    }

    /**
     * Makes a file, when it is its turn, in what holds on to its thread, and so on a thread of its own; waits for it. Files that
     * clients are slow to take count: as many as two of the largest, and no other is begun.
     */
    <T> T inNativeCode(Callable<T> work) throws Exception {
        if (!files.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw busy("being made");
        }
        try {
            if (bytes() > FILES_AT_ONCE * bytesMax) {
                throw busy("on their way");
            }
            var done = new CompletableFuture<T>();
            Thread.ofPlatform().daemon().name("export").start(() -> {
                try {
                    done.complete(work.call());
                } catch (Throwable e) {
                    // Whatever it is: somebody waits, and has a place that others wait for.
                    done.completeExceptionally(e);
                }
            });
            return done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        } finally {
            files.release();
        }
    }

    private static Refusal.Thrown busy(String what) {
        return new Refusal.Thrown(new Refusal(RefusalCode.VIEW_STALE,
                "Too many files are " + what + " just now; try again.",
                Optional.of(Duration.ofSeconds(5))));
    }

    /** Of all files that there are. */
    private long bytes() {
        return Arrays.stream(files(folder)).mapToLong(File::length).sum();
    }

    private static File[] files(Path folder) {
        var found = folder.toFile().listFiles((parent, name) -> name.startsWith("export-"));
        return found == null ? new File[0] : found;
    }

    @Override
    public synchronized void close() {
        // Answers that are still on their way give back what they hold; what they do not is the process's to free.
        memory = null;
    }
}

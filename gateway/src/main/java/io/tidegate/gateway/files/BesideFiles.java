package io.tidegate.gateway.files;

import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.SchemaFiles;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The files in the folder of one file, and nothing outside of it. Remembers what was read, so that it can be copied. */
public final class BesideFiles implements SchemaFiles {
    static final long FILE_BYTES_MAX = 4 * 1024 * 1024;

    private final Path folder;
    private final Set<String> read = new LinkedHashSet<>();

    /**
     * @param file
     *            in whose folder the others are
     */
    public BesideFiles(Path file) {
        this.folder = Objects.requireNonNull(file.toAbsolutePath().normalize().getParent(),
                "folder");
    }

    @Override
    public String read(String path) throws IOException {
        var text = text(inside(path));
        read.add(path);
        return text;
    }

    /** Paths of the files that were read, relative to the folder, in the order of their first reading. */
    public Set<String> read() {
        return Collections.unmodifiableSet(new LinkedHashSet<>(read));
    }

    /** Copies a file of this folder to the same place in another one; a different file that is there stays, with a problem. */
    public void copy(String path, Path to, List<Problem> problems) throws IOException {
        var target = to.resolve(path);
        var source = inside(path);
        if (!Files.exists(target)) {
            Files.createDirectories(
                    Objects.requireNonNull(target.toAbsolutePath().getParent(), "folder"));
            Files.copy(source, target);
        } else if (Files.mismatch(source, target) >= 0) {
            problems.add(Problem.error(Place.of(target.toString()), "exists",
                    "another file of this name is there already and is left as it is: the contract names it, so"
                            + " remove it or choose another --out"));
        }
    }

    private Path inside(String path) throws IOException {
        Path file = folder.resolve(path).normalize();
        if (!file.startsWith(folder)) {
            throw new IOException("'" + path + "' lies outside of the contract's folder");
        }
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file");
        }
        // A link may lead out again.
        if (!file.toRealPath().startsWith(folder.toRealPath())) {
            throw new IOException("'" + path + "' lies outside of the contract's folder");
        }
        return file;
    }

    /**
     * A file's text.
     *
     * @throws IOException
     *             if it is not there, larger than 4 MiB or not UTF-8
     */
    public static String text(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file");
        }
        if (Files.size(file) > FILE_BYTES_MAX) {
            throw new IOException("'" + file + "' is larger than " + FILE_BYTES_MAX + " bytes");
        }
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (MalformedInputException e) {
            throw new IOException("'" + file + "' is not UTF-8 text", e);
        }
    }
}

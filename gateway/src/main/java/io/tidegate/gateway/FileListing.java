package io.tidegate.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What can be seen of some files without reading them, cheap enough to be looked at twice a second: equal listings mean that
 * nothing was written between them. Events of the file system are not used, since they do not come for a mounted ConfigMap,
 * whose links are swapped, and not from a network's file system.
 *
 * @param files
 *            by path below the root, forward slashes: size, time, identity; of a file written just now a hash too, because
 *            two writes within one tick of the file system's clock cannot be told by time
 */
record FileListing(Path root, Map<String, String> files) {
    private static final int FILES_MAX = 20_000;
    private static final int DEPTH_MAX = 16;
    private static final Duration FRESH = Duration.ofSeconds(3);
    private static final long HASHED_BYTES_MAX = 4 << 20;
    /** Kubernetes mounts a ConfigMap as links into this folder, which is itself a link that is swapped at once. */
    private static final String CONFIG_MAP = "..data";

    FileListing {
        files = Map.copyOf(files);
    }

    /**
     * The folder that a path means now: links followed, so that everything that is read afterwards is of one state even if a
     * link is swapped meanwhile.
     */
    static Path root(Path path) throws IOException {
        var data = path.resolve(CONFIG_MAP);
        var real = (Files.isDirectory(data) ? data : path).toRealPath();
        return real.equals(path.toAbsolutePath().normalize()) ? path : real;
    }

    /**
     * Looks at every file below a folder, or at one file and those in its folder.
     *
     * @throws IOException
     *             if the path is not there, cannot be read, or holds too much
     */
    static FileListing of(Path path, Instant now) throws IOException {
        var root = root(path);
        boolean isFolder = Files.isDirectory(root);
        var top = isFolder ? root : Objects.requireNonNullElse(root.getParent(), root);
        var files = new TreeMap<String, String>();
        try (var walk = Files.walk(top, isFolder ? DEPTH_MAX : 1)) {
            for (var file : (Iterable<Path>) walk::iterator) {
                if (files.size() >= FILES_MAX) {
                    throw new IOException("'" + path + "' holds more than " + FILES_MAX + " files");
                }
                try {
                    var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    if (attributes.isRegularFile()) {
                        files.put(name(root, file), seen(file, attributes, now));
                    }
                } catch (NoSuchFileException e) {
                    // Gone since, or a link that leads nowhere.
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new FileListing(root, files);
    }

    /** Looks at one file alone, whatever lies beside it. */
    static FileListing ofFile(Path file, Instant now) throws IOException {
        var real = file.toRealPath();
        return new FileListing(real, Map.of("",
                seen(real, Files.readAttributes(real, BasicFileAttributes.class), now)));
    }

    /** How the listing names a file; a root that is a file itself has the empty name. */
    static String name(Path root, Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    private static String seen(Path file, BasicFileAttributes attributes, Instant now)
            throws IOException {
        var written = attributes.lastModifiedTime().toInstant();
        var seen = attributes.size() + " " + written + " " + attributes.fileKey();
        return Duration.between(written, now).abs().compareTo(FRESH) < 0
                && attributes.size() <= HASHED_BYTES_MAX
                        ? seen + " " + hash(Files.readAllBytes(file))
                        : seen;
    }

    static String hash(String text) {
        return hash(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

package io.tidegate.gateway;

import io.tidegate.gateway.files.ContractFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What can be seen of some files without reading them, cheap enough to be looked at twice a second: equal listings mean that
 * nothing was written between them. Events of the file system are not used, since they do not come for a mounted ConfigMap,
 * whose links are swapped, and not from a network's file system.
 *
 * @param root
 *            as it is named in the configuration
 * @param real
 *            what the name means now
 * @param files
 *            by path below the root, forward slashes, and those above by their whole path: size, time, identity; of a file written just now a hash too, because
 *            two writes within one tick of the file system's clock cannot be told by time
 */
record FileListing(Path root, Path real, Map<String, String> files) {
    private static final int FILES_MAX = 20_000;
    private static final int DEPTH_MAX = 16;
    private static final Duration FRESH = Duration.ofSeconds(3);
    private static final long HASHED_BYTES_MAX = 4 << 20;

    FileListing {
        files = Map.copyOf(files);
    }

    static FileListing of(Path path, Instant now) throws IOException {
        return of(path, now, new FileListing(path, path, Map.of()));
    }

    /**
     * Looks at every file below a folder, or at one file and those in its folder, and at the governance above. Folders whose
     * names begin with a dot are left out, as they are when contracts are read; links to files are followed.
     *
     * @param before
     *            an earlier listing, whose hashes stay for files that were not written since
     * @throws IOException
     *             if the path is not there, cannot be read, or holds too much
     */
    static FileListing of(Path path, Instant now, FileListing before) throws IOException {
        var real = path.toRealPath();
        boolean isFolder = Files.isDirectory(real);
        // A walk follows no link, not even the one that somebody named.
        var start = Files.isSymbolicLink(path) ? real : path;
        var top = isFolder ? start : Objects.requireNonNullElse(start.getParent(), start);
        var files = new TreeMap<String, String>();
        Files.walkFileTree(top, Set.of(), isFolder ? DEPTH_MAX : 1, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return folder.equals(top) || !folder.getFileName().toString().startsWith(".")
                        ? FileVisitResult.CONTINUE
                        : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes ofLink)
                    throws IOException {
                if (files.size() >= FILES_MAX) {
                    throw new IOException("'" + path + "' holds more than " + FILES_MAX + " files");
                }
                try {
                    var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    if (attributes.isRegularFile()) {
                        var name = name(start, file);
                        files.put(name, seen(file, attributes, now,
                                before.files().getOrDefault(name, "")));
                    }
                } catch (FileSystemException e) {
                    // Gone since, or a link that leads nowhere or in a circle.
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (file.equals(top)) {
                    throw e;
                }
                return FileVisitResult.CONTINUE;
            }
        });
        for (var above : ContractFiles.governanceAbove(path)) {
            try {
                var name = above.toString();
                files.put(name, seen(above, Files.readAttributes(above, BasicFileAttributes.class),
                        now, before.files().getOrDefault(name, "")));
            } catch (FileSystemException e) {
                // As above.
            }
        }
        return new FileListing(path, real, files);
    }

    /** Looks at one file alone, whatever lies beside it. */
    static FileListing ofFile(Path file, Instant now, FileListing before)
            throws IOException {
        var real = file.toRealPath();
        return new FileListing(file, real, Map.of("",
                seen(real, Files.readAttributes(real, BasicFileAttributes.class), now,
                        before.files().getOrDefault("", ""))));
    }

    /** How the listing names a file; a root that is a file itself has the empty name. */
    static String name(Path root, Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    private static String seen(Path file, BasicFileAttributes attributes, Instant now,
            String before) throws IOException {
        var written = attributes.lastModifiedTime().toInstant();
        var seen = attributes.size() + " " + written + " " + attributes.fileKey();
        if (Duration.between(written, now).abs().compareTo(FRESH) < 0
                && attributes.size() <= HASHED_BYTES_MAX) {
            return seen + " " + hash(Files.readAllBytes(file));
        }
        return before.startsWith(seen + " ") ? before : seen;
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

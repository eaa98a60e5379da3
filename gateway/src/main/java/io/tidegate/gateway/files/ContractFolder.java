package io.tidegate.gateway.files;

import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A path that somebody named, a folder of contracts or one contract, and where governance is looked for: in the folder
 * and everything below it, and in the folders above it. Those are, within a git work tree, all up to its root; elsewhere
 * each next one as long as it holds a {@code governance.yaml}.
 *
 * <p>
 * Symbolic links that lead out of the folder are not followed, and nothing in a folder whose name begins with a dot is
 * read.
 *
 * @param path
 *            as its user named it
 * @param root
 *            the folder itself, or the one that the contract lies in; absolute
 */
record ContractFolder(Path path, Path root) {
    static final String GOVERNANCE = "governance.yaml";
    private static final int FILES_MAX = 10_000;
    private static final int DEPTH_MAX = 16;
    private static final int ABOVE_MAX = 32;

    static ContractFolder of(Path path) {
        var absolute = path.toAbsolutePath().normalize();
        return new ContractFolder(path, Files.isDirectory(path)
                ? absolute
                : Objects.requireNonNull(absolute.getParent(), "a file lies in a folder"));
    }

    /**
     * What is there.
     *
     * @param contracts
     *            files that may be contracts, as their user names them, in the order of their names
     * @param governance
     *            files named {@code governance.yaml}, or nearly so
     * @param problems
     *            what was left out and why
     */
    record Seen(List<Path> contracts, List<Path> governance, List<Problem> problems) {
        Seen {
            contracts = List.copyOf(contracts);
            governance = List.copyOf(governance);
            problems = List.copyOf(problems);
        }
    }

    Seen files() throws IOException {
        var contracts = new ArrayList<Path>();
        var governance = new ArrayList<Path>();
        var problems = new ArrayList<Problem>();
        if (!Files.isDirectory(path)) {
            contracts.add(path);
            governance.addAll(governanceIn(root));
        } else {
            for (Path file : yamlBelow(problems)) {
                (isGovernance(file) ? governance : contracts).add(file);
            }
        }
        governance.addAll(governanceAbove());
        return new Seen(contracts, governance, problems);
    }

    List<Path> governanceAbove() {
        return above().stream().flatMap(folder -> governanceIn(folder).stream()).toList();
    }

    /** The folders above whose governance counts here, the nearest first. */
    private List<Path> above() {
        var folders = new ArrayList<Path>();
        var known = new ArrayList<Path>();
        Path workTree = null;
        for (Path folder = root; folder != null
                && folders.size() < ABOVE_MAX; folder = folder.getParent()) {
            if (!folder.equals(root)) {
                folders.add(folder);
            }
            if (Files.exists(folder.resolve(".git"))) {
                workTree = folder;
                break;
            }
        }
        if (workTree != null) {
            return folders;
        }
        for (Path folder : folders) {
            if (governanceIn(folder).isEmpty()) {
                break;
            }
            known.add(folder);
        }
        return known;
    }

    /** The governance file of one folder, as its user would name it; one that is spelt wrong too, to be reported. */
    private List<Path> governanceIn(Path folder) {
        var found = new ArrayList<Path>();
        for (var name : List.of(GOVERNANCE, "governance.yml")) {
            Path file = folder.resolve(name);
            if (Files.exists(file) || Files.isSymbolicLink(file)) {
                found.add(shown(file));
            }
        }
        return found;
    }

    private Path shown(Path file) {
        Path here = Path.of("").toAbsolutePath();
        return path.isAbsolute() || !Objects.equals(here.getRoot(), file.getRoot())
                ? file
                : here.relativize(file);
    }

    private List<Path> yamlBelow(List<Problem> problems) throws IOException {
        Path real = path.toRealPath();
        // A walk follows no link, not even the one that somebody named.
        Path start = Files.isSymbolicLink(path) ? real : path;
        var found = new ArrayList<Path>();
        FileVisitor<Path> visitor = new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                // Version control, editors, and the copies that a mounted configuration is linked to.
                return folder.equals(start) || !isHidden(folder)
                        ? FileVisitResult.CONTINUE
                        : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                    throws IOException {
                if (!isYaml(file) || isHidden(file)) {
                    return FileVisitResult.CONTINUE;
                }
                if (attributes.isSymbolicLink() && !staysIn(real, file)) {
                    // A governance file is kept, so that its folder counts as one whose governance cannot be read.
                    if (isGovernance(file)) {
                        found.add(asNamed(start, file));
                    } else {
                        problems.add(Problem.warning(Place.of(named(asNamed(start, file))), "link",
                                "the symbolic link leads out of the folder, or nowhere, and is not"
                                        + " followed: put the file here"));
                    }
                } else if (attributes.isSymbolicLink() || attributes.isRegularFile()) {
                    found.add(asNamed(start, file));
                }
                return found.size() > FILES_MAX
                        ? FileVisitResult.TERMINATE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e)
                    throws IOException {
                if (file.equals(start)) {
                    throw e;
                }
                problems.add(Problem.error(Place.of(named(asNamed(start, file))), "file",
                        "the folder cannot be read: " + e.getMessage()));
                return FileVisitResult.CONTINUE;
            }
        };
        Files.walkFileTree(start, EnumSet.noneOf(FileVisitOption.class), DEPTH_MAX, visitor);
        if (found.size() > FILES_MAX) {
            throw new IOException("'" + path + "' holds more than " + FILES_MAX + " YAML files");
        }
        found.sort(Path::compareTo);
        return found;
    }

    private Path asNamed(Path start, Path file) {
        return start.equals(path) ? file : path.resolve(start.relativize(file));
    }

    /** Whether a link leads to a file within a folder. */
    static boolean staysIn(Path folder, Path link) {
        try {
            Path target = link.toRealPath();
            return target.startsWith(folder) && Files.isRegularFile(target);
        } catch (IOException e) {
            return false;
        }
    }

    static boolean isGovernance(Path file) {
        return Objects.requireNonNull(file.getFileName(), "name").toString()
                .toLowerCase(Locale.ROOT).matches("governance\\.ya?ml");
    }

    private static boolean isHidden(Path file) {
        return file.getFileName() != null && file.getFileName().toString().startsWith(".");
    }

    private static boolean isYaml(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".yaml") || name.endsWith(".yml");
    }

    /** A path as messages name it. */
    static String named(Path file) {
        return file.toString().replace('\\', '/');
    }
}

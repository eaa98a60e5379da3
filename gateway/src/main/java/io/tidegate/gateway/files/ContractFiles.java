package io.tidegate.gateway.files;

import io.tidegate.contract.ContractSet;
import io.tidegate.contract.DataProduct;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads contracts and their schemas from files and folders. */
public final class ContractFiles {
    private static final int FILES_MAX = 10_000;
    private static final int DEPTH_MAX = 16;

    private ContractFiles() {
    }

    /**
     * Every contract that was found, as far as it can be used.
     *
     * @param products
     *            those without an error, in the order of their names
     * @param problems
     *            of all contracts, in the order of their places
     */
    public record Found(List<ProductSchema> products, List<Problem> problems) {
        public Found {
            products = List.copyOf(products);
            problems = List.copyOf(problems);
        }
    }

    /** Reads without a registry: schemas are beside the contracts or are the contracts' fields. */
    public static Found read(List<Path> paths) throws IOException {
        return read(paths, RegistryLookup.none(), WriterSchemas.none());
    }

    /**
     * Reads every {@code *.yaml} and {@code *.yml} that is a contract, below these folders or named itself.
     *
     * @throws IOException
     *             if a path is not there or cannot be read; the message names it
     */
    public static Found read(List<Path> paths, RegistryLookup registry, WriterSchemas writers)
            throws IOException {
        var sources = new ArrayList<SourceFile>();
        var unread = new ArrayList<Problem>();
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new NoSuchFileException(path.toString(), null,
                        "there is no such file or folder");
            }
            for (Path file : yamlBelow(path)) {
                var name = file.toString().replace('\\', '/');
                try {
                    sources.add(new SourceFile(name, contained(file, path)));
                } catch (IOException e) {
                    // One file that cannot be read must not keep the others from being looked at.
                    unread.add(Problem.error(Place.of(name), "unreadable",
                            "the file cannot be read: " + e.getMessage()));
                }
            }
        }
        var set = ContractSet.read(sources, LocalDate.now(ZoneOffset.UTC));
        var problems = new ArrayList<>(set.problems());
        problems.addAll(unread);
        var products = new ArrayList<ProductSchema>();
        for (DataProduct product : set.products()) {
            var resolved = ProductSchemas.resolve(product, beside(product), registry, writers);
            problems.addAll(resolved.problems());
            resolved.schema().ifPresent(products::add);
        }
        problems.sort(Comparator.comparing((Problem problem) -> problem.place().file())
                .thenComparingInt(problem -> problem.place().line())
                .thenComparingInt(problem -> problem.place().column()));
        return new Found(products, problems);
    }

    /** The files in the folder of a product's contract, and nothing outside of it. */
    public static SchemaFiles beside(DataProduct product) {
        return new BesideFiles(Path.of(product.place().file()));
    }

    /** A link may stand for a file of the same folder, as mounted configuration has it, and not for one outside of it. */
    private static String contained(Path file, Path root) throws IOException {
        if (!file.equals(root) && !file.toRealPath().startsWith(root.toRealPath())) {
            throw new IOException("it is a link that leads out of '" + root + "'");
        }
        return BesideFiles.text(file);
    }

    /** Folders and files that begin with a dot are somebody else's, such as the copies that mounted configuration keeps. */
    private static boolean isHidden(Path file, Path root) {
        for (Path part : root.relativize(file)) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    private static List<Path> yamlBelow(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (var walk = Files.walk(path, DEPTH_MAX)) {
            var found = walk.filter(Files::isRegularFile).filter(ContractFiles::isYaml)
                    .filter(file -> !isHidden(file, path)).sorted()
                    .limit(FILES_MAX + 1L).toList();
            if (found.size() > FILES_MAX) {
                throw new IOException(
                        "'" + path + "' holds more than " + FILES_MAX + " YAML files");
            }
            return found;
        }
    }

    private static boolean isYaml(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".yaml") || name.endsWith(".yml");
    }
}

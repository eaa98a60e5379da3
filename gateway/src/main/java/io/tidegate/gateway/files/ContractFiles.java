package io.tidegate.gateway.files;

import io.tidegate.contract.ContractSet;
import io.tidegate.contract.DataProduct;
import io.tidegate.contract.NamesLock;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads contracts and their schemas from files and folders. */
public final class ContractFiles {
    private static final int FILES_MAX = 10_000;
    private static final int DEPTH_MAX = 16;
    private static final long FILE_BYTES_MAX = 4 * 1024 * 1024;

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
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new NoSuchFileException(path.toString(), null,
                        "there is no such file or folder");
            }
            for (Path file : yamlBelow(path)) {
                sources.add(new SourceFile(file.toString().replace('\\', '/'), text(file)));
            }
        }
        var set = ContractSet.read(sources);
        var problems = new ArrayList<>(set.problems());
        var products = new ArrayList<ProductSchema>();
        var locks = new HashMap<Path, NamesLock>();
        for (DataProduct product : set.products()) {
            var resolved = ProductSchemas.resolve(product, beside(product), registry, writers);
            problems.addAll(resolved.problems());
            var lock = locks.computeIfAbsent(lockBeside(product.place().file()),
                    file -> lock(file, problems));
            resolved.schema().map(schema -> schema.locked(lock.of(product.id())))
                    .ifPresent(products::add);
        }
        problems.sort(Comparator.comparing((Problem problem) -> problem.place().file())
                .thenComparingInt(problem -> problem.place().line())
                .thenComparingInt(problem -> problem.place().column()));
        return new Found(products, problems);
    }

    /** Where the GraphQL names are locked of the products whose contracts are in the same folder as this one. */
    public static Path lockBeside(String contract) {
        return Path.of(contract).resolveSibling(NamesLock.FILE);
    }

    /** The lock in a file; an empty one where there is none. */
    public static NamesLock lock(Path file, List<Problem> problems) {
        if (!Files.exists(file)) {
            return new NamesLock(Map.of());
        }
        var path = file.toString().replace('\\', '/');
        try {
            return NamesLock.read(new SourceFile(path, text(file)), problems);
        } catch (IOException e) {
            problems.add(Problem.error(Place.of(path), "names-lock",
                    "cannot be read: " + e.getMessage()));
            return new NamesLock(Map.of());
        }
    }

    /** The files in the folder of a product's contract, and nothing outside of it. */
    public static SchemaFiles beside(DataProduct product) {
        Path folder = Objects.requireNonNull(
                Path.of(product.place().file()).toAbsolutePath().normalize().getParent(), "folder");
        return path -> {
            Path file = folder.resolve(path).normalize();
            if (!file.startsWith(folder) || !file.toRealPath().startsWith(folder.toRealPath())) {
                throw new IOException("'" + path + "' lies outside of the contract's folder");
            }
            return text(file);
        };
    }

    private static List<Path> yamlBelow(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (var walk = Files.walk(path, DEPTH_MAX)) {
            var found = walk.filter(Files::isRegularFile).filter(ContractFiles::isYaml).sorted()
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

    private static String text(Path file) throws IOException {
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

package io.tidegate.gateway.files;

import io.tidegate.contract.ContractSet;
import io.tidegate.contract.DataProduct;
import io.tidegate.contract.NamesLock;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.contract.RelationChecks;
import io.tidegate.contract.SourceFile;
import io.tidegate.governance.Governance;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Reads contracts, what governs them, and their schemas from files and folders. */
public final class ContractFiles {
    /** The order in which problems of several files are told. */
    public static final Comparator<Problem> BY_PLACE = Comparator
            .comparing((Problem problem) -> problem.place().file())
            .thenComparingInt(problem -> problem.place().line())
            .thenComparingInt(problem -> problem.place().column());

    private ContractFiles() {
    }

    /**
     * Every contract that was found, as far as it can be used.
     *
     * @param products
     *            those without an error, in the order of their names
     * @param problems
     *            of all contracts and of what governs them, in the order of their places
     * @param withheld
     *            products without an error of their own whose governance has one: what was served of them before may stay,
     *            and nothing of them may be taken newly into service
     * @param governance
     *            what each of the products was judged by, without the contract's own block
     * @param fingerprints
     *            of each of the products: equal as long as its contract says the same and its schema's text is the same,
     *            whatever happens to comments, layout and governance files; 64 hexadecimal digits
     */
    public record Found(List<ProductSchema> products, List<Problem> problems,
            Set<ProductId> withheld, Map<ProductId, Governance> governance,
            Map<ProductId, String> fingerprints) {
        public Found {
            products = List.copyOf(products);
            problems = List.copyOf(problems);
            withheld = Set.copyOf(withheld);
            governance = Map.copyOf(governance);
            fingerprints = Map.copyOf(fingerprints);
        }
    }

    /** Reads without a registry: schemas are beside the contracts or are the contracts' fields. */
    public static Found read(List<Path> paths) throws IOException {
        return read(paths, RegistryLookup.none(), WriterSchemas.none());
    }

    /** Reads for the day that it is, in UTC. */
    public static Found read(List<Path> paths, RegistryLookup registry, WriterSchemas writers)
            throws IOException {
        return read(paths, registry, writers, LocalDate.now(ZoneOffset.UTC));
    }

    /**
     * Reads every {@code *.yaml} and {@code *.yml} that is a contract, below these folders or named itself, and every
     * {@code governance.yaml} that governs one of them: {@link ContractFolder} says which.
     *
     * @param today
     *            for exceptions from governance, which end
     * @throws IOException
     *             if a path is not there or cannot be read; the message names it
     */
    public static Found read(List<Path> paths, RegistryLookup registry, WriterSchemas writers,
            LocalDate today) throws IOException {
        var problems = new ArrayList<Problem>();
        var governance = new GovernanceFiles();
        var sources = new LinkedHashMap<String, SourceFile>();
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new NoSuchFileException(path.toString(), null,
                        "there is no such file or folder");
            }
            var folder = ContractFolder.of(path);
            var seen = folder.files();
            problems.addAll(seen.problems());
            governance.govern(folder, seen);
            for (Path file : seen.contracts()) {
                var name = ContractFolder.named(file);
                try {
                    sources.putIfAbsent(name, new SourceFile(name, BesideFiles.text(file)));
                } catch (IOException e) {
                    problems.add(Problem.error(Place.of(name), "file",
                            "the file cannot be read: " + e.getMessage()));
                }
            }
        }
        problems.addAll(governance.problems());
        var set = ContractSet.read(List.copyOf(sources.values()), today);
        problems.addAll(set.problems());
        return new Reading(sources, governance, registry, writers, today, problems).read(set);
    }

    /** The governance files that are there now in the folders above a path and count for the contracts below it; absolute. */
    public static List<Path> governanceAbove(Path path) {
        return ContractFolder.of(path).governanceAbove().stream()
                .map(file -> file.toAbsolutePath().normalize()).toList();
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
            return NamesLock.read(new SourceFile(path, BesideFiles.text(file)), problems);
        } catch (IOException e) {
            problems.add(Problem.error(Place.of(path), "names-lock",
                    "cannot be read: " + e.getMessage()));
            return new NamesLock(Map.of());
        }
    }

    /** The files in the folder of a product's contract, and nothing outside of it. */
    public static SchemaFiles beside(DataProduct product) {
        return new BesideFiles(Path.of(product.place().file()));
    }

    /** One reading: products on their way from contracts to what can be used. */
    private static final class Reading {
        private final Map<String, SourceFile> sources;
        private final GovernanceFiles governance;
        private final RegistryLookup registry;
        private final WriterSchemas writers;
        private final LocalDate today;
        private final List<Problem> problems;
        private final List<ProductSchema> products = new ArrayList<>();
        private final Set<ProductId> withheld = new TreeSet<>();
        private final Map<Path, NamesLock> locks = new HashMap<>();
        private final Map<ProductId, Governance> governedBy = new LinkedHashMap<>();
        private final Map<ProductId, String> fingerprints = new LinkedHashMap<>();

        private Reading(Map<String, SourceFile> sources, GovernanceFiles governance,
                RegistryLookup registry, WriterSchemas writers, LocalDate today,
                List<Problem> problems) {
            this.sources = sources;
            this.governance = governance;
            this.registry = registry;
            this.writers = writers;
            this.today = today;
            this.problems = problems;
        }

        private Found read(ContractSet set) {
            var taken = new HashSet<Place>();
            set.problems().stream().filter(Problem::isError)
                    .forEach(problem -> taken.add(problem.place()));
            for (DataProduct product : set.products()) {
                // The set keeps both of two contracts with one name, and reports the second one at its place.
                take(product, taken.contains(product.place()));
            }
            problems.addAll(RelationChecks.of(products));
            problems.sort(BY_PLACE);
            return new Found(products, problems, withheld, governedBy, fingerprints);
        }

        private void take(DataProduct product, boolean wrong) {
            var source = Objects.requireNonNull(sources.get(product.place().file()), "source");
            var fingerprint = new Fingerprint(source);
            var resolved = ProductSchemas.resolve(product,
                    fingerprint.including(beside(product)), fingerprint.including(registry),
                    writers);
            problems.addAll(resolved.problems());
            if (resolved.schema().isEmpty()) {
                return;
            }
            var lock = locks
                    .computeIfAbsent(lockBeside(source.path()), file -> lock(file, problems))
                    .of(product.id());
            fingerprint.including(lock);
            var schema = resolved.schema().get().locked(lock);
            var rules = governance.of(Path.of(source.path()));
            if (!rules.isUsable()) {
                if (!wrong) {
                    withheld.add(product.id());
                }
                return;
            }
            var violations = rules.check(schema, source, today);
            problems.addAll(violations);
            if (!wrong && violations.stream().noneMatch(Problem::isError)) {
                products.add(schema);
                governedBy.put(product.id(), rules);
                fingerprints.put(product.id(), fingerprint.hexadecimal());
            }
        }
    }
}

package io.tidegate.gateway.files;

import io.tidegate.contract.SourceFile;
import io.tidegate.governance.Governance;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The governance of every folder: of each one what governs the folder above it, and its own file. */
final class GovernanceFiles {
    /** By folder, absolute. */
    private final Map<Path, List<Path>> files = new TreeMap<>();
    private final Map<Path, Governance> byFolder = new HashMap<>();
    private final List<ContractFolder> folders = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    /** Adds the files that were found for one path. All have to be added before the first question. */
    void govern(ContractFolder folder, ContractFolder.Seen seen) {
        folders.add(folder);
        for (Path file : seen.governance()) {
            var known = files.computeIfAbsent(folderOf(file), key -> new ArrayList<>());
            if (known.stream().noneMatch(other -> absolute(other).equals(absolute(file)))) {
                known.add(file);
            }
        }
    }

    /** What governs a contract. */
    Governance of(Path contract) {
        return ofFolder(folderOf(contract));
    }

    /** Of all files, whether or not a contract is below them. */
    List<Problem> problems() {
        files.keySet().forEach(this::ofFolder);
        return List.copyOf(problems);
    }

    private Governance ofFolder(@Nullable Path folder) {
        if (folder == null) {
            return Governance.none();
        }
        var known = byFolder.get(folder);
        if (known == null) {
            known = ofFolder(folder.getParent());
            for (Path file : files.getOrDefault(folder, List.of())) {
                known = read(known, file);
                problems.addAll(known.problems());
            }
            byFolder.put(folder, known);
        }
        return known;
    }

    private Governance read(Governance above, Path file) {
        var name = ContractFolder.named(file);
        if (!ContractFolder.GOVERNANCE.equals(String.valueOf(file.getFileName()))) {
            return above.underUnreadable(name,
                    "the file has to be named '" + ContractFolder.GOVERNANCE + "': rename it");
        }
        try {
            if (Files.isSymbolicLink(file) && !staysInside(file)) {
                return above.underUnreadable(name, "the symbolic link leads out of the folder, or"
                        + " nowhere, and is not followed: put the file here");
            }
            return above.under(new SourceFile(name, BesideFiles.text(file)));
        } catch (IOException e) {
            return above.underUnreadable(name, String.valueOf(e.getMessage()));
        }
    }

    /** Within the folder that somebody named; above of it, within its own. */
    private boolean staysInside(Path link) throws IOException {
        for (var folder : folders) {
            if (absolute(link).startsWith(folder.root())
                    && ContractFolder.staysIn(folder.root().toRealPath(), link)) {
                return true;
            }
        }
        return ContractFolder.staysIn(folderOf(link).toRealPath(), link);
    }

    private static Path folderOf(Path file) {
        return Objects.requireNonNull(absolute(file).getParent(), "a file lies in a folder");
    }

    private static Path absolute(Path file) {
        return file.toAbsolutePath().normalize();
    }
}

package io.tidegate.diff;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.problem.Problem;
import java.util.List;
import java.util.Optional;

/** Whether a contract's version says what changed: breaking needs a new major, more needs a new minor. */
final class Versions {
    private static final String RULE = "version";

    private Versions() {
    }

    /** What is wrong with the new version, if anything is. */
    static Optional<Problem> judge(DataProduct before, DataProduct after,
            List<Difference> differences) {
        int order = compare(before.version(), after.version());
        if (order < 0) {
            return Optional.of(Problem.error(after.place(), "version-backwards",
                    "version '" + after.version() + "' of '" + after.id() + "' is lower than '"
                            + before.version() + "' before: write '" + raised(before, after,
                                    differences)
                            + "'"));
        }
        long breaking = count(differences, Level.BREAKING);
        if (breaking > 0 && before.status() != Status.DRAFT) {
            var next = before.id().major() + 1 + ".0";
            return Optional.of(Problem.error(after.place(), "breaking-without-major",
                    "product '" + after.id() + "' has " + counted(breaking, "breaking change")
                            + " without a new major version: take "
                            + (breaking == 1 ? "it" : "them") + " back here, and write version '"
                            + next + "' as a contract of its own beside this one"));
        }
        boolean sameMinor = minor(before.version()) == minor(after.version());
        boolean isMore = differences.stream()
                .anyMatch(difference -> !difference.rule().isDocumentation());
        if (isMore && sameMinor && before.status() != Status.DRAFT) {
            return Optional.of(Problem.warning(after.place(), RULE,
                    "product '" + after.id() + "' changed for its consumers and is still version '"
                            + after.version() + "': write '" + before.id().major() + "."
                            + (minor(before.version()) + 1)
                            + (parts(after.version()) > 2 ? ".0" : "")
                            + "'"));
        }
        return Optional.empty();
    }

    private static String raised(DataProduct before, DataProduct after,
            List<Difference> differences) {
        return differences.stream().allMatch(difference -> difference.rule().isDocumentation())
                ? before.version()
                : after.id().major() + "." + (minor(before.version()) + 1)
                        + (parts(before.version()) > 2 ? ".0" : "");
    }

    private static long count(List<Difference> differences, Level level) {
        return differences.stream().filter(difference -> difference.level() == level).count();
    }

    /** Positive if the second is higher; a patch that is not written is 0. */
    static int compare(String before, String after) {
        for (int i = 0; i < 3; i++) {
            int order = Integer.compare(part(after, i), part(before, i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static int minor(String version) {
        return part(version, 1);
    }

    private static int parts(String version) {
        return version.split("\\.", -1).length;
    }

    private static int part(String version, int index) {
        var parts = version.split("\\.", -1);
        return index < parts.length ? Integer.parseInt(parts[index]) : 0;
    }

    /** {@code 1 breaking change}, {@code 2 breaking changes}. */
    static String counted(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}

package io.tidegate.problem;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The known name that somebody who wrote an unknown one most likely meant. */
public final class Suggestion {
    /** Longer texts are no typing slips of a name, and comparing them costs their product. */
    private static final int LENGTH_MAX = 80;

    private Suggestion() {
    }

    /**
     * The known name with the fewest typing slips (a letter wrong, missing, doubled or swapped with its neighbour; case
     * does not count), if these are few for its length. Of equally near names the first.
     */
    public static Optional<String> nearest(String written, Collection<String> known) {
        if (written.isEmpty() || written.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        @Nullable
        String best = null;
        int fewest = Math.max(1, Math.min(4, written.length() / 2)) + 1;
        var lower = written.toLowerCase(Locale.ROOT);
        for (var name : known) {
            if (Math.abs(name.length() - written.length()) >= fewest) {
                continue;
            }
            int slips = slips(lower, name.toLowerCase(Locale.ROOT));
            if (slips < fewest) {
                fewest = slips;
                best = name;
            }
        }
        return Optional.ofNullable(best);
    }

    /** {@code : did you mean 'owner'?}, or nothing where no known name is near. */
    public static String didYouMean(String written, Collection<String> known) {
        return nearest(written, known).map(name -> ": did you mean '" + name + "'?").orElse("");
    }

    /** {@code a, b or c}, in the given order. */
    public static String oneOf(Collection<String> names) {
        var text = new StringBuilder();
        int at = 0;
        for (var name : names) {
            if (at > 0) {
                text.append(at == names.size() - 1 ? " or " : ", ");
            }
            text.append(name);
            at++;
        }
        return text.toString();
    }

    /** Damerau-Levenshtein distance in its restricted form (no letter takes part in two slips). */
    private static int slips(String a, String b) {
        var before = new int[b.length() + 1];
        var above = new int[b.length() + 1];
        var row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int least = Math.min(Math.min(row[j - 1], above[j]) + 1, above[j - 1] + same);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    least = Math.min(least, before[j - 2] + 1);
                }
                row[j] = least;
            }
            var free = before;
            before = above;
            above = row;
            row = free;
        }
        return above[b.length()];
    }
}

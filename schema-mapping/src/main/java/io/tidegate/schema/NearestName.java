package io.tidegate.schema;

import java.util.Collection;
import java.util.Optional;

/** The known name that a wrong one was probably meant to be, for messages. */
final class NearestName {
    private NearestName() {
    }

    /** {@code ; did you mean 'x'?}, empty if nothing is near. */
    static String hint(String wrong, Collection<String> known) {
        return nearest(wrong, known).map(name -> "; did you mean '" + name + "'?").orElse("");
    }

    private static Optional<String> nearest(String wrong, Collection<String> known) {
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String name : known) {
            int distance = Math.min(distance(wrong, name), distance(simple(wrong), simple(name)));
            if (distance < bestDistance) {
                best = name;
                bestDistance = distance;
            }
        }
        return bestDistance <= Math.max(2, simple(wrong).length() / 3)
                ? Optional.ofNullable(best)
                : Optional.empty();
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** Letters to change, add or drop, upper and lower case alike. */
    private static int distance(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int above = row[j];
                boolean same = Character.toLowerCase(left.charAt(i - 1)) == Character
                        .toLowerCase(right.charAt(j - 1));
                row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), diagonal + (same ? 0 : 1));
                diagonal = above;
            }
        }
        return row[right.length()];
    }
}

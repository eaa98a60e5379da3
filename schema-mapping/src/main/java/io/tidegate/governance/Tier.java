package io.tidegate.governance;

import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import java.time.LocalDate;
import java.util.List;

/**
 * What one file, or one contract's block, demands.
 *
 * @param file
 *            as its user names it
 * @param statements
 *            in the file's order
 * @param planOrder
 *            the plans from the smallest to the largest, if this tier says so; else empty
 * @param planOrderPlace
 *            where it says so
 * @param warn
 *            keys whose statements only warn
 */
record Tier(String file, List<Statement> statements, List<String> planOrder, Place planOrderPlace,
        List<Located> warn, List<Leave> except) {
    Tier {
        statements = List.copyOf(statements);
        planOrder = List.copyOf(planOrder);
        warn = List.copyOf(warn);
        except = List.copyOf(except);
    }

    /**
     * A product that need not meet a statement yet.
     *
     * @param product
     *            {@code domain/product}, or with its major
     * @param until
     *            the last day
     */
    record Leave(String product, Located key, LocalDate until, Place place) {
    }

    /** Whether this tier states something under a key; {@code naming} stands for all that begin with it. */
    boolean states(String key) {
        return statements.stream().anyMatch(statement -> covers(key, statement.key()));
    }

    boolean warns(Statement statement) {
        return warn.stream().anyMatch(key -> covers(key.text(), statement.key()));
    }

    static boolean covers(String key, String statement) {
        return statement.equals(key) || statement.startsWith(key + ".");
    }
}

package io.tidegate.importing;

import io.tidegate.contract.DataProduct;
import io.tidegate.problem.Problem;
import java.util.List;

/**
 * What importing one file gave.
 *
 * @param drafts
 *            a contract each, in the order of the file; every one of them loads without an error
 * @param problems
 *            what was lost and what was assumed, as warnings, and why there is no contract, as an error
 */
public record Imported(List<Draft> drafts, List<Problem> problems) {
    public Imported {
        drafts = List.copyOf(drafts);
        problems = List.copyOf(problems);
    }

    /**
     * A contract that has been written.
     *
     * @param text
     *            of the short form
     */
    public record Draft(DataProduct product, String text) {
    }
}

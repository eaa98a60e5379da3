package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import java.util.ArrayList;
import java.util.List;

/** Pages of rows that belong to a parent, as pages of their own. */
public final class RelatedRows {
    private RelatedRows() {
    }

    /**
     * The page of one parent, as {@link ViewSnapshot#itemsOf} answers it.
     *
     * @param fields
     *            by which rows belong to it
     * @param parent
     *            what they are in its rows
     */
    public static ItemsQuery of(List<FieldPath> fields, List<Object> parent, ItemsQuery each) {
        var terms = new ArrayList<Predicate>();
        for (int i = 0; i < fields.size(); i++) {
            terms.add(new Predicate.Compare(fields.get(i), Comparison.EQ, parent.get(i)));
        }
        terms.add(each.where());
        return new ItemsQuery(new Predicate.And(terms), each.order(), each.limit(), each.after(),
                each.backwards());
    }
}

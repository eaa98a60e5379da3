package io.tidegate.gateway.graphql;

import io.tidegate.gateway.shape.Selection;
import io.tidegate.mapping.Relations;
import io.tidegate.mapping.Relations.Link;
import java.util.function.Consumer;

/** Finds the fields of a selection that lead to other products. */
final class RelatedFields {
    private RelatedFields() {
    }

    /** All of them, at any depth. */
    static void each(Selection selection, Relations relations, Consumer<Link> found) {
        selection.members().forEach((type, members) -> {
            for (var member : members) {
                relations.at(type, member.fieldName()).ifPresent(found);
                each(member, relations, found);
            }
        });
    }
}

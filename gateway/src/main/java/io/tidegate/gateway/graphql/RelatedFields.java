package io.tidegate.gateway.graphql;

import io.tidegate.gateway.shape.Selection;
import io.tidegate.mapping.Relations;
import io.tidegate.mapping.Relations.Link;
import java.util.Optional;
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

    /** The first one in the order of the document; empty if there is none. */
    static Optional<Selection> first(Selection selection, Relations relations) {
        for (var members : selection.members().entrySet()) {
            for (var member : members.getValue()) {
                if (relations.at(members.getKey(), member.fieldName()).isPresent()) {
                    return Optional.of(member);
                }
                var inside = first(member, relations);
                if (inside.isPresent()) {
                    return inside;
                }
            }
        }
        return Optional.empty();
    }
}

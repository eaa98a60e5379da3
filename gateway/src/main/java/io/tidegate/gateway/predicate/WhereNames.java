package io.tidegate.gateway.predicate;

import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.OptionalInt;

/** What the fields and symbols of a product are called in GraphQL. */
public interface WhereNames {

    /** Which field of the record has this name; empty if none has. */
    OptionalInt position(RecordType type, String graphQlField);

    /** The schema's own spelling of an enum literal. */
    String symbol(Type.EnumOf type, String literal);

    /** Names that are the schema's own. */
    static WhereNames own() {
        return new WhereNames() {
            @Override
            public OptionalInt position(RecordType type, String graphQlField) {
                return type.position(graphQlField);
            }

            @Override
            public String symbol(Type.EnumOf type, String literal) {
                return literal;
            }
        };
    }
}

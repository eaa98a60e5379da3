package io.tidegate.gateway.query;

import io.tidegate.gateway.predicate.WhereNames;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.OptionalInt;

/** A product's own names, for its {@code where} arguments. */
public record ProductWhereNames(ProductApi api) implements WhereNames {
    @Override
    public OptionalInt position(RecordType type, String graphQlField) {
        return api.wherePosition(type, graphQlField);
    }

    @Override
    public String symbol(Type.EnumOf type, String literal) {
        return api.symbol(type, literal).orElse(literal);
    }
}

package io.tidegate.mapping;

import graphql.schema.GraphQLSchema;
import graphql.schema.idl.SchemaPrinter;
import java.util.Set;

/** A GraphQL schema as text: the same schema gives the same text, in the order of contracts and schemas. */
public final class Sdl {
    private static final Set<String> STANDARD = Set.of("deprecated", "include", "skip",
            "specifiedBy", "oneOf",
            "defer", "experimental_disableErrorPropagation");

    private Sdl() {
    }

    /** Leaves out what every GraphQL server has. */
    public static String print(GraphQLSchema schema) {
        var options = SchemaPrinter.Options.defaultOptions().includeSchemaDefinition(false)
                .includeScalarTypes(true)
                .includeDirectives(true)
                .includeDirectiveDefinition(name -> !STANDARD.contains(name))
                .setComparators(TypesByName.FIELDS_AS_THEY_STAND);
        return new SchemaPrinter(options).print(schema);
    }
}

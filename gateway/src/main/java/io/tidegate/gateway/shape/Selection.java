package io.tidegate.gateway.shape;

import graphql.GraphQLContext;
import graphql.GraphQLException;
import graphql.ParseAndValidate;
import graphql.execution.CoercedVariables;
import graphql.execution.FieldCollector;
import graphql.execution.FieldCollectorParameters;
import graphql.execution.MergedField;
import graphql.execution.MergedSelectionSet;
import graphql.execution.RawVariables;
import graphql.execution.ValuesResolver;
import graphql.introspection.Introspection;
import graphql.language.Definition;
import graphql.language.Document;
import graphql.language.Field;
import graphql.language.NodeUtil;
import graphql.language.OperationDefinition;
import graphql.language.SourceLocation;
import graphql.language.VariableDefinition;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLOutputType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeUtil;
import graphql.schema.GraphQLUnionType;
import graphql.validation.OperationValidationRule;
import graphql.validation.ValidationError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A field that is selected, and what is selected of its value: for each object type that the value may have the members of
 * the answer in their order. Fragments, directives and variables are resolved. It is collected type by type, as executing it
 * would be, because fragments on the members of a union give each member an order of its own.
 */
public final class Selection {
    /** By which graphql-java finds this gateway's own words for what is wrong with a document. */
    private static final Locale WORDS = Locale.of("en", "", "TIDEGATE");

    private final String resultKey;
    private final String fieldName;
    private final Given given;
    private final GraphQLOutputType type;
    private final Map<String, List<Selection>> members;

    /** How a field is written in the document, for its arguments. */
    private record Given(GraphQLSchema schema, GraphQLFieldDefinition definition, Field field) {
    }

    private Selection(String resultKey, Given given, GraphQLOutputType type,
            Map<String, List<Selection>> members) {
        this.resultKey = resultKey;
        this.fieldName = given.field().getName();
        this.given = given;
        this.type = type;
        this.members = members;
    }

    /**
     * The one field that a subscription selects.
     *
     * @param document
     *            valid under the schema
     * @param operationName
     *            null = the only one
     * @throws graphql.GraphQLException
     *             if the operation or the variables are not what the document says
     * @throws IllegalArgumentException
     *             if the operation selects no field or several
     */
    public static Selection of(GraphQLSchema schema, Document document,
            @Nullable String operationName, Map<String, Object> variables) {
        var fields = roots(schema, document, operationName,
                variables(schema, document, operationName, variables),
                Objects.requireNonNull(schema.getSubscriptionType(),
                        "a valid subscription has its type"));
        if (fields.size() != 1) {
            throw new IllegalArgumentException(
                    "a subscription selects one field, not " + fields.size());
        }
        return fields.getFirst();
    }

    /**
     * The fields that a query selects.
     *
     * @param document
     *            valid under the schema
     * @param operationName
     *            null = the only one
     * @param coerced
     *            as {@link #variables} gives them
     */
    public static List<Selection> ofQuery(GraphQLSchema schema, Document document,
            @Nullable String operationName, CoercedVariables coerced) {
        return roots(schema, document, operationName, coerced, schema.getQueryType());
    }

    /**
     * What is wrong with a document. That a subscription selects one field is for whoever runs it to find out, when its
     * variables are known and all else is right: graphql-java's own look at it fails of a fragment that is not there.
     */
    public static List<ValidationError> problems(GraphQLSchema schema, Document document) {
        return ParseAndValidate.validate(schema, document,
                rule -> rule != OperationValidationRule.SUBSCRIPTION_UNIQUE_ROOT_FIELD, WORDS);
    }

    /**
     * The values of an operation's variables, defaults included.
     *
     * @throws graphql.GraphQLException
     *             if the operation or the variables are not what the document says
     */
    public static CoercedVariables variables(GraphQLSchema schema, Document document,
            @Nullable String operationName, Map<String, Object> given) {
        var operation = NodeUtil.getOperation(document, operationName).operationDefinition;
        var coerced = ValuesResolver.coerceVariableValues(schema,
                operation.getVariableDefinitions(), RawVariables.of(given),
                GraphQLContext.getDefault(), Locale.ROOT);
        for (var variable : operation.getVariableDefinitions()) {
            // With a default it may stand where null may not, and be null all the same.
            if (variable.getDefaultValue() != null && coerced.containsKey(variable.getName())
                    && coerced.get(variable.getName()) == null
                    && !isValidWithoutDefault(schema, document, operation, variable)) {
                throw new GraphQLException("The variable '$" + variable.getName()
                        + "' is null, which it may not be where it is used.");
            }
        }
        return coerced;
    }

    // Definitions as graphql-java has them; the very one that was found in the document, which may have others like it.
    @SuppressWarnings({"rawtypes", "ReferenceEquality"})
    private static boolean isValidWithoutDefault(GraphQLSchema schema, Document document,
            OperationDefinition operation, VariableDefinition variable) {
        var without = operation.transform(each -> each.variableDefinitions(operation
                .getVariableDefinitions().stream()
                .map(other -> other == variable
                        ? other.transform(bare -> bare.defaultValue(null))
                        : other)
                .toList()));
        return problems(schema, document.transform(each -> each.definitions(
                document.getDefinitions().stream().<Definition>map(
                        other -> other == operation ? without : other).toList())))
                .isEmpty();
    }

    private static List<Selection> roots(GraphQLSchema schema, Document document,
            @Nullable String operationName, CoercedVariables coerced, GraphQLObjectType root) {
        var operation = NodeUtil.getOperation(document, operationName);
        var values = coerced.toMap();
        var collecting = new Collecting(schema, type -> FieldCollectorParameters.newParameters()
                .schema(schema).fragments(operation.fragmentsByName).variables(values)
                .objectType(type).build());
        return collecting.members(root, collecting.fields.collectFields(
                collecting.parameters.of(root), operation.operationDefinition.getSelectionSet()));
    }

    /**
     * The field's arguments, defaults included.
     *
     * @param coerced
     *            of this request, which may be another one than this was collected for
     */
    public Map<String, Object> arguments(CoercedVariables coerced) {
        return given.definition().getArguments().isEmpty()
                ? Map.of()
                : ValuesResolver.getArgumentValues(given.schema().getCodeRegistry(),
                        given.definition().getArguments(), given.field().getArguments(), coerced,
                        GraphQLContext.getDefault(), Locale.ROOT);
    }

    /** Where the field stands in the document; null if that is not known. */
    public @Nullable SourceLocation location() {
        return given.field().getSourceLocation();
    }

    /** The name of the field in the answer. */
    public String resultKey() {
        return resultKey;
    }

    public String fieldName() {
        return fieldName;
    }

    /** What the schema says of the field's value. */
    public GraphQLOutputType type() {
        return type;
    }

    /** By the name of the value's object type; empty for a value that has no members. */
    public Map<String, List<Selection>> members() {
        return members;
    }

    /** What is selected of a value of one type. */
    public List<Selection> only() {
        return members.values().iterator().next();
    }

    /** How many fields it is, at all depths. */
    public int size() {
        int size = 1;
        for (var list : members.values()) {
            for (var member : list) {
                size += member.size();
            }
        }
        return size;
    }

    /** Equal for selections that are answered alike, however they were written. */
    public String signature() {
        var out = new StringBuilder();
        sign(out);
        return out.toString();
    }

    private void sign(StringBuilder out) {
        out.append(resultKey).append(':').append(fieldName);
        members.forEach((name, list) -> {
            out.append(' ').append(name).append('{');
            list.forEach(member -> {
                member.sign(out);
                out.append(' ');
            });
            out.append('}');
        });
    }

    /** One walk over a document. */
    private static final class Collecting {
        private final GraphQLSchema schema;
        private final FieldCollector fields = new FieldCollector();
        private final Parameters parameters;

        private interface Parameters {
            FieldCollectorParameters of(GraphQLObjectType type);
        }

        Collecting(GraphQLSchema schema, Parameters parameters) {
            this.schema = schema;
            this.parameters = parameters;
        }

        List<Selection> members(GraphQLObjectType type, MergedSelectionSet selected) {
            var list = new ArrayList<Selection>();
            selected.getSubFields()
                    .forEach((resultKey, field) -> list.add(field(type, resultKey, field)));
            return List.copyOf(list);
        }

        private Selection field(GraphQLObjectType parent, String resultKey, MergedField field) {
            var definition = Introspection.getFieldDefinition(schema, parent, field.getName());
            var type = definition.getType();
            var members = new LinkedHashMap<String, List<Selection>>();
            for (var object : objects(type)) {
                members.put(object.getName(), members(object,
                        fields.collectFields(parameters.of(object), field)));
            }
            return new Selection(resultKey,
                    new Given(schema, definition, field.getSingleField()), type, members);
        }

        private static List<GraphQLObjectType> objects(GraphQLOutputType type) {
            return switch (GraphQLTypeUtil.unwrapAll(type)) {
                case GraphQLObjectType object -> List.of(object);
                case GraphQLUnionType union -> union.getTypes().stream()
                        .map(GraphQLObjectType.class::cast).toList();
                default -> List.of();
            };
        }
    }
}

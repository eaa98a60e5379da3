package io.tidegate.gateway.graphql;

import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLEnumValueDefinition;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeUtil;
import graphql.validation.ValidationError;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;

/**
 * Says what is wrong with a document, and which name may have been meant. Names are those of the caller's own schema, so nothing
 * is suggested that the caller may not see.
 */
final class DocumentProblems {
    private static final int SUGGESTED_MAX = 3;
    private static final int NAME_CHARS_MAX = 100;
    private static final int MESSAGE_CHARS_MAX = 500;

    // What the words of 'i18n/Validation_en__TIDEGATE.properties' say.
    private static final Pattern NO_FIELD = Pattern
            .compile("[tT]ype '(\\w+)' has no field '(\\w+)'\\.$");
    private static final Pattern NO_VALUE = Pattern
            .compile("type '(\\w+)' has no value (\\w+)\\.$");
    private static final Pattern NO_ARGUMENT = Pattern
            .compile("^The field has no argument '(\\w+)'\\.$");
    /** As graphql-java writes nodes of a document. */
    private static final Pattern NAME = Pattern
            .compile("(?:Enum|Int|Float|Boolean)Value\\{(?:name|value)='?([\\w.+-]*)'?}");
    private static final Pattern TEXT = Pattern.compile("StringValue\\{value='([^']*)'}");
    private static final Pattern OF_NODES = Pattern.compile(": Expected an AST type of .*$",
            Pattern.DOTALL);

    private DocumentProblems() {
    }

    static String told(GraphQLSchema schema, ValidationError problem) {
        var message = worded(String.valueOf(problem.getMessage()));
        var meant = meant(schema, problem, message);
        return meant.isEmpty() ? message : message + " Did you mean " + meant + "?";
    }

    private static String worded(String message) {
        var text = withoutNode(message);
        text = NAME.matcher(text).replaceAll("$1");
        text = TEXT.matcher(text).replaceAll("\"$1\"");
        text = OF_NODES.matcher(text).replaceAll(".");
        return text.length() <= MESSAGE_CHARS_MAX
                ? text
                : text.substring(0, MESSAGE_CHARS_MAX) + "…";
    }

    /** Objects and lists may be as long as a document. */
    private static String withoutNode(String message) {
        int object = message.indexOf("ObjectValue{");
        int list = message.indexOf("ArrayValue{");
        boolean isObject = object >= 0 && (list < 0 || object < list);
        int from = isObject ? object : list;
        int to = message.lastIndexOf("} is not of type ");
        return from < 0 || to < from
                ? message
                : message.substring(0, from) + (isObject ? "an object" : "a list")
                        + message.substring(to + 1);
    }

    /** Quoted and parted by 'or'; empty if no name is like the one that was found. */
    private static String meant(GraphQLSchema schema, ValidationError problem, String message) {
        var field = NO_FIELD.matcher(message);
        if (field.find()) {
            return like(field.group(2), switch (schema.getType(field.group(1))) {
                case GraphQLFieldsContainer type -> names(type.getFieldDefinitions(),
                        GraphQLFieldDefinition::getName);
                case GraphQLInputObjectType type -> names(type.getFieldDefinitions(),
                        GraphQLInputObjectField::getName);
                case null, default -> List.of();
            });
        }
        var value = NO_VALUE.matcher(message);
        if (value.find()) {
            return schema.getType(value.group(1)) instanceof GraphQLEnumType type
                    ? like(value.group(2),
                            names(type.getValues(), GraphQLEnumValueDefinition::getName))
                    : "";
        }
        var argument = NO_ARGUMENT.matcher(message);
        return argument.find()
                ? like(argument.group(1), Stream
                        .of(schema.getQueryType(), schema.getSubscriptionType())
                        .flatMap(root -> field(root, problem.getQueryPath()).stream())
                        .flatMap(at -> names(at.getArguments(), GraphQLArgument::getName).stream())
                        .distinct().toList())
                : "";
    }

    private static <T> List<String> names(List<T> all, Function<T, String> name) {
        return all.stream().map(name).toList();
    }

    private static Optional<GraphQLFieldDefinition> field(@Nullable GraphQLObjectType root,
            @Nullable List<String> path) {
        GraphQLFieldDefinition found = null;
        Object type = root;
        for (var name : Objects.requireNonNullElse(path, List.<String>of())) {
            if (!(type instanceof GraphQLFieldsContainer container)) {
                return Optional.empty();
            }
            found = container.getFieldDefinition(name);
            type = found == null ? null : GraphQLTypeUtil.unwrapAll(found.getType());
        }
        return Optional.ofNullable(found);
    }

    private static String like(String found, List<String> names) {
        if (found.length() > NAME_CHARS_MAX) {
            return "";
        }
        var bare = bare(found);
        var distance = new LevenshteinDistance(1 + bare.length() / 4);
        record Near(String name, int distance) {
        }
        return names.stream().filter(name -> name.length() <= NAME_CHARS_MAX)
                .map(name -> new Near(name, distance.apply(bare, bare(name))))
                .filter(near -> near.distance() >= 0)
                .sorted(Comparator.comparingInt(Near::distance)).limit(SUGGESTED_MAX)
                .map(near -> "'" + near.name() + "'").collect(Collectors.joining(" or "));
    }

    /** A name as it is in every way of writing names. */
    private static String bare(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }
}

package io.tidegate.gateway.graphql;

import graphql.language.Document;
import graphql.language.FragmentDefinition;
import graphql.language.OperationDefinition;
import graphql.language.OperationDefinition.Operation;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeUtil;
import java.util.Objects;

/**
 * A caller's schema turned so that several events of a subscription are answered at once: the fields of its subscription type
 * are those of its query type, and each is a list of events. No client sees it. What it answers is what queries answer, and
 * an event that lacks a value that is always there is null without the others.
 */
final class EventSchema {
    private EventSchema() {
    }

    static GraphQLSchema of(GraphQLSchema schema) {
        var root = Objects.requireNonNull(schema.getSubscriptionType(),
                "whoever subscribes has a subscription type");
        var turned = GraphQLObjectType.newObject().name(root.getName());
        for (var field : root.getFieldDefinitions()) {
            var events = GraphQLList.list(GraphQLTypeUtil.unwrapAll(field.getType()));
            turned.field(field.transform(each -> each.type(events)));
        }
        var registry = schema.getCodeRegistry().transform(fetchers -> root.getFieldDefinitions()
                .forEach(field -> fetchers.dataFetcher(
                        FieldCoordinates.coordinates(root.getName(), field.getName()),
                        (graphql.schema.DataFetcher<Object>) environment -> ViewFetchers
                                .context(environment).events())));
        return schema.transform(all -> all.query(turned.build())
                .subscription((GraphQLObjectType) null).codeRegistry(registry));
    }

    /** A subscription as that schema answers it, with its fragments. */
    static Document turned(Document document, OperationDefinition subscription) {
        var query = subscription.transform(each -> each.operation(Operation.QUERY));
        return document.transform(all -> all.definitions(document.getDefinitions().stream()
                .filter(FragmentDefinition.class::isInstance).toList()).definition(query));
    }
}

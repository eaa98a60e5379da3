package io.tidegate.gateway.portal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;

/** Calls that run as they stand, once there is a token in {@code $TOKEN}. */
final class Calls {
    private static final int FIELDS_MAX = 6;

    private Calls() {
    }

    /**
     * By name, each a text for a terminal or an editor. Nothing in them is free text of a contract: paths are kebab-case and
     * GraphQL names are letters, digits and underscores.
     */
    static ObjectNode of(Sight sight, String base) {
        var product = sight.product();
        var path = product.id().path();
        var header = "-H \"Authorization: Bearer $TOKEN\"";
        var calls = JsonNodeFactory.instance.objectNode();
        calls.put("sse", "curl -N " + header + " -H 'Accept: text/event-stream' \\\n  '" + base
                + "/streams/" + path + "'");
        calls.put("ndjson", "curl -N " + header + " -H 'Accept: application/x-ndjson' \\\n  '"
                + base + "/streams/" + path + "?from=earliest'");
        var subscription = subscription(sight);
        calls.put("subscription", """
                import { createClient } from 'graphql-ws';

                const client = createClient({
                  url: '%s/graphql',
                  connectionParams: { Authorization: `Bearer ${token}` },
                });
                for await (const event of client.iterate({ query: `%s` })) {
                  console.log(event);
                }""".formatted(webSocket(base), subscription));
        calls.put("subscriptionDocument", subscription);
        if (product.contract().view().enabled()) {
            var query = query(sight);
            calls.put("query",
                    "curl " + header
                            + " -H 'Content-Type: application/json' \\\n  -d '{\"query\":\""
                            + query + "\"}' \\\n  '" + base + "/graphql'");
            calls.put("queryDocument", query);
            calls.put("data", "curl " + header + " -OJ \\\n  '" + base + "/data/" + path
                    + "?format=csv&download=true'");
        }
        calls.put("tail", "./tidegate tail '" + base + "/streams/" + path + "' --token \"$TOKEN\"");
        return calls;
    }

    private static String subscription(Sight sight) {
        return "subscription { " + sight.product().api().rootField()
                + " { cursor op time value { " + selection(sight) + " } } }";
    }

    private static String query(Sight sight) {
        return "{ " + sight.product().api().rootField() + " { position items(first: 5) { edges "
                + "{ node { " + selection(sight) + " } } pageInfo { hasNextPage endCursor } } } }";
    }

    /** A few single values. */
    private static String selection(Sight sight) {
        RecordType row = sight.product().schema().rowType();
        var names = new StringBuilder();
        int taken = 0;
        for (int i = 0; i < row.fields().size() && taken < FIELDS_MAX; i++) {
            Field field = row.fields().get(i);
            if (!sight.isHidden(field.name()) && isSingle(field.type())) {
                names.append(names.isEmpty() ? "" : " ")
                        .append(sight.product().api().fieldName(row, i));
                taken++;
            }
        }
        return names.isEmpty() ? "__typename" : names.toString();
    }

    private static boolean isSingle(Type type) {
        return type instanceof Type.Scalar || type instanceof Type.EnumOf
                || type instanceof Type.Json;
    }

    static String webSocket(String base) {
        return base.replaceFirst("^http", "ws");
    }
}

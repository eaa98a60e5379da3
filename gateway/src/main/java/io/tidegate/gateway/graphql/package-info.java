/** GraphQL over HTTP, SSE and graphql-transport-ws: queries run through graphql-java, subscriptions are compiled. */
@NullMarked
package io.tidegate.gateway.graphql;

import org.jspecify.annotations.NullMarked;

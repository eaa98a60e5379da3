/** Every way to say no, in one table: HTTP status, GraphQL code, WebSocket close code, sentence. Pure. */
@NullMarked
package io.tidegate.gateway.refusal;

import org.jspecify.annotations.NullMarked;

/** The plain streams: WebSocket, SSE and NDJSON. */
@NullMarked
package io.tidegate.gateway.stream;

import org.jspecify.annotations.NullMarked;

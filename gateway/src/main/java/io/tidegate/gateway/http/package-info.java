/** The edge: connections, write queues, refusals as HTTP sees them. */
@NullMarked
package io.tidegate.gateway.http;

import org.jspecify.annotations.NullMarked;

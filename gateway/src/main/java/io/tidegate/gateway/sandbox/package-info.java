/**
 * Everything that the gateway stands beside in the real world, in one process: a real broker, a schema registry, an
 * identity provider, sample products with live data. For development and tests; nothing of the gateway needs it.
 */
@NullMarked
package io.tidegate.gateway.sandbox;

import org.jspecify.annotations.NullMarked;

/** Positions that the gateway keeps for clients, each under a name of theirs. */
@NullMarked
package io.tidegate.gateway.position;

import org.jspecify.annotations.NullMarked;

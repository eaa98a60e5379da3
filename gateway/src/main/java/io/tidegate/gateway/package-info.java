/** The commands, the gateway's configuration and its assembly: the only room that sees all others. */
@NullMarked
package io.tidegate.gateway;

import org.jspecify.annotations.NullMarked;

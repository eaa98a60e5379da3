/** A caller, what the contract grants it, and the decision. Pure but for the token verification. */
@NullMarked
package io.tidegate.gateway.access;

import org.jspecify.annotations.NullMarked;

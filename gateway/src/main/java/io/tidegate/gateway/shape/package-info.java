/** What a selection, its masks and its format make of an event: compiled once, rendered once an event. Pure. */
@NullMarked
package io.tidegate.gateway.shape;

import org.jspecify.annotations.NullMarked;

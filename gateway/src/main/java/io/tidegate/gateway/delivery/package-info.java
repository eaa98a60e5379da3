/**
 * Moves events from feeds to connections: one wake-up an event loop, one rendering a group of alike readers, one write a
 * connection and batch.
 */
@NullMarked
package io.tidegate.gateway.delivery;

import org.jspecify.annotations.NullMarked;

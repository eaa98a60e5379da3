/** A topic as a bounded shared log in memory, positions in it, and replay from Kafka where memory has moved on. */
@NullMarked
package io.tidegate.gateway.feed;

import org.jspecify.annotations.NullMarked;

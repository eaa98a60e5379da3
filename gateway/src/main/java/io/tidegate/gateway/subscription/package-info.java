/** A reader of a product's log as a state machine: where it is, what it wants, what happens next. Pure. */
@NullMarked
package io.tidegate.gateway.subscription;

import org.jspecify.annotations.NullMarked;

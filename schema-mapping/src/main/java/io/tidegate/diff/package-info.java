/** What changed for consumers between two states of a data product's contract, and what may be changed how. */
@NullMarked
package io.tidegate.diff;

import org.jspecify.annotations.NullMarked;

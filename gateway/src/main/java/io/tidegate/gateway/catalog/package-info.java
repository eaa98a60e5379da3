/** The products that are live: an immutable snapshot, swapped whole. */
@NullMarked
package io.tidegate.gateway.catalog;

import org.jspecify.annotations.NullMarked;

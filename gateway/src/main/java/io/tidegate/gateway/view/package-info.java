/** The current state of each product for pull queries: a reader of the feed that keeps rows and its position. */
@NullMarked
package io.tidegate.gateway.view;

import org.jspecify.annotations.NullMarked;

/** What a caller asks of a product's view, checked against what it may see: arguments become questions. Pure. */
@NullMarked
package io.tidegate.gateway.query;

import org.jspecify.annotations.NullMarked;

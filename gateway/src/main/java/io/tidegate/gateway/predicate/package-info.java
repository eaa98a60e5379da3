/** One filter model: made from GraphQL {@code where} and from CEL, turned into a matcher and into SQL. Pure. */
@NullMarked
package io.tidegate.gateway.predicate;

import org.jspecify.annotations.NullMarked;

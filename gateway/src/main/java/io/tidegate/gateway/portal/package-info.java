/** Pages and documents for people: the catalog, AsyncAPI, SDL, problem pages, and the portal that shows them. */
@NullMarked
package io.tidegate.gateway.portal;

import org.jspecify.annotations.NullMarked;

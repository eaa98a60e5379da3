/**
 * What a product's rows become: GraphQL types and names, JSON text, JSON Schema. Pure; the names depend on the contract
 * alone.
 */
@NullMarked
package io.tidegate.mapping;

import org.jspecify.annotations.NullMarked;

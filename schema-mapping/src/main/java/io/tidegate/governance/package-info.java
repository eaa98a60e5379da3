/**
 * What an organisation demands of its data products, in tiers from the whole to one product, and whether a product meets
 * it. A lower tier can only tighten. Pure: files are read, and the date is told, by whoever calls.
 */
@NullMarked
package io.tidegate.governance;

import org.jspecify.annotations.NullMarked;

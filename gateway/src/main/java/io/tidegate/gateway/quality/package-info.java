/** How good a product's data is as it arrives: what of it breaks a rule of its contract, or does not fit its type. */
@NullMarked
package io.tidegate.gateway.quality;

import org.jspecify.annotations.NullMarked;

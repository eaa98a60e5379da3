/** Contracts and what they name, as they lie in folders: found, read within bounds, and kept inside their folder. */
@NullMarked
package io.tidegate.gateway.files;

import org.jspecify.annotations.NullMarked;

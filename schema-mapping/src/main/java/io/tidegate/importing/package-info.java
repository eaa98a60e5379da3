/** Contracts of other formats, and bare schemas, written anew in the short form; what is lost on the way is told. */
@NullMarked
package io.tidegate.importing;

import org.jspecify.annotations.NullMarked;

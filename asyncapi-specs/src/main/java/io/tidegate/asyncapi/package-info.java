/** A data product and where it is served become an AsyncAPI 3 document. Pure: the same input gives the same text. */
@NullMarked
package io.tidegate.asyncapi;

import org.jspecify.annotations.NullMarked;

/**
 * What a data product is: the contract's records and the readers that fill them from the short form and from ODCS, with
 * every problem at its line and column. Pure.
 */
@NullMarked
package io.tidegate.contract;

import org.jspecify.annotations.NullMarked;

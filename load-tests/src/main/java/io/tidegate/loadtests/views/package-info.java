/** What a view of millions of rows costs: to build, to keep up to date, to ask, to open again. */
@NullMarked
package io.tidegate.loadtests.views;

import org.jspecify.annotations.NullMarked;

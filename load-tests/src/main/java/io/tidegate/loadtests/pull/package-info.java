/** Pull queries: the gateway's views beside PostGraphile on PostgreSQL, over the same rows, in one run. */
@NullMarked
package io.tidegate.loadtests.pull;

import org.jspecify.annotations.NullMarked;

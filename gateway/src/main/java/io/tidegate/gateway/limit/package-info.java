/** Plans, buckets and quotas: a verdict for each request. Pure but for the ledgers. */
@NullMarked
package io.tidegate.gateway.limit;

import org.jspecify.annotations.NullMarked;

/** Pull queries for tools that speak no GraphQL: JSON, CSV, NDJSON, Arrow and Parquet over plain HTTP. */
@NullMarked
package io.tidegate.gateway.data;

import org.jspecify.annotations.NullMarked;

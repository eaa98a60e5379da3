/** What the gateway says, held against what is so: a fold of the log, files, and clients that others have written. */
package io.tidegate.gateway.truth;

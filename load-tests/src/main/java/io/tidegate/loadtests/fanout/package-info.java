/** One stream to many subscribers: the gateway beside the limits that its own libraries set, in one run. */
@NullMarked
package io.tidegate.loadtests.fanout;

import org.jspecify.annotations.NullMarked;

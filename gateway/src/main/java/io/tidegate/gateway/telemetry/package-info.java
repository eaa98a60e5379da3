/** What the gateway does, in the words of its domain, as metrics that Prometheus reads. */
@NullMarked
package io.tidegate.gateway.telemetry;

import org.jspecify.annotations.NullMarked;

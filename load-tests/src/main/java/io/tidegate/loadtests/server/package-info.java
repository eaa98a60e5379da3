/** The processes of a run: servers under measurement, the broker, and what writes to it. */
@NullMarked
package io.tidegate.loadtests.server;

import org.jspecify.annotations.NullMarked;

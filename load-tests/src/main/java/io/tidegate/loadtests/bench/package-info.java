/** Micro benchmarks of what runs once an event, each beside the bare library that it stands on. */
@NullMarked
package io.tidegate.loadtests.bench;

import org.jspecify.annotations.NullMarked;

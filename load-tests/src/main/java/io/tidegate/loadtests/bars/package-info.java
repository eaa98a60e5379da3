/** What the project promises of its speed, measured beside the baselines in one run and told as met or missed. */
@NullMarked
package io.tidegate.loadtests.bars;

import org.jspecify.annotations.NullMarked;

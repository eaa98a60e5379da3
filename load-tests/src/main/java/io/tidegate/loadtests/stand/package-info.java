/** What a measurement is made with: servers beside one broker, each with its subscribers and its source of events. */
@NullMarked
package io.tidegate.loadtests.stand;

import org.jspecify.annotations.NullMarked;

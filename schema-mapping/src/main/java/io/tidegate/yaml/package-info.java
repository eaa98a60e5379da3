/** YAML with a position for every node: what contracts, governance and the gateway's configuration are read through. */
@NullMarked
package io.tidegate.yaml;

import org.jspecify.annotations.NullMarked;

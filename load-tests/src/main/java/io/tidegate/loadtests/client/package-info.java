/** Many subscribers in one thread that read sockets and count events. */
@NullMarked
package io.tidegate.loadtests.client;

import org.jspecify.annotations.NullMarked;

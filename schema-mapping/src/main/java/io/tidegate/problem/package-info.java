/** What is wrong in a user's file, and where: the one form in which every reader reports. */
@NullMarked
package io.tidegate.problem;

import org.jspecify.annotations.NullMarked;

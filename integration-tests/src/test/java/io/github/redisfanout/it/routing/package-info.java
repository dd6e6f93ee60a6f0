/** Adaptive routing on a real Redis, with several nodes and other subscribers. */
@NullMarked
package io.github.redisfanout.it.routing;

import org.jspecify.annotations.NullMarked;

/** Mode {@code routing}: messages on the channels of their recipients, against the common one. */
@NullMarked
package io.github.redisfanout.benchmarks.routing;

import org.jspecify.annotations.NullMarked;

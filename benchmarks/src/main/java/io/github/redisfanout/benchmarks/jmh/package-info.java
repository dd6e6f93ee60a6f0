/** Mode {@code jmh}: runs the microbenchmarks that lie in the core's own package. */
@NullMarked
package io.github.redisfanout.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;

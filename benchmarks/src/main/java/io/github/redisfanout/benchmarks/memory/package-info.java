/** Mode {@code memory}: what an idle session takes of the heap, and which classes take it. */
@NullMarked
package io.github.redisfanout.benchmarks.memory;

import org.jspecify.annotations.NullMarked;

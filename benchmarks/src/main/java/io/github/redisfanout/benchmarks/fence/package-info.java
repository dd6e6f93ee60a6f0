/** The mode {@code fence}: what fenced publishing costs Redis. */
@NullMarked
package io.github.redisfanout.benchmarks.fence;

import org.jspecify.annotations.NullMarked;

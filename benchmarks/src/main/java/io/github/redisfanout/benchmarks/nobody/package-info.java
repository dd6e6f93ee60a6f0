/** The mode {@code nobody}: what a message costs a node that has none of its recipients. */
@NullMarked
package io.github.redisfanout.benchmarks.nobody;

import org.jspecify.annotations.NullMarked;

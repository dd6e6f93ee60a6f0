/** Nodes in the containers of {@code container-tests}, each in a JVM of its own class path. */
@NullMarked
package io.github.redisfanout.benchmarks.containers;

import org.jspecify.annotations.NullMarked;

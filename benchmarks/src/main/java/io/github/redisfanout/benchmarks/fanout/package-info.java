/**
 * Contenders side by side, in one run: the modes {@code fanout}, {@code latency}, {@code flood}.
 */
@NullMarked
package io.github.redisfanout.benchmarks.fanout;

import org.jspecify.annotations.NullMarked;

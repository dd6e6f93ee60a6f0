/**
 * The mode {@code sockets}: whole nodes, from publish to a client's socket.
 *
 * <p>The clients live in a process of their own, see {@code generator}; what is here runs the
 * nodes, publishes, and reads the clocks.
 */
@NullMarked
package io.github.redisfanout.benchmarks.sockets;

import org.jspecify.annotations.NullMarked;

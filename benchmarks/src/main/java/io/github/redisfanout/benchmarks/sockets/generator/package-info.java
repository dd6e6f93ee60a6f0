/**
 * The load generator: all WebSocket clients, on one thread of a JVM of their own.
 *
 * <p>It is told what to do, and tells how far the clients are, by lines of text on a loopback
 * connection to the process that started it.
 */
@NullMarked
package io.github.redisfanout.benchmarks.sockets.generator;

import org.jspecify.annotations.NullMarked;

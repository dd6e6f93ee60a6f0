/**
 * The process with the WebSocket clients of {@code sockets} and {@code neighbours}.
 *
 * <p>It takes commands and reports progress by lines of text, on its standard input and output.
 */
@NullMarked
package io.github.redisfanout.benchmarks.sockets.generator;

import org.jspecify.annotations.NullMarked;

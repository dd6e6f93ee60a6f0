/**
 * Mode {@code neighbours}: what clients that never read do to those that do.
 *
 * <p>A bad client is stuck since its socket last took a byte; it is unregistered when the node says
 * so, and freed when no process has its socket any more.
 */
@NullMarked
package io.github.redisfanout.benchmarks.neighbours;

import org.jspecify.annotations.NullMarked;

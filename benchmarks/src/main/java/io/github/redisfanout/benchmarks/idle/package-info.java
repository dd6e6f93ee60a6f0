/** Mode {@code idle}: thousands of sessions that only answer pings, and what they cost. */
@NullMarked
package io.github.redisfanout.benchmarks.idle;

import org.jspecify.annotations.NullMarked;

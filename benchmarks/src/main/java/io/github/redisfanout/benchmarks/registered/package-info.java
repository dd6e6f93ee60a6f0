/** Mode {@code registered}: whether a message costs more when more users are registered. */
@NullMarked
package io.github.redisfanout.benchmarks.registered;

import org.jspecify.annotations.NullMarked;

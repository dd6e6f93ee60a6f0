/** Mode {@code one-to-many}: how long one message takes to many sessions. */
@NullMarked
package io.github.redisfanout.benchmarks.onetomany;

import org.jspecify.annotations.NullMarked;

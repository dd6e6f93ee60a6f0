/** What a message for all sessions of a node takes. */
@NullMarked
package io.github.redisfanout.benchmarks.everyone;

import org.jspecify.annotations.NullMarked;

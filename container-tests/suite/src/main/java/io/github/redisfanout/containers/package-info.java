/** What the Jakarta adapter promises, to be run on every container; for tests only. */
@NullMarked
package io.github.redisfanout.containers;

import org.jspecify.annotations.NullMarked;

/**
 * Microbenchmarks of what is package-private in the core, so they lie in the core's own package.
 *
 * <p>Only {@code CoreRig} builds the internals: when a constructor changes, that is the place.
 */
@NullMarked
package io.github.redisfanout;

import org.jspecify.annotations.NullMarked;

/**
 * A node's counts as Micrometer meters; needs {@code io.micrometer:micrometer-core}.
 *
 * <p>The only package that knows Micrometer: without it on the class path all others work.
 */
@NullMarked
package io.github.redisfanout.micrometer;

import org.jspecify.annotations.NullMarked;

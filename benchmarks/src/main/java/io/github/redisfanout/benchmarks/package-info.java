/** How fast redis-fanout is: modes of one command line, each in a package of its own. */
@NullMarked
package io.github.redisfanout.benchmarks;

import org.jspecify.annotations.NullMarked;

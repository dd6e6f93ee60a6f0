/** What each container can do, from the reports of its tests to the documentation. */
@NullMarked
package io.github.redisfanout.containers.matrix;

import org.jspecify.annotations.NullMarked;

/** The web application that the tests deploy; {@code WebApplication} packs it. */
@NullMarked
package io.github.redisfanout.containers.war;

import org.jspecify.annotations.NullMarked;

/**
 * SPI: how bytes travel between nodes: bytes out, bytes in, and what may have been missed.
 *
 * <p>Knows nothing of users, sessions or JSON. Implementations extend {@code BackplaneContract} of
 * the testkit in their tests.
 */
@NullMarked
package io.github.redisfanout.backplane;

import org.jspecify.annotations.NullMarked;

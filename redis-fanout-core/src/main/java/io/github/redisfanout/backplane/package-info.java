/**
 * SPI: how bytes travel between nodes. Bytes out, bytes in, and "I was deaf from T1 to T2".
 *
 * <p>Knows nothing of users, sessions or JSON. Implementations extend {@code BackplaneContract} of
 * the testkit in their tests.
 */
@NullMarked
package io.github.redisfanout.backplane;

import org.jspecify.annotations.NullMarked;

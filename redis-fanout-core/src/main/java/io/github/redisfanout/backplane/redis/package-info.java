/** The Redis pub/sub backplane; the only package that knows Jedis. */
@NullMarked
package io.github.redisfanout.backplane.redis;

import org.jspecify.annotations.NullMarked;

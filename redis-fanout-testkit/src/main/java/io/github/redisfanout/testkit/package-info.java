/**
 * Tools for tests of redis-fanout and of its adapters.
 *
 * <p>{@link io.github.redisfanout.testkit.RedisProcess} is a real Redis that a test may kill, pause
 * and restart; {@link io.github.redisfanout.testkit.FaultProxy} breaks the network in front of it.
 * Nothing in here belongs into production code.
 */
@NullMarked
package io.github.redisfanout.testkit;

import org.jspecify.annotations.NullMarked;

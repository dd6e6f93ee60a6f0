/**
 * Tools for tests of applications that use redis-fanout, and of what implements its SPIs.
 *
 * <ul>
 *   <li>{@link io.github.redisfanout.testkit.RedisProcess} is a real Redis that a test may kill,
 *       pause and restart; {@link io.github.redisfanout.testkit.FaultProxy} breaks the network in
 *       front of it, or of any other server.
 *   <li>{@link io.github.redisfanout.testkit.TransportContract}, {@link
 *       io.github.redisfanout.testkit.SessionRegistryContract} and {@link
 *       io.github.redisfanout.testkit.BackplaneContract} are JUnit tests to extend: what every
 *       implementation of that interface must do.
 *   <li>{@link io.github.redisfanout.testkit.RecordingTransport}, {@link
 *       io.github.redisfanout.testkit.RecordingReceiver} and {@link
 *       io.github.redisfanout.testkit.RecordingCallback} stand in for what a test has not got, and
 *       remember what they were told.
 *   <li>{@link io.github.redisfanout.testkit.QuickPolls} has Awaitility look more often.
 * </ul>
 *
 * <p>It needs JUnit Jupiter, AssertJ and Awaitility, and brings them along. Nothing in here belongs
 * into production code: give the dependency the scope {@code test}. What waits gives up with an
 * {@link AssertionError} or Awaitility's {@code ConditionTimeoutException}.
 */
@NullMarked
package io.github.redisfanout.testkit;

import org.jspecify.annotations.NullMarked;

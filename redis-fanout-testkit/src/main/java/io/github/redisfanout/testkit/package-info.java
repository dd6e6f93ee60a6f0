/**
 * Tools to test applications that use redis-fanout, and implementations of its SPIs.
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
 *       io.github.redisfanout.testkit.RecordingCallback} take the place of a client, a receiver and
 *       a callback, and remember their calls.
 *   <li>{@link io.github.redisfanout.testkit.QuickPolls} makes Awaitility poll more often.
 * </ul>
 *
 * <p>It depends on JUnit Jupiter, AssertJ and Awaitility. Nothing in here belongs into production
 * code: give the dependency the scope {@code test}. A wait that takes too long throws an {@link
 * AssertionError} or Awaitility's {@code ConditionTimeoutException}.
 */
@NullMarked
package io.github.redisfanout.testkit;

import org.jspecify.annotations.NullMarked;
